import { paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_sddmm_csr_u16, f32_sddmm_csr_u32 } from "../../src/reference/sparse/sddmm.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf } from "./structures.js";

const widths = { u16: Uint16Array, u32: Uint32Array };
const twins = { u16: f32_sddmm_csr_u16, u32: f32_sddmm_csr_u32 };

for (const width of ["u16", "u32"] as const) {
  kernelBench(`f32_sddmm_csr_${width}`, {
    // outputs, batch, inputs, % zeros
    sizes: [[10, 60, 16, 50], [300, 60, 784, 50], [300, 60, 784, 90], [300, 60, 784, 98]],
    arguments: (random, m, batch, n, percent) => {
      const { starts, columns } = csr(random, m, n, percent);
      const [dy, x] = [random.uniform(m * paddedBatch(batch)), random.uniform(n * paddedBatch(batch))];
      return [m, batch, n, starts, widths[width].from(columns), dy, x, new Float32Array(columns.length), 0];
    },
    flops: (m, batch, n, percent) => 2 * keptOf(m, n, percent) * batch,
    bytes: (m, batch, n, percent) => 6 * keptOf(m, n, percent) + 4 * batch * (m + n),
    terms: (_, batch) => batch + 4,
    opponents: { reference: twins[width] },
  });
}
