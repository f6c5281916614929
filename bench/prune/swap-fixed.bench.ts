import { f64_swap_fixed as reference } from "../../src/reference/prune/swap-fixed.js";
import { hessian, randomState } from "../../test/prune/swap-problem.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_swap_fixed", {
  sizes: [
    [64, 16],
    [192, 96],
  ],
  arguments: (random, n, kept) => {
    const [h, weights] = [hessian(random, n), Float64Array.from(random.uniform(n))];
    const [state, errors, scratch] = [randomState(random, n, kept), new Float64Array(2), new Uint8Array(24 * n)];
    return [n, h, n, weights, state, 0, n, errors, scratch];
  },
  output: 4,
  restore: [4],
  // The start alone: how many swaps follow depends on the numbers.
  flops: (n) => 2 * n * n,
  bytes: (n) => 8 * n * n,
  opponents: { reference },
});
