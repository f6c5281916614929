import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NotPositiveDefiniteError } from "../../src/errors.js";
import { inverseHessian } from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import type { LayerProblem } from "../../src/prune/contract.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { relativeError } from "../../src/prune/layer-error.js";
import { type Pattern, targetFor, UNSTRUCTURED } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import { FIXTURE_DAMPING, FIXTURES, readLayerwise } from "../harness/layerwise.js";
import { Random } from "../harness/random.js";

type Fixture = Awaited<ReturnType<typeof readLayerwise>>;

/**
 * The published code damps dead inputs like all others and keeps their weights; ours are pruned first. A diagonal that
 * is next to 0 makes ours do as theirs.
 */
function problemOf(core: Core, fixture: Fixture, dead: "as theirs" | "as ours"): LayerProblem {
  const { rows, columns, weights, hessian } = fixture;
  const values = hessian.slice();
  if (dead === "as theirs") for (let j = 0; j < columns; j++) values[j * columns + j] ||= 1e-300;
  return { weights: core.matrix(rows, columns, weights), hessian: core.doubleMatrix(columns, columns, values) };
}

const inThread = { workers: 0 };
const method = exactObs({ damping: FIXTURE_DAMPING });

/** A positive definite Hessian and weights. */
function randomProblem(core: Core, rows: number, columns: number, seed: number): LayerProblem {
  const random = new Random(seed);
  const x = random.uniform(3 * columns * columns);
  const hessian = Float64Array.from({ length: columns * columns }, (_, at) => {
    let sum = 0;
    for (let s = 0; s < 3 * columns; s++) {
      sum += x[s * columns + Math.floor(at / columns)] * x[s * columns + (at % columns)];
    }
    return (2 * sum) / (3 * columns);
  });
  return {
    weights: core.matrix(rows, columns, random.uniform(rows * columns)),
    hessian: core.doubleMatrix(columns, columns, hessian),
  };
}

describe.each(FIXTURES)("the published code's results on %s", (name) => {
  const cases: [string, Pattern, number][] = [
    ...[0.3, 0.5, 0.9].map((s): [string, Pattern, number] => [`obc.${s}`, UNSTRUCTURED, s]),
    ["obc.2:4", { kind: "n:m", n: 2, m: 4 }, 0.5],
    ...[0.3, 0.5, 0.9].map((s): [string, Pattern, number] => [`obc.block4.${s}`, { kind: "block", columns: 4 }, s]),
  ];
  test.each(cases)("%s: the same zeros, the same weights", async (result, pattern, _sparsity) => {
    using core = openSync();
    const fixture = await readLayerwise(name);
    const problem = problemOf(core, fixture, "as theirs");
    const want = fixture.result(result);
    const zeros = want.filter((value) => value === 0).length;
    const target = { pattern, zeros };
    const solution = await method.solve(problem, target, inThread);
    expect(solution.mask.rows * solution.mask.columns - solution.mask.count).toBe(zeros);
    const got = solution.weights.toArray();
    expect(got.map((value) => (value === 0 ? 0 : 1))).toEqual(want.map((value) => (value === 0 ? 0 : 1)));
    const scale = Math.max(...want.map(Math.abs));
    for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThan(1e-3 * scale);
  });

  test("the losses of every removal, row by row", async () => {
    using core = openSync();
    const fixture = await readLayerwise(name);
    const traces = await method.traces?.(problemOf(core, fixture, "as theirs"), UNSTRUCTURED, inThread);
    const losses = fixture.result("obc.losses");
    const width = fixture.columns + 1;
    const removals = [...losses.keys()].filter((i) => i % width > 0).sort((a, b) => losses[a] - losses[b]);
    const taken = new Uint32Array(fixture.rows);
    let sum = 0;
    for (const [i, removal] of removals.entries()) {
      const row = Math.floor(removal / width);
      sum += losses[row * width + ++taken[row]];
      expect(Math.abs((traces?.lossAt(i + 1) ?? NaN) - sum)).toBeLessThan(1e-3 * sum + 1e-7);
    }
  });
});

test("weights of dead inputs go first, at no cost", async () => {
  using core = openSync();
  const fixture = await readLayerwise("layerwise-12x40-rank-deficient");
  const problem = problemOf(core, fixture, "as ours");
  const traces = await method.traces?.(problem, UNSTRUCTURED, inThread);
  expect([traces?.lossAt(24), (traces?.lossAt(25) ?? 0) > 0]).toEqual([0, true]);
  for (const sparsity of [0.3, 0.5, 0.9]) {
    const theirs = fixture.result(`obc.${sparsity}`);
    const ours = await traces?.at(theirs.filter((value) => value === 0).length);
    if (!ours) throw new Error("expected traces");
    const bits = ours.mask.toArray();
    for (let i = 0; i < 12; i++) expect([...bits.subarray(40 * i, 40 * i + 2)]).toEqual([0, 0]);
    const error = relativeError(problem.weights, ours.weights, problem.hessian);
    // Other zeros, as many of them: no worse, but for what greedy steps leave to chance.
    const want = relativeError(problem.weights, core.matrix(12, 40, theirs), problem.hessian);
    expect(error).toBeLessThan(1.02 * want);
  }
});

