import { f32_planes_depthwise } from "../../src/reference/planes/depthwise.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_planes_depthwise", {
  // channels, side, width of a window, stride
  sizes: [[16, 7, 3, 1], [64, 56, 3, 1], [288, 14, 5, 1], [1152, 7, 5, 1], [96, 112, 3, 2]],
  arguments: (random, c, side, k, stride) => {
    const out = side / stride;
    const [height, width] = [(out - 1) * stride + k, Math.ceil(((out - 1) * stride + k) / stride)];
    const starts = Uint32Array.from({ length: c + 1 }, (_, channel) => channel * k * k);
    const values = random.uniform(c * k * k);
    const pitch = 4 * stride * width;
    const offsets = Uint32Array.from({ length: c * k * k }, (_, at) => {
      const tap = at % (k * k);
      const column = tap % k;
      return Math.floor(tap / k) * pitch + 4 * ((column % stride) * width + Math.floor(column / stride));
    });
    const [x, y] = [random.uniform(c * side * side), new Float32Array(c * out * out)];
    return [
      c, side, side, x, 4 * side * side, height, width, k >> 1, k >> 1, stride, starts, offsets, values,
      stride * pitch, random.uniform(c), out, out, y, 4 * out * out, -Infinity, Infinity,
      new Float32Array(height * width * stride),
    ];
  },
  flops: (c, side, k, stride) => 2 * c * k * k * (side / stride) ** 2,
  bytes: (c, side, _, stride) => 4 * c * (side ** 2 + (side / stride) ** 2),
  opponents: { reference: f32_planes_depthwise },
  output: 17,
  terms: (_, __, k) => k * k + 2,
});
