import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/io/safetensors.js";
import { openSync } from "../../src/open.js";
import type { LayerProblem } from "../../src/prune/contract.js";
import { relativeError } from "../../src/prune/layer-error.js";
import { refineBySwaps, type SwapOptions } from "../../src/prune/swaps.js";
import { UNSTRUCTURED } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";
import { errorOf, hessian, inverseOf, leastBySwap, weightsOn } from "./swap-problem.js";

const DAMPING = 0.01;
const OPTIONS: SwapOptions = { damping: DAMPING, pattern: UNSTRUCTURED, repaired: true };
const TWO_OF_FOUR = { kind: "n:m", n: 2, m: 4 } as const;
const URL_OF = (name: string) => new URL(`../fixtures/${name}.safetensors`, import.meta.url);

/** A layer that others pruned, with what stands behind its errors. */
function fixture(core: Core, name: string) {
  const { tensors } = readSafetensors(readFileSync(URL_OF(name)));
  const values = (key: string) => tensors.get(key)?.data as Float32Array;
  const columns = Math.sqrt(values("H").length);
  const rows = values("W").length / columns;
  const h = Float64Array.from(tensors.get("H")?.data as Float64Array);
  const problem: LayerProblem = {
    weights: core.matrix(rows, columns, values("W")),
    hessian: core.doubleMatrix(columns, columns, h),
  };
  const { damped, isDead } = dampedOf(h, columns);
  const alive = values("W").map((weight, i) => (isDead[i % columns] ? 0 : weight));
  /** ½ Σ of the rows' errors in the damped measure. */
  const lossOf = (pruned: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      // OBC may keep the weight of a dead input: nothing depends on it.
      const own = rowOf(pruned, i, columns).map((weight, j) => (isDead[j] ? 0 : weight));
      sum += errorOf(own, rowOf(alive, i, columns), damped) / 2;
    }
    return sum;
  };
  /** What another program made of it. */
  const prunedBy = (key: string) => {
    const weights = core.matrix(rows, columns, values(key));
    const mask = core.mask(rows, columns, [...values(key)].map((weight) => Number(weight !== 0)));
    return { weights, mask };
  };
  return { rows, columns, problem, damped, alive, lossOf, prunedBy };
}

function rowOf(values: ArrayLike<number>, i: number, columns: number): number[] {
  return Array.from({ length: columns }, (_, j) => values[i * columns + j]);
}

function dampedOf(h: Float64Array, n: number) {
  const damped = h.slice();
  const diagonal = Array.from({ length: n }, (_, i) => h[i * n + i]);
  const added = (DAMPING * diagonal.reduce((sum, value) => sum + value, 0)) / n;
  const isDead = diagonal.map((value) => value === 0);
  for (let i = 0; i < n; i++) damped[i * n + i] = isDead[i] ? 1 : diagonal[i] + added;
  return { damped, isDead };
}

function countsOf(bits: ArrayLike<number>, length: number): number[] {
  return Array.from({ length: bits.length / length }, (_, i) =>
    rowOf(bits, i, length).reduce((sum, bit) => sum + bit, 0),
  );
}

/** A small layer of random numbers and a random half of it kept. */
function layer(core: Core, rows = 3, columns = 8) {
  const random = new Random(11);
  const h = hessian(random, columns);
  const weights = core.matrix(rows, columns, random.uniform(rows * columns));
  const mask = core.mask(rows, columns, [...Array(rows * columns).keys()].map((i) => i & 1));
  return { problem: { weights, hessian: core.doubleMatrix(columns, columns, h) }, solution: { weights, mask } };
}

describe.each(["layerwise-8x16", "layerwise-33x64", "layerwise-12x40-rank-deficient"])("%s, pruned by OBC", (name) => {
  test.each([
    ["obc.0.3", UNSTRUCTURED],
    ["obc.0.5", UNSTRUCTURED],
    ["obc.0.9", UNSTRUCTURED],
    ["obc.2:4", TWO_OF_FOUR],
  ])("%s becomes no worse, with the counts it had", async (key, pattern) => {
    using core = openSync();
    const { columns, problem, lossOf, prunedBy, damped } = fixture(core, name);
    const obc = prunedBy(key);
    const refined = await refineBySwaps(problem, obc, { ...OPTIONS, pattern });
    const obcLoss = lossOf(obc.weights.toArray());
    // OBC's weights are those of least error on its mask, but for its f32.
    expect(refined.lossBefore / obcLoss).toBeGreaterThan(1 - 1e-3);
    expect(refined.lossBefore / obcLoss).toBeLessThan(1 + 1e-6);
    expect(refined.loss <= refined.lossBefore && refined.loss < refined.lossBefore === refined.swaps > 0).toBe(true);
    expect(lossOf(refined.weights.toArray()) / refined.loss).toBeCloseTo(1, 5);
    const length = pattern.kind === "n:m" ? pattern.m : columns;
    const bits = refined.mask.toArray();
    expect(countsOf(bits, length)).toEqual(countsOf(obc.mask.toArray(), length));
    refined.weights.toArray().forEach((weight, i) => {
      if (!bits[i]) expect(weight).toBe(0);
    });

    const inverse = core.doubleMatrix(columns, columns, inverseOf(damped, columns));
    const fromInverse = await refineBySwaps(problem, obc, { ...OPTIONS, pattern, inverse });
    expect(fromInverse.mask.equals(refined.mask)).toBe(true);
    expect(fromInverse.loss / refined.loss).toBeCloseTo(1, 9);
  });
});

