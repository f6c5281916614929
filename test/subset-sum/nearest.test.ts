import { expect, test } from "vitest";
import { f64_subset_sums_nearest as reference } from "../../src/reference/subset-sum/nearest.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { variants } from "../harness/variants.js";
import { outputs, poolArguments } from "./pools.js";

const scratch = (n: number) => new Uint8Array(2048 + 24 * 2 ** ((Math.max(n, 5) - 1) >> 1));

function nearestArguments(random: Random, n: number, isShared = false) {
  const args = poolArguments(random, n, isShared);
  return [...args, ...outputs(args[0] as number), scratch(n)];
}

kernelTest("f64_subset_sums_nearest", reference, {
  *cases(random) {
    for (let n = 1; n <= 14; n++) yield nearestArguments(random, n);
    for (const n of [1, 6, 11]) yield nearestArguments(random, n, true);
    yield nearestArguments(random, 17);
    const none = nearestArguments(random, 5);
    yield [0, ...none.slice(1)];
  },
  output: [5, 6],
  scratch: [7],
  traps: { "n = 0": [1, 0, new Float64Array(1), 0, new Float64Array(1), ...outputs(1), scratch(5)] },
});

test("values that are all equal or 0, of which more subsets tie than are tried: not decided", () => {
  const core = variants[0].open();
  for (const value of [0.25, 0, -0.25]) {
    const [bits, sums] = [new Uint32Array(1), new Float64Array(1)];
    const pool = new Float64Array(20).fill(value);
    const target = Float64Array.of(Math.sign(value) * 1.3);
    core.call("f64_subset_sums_nearest", [1, 20, pool, 20, target, bits, sums, scratch(20)]);
    // With a target at the end of the sums there is nothing to decide.
    expect([bits[0], sums[0]]).toEqual([0, value === 0 ? 0 : Number.NaN]);
  }
});
