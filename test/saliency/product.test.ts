import { f32_abs_product, f32_product } from "../../src/reference/saliency/product.js";
import { kernelTest, type Table } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const f32 = (n: number) => new Float32Array(n);

const table: Table = {
  *cases(random) {
    for (const n of [...edges(4), 97]) {
      yield [n, random.uniform(n), random.uniform(n), new Float32Array(n).fill(NaN)];
    }
  },
  output: 3,
  special: {
    "NaN, infinities and zeros": () => [
      7, Float32Array.of(NaN, -Infinity, Infinity, -0, 0, -1, 3e38),
      Float32Array.of(0, 2, 0, 3, -3, NaN, -3e38), f32(7),
    ],
    "what falls below 2⁻¹²⁶ becomes +0": () => [
      6, Float32Array.of(2 ** -63, -(2 ** -63), 2 ** -64, -(2 ** -64), 2 ** -149, -1),
      Float32Array.of(2 ** -63, 2 ** -63, 2 ** -63, 2 ** -63, 1, 2 ** -127), f32(6),
    ],
  },
  traps: { "z not aligned": [1, f32(1), f32(1), 2] },
};

kernelTest("f32_product", f32_product, table);
kernelTest("f32_abs_product", f32_abs_product, table);