describe("exactObs", () => {
  test("loses what it says, with as many zeros as it is asked for", async () => {
    using core = openSync();
    const problem = randomProblem(core, 7, 24, 4);
    const undamped = exactObs({ damping: 0 });
    const traces = await undamped.traces?.(problem, UNSTRUCTURED, inThread);
    if (!traces) throw new Error("expected traces");
    expect(traces.lossAt(0)).toBe(0);
    const energy = 0.5 * quadratic(problem, problem.weights.toArray());
    for (const zeros of [0, 1, 40, 167, 168]) {
      const { weights, mask } = await traces.at(zeros);
      expect(mask.count).toBe(168 - zeros);
      expect(weights.toArray().filter((value) => value === 0).length).toBe(zeros);
      const error = relativeError(problem.weights, weights, problem.hessian) * energy;
      expect(Math.abs(error - traces.lossAt(zeros))).toBeLessThan(1e-4 * error + 1e-7);
    }
  });

  test("is never better than the best support, and rarely much worse", async () => {
    using core = openSync();
    const columns = 8;
    const ratios: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const problem = randomProblem(core, 1, columns, 100 + seed);
      const inverse = inverseHessian(problem.hessian, 0).toArray();
      const traces = await exactObs({ damping: 0 }).traces?.(problem, UNSTRUCTURED, inThread);
      let best = Infinity;
      for (let set = 0; set < 2 ** columns; set++) {
        const gone = [...Array(columns).keys()].filter((j) => (set >> j) & 1);
        if (gone.length === 4) best = Math.min(best, jointLoss(inverse, columns, problem.weights.toArray(), gone));
      }
      ratios.push((traces?.lossAt(4) ?? NaN) / best);
    }
    expect(Math.min(...ratios)).toBeGreaterThan(1 - 1e-4);
    expect(ratios.sort((a, b) => a - b)[10]).toBeLessThan(1.2);
  });

  test("is OBD where the Hessian is diagonal, and magnitude where it is a multiple of the identity", async () => {
    using core = openSync();
    const random = new Random(6);
    for (const scale of [Float64Array.from(random.uniform(12, 0.5, 2)), new Float64Array(12).fill(3)]) {
      const hessian = Float64Array.from({ length: 144 }, (_, at) => (at % 13 ? 0 : scale[at / 13]));
      const values = random.uniform(5 * 12);
      const problem = { weights: core.matrix(5, 12, values), hessian: core.doubleMatrix(12, 12, hessian) };
      const { weights } = await method.solve(problem, { pattern: UNSTRUCTURED, zeros: 30 }, inThread);
      const saliency = values.map((value, i) => value ** 2 * scale[i % 12]);
      const threshold = [...saliency].sort((a, b) => a - b)[30];
      expect(weights.toArray()).toEqual(values.map((value, i) => (saliency[i] < threshold ? 0 : value)));
    }
  });

  test("keeps at most N of M, and whole blocks", async () => {
    using core = openSync();
    const problem = randomProblem(core, 6, 24, 9);
    for (const [n, m] of [[0, 4], [1, 4], [2, 4], [4, 4], [3, 8]]) {
      const pattern: Pattern = { kind: "n:m", n, m };
      const { mask } = await method.solve(problem, targetFor(pattern, 6, 24, 0.5), inThread);
      const bits = mask.toArray();
      for (let g = 0; g < bits.length; g += m) {
        expect(bits.subarray(g, g + m).reduce((sum, bit) => sum + bit, 0)).toBe(n);
      }
    }
    const { mask } = await method.solve(problem, targetFor({ kind: "block", columns: 3 }, 6, 24, 0.6), inThread);
    const bits = mask.toArray();
    for (let b = 0; b < bits.length; b += 3) expect(new Set(bits.subarray(b, b + 3)).size).toBe(1);
    expect(mask.count).toBe(144 - 87);
  });

  test("leaves what is pruned already", async () => {
    using core = openSync();
    const problem = randomProblem(core, 4, 16, 12);
    const before = core.mask(4, 16, new Uint8Array(64).map((_, i) => (i % 5 ? 1 : 0)));
    const { mask } = await method.solve({ ...problem, mask: before }, { pattern: UNSTRUCTURED, zeros: 30 }, inThread);
    const bits = mask.toArray();
    expect(mask.count).toBe(34);
    for (let i = 0; i < 64; i += 5) expect(bits[i]).toBe(0);
  });

  test("says what is wrong", async () => {
    using core = openSync();
    const problem = randomProblem(core, 2, 10, 3);
    expect(() => exactObs({ damping: -1 })).toThrow(ArgumentRangeError);
    await expect(method.traces?.(problem, { kind: "n:m", n: 2, m: 4 }, inThread)).rejects.toThrow(
      '"pattern" expected a divisor of 10 columns, got 4',
    );
    const singular = { ...problem, hessian: core.doubleMatrix(10, 10, new Float64Array(100).fill(1)) };
    const work = exactObs({ damping: 0 }).solve(singular, { pattern: UNSTRUCTURED, zeros: 3 }, inThread);
    await expect(work).rejects.toThrow(NotPositiveDefiniteError);
  });
});

/** w H wᵀ summed over the rows. */
function quadratic({ hessian }: LayerProblem, values: Float32Array): number {
  const n = hessian.columns;
  const h = hessian.view();
  let sum = 0;
  for (let first = 0; first < values.length; first += n) {
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += values[first + i] * h[i * n + j] * values[first + j];
  }
  return sum;
}

/** ½ w_S ([H⁻¹]_SS)⁻¹ w_S */
function jointLoss(inverse: Float64Array, n: number, w: Float32Array, gone: number[]): number {
  const a = gone.map((i) => [...gone.map((j) => inverse[i * n + j]), w[i]]);
  let loss = 0;
  for (let k = 0; k < gone.length; k++) {
    loss += a[k][gone.length] ** 2 / a[k][k] / 2;
    for (let i = k + 1; i < gone.length; i++) {
      const factor = a[i][k] / a[k][k];
      for (let j = k; j <= gone.length; j++) a[i][j] -= factor * a[k][j];
    }
  }
  return loss;
}
