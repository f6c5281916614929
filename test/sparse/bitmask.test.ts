import { f32_bitmask_pack, f32_bitmask_unpack } from "../../src/reference/sparse/bitmask.js";
import { kernelTest } from "../harness/kernel-test.js";
import { nan, sparseMask } from "./structures.js";

const shapes = [[0, 3], [1, 1], [2, 31], [3, 32], [4, 33], [5, 70]];
const ones = (word: number) => word.toString(2).replaceAll("0", "").length;
const bits = (mask: Uint32Array) => mask.reduce((sum, word) => sum + ones(word), 0);

kernelTest("f32_bitmask_pack", f32_bitmask_pack, {
  *cases(random) {
    for (const [m, n] of shapes)
      for (const pad of [0, 2]) {
        const ldm = Math.ceil(n / 32) + pad;
        const mask = sparseMask(random, m, n, ldm);
        yield [m, n, random.uniform(m * (n + pad)), n + pad, mask, ldm, nan(bits(mask))];
      }
  },
  output: 6,
  returns: true,
  special: {
    "NaN and Inf are copied, bits beyond the columns are not": () => [
      1, 3, Float32Array.of(NaN, 1, -Infinity), 3, Uint32Array.of(0xfffffff5), 1, nan(2),
    ],
  },
  traps: { "ldm too small": [1, 33, nan(33), 33, new Uint32Array(1), 1, nan(1)] },
});

kernelTest("f32_bitmask_unpack", f32_bitmask_unpack, {
  *cases(random) {
    for (const [m, n] of shapes)
      for (const pad of [0, 2]) {
        const ldm = Math.ceil(n / 32) + pad;
        const mask = sparseMask(random, m, n, ldm);
        yield [m, n, mask, ldm, random.uniform(bits(mask)), random.uniform(m * (n + pad)), n + pad];
      }
  },
  output: 5,
  returns: true,
  traps: { "lda < n": [1, 3, new Uint32Array(1), 1, nan(1), nan(3), 2] },
});
