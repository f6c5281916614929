import { paddedBatch } from "../../src/reference/dense/panels.js";
import { f32_sddmm_csr_u16, f32_sddmm_csr_u32 } from "../../src/reference/sparse/sddmm.js";
import { kernelTest } from "../harness/kernel-test.js";
import { batches, csr, indices, nan, panels } from "./structures.js";

const twins = { f32_sddmm_csr_u16, f32_sddmm_csr_u32 };

for (const width of ["u16", "u32"] as const) {
  kernelTest(`f32_sddmm_csr_${width}`, twins[`f32_sddmm_csr_${width}`], {
    *cases(random) {
      for (const batch of batches)
        for (const [m, n, density] of [[1, 1, 1], [1, 1, 0], [7, 9, 0], [10, 37, 0.3]] as const)
          for (const flags of [0, 1]) {
            const { starts, columns } = csr(random, m, n, density);
            const g = flags ? random.uniform(columns.length) : nan(columns.length);
            const x = random.uniform(n * paddedBatch(batch));
            yield [m, batch, n, starts, indices[width](columns), panels(random, m, batch), x, g, flags];
          }
    },
    output: 7,
    terms: ([, batch]) => Number(batch) + 4,
    special: {
      "a structure that begins inside the arrays": (random) => [
        2, 8, 3, Uint32Array.of(2, 3, 5), indices[width]([9, 9, 0, 1, 2]), random.uniform(16, 1, 1),
        random.uniform(24, 2, 2), nan(5), 0,
      ],
      "NaN and Inf": () => [
        1, 4, 3, Uint32Array.of(0, 3), indices[width]([0, 1, 2]), nan(4).fill(1),
        nan(12).fill(Infinity, 4, 8).fill(-1, 8, 12), nan(3), 0,
      ],
    },
    traps: { "dy not aligned": [1, 4, 1, Uint32Array.of(0, 1), indices[width]([0]), 2, nan(4), nan(1), 0] },
  });
}

kernelTest("f32_sddmm_csr_u32", f32_sddmm_csr_u32, {
  *cases(random) {
    const columns = Uint32Array.of(1, 65_535, 65_536, 65_537, 65_599);
    const x = panels(random, 65_600, 4);
    yield [1, 4, 65_600, Uint32Array.of(0, 5), columns, random.uniform(4), x, nan(5), 0];
  },
  output: 7,
  terms: () => 8,
});
