import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { certify } from "../../src/ticket/certificate.js";
import { evaluateTarget, evaluateTicket } from "../../src/ticket/evaluate.js";
import { buildStructured, fewestNeurons, neuronPool, structuredSubset } from "../../src/ticket/structured.js";
import { Random } from "../harness/random.js";
import { dyadic, target } from "./nets.js";

/** The least error of all 2ⁿ subsets, each summed in order. */
function leastError(vectors: ArrayLike<number>, wanted: ArrayLike<number>): number {
  const d = wanted.length;
  const n = vectors.length / d;
  let least = Infinity;
  for (let mask = 0; mask < 2 ** n; mask++) {
    const sum = new Float64Array(d);
    for (let r = 0; r < n; r++) if ((mask >> r) & 1) for (let c = 0; c < d; c++) sum[c] += vectors[r * d + c];
    least = Math.min(
      least,
      sum.reduce((most, value, c) => Math.max(most, Math.abs(value - wanted[c])), 0),
    );
  }
  return least;
}

describe("the nearest subset of vectors", () => {
  test.each([1, 2, 3, 5])("is that of all subsets, in %d dimensions", (d) => {
    const random = new Random(d);
    for (let n = 0; n <= 14; n++) {
      for (let round = 0; round < (n < 12 ? 12 : 2); round++) {
        const vectors =
          round % 2 ? random.uniform(n * d) : Float64Array.from({ length: n * d }, () => dyadic(random));
        const wanted = Float64Array.from({ length: d }, () => dyadic(random, round % 3 ? 1 : 3));
        const found = structuredSubset(vectors, wanted, 0.1);
        expect(found.error).toBe(leastError(vectors, wanted));
        expect(found.found).toBe(found.error <= 0.1);
        const sum = new Float64Array(d);
        for (const r of found.subset) for (let c = 0; c < d; c++) sum[c] += vectors[r * d + c];
        expect(found.sum).toEqual(sum);
        expect([...found.subset]).toEqual([...new Set(found.subset)].sort((a, b) => a - b));
      }
    }
  });

  test("finds a planted one among 28 exactly", () => {
    const random = new Random(9);
    for (const d of [1, 3, 8]) {
      const vectors = Float64Array.from({ length: 28 * d }, () => random.u32() / 2 ** 32 - 0.5);
      const planted = [0, 3, 4, 11, 13, 14, 20, 27];
      const wanted = Float64Array.from({ length: d }, (_, c) =>
        planted.reduce((sum, r) => sum + vectors[r * d + c], 0),
      );
      const found = structuredSubset(vectors, wanted, 0);
      expect(found.error).toBe(0);
      expect(found.found).toBe(true);
      if (d > 1) expect([...found.subset]).toEqual(planted);
    }
  });

  test("is empty when nothing helps, and copes with equal vectors and zeros", () => {
    expect(structuredSubset(new Float64Array(0), [0.5, 0], 0.5)).toMatchObject({ found: true, error: 0.5 });
    expect(structuredSubset(Float64Array.of(-1, -1, -1), [0.5], 0.1)).toMatchObject({
      found: false,
      error: 0.5,
    });
    expect(structuredSubset(Float64Array.of(1, 1, 1, 1), [3], 0).subset).toHaveLength(3);
    expect(structuredSubset(new Float64Array(24), [0, 0], 0)).toMatchObject({ found: true, error: 0 });
  });

  test("is never worse with one vector more, and the rows' order does not count", () => {
    const random = new Random(21);
    const vectors = Float64Array.from({ length: 36 }, () => dyadic(random));
    const wanted = [0.25, -0.5];
    let before = Infinity;
    for (let n = 0; n <= 18; n++) {
      const { error } = structuredSubset(vectors.subarray(0, 2 * n), wanted, 0);
      expect(error).toBeLessThanOrEqual(before);
      before = error;
    }
    const reversed = vectors.map((_, at) => vectors[2 * (17 - (at >> 1)) + (at & 1)]);
    expect(structuredSubset(reversed, wanted, 0).error).toBe(before);
  });

  test("needs more vectors in more dimensions", () => {
    const random = new Random(2);
    const successes = [1, 2, 3, 4].map((d) => {
      let count = 0;
      for (let round = 0; round < 100; round++) {
        count += Number(structuredSubset(random.uniform(14 * d), random.uniform(d, -0.5, 0.5), 0.05).found);
      }
      return count;
    });
    expect(successes[0]).toBeGreaterThan(95);
    expect(successes[3]).toBeLessThan(10);
    for (let i = 1; i < 4; i++) expect(successes[i]).toBeLessThan(successes[i - 1]);
  });

  test("refuses what does not fit", () => {
    expect(() => structuredSubset(new Float64Array(29), [1], 0)).toThrow(ArgumentRangeError);
    expect(() => structuredSubset(new Float64Array(3), [1, 2], 0)).toThrow(ShapeError);
    expect(() => structuredSubset(new Float64Array(3), [], 0)).toThrow(ArgumentRangeError);
    expect(() => structuredSubset(Float64Array.of(1, NaN), [1], 0)).toThrow(NonFiniteError);
    expect(() => structuredSubset(Float64Array.of(1), [Infinity], 0)).toThrow(NonFiniteError);
    for (const epsilon of [-1, NaN]) {
      expect(() => structuredSubset(Float64Array.of(1), [1], epsilon)).toThrow(ArgumentRangeError);
    }
  });
});

