import { f32_planes_resize } from "../../src/reference/planes/resize.js";
import { kernelBench } from "../harness.js";

/** Channels, height = width of x, taps: twice as large. */
const sizes: [number, number, number][] = [[16, 14, 2], [64, 28, 2], [64, 28, 1]];

kernelBench("f32_planes_resize", {
  sizes,
  arguments: (random, c, side, taps) => {
    const to = 2 * side;
    const indices = Uint32Array.from({ length: to * taps }, (_, at) => Math.min(side - 1, (at / taps) >> 1));
    const weights = new Float32Array(to * taps).fill(1 / taps);
    const [x, y] = [random.uniform(c * side * side), new Float32Array(c * to * to)];
    const axis = [taps, indices, weights] as const;
    return [c, side, x, 4 * side * side, to, to, y, 4 * to * to, ...axis, ...axis, new Float32Array(side)];
  },
  flops: (c, side, taps) => 16 * c * side * side * taps,
  bytes: (c, side) => 20 * c * side * side,
  opponents: { reference: f32_planes_resize },
  output: 6,
  terms: (_, __, taps) => 2 * taps + 2,
});
