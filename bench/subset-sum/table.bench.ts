import {
  f64_subset_sums_look_up as lookUp,
  f64_subset_sums_table as table,
} from "../../src/reference/subset-sum/table.js";
import { kernelBench } from "../harness.js";

const INDEX_BYTES = 131_264;
const keys = (n: number) => new Float64Array(2 ** n + 4);

kernelBench("f64_subset_sums_table", {
  sizes: [[8], [16]],
  arguments: (random, n) => [n, Float64Array.from(random.uniform(n)), keys(n), new Uint8Array(INDEX_BYTES), keys(n)],
  output: 2,
  flops: (n) => 2 * 2 ** n,
  bytes: (n) => 32 * 2 ** n,
  opponents: { reference: table },
});

kernelBench("f64_subset_sums_look_up", {
  sizes: [[8], [12]],
  arguments(random, n) {
    const pool = Float64Array.from(random.uniform(n));
    const [sums, index] = [keys(n), new Uint8Array(INDEX_BYTES)];
    table(n, pool, sums, index, keys(n));
    const targets = Float64Array.from(random.uniform(100));
    return [100, n, pool, sums, index, targets, new Uint32Array(100), new Float64Array(100)];
  },
  output: 6,
  flops: (n) => 100 * n,
  bytes: (n) => 1600 + 8 * 2 ** n,
  opponents: { reference: lookUp },
});