test.each([true, false])("ends where no swap lowers a row's error, repaired: %s", async (repaired) => {
  using core = openSync();
  const { rows, columns, problem, alive, damped, prunedBy } = fixture(core, "layerwise-8x16");
  let swaps = 0;
  for (const [key, pattern] of [
    ["obc.0.5", UNSTRUCTURED],
    ["sparsegpt.0.5", UNSTRUCTURED],
    ["sparsegpt.2:4", TWO_OF_FOUR],
  ] as const) {
    const start = prunedBy(key);
    const refined = await refineBySwaps(problem, start, { ...OPTIONS, pattern, repaired });
    swaps += refined.swaps;
    const group = pattern.kind === "n:m" ? pattern.m : 0;
    const bits = refined.mask.toArray();
    for (let i = 0; i < rows; i++) {
      const own = bits.subarray(i * columns, (i + 1) * columns);
      const weights = rowOf(alive, i, columns);
      const fitted = weightsOn(own, weights, damped, repaired);
      rowOf(refined.weights.toArray(), i, columns).forEach((weight, j) => {
        expect(weight).toBeCloseTo(fitted[j], 6);
      });
      const least = leastBySwap(own, weights, damped, repaired, group);
      expect(least).toBeGreaterThanOrEqual(errorOf(fitted, weights, damped) * (1 - 1e-9));
    }
  }
  expect(swaps).toBeGreaterThan(0);
});

test("as they are, weights that were 0 stay pruned: kept they would be one more zero", async () => {
  using core = openSync();
  // The first two cancel each other out, so it would be best to prune both and to keep the third.
  const hessian = core.doubleMatrix(4, 4, [1, 0.99, 0, 0, 0.99, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  const mask = core.mask(1, 4, [0, 1, 0, 1]);
  const swapped = async (third: number) => {
    const weights = core.matrix(1, 4, [3, -3, third, 1]);
    const options = { ...OPTIONS, repaired: false, pattern: TWO_OF_FOUR };
    return (await refineBySwaps({ weights, hessian }, { weights, mask }, options)).mask.toArray().join("");
  };
  expect(await swapped(0)).toBe("1100");
  expect(await swapped(1e-3)).toBe("0011");
});

test("the error on the samples themselves falls too, where a mask was chosen without them", async () => {
  using core = openSync();
  const { rows, columns, problem, damped } = fixture(core, "layerwise-33x64");
  const mask = core.mask(rows, columns, [...Array(rows * columns).keys()].map((i) => Number(i % 4 === 0)));
  const at = async (options: Partial<SwapOptions>) => {
    const inverse = core.doubleMatrix(columns, columns, inverseOf(damped, columns));
    const { weights } = await refineBySwaps(problem, { weights: problem.weights, mask }, {
      ...{ ...OPTIONS, inverse },
      ...options,
    });
    return relativeError(problem.weights, weights, problem.hessian);
  };
  const [fixed, fixedSwapped] = [await at({ repaired: false, maxSwaps: 0 }), await at({ repaired: false })];
  const [repaired, repairedSwapped] = [await at({ maxSwaps: 0 }), await at({})];
  expect(fixedSwapped).toBeLessThan(0.6 * fixed);
  expect(repaired).toBeLessThan(fixed);
  expect(repairedSwapped).toBeLessThan(0.6 * repaired);
  expect(repairedSwapped).toBeLessThan(fixedSwapped);
});

describe("a layer", () => {
  test("is left as it was, and so is its first solution", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    const before = [problem.weights.toArray(), problem.hessian.toArray(), solution.mask.toArray()];
    const refined = await refineBySwaps(problem, solution, OPTIONS);
    expect(refined.swaps).toBeGreaterThan(0);
    expect([problem.weights.toArray(), problem.hessian.toArray(), solution.mask.toArray()]).toEqual(before);
  });

  test("keeps what its mask has pruned pruned, and reads it as 0", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    const bits = solution.mask.toArray().map((_, i) => Number(i % 8 !== 2));
    const masked = { ...problem, mask: core.mask(3, 8, bits) };
    const zeroed = problem.weights.toArray().map((weight, i) => (bits[i] ? weight : 0));
    const wanted = await refineBySwaps({ ...masked, weights: core.matrix(3, 8, zeroed) }, solution, OPTIONS);
    const refined = await refineBySwaps(masked, solution, OPTIONS);
    expect(refined.mask.toArray().filter((bit, i) => bit > bits[i])).toEqual(new Uint8Array(0));
    expect(refined.weights.toArray()).toEqual(wanted.weights.toArray());
    const free = await refineBySwaps(problem, solution, OPTIONS);
    expect(free.mask.toArray().some((bit, i) => bit > bits[i])).toBe(true);
  });

  test("takes as many swaps a row as it is allowed", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    const losses = [];
    for (const maxSwaps of [0, 1, 2]) {
      const refined = await refineBySwaps(problem, solution, { ...OPTIONS, maxSwaps });
      expect(refined.swaps).toBeLessThanOrEqual(3 * maxSwaps);
      losses.push(refined.loss);
    }
    expect(losses[1]).toBeLessThan(losses[0]);
    expect(losses[2]).toBeLessThan(losses[1]);
  });

  test.each([0, 1])("may have %d columns, or no rows", async (columns) => {
    using core = openSync();
    for (const rows of [0, 2]) {
      const weights = core.matrix(rows, columns).fill(3);
      const problem = { weights, hessian: core.doubleMatrix(columns, columns, Array(columns ** 2).fill(2)) };
      const mask = core.mask(rows, columns).fill(1);
      const refined = await refineBySwaps(problem, { weights, mask }, OPTIONS);
      expect(refined.weights.toArray()).toEqual(weights.toArray());
      expect(refined).toMatchObject({ swaps: 0, loss: 0, lossBefore: 0 });
    }
  });

  test("tells how far it is, gives its memory back, and can be stopped", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    using scope = core.scope();
    const seen: unknown[] = [];
    await refineBySwaps(problem, solution, { ...OPTIONS, onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ done: 3, total: 3 });
    scope.dispose();
    const before = core.freeBytes;
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(refineBySwaps(problem, solution, { ...OPTIONS, signal })).rejects.toThrow("enough");
    expect(core.freeBytes).toBe(before);
  });
});

