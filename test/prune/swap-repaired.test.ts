import { describe, expect, test } from "vitest";
import { f64_swap_repaired as reference } from "../../src/reference/prune/swap-repaired.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { errorOf, groupedState, hessian, inverseOf, leastBySwap, randomState, weightsOn } from "./swap-problem.js";

const padded = (n: number) => (n + 3) & ~3;

interface Row {
  n: number;
  state: Uint8Array;
  isInverse: 0 | 1;
  group?: number;
  pad?: number;
  limit?: number;
}

function rowArguments(random: Random, { n, state, isInverse, group = 0, pad = 0, limit = 1000 }: Row): Argument[] {
  const ldm = padded(n) + pad;
  const h = hessian(random, n);
  const source = isInverse ? inverseOf(h, n) : h;
  const m = new Float64Array(n * ldm);
  for (let i = 0; i < n; i++) m.set(source.subarray(i * n, i * n + n), i * ldm);
  const weights = Float64Array.from(random.uniform(n));
  const active = state.filter((s) => (s === 1) !== Boolean(isInverse)).length;
  const scratch = new Uint8Array(8 * padded(n) * (12 + active));
  return [n, m, ldm, isInverse, weights, state.slice(), group, limit, new Float64Array(2).fill(7), scratch];
}

kernelTest("f64_swap_repaired", reference, {
  *cases(random) {
    for (const isInverse of [0, 1] as const) {
      for (const n of [...edges(4), ...edges(16), 40]) {
        for (const kept of new Set([0, Math.min(1, n), n >> 1, n - (n >> 2), n])) {
          yield rowArguments(random, { n, state: randomState(random, n, kept), isInverse, pad: 4 });
          yield rowArguments(random, { n, state: randomState(random, n, kept, 3), isInverse });
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
          yield rowArguments(random, { n, state: groupedState(random, n, group, kept), isInverse, group });
        }
      }
      for (const limit of [0, 1, 2]) {
        yield rowArguments(random, { n: 21, state: randomState(random, 21, 9), isInverse, limit });
      }
    }
  },
  output: [4, 5, 8],
  scratch: [9],
  returns: true,
  terms: ([n]) => 8 * (n as number) + 16,
  unit: 2 ** -53,
  // Relative to the weights' size, times the condition of the Hessian: at most 4·n over its damping of 0.05.
  magnitude: (args, output) => {
    const length = (args[output] as Float64Array).length;
    return new Float64Array(length).fill(output === 5 ? 0 : 1000 * (args[0] as number));
  },
  special: {
    "a weight whose column is 0 but for the diagonal": (random) => {
      const all = rowArguments(random, { n: 12, state: randomState(random, 12, 6), isInverse: 0 });
      const [m, ldm, weights] = [all[1], all[2], all[4]] as [Float64Array, number, Float64Array];
      for (let i = 0; i < 12; i++) m[5 * ldm + i] = m[i * ldm + 5] = Number(i === 5);
      weights[5] = 0;
      return all;
    },
    "a matrix that is not positive definite": (random) => {
      const all = rowArguments(random, { n: 12, state: randomState(random, 12, 6), isInverse: 0 });
      const [m, ldm] = [all[1], all[2]] as [Float64Array, number];
      for (let i = 0; i < 12; i++) m[i * ldm + i] = -1;
      return all;
    },
  },
  traps: {
    "ldm < ld": rowArguments(new Random(1), { n: 9, state: new Uint8Array(9), isInverse: 0 }).with(2, 8),
    "groups that do not fit": rowArguments(new Random(1), { n: 9, state: new Uint8Array(9), isInverse: 0 }).with(6, 4),
  },
});

describe("its twin", () => {
  test.each([
    [0, 0],
    [0, 1],
    [4, 0],
    [4, 1],
  ] as const)("ends where no swap lowers the error, group %d, from the inverse %d", (group, isInverse) => {
    const random = new Random(5);
    let swaps = 0;
    for (let round = 0; round < 40; round++) {
      const n = 8;
      const start = group ? groupedState(random, n, group, 2) : randomState(random, n, 1 + (round % 7), 4);
      const seed = random.u32();
      const args = rowArguments(new Random(seed), { n, state: start, isInverse, group });
      const weights = (args[4] as Float64Array).slice();
      const count = reference(...(args as unknown as Parameters<typeof reference>));
      const h = hessian(new Random(seed), n);
      const [fitted, state, errors] = [args[4], args[5], args[8]] as [Float64Array, Uint8Array, Float64Array];
      const error = (of: Uint8Array) => errorOf(weightsOn(of, weights, h, true), weights, h);
      expect(errors[0]).toBeCloseTo(error(start), 11);
      expect(errors[1]).toBeCloseTo(error(state), 11);
      expect(errorOf(fitted, weights, h)).toBeCloseTo(errors[1], 11);
      expect(errors[1] <= errors[0] && errors[1] < errors[0] === count > 0).toBe(true);
      expect(leastBySwap(state, weights, h, true, group)).toBeGreaterThanOrEqual(error(state) * (1 - 1e-9));
      swaps += count;
    }
    expect(swaps).toBeGreaterThan(20);
  });
});
