import { f32_block_sums } from "../../src/reference/select/block-sums.js";
import { kernelTest } from "../harness/kernel-test.js";

const f32 = (n: number) => new Float32Array(n);
const u32 = (n: number) => new Uint32Array(n);

kernelTest("f32_block_sums", f32_block_sums, {
  *cases(random) {
    for (const m of [0, 1, 3])
      for (const block of [1, 3, 4, 32, 33])
        for (const n of [0, block, 2 * block, 9 * block])
          for (const pad of [0, 3]) {
            const ldm = Math.ceil(n / 32) + (pad ? 1 : 0);
            const sums = f32((m * n) / block).fill(NaN);
            yield [m, n, random.uniform(m * (n + pad)), n + pad, random.bits(m * ldm), ldm, block, sums];
          }
  },
  output: 7,
  special: {
    "NaN and infinities under pruned bits stay out, under kept bits count": () => [
      1, 8, Float32Array.of(NaN, 1, Infinity, 2, NaN, 3, Infinity, -1), 8, Uint32Array.of(0b11011010), 1, 2, f32(4),
    ],
    "a block without kept weights is +0": () => [1, 2, Float32Array.of(-1, -0), 2, u32(1), 1, 2, f32(1)],
  },
  traps: {
    "lds < n": [1, 8, f32(8), 7, u32(1), 1, 4, f32(2)],
    "ldm < n / 32": [1, 36, f32(36), 36, u32(2), 1, 4, f32(9)],
    "no block": [1, 8, f32(8), 8, u32(1), 1, 0, f32(8)],
    "n is no multiple": [1, 9, f32(9), 9, u32(1), 1, 4, f32(3)],
  },
});