describe("refuses", () => {
  test("what does not fit", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    const refuse = async (options: Partial<SwapOptions>, changed: Partial<LayerProblem>, message: string) => {
      const work = refineBySwaps({ ...problem, ...changed }, solution, { ...OPTIONS, ...options });
      await expect(work).rejects.toThrow(message);
    };
    const block = `"pattern" expected kind "unstructured" or "n:m" for swaps, got "block"`;
    await refuse({ pattern: { kind: "block", columns: 4 } }, {}, block);
    await refuse({ pattern: { kind: "n:m", n: 1, m: 3 } }, {}, `"pattern" expected a divisor of 8 columns, got 3`);
    await refuse({ damping: -1 }, {}, `"damping" expected a finite number ≥ 0, got -1`);
    await refuse({ maxSwaps: 0.5 }, {}, `"maxSwaps" expected an integer`);
    await refuse({ inverse: core.doubleMatrix(7, 7) }, {}, `"inverse" expected 8 × 8, got 7 × 7`);
    await refuse({}, { hessian: core.doubleMatrix(8, 7) }, `"problem.hessian" expected 8 × 8, got 8 × 7`);
    await refuse({}, { mask: core.mask(3, 8) }, "got a kept weight at row 0, column 1");
    await refuse({}, { mask: core.mask(2, 8) }, `"problem.mask" expected 3 × 8, got 2 × 8`);
    await refuse({}, { weights: core.matrix(3, 8).fill(Number.NaN) }, `"problem.weights" expected finite numbers`);
  });

  test("a Hessian that is not positive definite, but where weights are not repaired", async () => {
    using core = openSync();
    const { problem, solution } = layer(core);
    const singular = { ...problem, hessian: core.doubleMatrix(8, 8, Array(64).fill(1)) };
    const freeBytes = core.freeBytes;
    const work = refineBySwaps(singular, solution, { ...OPTIONS, damping: 0 });
    await expect(work).rejects.toMatchObject({ code: "ERR_NOT_POSITIVE_DEFINITE", damping: 0, pivot: 3 });
    expect(core.freeBytes).toBe(freeBytes);
    const fixed = await refineBySwaps(singular, solution, { ...OPTIONS, damping: 0, repaired: false });
    expect(fixed.loss).toBeLessThan(fixed.lossBefore);
  });
});
