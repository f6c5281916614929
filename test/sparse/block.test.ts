import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_block_reorder, f32_spmm_block_1x4, f32_spmm_block_4x1, f32_spmv_block_1x4, f32_spmv_block_4x1,
} from "../../src/reference/sparse/block.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { batches, csr, nan, panels } from "./structures.js";

const twins = { f32_spmm_block_1x4, f32_spmm_block_4x1, f32_spmv_block_1x4, f32_spmv_block_4x1 };

/** Bits 0 and 1 are the kernel's flags; bit 2 asks for a bias. */
const modes = [0, 1, 4, 6];
const shapes = [[1, 1, 1], [1, 1, 0], [4, 4, 1], [6, 9, 0.4], [11, 70, 0.2], [12, 7, 1]] as const;
const ceil4 = (count: number) => Math.ceil(count / 4);

for (const kind of ["4x1", "1x4"] as const) {
  const structure = (random: Random, m: number, n: number, density: number) => {
    const tall = kind === "4x1";
    const { starts, columns } = csr(random, tall ? ceil4(m) : m, tall ? n : ceil4(n), density);
    return { starts, columns: Uint32Array.from(columns), values: random.uniform(4 * columns.length) };
  };

  kernelTest(`f32_spmm_block_${kind}`, twins[`f32_spmm_block_${kind}`], {
    *cases(random) {
      for (const batch of batches)
        for (const [m, n, density] of shapes)
          for (const mode of modes) {
            const { starts, columns, values } = structure(random, m, n, density);
            const length = m * paddedBatch(batch);
            const y = mode & 1 ? random.uniform(length) : nan(length);
            const bias = mode & 4 ? random.uniform(m) : 0;
            yield [m, batch, n, starts, columns, values, panels(random, n, batch), y, bias, mode & 3];
          }
      yield [0, 33, 4, Uint32Array.of(0), Uint32Array.of(), nan(0), panels(random, 4, 33), nan(0), 0, 0];
    },
    output: 7,
    terms: ([, , n]) => Number(n) + 6,
    special: {
      "NaN and Inf in x, NaN passes ReLU, columns beyond n are not read": () => {
        const x = nan(5 * 4).fill(1, 0, 12).fill(-Infinity, 12, 16);
        const values = nan(12).fill(1);
        return [1, 4, 5, Uint32Array.of(0, 2), Uint32Array.of(0, 1), values.subarray(0, 8), x, nan(4), 0, 2];
      },
    },
    traps: { "x not aligned": [1, 4, 1, Uint32Array.of(0, 1), Uint32Array.of(0), nan(4), 2, nan(4), 0, 0] },
  });

  kernelTest(`f32_spmv_block_${kind}`, twins[`f32_spmv_block_${kind}`], {
    *cases(random) {
      for (const m of [1, 2, 3, 4, 5, 12])
        for (const n of [1, 3, 4, 5, 11, 16, 37])
          for (const mode of modes) {
            const { starts, columns, values } = structure(random, m, n, 0.6);
            const bias = mode & 4 ? random.uniform(m) : 0;
            const y = mode & 1 ? random.uniform(m) : nan(m);
            const product: Argument[] = [starts, columns, values, random.uniform(n), y, bias, mode & 3];
            yield kind === "4x1" ? [m, ...product] : [m, n, ...product];
          }
    },
    output: kind === "4x1" ? 5 : 6,
    terms: (args) => (args[kind === "4x1" ? 4 : 5] as Float32Array).length + 6,
    traps: {
      "values not aligned": [
        ...(kind === "4x1" ? [1] : [1, 1]), Uint32Array.of(0, 0), Uint32Array.of(), 2, nan(1), nan(1), 0, 0,
      ],
    },
  });
}

kernelTest("f32_block_reorder", f32_block_reorder, {
  *cases(random) {
    for (const count of [0, 1, 2, 7]) {
      const order = Uint32Array.from({ length: count }, () => random.below(count));
      yield [count, order, random.uniform(4 * count), nan(4 * count)];
    }
  },
  output: 3,
  traps: { "order not aligned": [1, 2, nan(4), nan(4)] },
});
