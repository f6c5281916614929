import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_spmm_1of4, f32_spmm_2of4, f32_spmm_4of8, f32_spmv_1of4, f32_spmv_2of4, f32_spmv_4of8,
  n_of_m_controls,
} from "../../src/reference/sparse/n-of-m.js";
import type { Argument } from "../../test/harness/host.js";
import { nOfM } from "../../test/sparse/structures.js";
import { kernelBench } from "../harness.js";

const twins = {
  f32_spmm_1of4, f32_spmm_2of4, f32_spmm_4of8, f32_spmv_1of4, f32_spmv_2of4, f32_spmv_4of8,
};

kernelBench("n_of_m_controls", {
  sizes: [[4096]],
  arguments: (_, length) => [new Uint8Array(length)],
  flops: () => 0,
  bytes: (length) => length,
  opponents: { reference: n_of_m_controls },
});

for (const [kind, slots, group] of [["1of4", 1, 4], ["2of4", 2, 4], ["4of8", 4, 8]] as const) {
  const controls = new Uint8Array(4096);
  n_of_m_controls(controls);
  const table: Argument[] = group === 4 ? [controls] : [];
  const kept = (m: number, n: number) => (m * n * slots) / group;

  kernelBench(`f32_spmm_${kind}`, {
    sizes: [[12, 60, 16], [300, 64, 784], [1024, 64, 1024]], // outputs, batch, inputs
    arguments: (random, m, batch, n) => {
      const { codes, values } = nOfM(random, m, n, slots, group);
      const [x, y] = [random.uniform(n * paddedBatch(batch)), new Float32Array(m * paddedBatch(batch))];
      return [m, batch, n, codes, values, x, y, 0, 0, ...table];
    },
    output: 6,
    flops: (m, batch, n) => 2 * kept(m, n) * batch,
    bytes: (m, batch, n) => 4.25 * kept(m, n) + 4 * batch * (m + n),
    opponents: { reference: twins[`f32_spmm_${kind}`] },
  });

  kernelBench(`f32_spmv_${kind}`, {
    sizes: [[16, 64], [300, 784], [1024, 1024], [4096, 4096]], // outputs, inputs
    arguments: (random, m, n) => {
      const { codes, values } = nOfM(random, m, n, slots, group);
      return [m, n, codes, values, random.uniform(n), new Float32Array(m), 0, 0, ...table];
    },
    output: 5,
    flops: (m, n) => 2 * kept(m, n),
    bytes: (m, n) => 4.25 * kept(m, n) + 4 * (m + n),
    opponents: { reference: twins[`f32_spmv_${kind}`] },
  });
}
