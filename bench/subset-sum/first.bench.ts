import { f64_subset_sums_first as reference } from "../../src/reference/subset-sum/first.js";
import { kernelBench } from "../harness.js";
import { poolsOf } from "./pools.js";

kernelBench("f64_subset_sums_first", {
  sizes: [[8], [21]],
  arguments: (random, n) => [...poolsOf(random, n, 100, 0.01), new Uint8Array(65_536)],
  output: 6,
  flops: () => 100 * 2 ** 8,
  bytes: (n) => 800 * n,
  opponents: { reference },
});
