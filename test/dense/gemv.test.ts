import * as reference from "../../src/reference/dense/gemv.js";
import { f32_pack_a } from "../../src/reference/dense/pack.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const nan = (length: number) => new Float32Array(length).fill(NaN);
const start = (random: Random, length: number, flags: number) =>
  flags & 1 ? random.uniform(length) : nan(length);
/** Bits 0 and 1 are the kernel's flags; bit 2 asks for a bias. */
const modes = [0, 1, 3, 6];

kernelTest("f32_gemv", reference.f32_gemv, {
  *cases(random) {
    for (const m of edges(4))
      for (const n of [...edges(4), ...edges(8), 32])
        for (const mode of modes) {
          const bias = mode & 4 ? random.uniform(m) : 0;
          const lda = n + (mode & 3);
          yield [m, n, random.uniform(m * lda), lda, random.uniform(n), start(random, m, mode), bias, mode & 3];
        }
  },
  output: 5,
  terms: ([, n]) => Number(n) + 2,
  special: {
    "NaN passes ReLU, Inf spreads": () => [
      2, 9, nan(18).fill(1).fill(NaN, 8, 9).fill(Infinity, 9, 10), 9, nan(9).fill(1), nan(2), 0, 2,
    ],
  },
  traps: { "lda < n": [1, 2, nan(2), 1, nan(2), nan(1), 0, 0] },
});

kernelTest("f32_gemv_transposed", reference.f32_gemv_transposed, {
  *cases(random) {
    for (const m of [0, 1, 2, 7])
      for (const n of [...edges(4), ...edges(32)])
        for (const flags of [0, 1]) {
          const lda = n + 3 * flags;
          yield [m, n, random.uniform(m * lda), lda, random.uniform(m), start(random, n, flags), flags];
        }
  },
  output: 5,
  terms: ([m]) => Number(m) + 2,
  traps: { "lda < n": [1, 2, nan(2), 1, nan(1), nan(2), 0] },
});

kernelTest("f32_gemv_packed", reference.f32_gemv_packed, {
  *cases(random) {
    for (let m = 0; m <= 37; m++)
      for (const k of [0, 1, 11])
        for (const mode of modes) {
          const packed = nan(Math.ceil(m / 4) * 4 * k);
          f32_pack_a(m, k, random.uniform(m * k), k, 0, 0, packed);
          const bias = mode & 4 ? random.uniform(m) : 0;
          yield [m, k, packed, random.uniform(k), start(random, m, mode), bias, mode & 3];
        }
  },
  output: 4,
  terms: ([, k]) => Number(k) + 2,
  traps: { "x not aligned": [1, 1, nan(4), 2, nan(1), 0, 0] },
});
