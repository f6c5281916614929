import { f32_planes_pool } from "../../src/reference/planes/pool.js";
import { kernelBench } from "../harness.js";

/** Channels, height = width of y, window, stride. */
const sizes: [number, number, number, number][] = [[16, 14, 2, 2], [64, 56, 3, 2], [64, 28, 3, 1]];

kernelBench("f32_planes_pool", {
  sizes,
  arguments: (random, c, side, k, stride) => {
    const from = (side - 1) * stride + k;
    const [x, y] = [random.uniform(c * from * from), new Float32Array(c * side * side)];
    return [
      1, c, from, from, x, 4 * from * from, side, side, y, 4 * side * side, k, k, stride, stride, 1, 1, 0, 0, 0,
    ];
  },
  flops: (c, side, k) => c * side * side * k * k,
  bytes: (c, side, _, stride) => 4 * c * side * side * (1 + stride * stride),
  opponents: { reference: f32_planes_pool },
  terms: () => 1,
});
