import { f32_planes_spmm } from "../../src/reference/planes/sparse-product.js";
import { kernelBench } from "../harness.js";
import { csr, keptOf } from "../sparse/structures.js";

kernelBench("f32_planes_spmm", {
  // rows, columns, positions, % zeros
  sizes: [[16, 16, 49, 50], [96, 16, 12544, 85], [288, 48, 784, 85], [1152, 192, 49, 85]],
  arguments: (random, m, n, positions, percent) => {
    const { starts, columns, values } = csr(random, m, n, percent);
    const offsets = Uint32Array.from(columns, (column) => 4 * column * positions);
    const [x, y] = [random.uniform(n * positions), new Float32Array(m * positions)];
    return [m, positions, starts, offsets, values, x, y, 4 * positions, random.uniform(m), 0, 0, -Infinity, Infinity];
  },
  flops: (m, n, positions, percent) => 2 * keptOf(m, n, percent) * positions,
  bytes: (m, n, positions, percent) => 8 * keptOf(m, n, percent) + 4 * positions * (m + n),
  opponents: { reference: f32_planes_spmm },
  output: 6,
  terms: (_, n) => n + 2,
});
