import { f64_subset_sums_nearest as reference } from "../../src/reference/subset-sum/nearest.js";
import { kernelBench } from "../harness.js";
import { poolsOf } from "./pools.js";

kernelBench("f64_subset_sums_nearest", {
  sizes: [[8], [12], [16]],
  arguments: (random, n) => [...poolsOf(random, n, 8), new Uint8Array(65_536)],
  output: 5,
  flops: (n) => 8 * 2 ** n,
  bytes: (n) => 64 * n,
  opponents: { reference },
});
