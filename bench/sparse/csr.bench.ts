import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_spmm_csr_u16, f32_spmm_csr_u32, f32_spmv_csr_u16, f32_spmv_csr_u32,
} from "../../src/reference/sparse/csr.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf } from "./structures.js";

const twins = { f32_spmm_csr_u16, f32_spmm_csr_u32, f32_spmv_csr_u16, f32_spmv_csr_u32 };

const widths = { u16: Uint16Array, u32: Uint32Array };

for (const width of ["u16", "u32"] as const) {
  kernelBench(`f32_spmm_csr_${width}`, {
    // outputs, batch, inputs, % zeros
    sizes: [[10, 60, 16, 50], [300, 64, 784, 50], [300, 64, 784, 90], [300, 64, 784, 98]],
    arguments: (random, m, batch, n, percent) => {
      const { starts, columns, values } = csr(random, m, n, percent);
      const [x, y] = [random.uniform(n * paddedBatch(batch)), new Float32Array(m * paddedBatch(batch))];
      return [m, batch, n, starts, widths[width].from(columns), values, x, y, 0, 0];
    },
    flops: (m, batch, n, percent) => 2 * keptOf(m, n, percent) * batch,
    bytes: (m, batch, n, percent) => 6 * keptOf(m, n, percent) + 4 * batch * (m + n),
    terms: (_, __, n) => n + 2,
    opponents: { reference: twins[`f32_spmm_csr_${width}`] },
  });

  kernelBench(`f32_spmv_csr_${width}`, {
    sizes: [[16, 60, 50], [300, 784, 50], [300, 784, 90], [300, 784, 98]], // outputs, inputs, % zeros
    arguments: (random, m, n, percent) => {
      const { starts, columns, values } = csr(random, m, n, percent);
      return [m, starts, widths[width].from(columns), values, random.uniform(n), new Float32Array(m), 0, 0];
    },
    flops: (m, n, percent) => 2 * keptOf(m, n, percent),
    bytes: (m, n, percent) => 6 * keptOf(m, n, percent) + 4 * (m + n),
    terms: (_, n) => n + 2,
    opponents: { reference: twins[`f32_spmv_csr_${width}`] },
  });
}
