import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LayerTraces } from "../../src/prune/contract.js";
import { type CurveOfLayer, zerosByLoss } from "../../src/prune/loss-curves.js";
import { optimalZeros } from "../../src/prune/optimal-zeros.js";
import { Random } from "../harness/random.js";

/** A layer whose loss after so many units is the sum of the first rises. */
function layer(rises: readonly number[], energy = 1, unit = 1): CurveOfLayer {
  const losses = [0];
  for (const rise of rises) losses.push(losses[losses.length - 1] + rise);
  const traces = { lossAt: (zeros: number) => losses[Math.ceil(zeros / unit)] } as LayerTraces;
  return { traces, energy, weights: unit * rises.length, unit };
}

const lossOf = (layers: readonly CurveOfLayer[], zeros: readonly number[]) =>
  layers.reduce((sum, { traces, energy }, l) => sum + traces.lossAt(zeros[l]) / (energy || 1), 0);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The least loss of all divisions. */
function leastLoss(layers: readonly CurveOfLayer[], zeros: number): number {
  const [first, ...rest] = layers;
  if (!first) return zeros === 0 ? 0 : Infinity;
  let least = Infinity;
  for (let z = 0; z <= Math.min(zeros, first.weights); z += first.unit) {
    least = Math.min(least, lossOf([first], [z]) + leastLoss(rest, zeros - z));
  }
  return least;
}

const rises = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 });
const layers = fc.array(fc.tuple(rises, fc.constantFrom(0, 1, 2, 8)), { minLength: 1, maxLength: 4 });

describe("the optimal division", () => {
  test("is the best of all, for curves of any shape", () => {
    fc.assert(
      fc.property(layers, fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1, 4), (given, share, unit) => {
        const curves = given.map(([each, energy]) => layer(each, energy, unit));
        const zeros = unit * Math.round((share * sum(curves.map(({ weights }) => weights))) / unit);
        const found = optimalZeros(curves, zeros);
        expect(sum(found)).toBe(zeros);
        expect(found.every((count, l) => count % unit === 0 && count <= curves[l].weights)).toBe(true);
        expect(lossOf(curves, found)).toBeCloseTo(leastLoss(curves, zeros), 10);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("takes what greed cannot: a step up with a plain behind it", () => {
    const curves = [layer([5, 0, 0, 0]), layer([2, 2, 2, 2])];
    expect(zerosByLoss(curves, 4)).toEqual([0, 4]);
    expect(optimalZeros(curves, 4)).toEqual([4, 0]);
  });

  test("rounds up to whole units, as the greedy one does; nothing and everything", () => {
    const curves = [layer([1, 3], 1, 4), layer([2, 2], 1, 4)];
    expect(optimalZeros(curves, 5)).toEqual([4, 4]);
    expect(optimalZeros(curves, 0)).toEqual([0, 0]);
    expect(optimalZeros(curves, 16)).toEqual([8, 8]);
    expect(optimalZeros([], 0)).toEqual([]);
  });

  test("of ties the earlier layers take most", () => {
    expect(optimalZeros([layer([1, 1, 1]), layer([1, 1, 1])], 4)).toEqual([3, 1]);
  });
});

describe("beyond single steps", () => {
  /** Layers of very different sizes; losses that rise faster and faster, with cliffs. */
  function large(seed: number): CurveOfLayer[] {
    const random = new Random(seed);
    return [9000, 4001, 333, 7].map((length) => {
      const noise = random.uniform(length);
      const rises = Array.from(noise, (value, i) => (i / length) ** 4 * (1 + value) * (i % 500 === 499 ? 300 : 1));
      return layer(rises, sum(rises));
    });
  }

  /** The optimum, weight by weight. */
  function optimum(curves: readonly CurveOfLayer[], zeros: number): number {
    let best = new Float64Array(zeros + 1).fill(Infinity);
    best[0] = 0;
    for (const { traces, energy, weights } of curves) {
      const next = new Float64Array(zeros + 1).fill(Infinity);
      for (let k = 0; k <= Math.min(weights, zeros); k++) {
        const loss = traces.lossAt(k) / energy;
        for (let t = k; t <= zeros; t++) if (best[t - k] + loss < next[t]) next[t] = best[t - k] + loss;
      }
      best = next;
    }
    return best[zeros];
  }

  test("gives every number of zeros exactly, never worse than greed", () => {
    for (const seed of [1, 2]) {
      const curves = large(seed);
      for (const zeros of [0, 1, 2, 4097, 8000, 11_111, 13_333, 13_340, 13_341]) {
        const found = optimalZeros(curves, zeros);
        expect(sum(found)).toBe(zeros);
        expect(found.every((count, l) => count >= 0 && count <= curves[l].weights)).toBe(true);
        expect(lossOf(curves, found)).toBeLessThanOrEqual(lossOf(curves, zerosByLoss(curves, zeros)));
      }
    }
  });

  test("is within a tenth of a per cent of the optimum", () => {
    const curves = large(3);
    expect(lossOf(curves, optimalZeros(curves, 9000))).toBeLessThan(1.001 * optimum(curves, 9000));
    expect(lossOf(curves, zerosByLoss(curves, 9000))).toBeGreaterThan(1.01 * optimum(curves, 9000));
  });
});
