import * as reference from "../../src/reference/dense/pack.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const nan = (length: number) => new Float32Array(length).fill(NaN);
const panelRows = (m: number) => Math.ceil(m / 4) * 4;
const padded = (batch: number) => (batch & ~31) + ((batch & 31) === 1 ? 1 : ((batch & 31) + 3) & ~3);

kernelTest("f32_pack_a", reference.f32_pack_a, {
  *cases(random) {
    for (const m of edges(4))
      for (const k of edges(4))
        for (const pad of [0, 3]) yield [m, k, random.uniform(m * (k + pad)), k + pad, nan(panelRows(m) * k)];
  },
  output: 4,
  special: { "NaN and Inf are copied": () => [1, 2, Float32Array.of(NaN, Infinity), 2, nan(8)] },
  traps: { "lda < k": [1, 3, new Float32Array(3), 2, nan(12)] },
});

kernelTest("f32_pack_a_transposed", reference.f32_pack_a_transposed, {
  *cases(random) {
    for (const m of edges(4))
      for (const k of edges(4))
        for (const pad of [0, 3]) yield [m, k, random.uniform(k * (m + pad)), m + pad, nan(panelRows(m) * k)];
  },
  output: 4,
  traps: { "lda < m": [3, 1, new Float32Array(3), 2, nan(4)] },
});

kernelTest("f32_pack_a_panels", reference.f32_pack_a_panels, {
  *cases(random) {
    for (const m of edges(4))
      for (const batch of [...edges(4), ...edges(32), 60])
        yield [m, batch, random.uniform(m * padded(batch)), nan(panelRows(m) * padded(batch))];
  },
  output: 3,
});
