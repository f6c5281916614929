import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_spmm_1of4, f32_spmm_2of4, f32_spmm_4of8, f32_spmv_1of4, f32_spmv_2of4, f32_spmv_4of8,
  n_of_m_controls,
} from "../../src/reference/sparse/n-of-m.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { batches, nan, nOfM, panels } from "./structures.js";

const twins = {
  f32_spmm_1of4, f32_spmm_2of4, f32_spmm_4of8, f32_spmv_1of4, f32_spmv_2of4, f32_spmv_4of8,
};

/** Bits 0 and 1 are the kernel's flags; bit 2 asks for a bias. */
const modes = [0, 1, 4, 6];
const shapes = [[1, 1], [3, 4], [4, 8], [6, 13], [9, 22], [2, 200], [5, 389]];

kernelTest("n_of_m_controls", n_of_m_controls, {
  cases: () => [[new Uint8Array(4096).fill(7)]],
  output: 0,
});

for (const [kind, slots, group] of [["1of4", 1, 4], ["2of4", 2, 4], ["4of8", 4, 8]] as const) {
  const controls = new Uint8Array(4096);
  n_of_m_controls(controls);
  const table: Argument[] = group === 4 ? [controls] : [];
  const terms = (n: number) => Math.ceil(n / group) * slots + 4;

  kernelTest(`f32_spmm_${kind}`, twins[`f32_spmm_${kind}`], {
    *cases(random) {
      for (const batch of batches)
        for (const [m, n] of shapes)
          for (const mode of modes) {
            if (n > 100 && mode !== 1 && mode !== 6) continue;
            const { codes, values } = nOfM(random, m, n, slots, group);
            const length = m * paddedBatch(batch);
            const y = mode & 1 ? random.uniform(length) : nan(length);
            const bias = mode & 4 ? random.uniform(m) : 0;
            yield [m, batch, n, codes, values, panels(random, n, batch), y, bias, mode & 3, ...table];
          }
      const { codes, values } = nOfM(random, 3, 0, slots, group);
      yield [3, 36, 0, codes, values, nan(0), nan(108), random.uniform(3), 0, ...table];
    },
    output: 6,
    terms: ([, , n]) => terms(Number(n)),
    special: {
      "NaN and Inf in x, NaN passes ReLU": (random) => {
        const { codes, values } = nOfM(random, 5, 9, slots, group);
        const x = nan(36).fill(-1, 0, 28).fill(Infinity, 28, 32);
        return [5, 4, 9, codes, values.fill(1), x, nan(20), 0, 2, ...table];
      },
    },
    traps: { "x not aligned": [1, 4, 0, nan(1), nan(1), 2, nan(4), 0, 0, ...table] },
  });

  kernelTest(`f32_spmv_${kind}`, twins[`f32_spmv_${kind}`], {
    *cases(random) {
      for (const [m, n] of [...shapes, [4, 0], [8, 7]])
        for (const mode of modes) {
          const { codes, values } = nOfM(random, m, n, slots, group);
          const bias = mode & 4 ? random.uniform(m) : 0;
          const y = mode & 1 ? random.uniform(m) : nan(m);
          yield [m, n, codes, values, random.uniform(n), y, bias, mode & 3, ...table];
        }
    },
    output: 5,
    terms: ([, n]) => terms(Number(n)),
    traps: { "values not aligned": [1, 0, nan(1), 2, nan(1), nan(1), 0, 0, ...table] },
  });
}
