import { describe, expect, test, vi } from "vitest";
import { ArgumentRangeError, NonFiniteError, NotPositiveDefiniteError, ShapeError } from "../../src/errors.js";
import { damped, upperFactorOfInverse } from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import type { LayerProblem, WorkDone } from "../../src/prune/contract.js";
import { outputEnergy, relativeError } from "../../src/prune/layer-error.js";
import { repairWeights } from "../../src/prune/repair.js";
import { sparsegpt } from "../../src/prune/sparsegpt.js";
import { type Pattern, targetFor, UNSTRUCTURED } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import type { Matrix } from "../../src/tensor/matrix.js";
import { FIXTURE_DAMPING, FIXTURES, readLayerwise } from "../harness/layerwise.js";
import { Random } from "../harness/random.js";
import { hessian as randomHessian } from "./swap-problem.js";

const method = sparsegpt({ damping: FIXTURE_DAMPING });
const TWO_OF_FOUR: Pattern = { kind: "n:m", n: 2, m: 4 };

function problemOf(core: Core, rows: number, columns: number, seed = 1): LayerProblem {
  const random = new Random(seed);
  const hessian = core.doubleMatrix(columns, columns, randomHessian(random, columns));
  return { weights: core.matrix(rows, columns, random.uniform(rows * columns)), hessian };
}

/** ½ Σ (w′ − w) H (w′ − w)ᵀ, H damped. */
function lossOf(core: Core, { weights, hessian }: LayerProblem, pruned: Matrix, damping: number): number {
  const before = weights.toArray();
  const change = pruned.toArray().map((value, i) => value - before[i]);
  return outputEnergy(core.matrix(weights.rows, weights.columns, change), damped(hessian, damping));
}

const zerosOf = (values: Float32Array) => values.filter((value) => value === 0).length;

describe.each(FIXTURES)("the published code's results on %s", (name) => {
  test.each(["0.3", "0.5", "0.9", "2:4"])("sparsegpt.%s", async (result) => {
    using core = openSync();
    const { rows, columns, weights, hessian, result: read } = await readLayerwise(name);
    const problem = {
      weights: core.matrix(rows, columns, weights),
      hessian: core.doubleMatrix(columns, columns, hessian),
    };
    const theirs = read(`sparsegpt.${result}`);
    const pattern = result === "2:4" ? TWO_OF_FOUR : UNSTRUCTURED;
    const zeros = zerosOf(theirs);
    const { weights: ours, mask } = await method.solve(problem, { pattern, zeros }, {});
    expect([...mask.toArray()]).toEqual([...theirs].map((value) => Number(value !== 0)));
    const published = relativeError(problem.weights, core.matrix(rows, columns, theirs), problem.hessian);
    expect(relativeError(problem.weights, ours, problem.hessian)).toBeLessThanOrEqual(1.001 * published);
    expect(Math.max(...ours.toArray().map((value, i) => Math.abs(value - theirs[i])))).toBeLessThan(2e-4);
  });
});

describe("the loss", () => {
  test.each(["f32", "f64"] as const)("is the damped error, above least squares: %s", async (precision) => {
    using core = openSync();
    const problem = problemOf(core, 35, 150);
    for (const damping of [0.01, 1]) {
      for (const target of [
        targetFor(UNSTRUCTURED, 35, 150, 0.6),
        targetFor({ kind: "n:m", n: 2, m: 3 }, 35, 150, 0),
      ]) {
        const { weights, mask, loss } = await sparsegpt({ damping, precision }).solve(problem, target, {});
        const truth = lossOf(core, problem, weights, damping);
        expect(Math.abs(loss - truth)).toBeLessThan(1e-5 * truth);
        const best = lossOf(core, problem, await repairWeights(problem, mask, damping), damping);
        expect(best).toBeGreaterThan(0);
        expect(loss).toBeGreaterThan(best);
      }
    }
  });
  test("is 0 where nothing is pruned, the layer's energy where all is", async () => {
    using core = openSync();
    const problem = problemOf(core, 5, 70);
    const none = await method.solve(problem, { pattern: UNSTRUCTURED, zeros: 0 }, {});
    expect(none.weights.toArray()).toEqual(problem.weights.toArray());
    expect([none.loss, none.mask.count]).toEqual([0, 350]);
    const all = await method.solve(problem, { pattern: UNSTRUCTURED, zeros: 350 }, {});
    expect(all.weights.toArray()).toEqual(new Float32Array(350));
    expect(all.mask.count).toBe(0);
    const energy = outputEnergy(problem.weights, damped(problem.hessian, FIXTURE_DAMPING));
    expect(Math.abs(all.loss - energy)).toBeLessThan(1e-5 * energy);
  });
});

const widths = [32, 64, 128, 256];

