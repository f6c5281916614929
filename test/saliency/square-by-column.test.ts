import { f32_square_by_column } from "../../src/reference/saliency/square-by-column.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const f32 = (n: number) => new Float32Array(n);

kernelTest("f32_square_by_column", f32_square_by_column, {
  *cases(random) {
    for (const m of edges(1))
      for (const n of edges(4))
        for (const pad of [0, 3]) {
          const [ldw, lds] = [n + pad, n + 2 * pad];
          yield [m, n, 0.3, random.uniform(m * ldw), ldw, random.uniform(n), random.uniform(m * lds), lds];
        }
  },
  output: 6,
  special: {
    "NaN, infinities and zeros": () => [
      1, 6, 0.5, Float32Array.of(NaN, -Infinity, Infinity, -0, -3, 1), 6,
      Float32Array.of(1, 2, 0, 3, Infinity, NaN), f32(6), 6,
    ],
    "what falls below 2⁻¹²⁶ on the way becomes +0": () => [
      1, 5, 0.5, Float32Array.of(2 ** -63, 2 ** -64, 2 ** -60, -(2 ** -60), 1), 5,
      Float32Array.of(2, 2 ** 100, 2 ** -6, -(2 ** -7), 2 ** -126), f32(5), 5,
    ],
  },
  traps: {
    "ldw < n": [1, 9, 1, f32(9), 8, f32(9), f32(9), 9],
    "lds < n": [1, 9, 1, f32(9), 9, f32(9), f32(9), 8],
  },
});
