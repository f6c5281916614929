import { i32_sorted_sums as reference } from "../../src/reference/subset-sum/sorted-sums.js";
import { kernelBench } from "../harness.js";

kernelBench("i32_sorted_sums", {
  sizes: [[6], [10], [12]],
  arguments(random, h) {
    const values = () => Int32Array.from({ length: h }, () => random.below(2 ** 24));
    const words = 2 * (2 ** h + 8);
    return [h, values(), values(), new Int32Array(words), new Int32Array(2 * words)];
  },
  output: 3,
  flops: (h) => 4 * 2 ** h,
  bytes: (h) => 16 * 2 ** h,
  opponents: { reference },
});