describe("a structured ticket", () => {
  test.each([
    [1, 1, true, 0],
    [4, 2, true, 0.25],
    [3, 3, false, 0.25],
  ])("of %d × %d (ReLU %s) computes its target within its certificate", (rows, columns, relu, bias) => {
    using core = openSync();
    const random = new Random(rows);
    const biases = Array.from({ length: rows }, (_, i) => (i % 2 ? 0 : bias));
    const layer = target(rows, columns, random.uniform(rows * columns, -0.5, 0.5), biases, relu);
    const block = buildStructured(core, layer, { neurons: 22, epsilon: 0.02, seed: 3 });
    const { outputs } = certify([layer], [block.residuals], { kind: "box", low: 0, high: 2 });
    for (let sample = 0; sample < 1000; sample++) {
      const x = Float64Array.from({ length: columns }, () =>
        sample % 3 ? 2 * (random.u32() / 2 ** 32) : 2 * random.below(2),
      );
      const ticket = evaluateTicket([block], x);
      evaluateTarget([layer], x).forEach((value, i) => {
        expect(Math.abs(value - ticket[i])).toBeLessThanOrEqual(outputs[i] + 1e-14);
      });
    }
    const residuals = [...block.residuals.weights, ...block.residuals.bias];
    expect(block.failures).toBe(residuals.filter((value) => value > 0.02).length);
    expect(Math.max(...residuals)).toBeLessThan(0.4);
    expect(block.neurons).toBe(22 * rows);
    expect(buildStructured(core, layer, { neurons: 22, epsilon: 0.02, seed: 3 })).toEqual(block);
  });

  test("keeps whole neurons of the pool, each for one output", () => {
    using core = openSync();
    const layer = target(3, 2, [0.25, -0.5, 0.125, 0.5, -0.25, -0.125], [0.5, 0, 0], true);
    const { inner, outer } = buildStructured(core, layer, { neurons: 16, epsilon: 0.05, seed: 8 });
    expect([...outer.columnIndices]).toEqual([...Array(inner.rows).keys()]);
    for (let row = 0; row < 3; row++) {
      const pool = neuronPool(core, 2, 2, 16, 8, row);
      for (let r = outer.rowStarts[row]; r < outer.rowStarts[row + 1]; r++) {
        const at = pool.outer.indexOf(outer.values[r]);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(inner.values.subarray(2 * r, 2 * r + 2)).toEqual(pool.inner.subarray(3 * at, 3 * at + 2));
        expect(inner.bias[r]).toBe(row === 0 ? pool.inner[3 * at + 2] : 0);
      }
    }
    expect(inner.values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(outer.rowStarts[3]).toBe(inner.rows);
  });

  test("states residuals that are not below the exact ones", () => {
    using core = openSync();
    const random = new Random(5);
    const exact = (value: number) => BigInt(value * 2 ** 100);
    const weights = random.uniform(80, -0.5, 0.5).map((weight, at) => (at % 2 ? weight * 2 ** -44 : weight));
    const layer = target(40, 2, weights);
    const { inner, outer, residuals } = buildStructured(core, layer, { neurons: 10, epsilon: 0.1, seed: 2 });
    for (let at = 0; at < 80; at++) {
      let sum = -exact(layer.weights[at]) << 100n;
      for (let r = outer.rowStarts[at >> 1]; r < outer.rowStarts[(at >> 1) + 1]; r++) {
        sum += exact(outer.values[r]) * exact(inner.values[2 * r + (at & 1)]);
      }
      expect(exact(residuals.weights[at]) << 100n >= (sum < 0n ? -sum : sum)).toBe(true);
    }
  });

  test("says so when it fails: nothing to keep, weights out of reach", () => {
    using core = openSync();
    const layer = target(1, 2, [0.5, -100], [0.25]);
    const none = buildStructured(core, layer, { neurons: 0, epsilon: 0.3, seed: 1 });
    expect(none.failures).toBe(2);
    expect([...none.residuals.weights, ...none.residuals.bias]).toEqual([0.5, 100, 0.25]);
    expect(none.inner.rows).toBe(0);
    expect([...evaluateTicket([none], Float64Array.of(1, 1))]).toEqual([0]);
    expect(buildStructured(core, layer, { neurons: 20, epsilon: 0.3, seed: 1 }).failures).toBeGreaterThan(0);
    expect(() => buildStructured(core, layer, { neurons: 29, epsilon: 0.3, seed: 1 })).toThrow(
      ArgumentRangeError,
    );
    expect(() => buildStructured(core, layer, { neurons: 2, epsilon: -1, seed: 1 })).toThrow(
      ArgumentRangeError,
    );
    expect(() => buildStructured(core, layer, { neurons: 2, epsilon: 1, seed: 1.5 })).toThrow(
      ArgumentRangeError,
    );
  });

  test("the fewest neurons that do are those of trying one after another", () => {
    using core = openSync();
    const random = new Random(12);
    for (const d of [1, 2, 3]) {
      const layer = target(4, d, random.uniform(4 * d, -0.5, 0.5));
      const fewest = fewestNeurons(core, layer, 0.04, d);
      fewest.forEach((count, row) => {
        const { vectors } = neuronPool(core, d, d, 28, d, row);
        const wanted = layer.weights.subarray(row * d, row * d + d);
        const does = (n: number) => structuredSubset(vectors.subarray(0, n * d), wanted, 0.04).found;
        expect([...Array(29).keys()].find(does)).toBe(count);
      });
    }
    expect(fewestNeurons(core, target(2, 1, [0.01, 100]), 0.04, 1)).toEqual([0, undefined]);
    expect(() => fewestNeurons(core, target(1, 1, [1], [1]), 0.1, 1)).toThrow(ArgumentRangeError);
  });
});
