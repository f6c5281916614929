import { paddedBatch } from "../../src/reference/dense/panels.js";
import {
  f32_spmm_csr_u16, f32_spmm_csr_u32, f32_spmv_csr_u16, f32_spmv_csr_u32,
} from "../../src/reference/sparse/csr.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { batches, csr, indices, nan, panels } from "./structures.js";

const twins = { f32_spmm_csr_u16, f32_spmm_csr_u32, f32_spmv_csr_u16, f32_spmv_csr_u32 };

/** Bits 0 and 1 are the kernel's flags; bit 2 asks for a bias. */
const modes = [0, 1, 4, 6];
const shapes = [[1, 1, 1], [1, 1, 0], [7, 9, 0], [10, 70, 0.3], [6, 5, 1]] as const;

for (const width of ["u16", "u32"] as const) {
  const product = (
    random: Random, m: number, batch: number, n: number, density: number, mode: number,
  ): Argument[] => {
    const { starts, columns, values } = csr(random, m, n, density);
    const length = m * paddedBatch(batch);
    const y = mode & 1 ? random.uniform(length) : nan(length);
    const bias = mode & 4 ? random.uniform(m) : 0;
    const x = panels(random, n, batch);
    return [m, batch, n, starts, indices[width](columns), values, x, y, bias, mode & 3];
  };

  kernelTest(`f32_spmm_csr_${width}`, twins[`f32_spmm_csr_${width}`], {
    *cases(random) {
      for (const batch of batches)
        for (const [m, n, density] of shapes)
          for (const mode of modes) yield product(random, m, batch, n, density, mode);
      yield product(random, 0, 40, 3, 0, 0);
      yield product(random, 3, 40, 0, 0, 4);
    },
    output: 7,
    terms: ([, , n]) => Number(n) + 2,
    special: {
      "NaN and Inf in x reach only the rows that use them, NaN passes ReLU": () => {
        const x = nan(3 * 4).fill(1, 0, 4).fill(-Infinity, 4, 8);
        const [starts, columns] = [Uint32Array.of(0, 1, 2, 3, 3), indices[width]([0, 1, 2])];
        return [4, 4, 3, starts, columns, Float32Array.of(-2, 1, 1), x, nan(16), 0, 2];
      },
    },
    traps: {
      "values not aligned": [1, 4, 1, Uint32Array.of(0, 1), indices[width]([0]), 2, nan(4), nan(4), 0, 0],
      "columns not aligned": [
        1, 4, 1, Uint32Array.of(0, 1), width === "u16" ? 1 : 2, nan(1), nan(4), nan(4), 0, 0,
      ],
    },
  });

  kernelTest(`f32_spmv_csr_${width}`, twins[`f32_spmv_csr_${width}`], {
    *cases(random) {
      for (const n of [1, 3, 4, 5, 7, 8, 9, 12, 17, 40])
        for (const mode of modes)
          for (const density of [0, 0.5, 1]) {
            const { starts, columns, values } = csr(random, 9, n, density);
            const bias = mode & 4 ? random.uniform(9) : 0;
            const y = mode & 1 ? random.uniform(9) : nan(9);
            yield [9, starts, indices[width](columns), values, random.uniform(n), y, bias, mode & 3];
          }
    },
    output: 5,
    terms: ([, , , , x]) => (x as Float32Array).length + 2,
    special: {
      "NaN in x reaches only the rows that use it, NaN passes ReLU": () => {
        const columns = indices[width]([0, 1, 2, 3, 4]);
        return [3, Uint32Array.of(0, 4, 5, 5), columns, nan(5).fill(-1), nan(5).fill(1, 0, 4), nan(3), 0, 2];
      },
    },
    traps: { "x not aligned": [1, Uint32Array.of(0, 1), indices[width]([0]), nan(1), 2, nan(1), 0, 0] },
  });
}

/** Columns that 16 bits cannot name: only u32 serves them. */
kernelTest("f32_spmm_csr_u32", f32_spmm_csr_u32, {
  *cases(random) {
    const n = 65_600;
    for (const batch of [1, 4]) {
      const columns = Uint32Array.of(0, 65_534, 65_535, 65_536, 65_599);
      const x = panels(random, n, batch);
      const y = nan(2 * paddedBatch(batch));
      yield [2, batch, n, Uint32Array.of(0, 2, 5), columns, random.uniform(5), x, y, 0, 0];
    }
  },
  output: 7,
  terms: () => 5,
});

kernelTest("f32_spmm_csr_u16", f32_spmm_csr_u16, {
  *cases(random) {
    const columns = Uint16Array.of(0, 32_767, 32_768, 65_535);
    const x = panels(random, 65_536, 4);
    yield [1, 4, 65_536, Uint32Array.of(0, 4), columns, random.uniform(4), x, nan(4), 0, 0];
  },
  output: 7,
  terms: () => 6,
});
