import { f32_gemv_masked as reference } from "../../src/reference/mask/gemv-masked.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const f32 = (length: number) => new Float32Array(length);
const u32 = (length: number) => new Uint32Array(length);

kernelTest("f32_gemv_masked", reference, {
  *cases(random) {
    for (const m of edges(1))
      for (const n of [...edges(4), ...edges(32)])
        for (const pad of [0, 3]) {
          const lda = n + pad;
          const ldm = Math.ceil(n / 32) + (pad ? 1 : 0);
          const weights = random.uniform(m * lda);
          yield [m, n, weights, lda, random.bits(m * ldm), ldm, random.uniform(n), f32(m).fill(NaN)];
        }
  },
  output: 7,
  terms: ([, n]) => Number(n) + 2,
  special: {
    "Inf and NaN under pruned weights stay out": () => [
      1, 6, Float32Array.of(Infinity, 1, NaN, 2, Infinity, 3), 6,
      Uint32Array.of(0b101010), 1, f32(6).fill(1), f32(1),
    ],
    "Inf in x meets a pruned weight as 0 · Inf": () => [
      1, 5, f32(5).fill(1), 5, Uint32Array.of(0b01111), 1, Float32Array.of(1, 1, 1, 1, Infinity), f32(1),
    ],
  },
  traps: { "lda < n": [1, 9, f32(9), 8, u32(1), 1, f32(9), f32(1)] },
});
