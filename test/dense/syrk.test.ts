import { f32_pack_a_panels } from "../../src/reference/dense/pack.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_syrk_panels as reference } from "../../src/reference/dense/syrk.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";


function syrk(random: Random, n: number, batch: number, flags: number): Argument[] {
  const x = random.uniform(n * paddedBatch(batch));
  const packed = new Float32Array(Math.ceil(n / 4) * 4 * paddedBatch(batch));
  f32_pack_a_panels(n, batch, x, packed);
  const ldh = n + 2 * flags;
  const h = flags ? random.uniform(n * ldh) : new Float32Array(n * ldh).fill(NaN);
  return [n, batch, packed, x, h, ldh, flags, new Float32Array(32896 / 4).fill(NaN)];
}

kernelTest("f32_syrk_panels", reference, {
  *cases(random) {
    for (const n of [...edges(4), ...edges(32)])
      for (const batch of [0, 1, 3, 33]) for (const flags of [0, 1]) yield syrk(random, n, batch, flags);
    yield syrk(random, 41, 300, 1);
  },
  output: 4,
  scratch: [7],
  terms: ([, batch]) => Number(batch) + 2,
  traps: { "ldh < n": [2, 1, new Float32Array(4), new Float32Array(2), new Float32Array(4), 1, 0, 0] },
});
