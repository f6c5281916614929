import { describe, expect, test } from "vitest";
import { f64_swap_fixed as reference } from "../../src/reference/prune/swap-fixed.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { errorOf, groupedState, hessian, leastBySwap, randomState, weightsOn } from "./swap-problem.js";

function rowArguments(random: Random, n: number, state: Uint8Array, group = 0, pad = 0, limit = 1000): Argument[] {
  const ldg = n + pad;
  const h = hessian(random, n);
  const g = new Float64Array(n * ldg).fill(Number.NaN);
  for (let i = 0; i < n; i++) g.set(h.subarray(i * n, i * n + n), i * ldg);
  const weights = Float64Array.from(random.uniform(n));
  return [n, g, ldg, weights, state, group, limit, new Float64Array(2).fill(7), new Uint8Array(24 * n)];
}

kernelTest("f64_swap_fixed", reference, {
  *cases(random) {
    for (const n of [...edges(2), ...edges(8), 40]) {
      for (const kept of new Set([0, Math.min(1, n), n >> 1, n - (n >> 2), n])) {
        for (const pad of [0, 3]) {
          yield rowArguments(random, n, randomState(random, n, kept), 0, pad);
          yield rowArguments(random, n, randomState(random, n, kept, 3), 0, pad);
        }
      }
    }
    for (const [group, kept] of [
      [4, 2],
      [3, 1],
      [8, 5],
      [1, 1],
      [4, 0],
    ]) {
      for (const groups of [1, 2, 7]) {
        const n = group * groups;
        yield rowArguments(random, n, groupedState(random, n, group, kept), group);
      }
    }
    for (const limit of [0, 1, 2]) yield rowArguments(random, 21, randomState(random, 21, 9), 0, 0, limit);
  },
  output: [4, 7],
  scratch: [8],
  returns: true,
  terms: ([n]) => 8 * (n as number) + 16,
  unit: 2 ** -53,
  magnitude: (args, output) => {
    if (output === 4) return new Float64Array((args[4] as Uint8Array).length);
    // Bounds the sums behind both errors, whichever weights are pruned.
    const [n, g, ldg, weights] = args as [number, Float64Array, number, Float64Array];
    let sum = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) sum += Math.abs(weights[i] * g[i * ldg + j] * weights[j]);
    }
    return new Float64Array(2).fill(sum);
  },
  special: {
    "pruned weights of 0": (random) => {
      const all = rowArguments(random, 12, randomState(random, 12, 6));
      (all[3] as Float64Array).fill(0, 0, 6);
      return all;
    },
    "a NaN in the weights gives no swap": (random) => {
      const all = rowArguments(random, 12, new Uint8Array(12).fill(1, 3));
      (all[3] as Float64Array)[0] = Number.NaN;
      return all;
    },
  },
  traps: {
    "ldg < n": rowArguments(new Random(1), 9, new Uint8Array(9)).with(2, 8),
    "groups that do not fit": rowArguments(new Random(1), 9, new Uint8Array(9)).with(5, 4),
  },
});

describe("its twin", () => {
  test.each([0, 4])("ends where no swap lowers the error, group %d", (group) => {
    const random = new Random(5);
    let swaps = 0;
    for (let round = 0; round < 60; round++) {
      const n = 8;
      const start = group ? groupedState(random, n, group, 2) : randomState(random, n, 1 + (round % 7), 4);
      const args = rowArguments(random, n, start.slice(), group);
      const count = reference(...(args as unknown as Parameters<typeof reference>));
      const [h, weights, state, errors] = [args[1], args[3], args[4], args[7]] as [
        ...[Float64Array, Float64Array, Uint8Array, Float64Array],
      ];
      const error = (of: Uint8Array) => errorOf(weightsOn(of, weights, h, false), weights, h);
      expect(errors[0]).toBeCloseTo(error(start), 12);
      expect(errors[1]).toBeCloseTo(error(state), 12);
      expect(errors[1] <= errors[0] && errors[1] < errors[0] === count > 0).toBe(true);
      expect(leastBySwap(state, weights, h, false, group)).toBeGreaterThanOrEqual(error(state) * (1 - 1e-11));
      swaps += count;
    }
    expect(swaps).toBeGreaterThan(20);
  });
});
