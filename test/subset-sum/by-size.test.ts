import { f64_subset_sums_by_size as reference } from "../../src/reference/subset-sum/by-size.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { outputs, poolArguments } from "./pools.js";

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}

function bySizeArguments(random: Random, n: number, tolerance: number, limit: number, isShared = false): Argument[] {
  const args = poolArguments(random, n, isShared);
  const widest = Math.max(...Array.from({ length: limit + 1 }, (_, k) => choose(n, k)));
  const scratch = new Uint8Array(4096 + 8 * widest + 256);
  return [...args, tolerance, limit, ...outputs(args[0] as number), scratch];
}

kernelTest("f64_subset_sums_by_size", reference, {
  *cases(random) {
    for (const n of [1, 2, 3, 4, 5, 7, 10]) {
      for (const tolerance of [-1, 0, 1e-3, 0.05]) {
        for (const limit of new Set([0, 1, Math.min(3, n), n])) yield bySizeArguments(random, n, tolerance, limit);
      }
    }
    yield bySizeArguments(random, 15, 0.01, 3);
    yield bySizeArguments(random, 9, 0.01, 4, true);
    yield [0, ...bySizeArguments(random, 5, 0.1, 2).slice(1)];
  },
  output: [7, 8],
  scratch: [9],
  traps: { "limit > n": bySizeArguments({ uniform: () => [0.5] } as unknown as Random, 5, 0.1, 5).with(6, 6) },
});
