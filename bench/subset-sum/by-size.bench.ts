import { f64_subset_sums_by_size as reference } from "../../src/reference/subset-sum/by-size.js";
import { kernelBench } from "../harness.js";
import { poolsOf } from "./pools.js";

kernelBench("f64_subset_sums_by_size", {
  sizes: [[8], [16]],
  arguments: (random, n) => [...poolsOf(random, n, 8, -1, n / 2), new Uint8Array(4096 + 8 * 12_870 + 256)],
  output: 7,
  flops: (n) => 8 * 2 ** n,
  bytes: (n) => 64 * n,
  opponents: { reference },
});
