import {
  csr_row_starts, csr_transpose_u16, csr_transpose_u32, f32_csr_gather_values_u16,
  f32_csr_gather_values_u32, f32_csr_pack_u16, f32_csr_pack_u32, f32_csr_reorder,
  f32_csr_scatter_values_u16, f32_csr_scatter_values_u32,
} from "../../src/reference/sparse/csr-pack.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf, mask } from "./structures.js";

const twins = {
  csr_transpose_u16, csr_transpose_u32, f32_csr_gather_values_u16, f32_csr_gather_values_u32,
  f32_csr_pack_u16, f32_csr_pack_u32, f32_csr_scatter_values_u16, f32_csr_scatter_values_u32,
};

/** Outputs, inputs, percentage of zeros. */
const sizes: [number, number, number][] = [[16, 60, 50], [300, 784, 50], [300, 784, 90], [300, 784, 98]];
const flops = () => 0;
const bytes = (m: number, n: number, percent: number) => (m * n) / 8 + 10 * keptOf(m, n, percent);

kernelBench("csr_row_starts", {
  sizes,
  arguments: (random, m, n, percent) => {
    const bits = mask(random, m, n, percent);
    return [m, 0, n, 0, bits, Math.ceil(n / 32), new Uint32Array(m + 1)];
  },
  flops,
  bytes: (m, n) => (m * n) / 8,
  opponents: { reference: csr_row_starts },
});

kernelBench("f32_csr_reorder", {
  sizes: [[480], [23_520]],
  arguments: (random, count) => {
    const order = Uint32Array.from({ length: count }, () => random.below(count));
    return [count, order, random.uniform(count), new Float32Array(count)];
  },
  flops,
  bytes: (count) => 12 * count,
  opponents: { reference: f32_csr_reorder },
});

for (const width of ["u16", "u32"] as const) {
  const Indices = width === "u16" ? Uint16Array : Uint32Array;

  kernelBench(`f32_csr_pack_${width}`, {
    sizes,
    arguments: (random, m, n, percent) => {
      const [bits, ldm, starts] = [mask(random, m, n, percent), Math.ceil(n / 32), new Uint32Array(m + 1)];
      const count = csr_row_starts(m, 0, n, 0, bits, ldm, starts);
      const [a, values] = [random.uniform(m * n), new Float32Array(count)];
      return [m, 0, n, a, n, bits, ldm, starts, new Indices(count), values];
    },
    flops,
    bytes,
    opponents: { reference: twins[`f32_csr_pack_${width}`] },
  });

  kernelBench(`f32_csr_gather_values_${width}`, {
    sizes,
    arguments: (random, m, n, percent) => {
      const { starts, columns, values } = csr(random, m, n, percent);
      return [m, starts, Indices.from(columns), random.uniform(m * n), n, values];
    },
    flops,
    bytes,
    opponents: { reference: twins[`f32_csr_gather_values_${width}`] },
  });

  kernelBench(`f32_csr_scatter_values_${width}`, {
    sizes,
    arguments: (random, m, n, percent) => {
      const { starts, columns, values } = csr(random, m, n, percent);
      return [m, starts, Indices.from(columns), values, new Float32Array(m * n), n];
    },
    flops,
    bytes,
    opponents: { reference: twins[`f32_csr_scatter_values_${width}`] },
  });

  kernelBench(`csr_transpose_${width}`, {
    sizes: [[16, 60, 50], [30, 100, 90]], // the plain twin searches every row for every column
    arguments: (random, m, n, percent) => {
      const { starts, columns } = csr(random, m, n, percent);
      const [rows, order] = [new Indices(columns.length), new Uint32Array(columns.length)];
      return [m, n, 1, starts, Indices.from(columns), new Uint32Array(n + 1), rows, order];
    },
    flops,
    bytes,
    opponents: { reference: twins[`csr_transpose_${width}`] },
  });
}
