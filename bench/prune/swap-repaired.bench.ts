import { f64_swap_repaired as reference } from "../../src/reference/prune/swap-repaired.js";
import { hessian, randomState } from "../../test/prune/swap-problem.js";
import { kernelBench } from "../harness.js";

kernelBench("f64_swap_repaired", {
  sizes: [
    [64, 16],
    [192, 48],
  ],
  arguments: (random, n, kept) => {
    const [h, weights] = [hessian(random, n), Float64Array.from(random.uniform(n))];
    const [state, errors] = [randomState(random, n, kept), new Float64Array(2)];
    return [n, h, n, 0, weights, state, 0, n, errors, new Uint8Array(8 * n * (12 + kept))];
  },
  output: 5,
  restore: [4, 5],
  // The start alone: how many swaps follow depends on the numbers.
  flops: (n, kept) => 2 * kept * kept * n,
  bytes: (n, kept) => 8 * n * kept,
  opponents: { reference },
});
