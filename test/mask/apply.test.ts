import { f32_mask_apply } from "../../src/reference/mask/apply.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const f32 = (n: number) => new Float32Array(n);
const u32 = (n: number) => new Uint32Array(n);

kernelTest("f32_mask_apply", f32_mask_apply, {
  *cases(random) {
    for (const m of edges(1))
      for (const n of [...edges(4), ...edges(32)])
        for (const pad of [0, 3]) {
          const ldm = Math.ceil(n / 32) + (pad ? 1 : 0);
          yield [m, n, random.uniform(m * (n + pad)), n + pad, random.bits(m * ldm), ldm];
        }
  },
  output: 2,
  special: {
    "NaN, infinities and −0 under pruned bits become +0, under kept bits stay": () => [
      1, 7, Float32Array.of(NaN, -0, Infinity, -Infinity, NaN, -0, -Infinity), 7,
      Uint32Array.of(0b0001010), 1,
    ],
  },
  traps: {
    "lda < n": [1, 9, f32(9), 8, u32(1), 1],
    "ldm < n / 32": [1, 33, f32(33), 33, u32(2), 1],
  },
});
