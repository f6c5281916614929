import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_block_reorder, f32_spmm_block_1x4, f32_spmm_block_4x1, f32_spmv_block_1x4, f32_spmv_block_4x1,
} from "../../src/reference/sparse/block.js";
import type { Argument } from "../../test/harness/host.js";
import type { Random } from "../../test/harness/random.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf } from "./structures.js";

const twins = { f32_spmm_block_1x4, f32_spmm_block_4x1, f32_spmv_block_1x4, f32_spmv_block_4x1 };

for (const kind of ["4x1", "1x4"] as const) {
  const structure = (random: Random, m: number, n: number, percent: number): Argument[] => {
    const [rows, columns] = kind === "4x1" ? [Math.ceil(m / 4), n] : [m, Math.ceil(n / 4)];
    const blocks = csr(random, rows, columns, percent);
    return [blocks.starts, Uint32Array.from(blocks.columns), random.uniform(4 * blocks.columns.length)];
  };

  kernelBench(`f32_spmm_block_${kind}`, {
    // outputs, batch, inputs, % zeros
    sizes: [[12, 60, 16, 50], [300, 64, 784, 50], [300, 64, 784, 90], [300, 64, 784, 98]],
    arguments: (random, m, batch, n, percent) => {
      const [x, y] = [random.uniform(n * paddedBatch(batch)), new Float32Array(m * paddedBatch(batch))];
      return [m, batch, n, ...structure(random, m, n, percent), x, y, 0, 0];
    },
    flops: (m, batch, n, percent) => 2 * keptOf(m, n, percent) * batch,
    bytes: (m, batch, n, percent) => 5 * keptOf(m, n, percent) + 4 * batch * (m + n),
    terms: (_, __, n) => n + 6,
    opponents: { reference: twins[`f32_spmm_block_${kind}`] },
  });

  kernelBench(`f32_spmv_block_${kind}`, {
    sizes: [[16, 60, 50], [300, 784, 50], [300, 784, 90], [300, 784, 98]], // outputs, inputs, % zeros
    arguments: (random, m, n, percent) => {
      const shape = kind === "4x1" ? [m] : [m, n];
      return [...shape, ...structure(random, m, n, percent), random.uniform(n), new Float32Array(m), 0, 0];
    },
    flops: (m, n, percent) => 2 * keptOf(m, n, percent),
    bytes: (m, n, percent) => 5 * keptOf(m, n, percent) + 4 * (m + n),
    terms: (_, n) => n + 6,
    opponents: { reference: twins[`f32_spmv_block_${kind}`] },
  });
}

kernelBench("f32_block_reorder", {
  sizes: [[120], [5_880]],
  arguments: (random, count) => {
    const order = Uint32Array.from({ length: count }, () => random.below(count));
    return [count, order, random.uniform(4 * count), new Float32Array(4 * count)];
  },
  flops: () => 0,
  bytes: (count) => 36 * count,
  opponents: { reference: f32_block_reorder },
});
