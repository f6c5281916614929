import { f64_subset_sums_first as reference } from "../../src/reference/subset-sum/first.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { outputs, poolArguments } from "./pools.js";

function firstArguments(random: Random, n: number, tolerance: number, isShared = false): Argument[] {
  const args = poolArguments(random, n, isShared);
  return [...args, tolerance, ...outputs(args[0] as number), new Uint8Array(65_536)];
}

kernelTest("f64_subset_sums_first", reference, {
  *cases(random) {
    for (const n of [1, 2, 3, 4, 5, 8, 13, 14, 15, 21, 32]) {
      for (const tolerance of [0, 1e-6, 0.01, 0.3]) yield firstArguments(random, n, tolerance);
    }
    yield firstArguments(random, 9, 0.01, true);
    yield [0, ...firstArguments(random, 5, 0.1).slice(1)];
  },
  output: [6, 7],
  scratch: [8],
  traps: { "n = 33": firstArguments({ uniform: () => [0.5] } as unknown as Random, 33, 0.1) },
});