test.each(["f32", "f64"] as const)("a prepared layer is solved to the same bits: %s", async (precision) => {
  using core = openSync();
  const problem = problemOf(core, 20, 70);
  const gpt = sparsegpt({ precision });
  const solve = gpt.prepare(problem);
  for (const target of [0, 0.3, 0.9].map((sparsity) => targetFor(UNSTRUCTURED, 20, 70, sparsity))) {
    const [ours, alone] = [await solve(target, {}), await gpt.solve(problem, target, {})];
    expect(ours.weights.toArray()).toEqual(alone.weights.toArray());
    expect(ours.mask.equals(alone.mask)).toBe(true);
    expect(ours.loss).toBe(alone.loss);
  }
  const flat = { ...problem, hessian: core.doubleMatrix(69, 70) };
  expect(() => gpt.prepare(flat)).toThrow(ShapeError);
});

describe("blocks", () => {
  test("do not change a bit of the result for a given mask", async () => {
    using core = openSync();
    const plain = problemOf(core, 37, 150);
    const mask = core.mask(37, 150, new Random(3).bits(37 * 5));
    const problem = { ...plain, mask };
    const target = { pattern: UNSTRUCTURED, zeros: 37 * 150 - mask.count };
    const solutions = [];
    for (const blockColumns of widths) {
      const solution = await sparsegpt({ blockColumns }).solve(problem, target, {});
      expect(solution.mask.equals(mask)).toBe(true);
      solutions.push(solution.weights.toArray());
    }
    expect(solutions[0].some((value) => value !== 0)).toBe(true);
    for (const solution of solutions) expect(solution).toEqual(solutions[0]);
  });
  test.each([
    [2, 4],
    [1, 3],
    [7, 10],
    [3, 24],
    [10, 120],
  ])("do not change %d:%d, which is exact in each group", async (n, m) => {
    using core = openSync();
    const problem = problemOf(core, 34, 240);
    const target = targetFor({ kind: "n:m", n, m }, 34, 240, 0);
    const solutions = [];
    for (const blockColumns of widths) {
      const { weights, mask } = await sparsegpt({ blockColumns }).solve(problem, target, {});
      const bits = mask.toArray();
      for (let at = 0; at < bits.length; at += m) {
        expect(bits.subarray(at, at + m).reduce((sum, bit) => sum + bit, 0)).toBe(n);
      }
      solutions.push(weights.toArray());
    }
    for (const solution of solutions) expect(solution).toEqual(solutions[0]);
  });
  test("have their share of the zeros each, the first one its smallest scores", async () => {
    using core = openSync();
    const [rows, columns] = [11, 150];
    const problem = problemOf(core, rows, columns);
    for (const [blockColumns, zeros] of [
      [32, 777],
      [64, 1001],
    ]) {
      const { mask } = await sparsegpt({ blockColumns }).solve(problem, { pattern: UNSTRUCTURED, zeros }, {});
      const bits = mask.toArray();
      const zerosUpTo = (end: number) => bits.filter((bit, at) => at % columns < end && bit === 0).length;
      for (let end = blockColumns; end < columns; end += blockColumns) {
        expect(zerosUpTo(end)).toBe(Math.round((zeros * end) / columns));
      }
      expect(zerosUpTo(columns)).toBe(zeros);
      const u = upperFactorOfInverse(problem.hessian, 0.01, "f32").toArray();
      const scores = problem.weights.toArray().map((w, at) => (w / u[(at % columns) * (columns + 1)]) ** 2);
      const inBlock = (bit: number) => [...scores].filter((_, at) => at % columns < blockColumns && bits[at] === bit);
      expect(Math.max(...inBlock(0))).toBeLessThan(Math.min(...inBlock(1)));
    }
  });
  test("among equal scores prune the lower index", async () => {
    using core = openSync();
    const identity = Float64Array.from({ length: 16 }, (_, at) => Number(at % 5 === 0));
    const problem = { weights: core.matrix(3, 4).fill(1), hessian: core.doubleMatrix(4, 4, identity) };
    const { mask, weights } = await method.solve(problem, { pattern: UNSTRUCTURED, zeros: 6 }, {});
    expect([...mask.toArray()]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect([...weights.toArray()]).toEqual([...mask.toArray()]);
  });
});

describe("what is pruned already", () => {
  test.each(["few", "nearly all of the last columns"])("stays so and counts: %s", async (which) => {
    using core = openSync();
    const plain = problemOf(core, 9, 100);
    const random = new Random(4);
    const isPruned = (at: number) => (which === "few" ? random.below(5) === 0 : at % 100 > 40 && random.below(20) > 0);
    const before = Uint8Array.from({ length: 900 }, (_, at) => Number(!isPruned(at)));
    const problem = { ...plain, mask: core.mask(9, 100, before) };
    const already = 900 - problem.mask.count;
    for (const zeros of [already, already + 1, already + 150, 900]) {
      const target = { pattern: UNSTRUCTURED, zeros };
      const { mask, weights } = await sparsegpt({ blockColumns: 32 }).solve(problem, target, {});
      expect(900 - mask.count).toBe(zeros);
      const [bits, values] = [mask.toArray(), weights.toArray()];
      expect(bits.every((bit, at) => bit <= before[at] && (bit === 1) === (values[at] !== 0))).toBe(true);
    }
    const fewer = await method.solve(problem, { pattern: UNSTRUCTURED, zeros: already - 1 }, {});
    expect([...fewer.mask.toArray()]).toEqual([...before]);
  });
  test("counts in groups", async () => {
    using core = openSync();
    const plain = problemOf(core, 9, 64);
    const before = Uint8Array.from({ length: 576 }, (_, at) => Number(at % 4 !== 1));
    const problem = { ...plain, mask: core.mask(9, 64, before) };
    const { mask } = await method.solve(problem, targetFor(TWO_OF_FOUR, 9, 64, 0), {});
    const bits = mask.toArray();
    expect(mask.count).toBe(288);
    expect(bits.every((bit, at) => bit <= before[at])).toBe(true);
  });
  test("dead inputs lose their weights first, as many as are asked for", async () => {
    using core = openSync();
    const { weights, hessian } = problemOf(core, 6, 40);
    const values = hessian.view();
    for (const dead of [3, 39]) {
      for (let j = 0; j < 40; j++) values[dead * 40 + j] = values[j * 40 + dead] = 0;
    }
    const { weights: solved, mask } = await method.solve({ weights, hessian }, { pattern: UNSTRUCTURED, zeros: 7 }, {});
    const bits = mask.toArray();
    for (const [at, value] of solved.toArray().entries()) {
      const isDead = at % 40 === 3 || at % 40 === 39;
      if (isDead) expect(value).toBe(bits[at] ? weights.view()[at] : 0);
      else expect(bits[at]).toBe(1);
    }
    expect(mask.count).toBe(240 - 7);
  });
});

describe("refusals leave the problem as it was", () => {
  test.each<[string, Pattern, number]>([
    ["blocks", { kind: "block", columns: 4 }, 24],
    ["more zeros than weights", UNSTRUCTURED, 49],
    ["groups that do not fit", { kind: "n:m", n: 1, m: 3 }, 32],
    ["zeros that are not those of the groups", TWO_OF_FOUR, 23],
  ])("%s", async (_name, pattern, zeros) => {
    using core = openSync();
    const problem = problemOf(core, 6, 8);
    const before = problem.weights.toArray();
    await expect(method.solve(problem, { pattern, zeros }, {})).rejects.toThrow(ArgumentRangeError);
    expect(problem.weights.toArray()).toEqual(before);
  });
  test("values and shapes that cannot be solved", async () => {
    using core = openSync();
    const { weights, hessian } = problemOf(core, 6, 8);
    const target = targetFor(UNSTRUCTURED, 6, 8, 0.5);
    const solve = (problem: LayerProblem, damping = 0.01) => sparsegpt({ damping }).solve(problem, target, {});
    await expect(solve({ weights, hessian: core.doubleMatrix(7, 7) })).rejects.toThrow(ShapeError);
    await expect(solve({ weights, hessian, mask: core.mask(6, 9) })).rejects.toThrow(ShapeError);
    const spoilt = core.matrix(6, 8, weights.toArray().fill(Number.NaN, 13, 14));
    const where = { code: "ERR_NON_FINITE", row: 1, column: 5 };
    await expect(solve({ weights: spoilt, hessian })).rejects.toMatchObject(where);
    // What the kept weights would have to be is beyond f32.
    const huge = core.matrix(6, 8).fill(3e38);
    const coupled = core.doubleMatrix(8, 8, new Float64Array(64).fill(1));
    await expect(solve({ weights: huge, hessian: coupled })).rejects.toThrow(NonFiniteError);
    const indefinite = core.doubleMatrix(8, 8, hessian.toArray());
    indefinite.view()[9] = -1;
    await expect(solve({ weights, hessian: indefinite }, 0)).rejects.toThrow(NotPositiveDefiniteError);
  });
  test("options", () => {
    for (const options of [{ damping: -1 }, { blockColumns: 48 }, { blockColumns: 0 }, { precision: "f16" as "f32" }]) {
      expect(() => sparsegpt(options)).toThrow(ArgumentRangeError);
    }
  });
});

describe("long work", () => {
  const target = targetFor(UNSTRUCTURED, 8, 300, 0.5);

  test("tells how far it is and can be stopped between blocks", async () => {
    using core = openSync();
    const problem = problemOf(core, 8, 300);
    let now = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 100));
    try {
      const seen: number[] = [];
      const onProgress = ({ done, total }: WorkDone) => seen.push(done / total);
      await method.solve(problem, target, { onProgress });
      expect(seen).toEqual([0, 128 / 300, 256 / 300, 1]);
      const controller = new AbortController();
      const reason = new Error("enough");
      const stop = () => controller.abort(reason);
      const { signal } = controller;
      await expect(method.solve(problem, target, { signal, onProgress: stop })).rejects.toBe(reason);
      await expect(method.solve(problem, target, { signal })).rejects.toBe(reason);
    } finally {
      clock.mockRestore();
    }
  });
});
