import { expect, test } from "vitest";
import { f64_subset_sum_greedy as reference } from "../../src/reference/subset-sum/greedy.js";
import { goldenRatioDecomposition } from "../../src/subset-sum/greedy.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { ANY, argumentsOf, FEWEST, NEAREST, uniform64 } from "./problems.js";

const scratchBytes = (n: number) => 4 * n + 4 * Math.ceil(n / 32);

kernelTest("f64_subset_sum_greedy", reference, {
  *cases(random) {
    for (const n of [...edges(32), 200]) {
      for (const target of [0, 0.3, -0.3, n / 8, -n / 8, 2 * n + 1]) {
        for (const tolerance of [0, 0.05, Infinity]) {
          for (const limit of new Set([n, n >> 3, Math.min(1, n)])) {
            const objective = limit % 2 ? ANY : NEAREST;
            yield argumentsOf(uniform64(random, n), target, tolerance, objective, limit, scratchBytes(n));
          }
        }
      }
    }
    // Equal magnitudes go by index, and 0 is never taken.
    yield argumentsOf(Float64Array.of(0, 1, -1, 1, 0, 1), 2, 0, NEAREST, 6, scratchBytes(6));
    yield argumentsOf(Float64Array.of(0, 1, -1, 1, 0, -1), -1, 0, NEAREST, 6, scratchBytes(6));
  },
  output: 6,
  scratch: [7],
  returns: true,
  traps: {
    "the fewest": argumentsOf(new Float64Array(4), 0, 0, FEWEST, 4, scratchBytes(4)),
    "too little scratch": argumentsOf(new Float64Array(4), 0, 0, ANY, 4, scratchBytes(4) - 1),
  },
});

/** The worst remainder over gᴷ⁻¹ of many weights in [0, 1/g], with a value in each of [gⁱ⁺¹, gⁱ], ends included. */
function worstRemainder(g: number, count: number): number {
  const random = new Random(11);
  let worst = 0;
  for (let trial = 0; trial < 6000; trial++) {
    const ends = trial % 3;
    const share = () => (ends === 0 ? random.u32() / 2 ** 32 : ends === 1 ? random.below(2) : Number(trial % 2 === 0));
    const values = Float64Array.from({ length: count }, (_, i) => g ** (i + 1) + share() * (g ** i - g ** (i + 1)));
    const weight = trial % 5 ? (random.u32() / 2 ** 32) / g : 1 / g;
    const { mask, remainder } = goldenRatioDecomposition(values, weight);
    const rest = weight - values.reduce((sum, value, i) => sum + mask[i] * value, 0);
    if (!(remainder >= 0 && Math.abs(remainder - rest) < 1e-12)) return Number.NaN;
    worst = Math.max(worst, remainder / g ** (count - 1));
  }
  return worst;
}

test("the golden ratio is the threshold of the greedy rule", () => {
  expect(worstRemainder(2 / 3, 20)).toBeLessThanOrEqual(1 + 1e-9);
  expect(worstRemainder(0.62, 20)).toBeLessThanOrEqual(1 + 1e-9);
  expect(worstRemainder(0.6, 20)).toBeGreaterThan(100);
});
