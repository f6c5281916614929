import * as reference from "../../src/reference/dense/pack.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const nan = (length: number) => new Float32Array(length).fill(NaN);
const panelRows = (m: number) => Math.ceil(m / 4) * 4;

kernelTest("f32_pack_a", reference.f32_pack_a, {
  *cases(random) {
    for (const m of edges(4))
      for (const k of [...edges(4), 33, 64])
        for (const pad of [0, 3]) {
          const ldm = Math.ceil(k / 32) + (pad ? 1 : 0);
          const a = random.uniform(m * (k + pad));
          yield [m, k, a, k + pad, 0, 0, nan(panelRows(m) * k)];
          yield [m, k, a, k + pad, random.bits(m * ldm), ldm, nan(panelRows(m) * k)];
        }
  },
  output: 6,
  special: {
    "NaN and Inf are copied": () => [1, 2, Float32Array.of(NaN, Infinity), 2, 0, 0, nan(8)],
    "NaN and Inf under pruned weights are +0": () => [
      4, 4, nan(16).fill(-Infinity, 0, 8), 4, Uint32Array.of(0, 1, 2, 0), 1, nan(16),
    ],
  },
  traps: {
    "lda < k": [1, 3, nan(3), 2, 0, 0, nan(12)],
    "ldm too small": [1, 33, nan(33), 33, new Uint32Array(2), 1, nan(132)],
  },
});

kernelTest("f32_pack_a_transposed", reference.f32_pack_a_transposed, {
  *cases(random) {
    for (const m of [...edges(4), 33, 64])
      for (const k of edges(4))
        for (const pad of [0, 3]) {
          const ldm = Math.ceil(m / 32) + (pad ? 1 : 0);
          const a = random.uniform(k * (m + pad));
          yield [m, k, a, m + pad, 0, 0, nan(panelRows(m) * k)];
          yield [m, k, a, m + pad, random.bits(k * ldm), ldm, nan(panelRows(m) * k)];
        }
  },
  output: 6,
  special: {
    "NaN under pruned weights is +0": () => [5, 1, nan(5), 5, Uint32Array.of(0b01001), 1, nan(8)],
  },
  traps: { "lda < m": [3, 1, nan(3), 2, 0, 0, nan(4)] },
});

kernelTest("f32_pack_a_panels", reference.f32_pack_a_panels, {
  *cases(random) {
    for (const m of edges(4))
      for (const batch of [...edges(4), ...edges(32), 60])
        yield [m, batch, random.uniform(m * paddedBatch(batch)), nan(panelRows(m) * paddedBatch(batch))];
  },
  output: 3,
});
