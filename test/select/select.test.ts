import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { type Pattern, UNSTRUCTURED } from "../../src/select/pattern.js";
import { pruneToTarget } from "../../src/select/select.js";
import { Random } from "../harness/random.js";

interface Problem {
  readonly rows: number;
  readonly columns: number;
  readonly scores: Float32Array;
  /** What is kept before. */
  readonly bits: Uint8Array;
}

/** Runs the selection on handles. */
function selected(
  { rows, columns, scores, bits }: Problem,
  pattern: Pattern,
  zeros: number,
  compares: "layer" | "row" = "layer",
): Uint8Array {
  using core = openSync();
  const mask = core.mask(rows, columns, bits);
  pruneToTarget(mask, core.matrix(rows, columns, scores), { pattern, zeros }, compares);
  return mask.toArray();
}

/** Scores with ties; every fourth weight or so pruned already when asked for. */
function problem(random: Random, rows: number, columns: number, isPruned: boolean): Problem {
  const scores = random.uniform(rows * columns, 0, 8).map(Math.floor);
  const bits = new Uint8Array(rows * columns).map(() => Number(!isPruned || random.below(4) > 0));
  return { rows, columns, scores, bits };
}

const zerosOf = (bits: Uint8Array) => bits.reduce((sum, bit) => sum + 1 - bit, 0);
const rowsOf = (bits: Uint8Array, columns: number) =>
  Array.from({ length: bits.length / columns }, (_, i) => bits.slice(i * columns, (i + 1) * columns));

/** All ways to prune `count` of the units that are kept. */
function* subsets(units: readonly number[], count: number): Generator<number[]> {
  if (count === 0) yield [];
  else {
    for (let first = 0; first + count <= units.length; first++)
      for (const rest of subsets(units.slice(first + 1), count - 1)) yield [units[first], ...rest];
  }
}

/** The units of least total score by trying all ways; of equal ones the lexicographically first. */
function cheapest(scoreOf: (unit: number) => number, units: readonly number[], count: number): number[] {
  let best: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const subset of subsets(units, count)) {
    const total = subset.reduce((sum, unit) => sum + scoreOf(unit), 0);
    if (total < least) [best, least] = [subset, total];
  }
  return best;
}

const keptOf = (bits: Uint8Array) => [...bits.keys()].filter((i) => bits[i] === 1);

describe.each([false, true])("some pruned before: %s", (isPruned) => {
  test("unstructured: the zeros of least total score, ties by lower index", () => {
    const random = new Random(1);
    for (let trial = 0; trial < 20; trial++) {
      const { scores, bits, ...shape } = problem(random, 2, 6, isPruned);
      const before = zerosOf(bits);
      for (const zeros of [before, before + 1, before + 4, 12]) {
        const got = selected({ ...shape, scores, bits }, UNSTRUCTURED, zeros);
        const want = bits.slice();
        for (const i of cheapest((i) => scores[i], keptOf(bits), zeros - before)) want[i] = 0;
        expect(got).toEqual(want);
      }
    }
  });

  test("row: counts as even as can be, exact in sum, the smallest of each row", () => {
    const random = new Random(2);
    for (let trial = 0; trial < 20; trial++) {
      const columns = 5;
      const { scores, bits, ...shape } = problem(random, 4, columns, isPruned);
      const before = rowsOf(bits, columns).map(zerosOf);
      const least = zerosOf(bits);
      for (let zeros = least; zeros <= 20; zeros++) {
        const got = rowsOf(selected({ ...shape, scores, bits }, UNSTRUCTURED, zeros, "row"), columns);
        const counts = got.map(zerosOf);
        expect(counts.reduce((sum, count) => sum + count)).toBe(zeros);
        // Only a row that had more before may have two more than another.
        const lowest = Math.min(...counts);
        for (const [i, count] of counts.entries()) expect(count).toBeLessThanOrEqual(Math.max(before[i], lowest + 1));
        const raised = counts.filter((count, i) => count > before[i] && count > lowest);
        expect(raised.every((count) => count === lowest + 1)).toBe(true);
        for (const [i, row] of got.entries()) {
          const rowBits = bits.slice(i * columns, (i + 1) * columns);
          const want = rowBits.slice();
          const scoreOf = (j: number) => scores[i * columns + j];
          for (const j of cheapest(scoreOf, keptOf(rowBits), counts[i] - before[i])) want[j] = 0;
          expect(row).toEqual(want);
        }
      }
    }
  });

  test.each([[2, 4], [1, 4], [4, 8], [0, 2], [2, 2]])("%i:%i keeps the largest of each group", (n, m) => {
    const random = new Random(3);
    const { scores, bits, ...shape } = problem(random, 3, 5 * m, isPruned);
    const got = selected({ ...shape, scores, bits }, { kind: "n:m", n, m }, 3 * 5 * (m - n));
    for (let first = 0; first < got.length; first += m) {
      const group = keptOf(bits).filter((i) => i >= first && i < first + m);
      const want = cheapest((i) => scores[i], group, Math.max(0, group.length - n));
      expect(group.filter((i) => got[i] === 0)).toEqual(want);
    }
    if (!isPruned) expect(zerosOf(got)).toBe(3 * 5 * (m - n));
  });

  test.each(["layer", "row"] as const)("blocks go whole, by the sums of what is kept, compared by %s", (compares) => {
    const random = new Random(4);
    for (let trial = 0; trial < 20; trial++) {
      const [columns, block] = [12, 3];
      const { scores, bits, ...shape } = problem(random, 2, columns, isPruned);
      const blockKept = (b: number) => bits.slice(b * block, (b + 1) * block).some((bit) => bit === 1);
      const sum = (b: number) =>
        scores.slice(b * block, (b + 1) * block).reduce((s, score, i) => s + score * bits[b * block + i], 0);
      const open = [...Array(8).keys()].filter(blockKept);
      const without = (count: number) => {
        const want = bits.slice();
        const parts = compares === "layer" ? [open] : [open.filter((b) => b < 4), open.filter((b) => b >= 4)];
        const dead = parts.map((part) => 8 / parts.length - part.length);
        const quotas = compares === "layer" ? [count] : [Math.ceil(count / 2), Math.floor(count / 2)];
        // Where a row has more dead blocks than its share, the other takes less.
        if (dead[0] > quotas[0]) [quotas[0], quotas[1]] = [dead[0], count - dead[0]];
        if (dead[1] > quotas[1]) [quotas[0], quotas[1]] = [count - dead[1], dead[1]];
        for (const [p, part] of parts.entries()) {
          for (const b of cheapest(sum, part, quotas[p] - dead[p])) want.fill(0, b * block, (b + 1) * block);
        }
        return want;
      };
      for (const zeros of [0, 12, 15, 24]) {
        const got = selected({ ...shape, scores, bits }, { kind: "block", columns: block }, zeros, compares);
        let count = 8 - open.length;
        while (zerosOf(without(count)) < zeros) count++;
        const want = without(count);
        expect(got).toEqual(want);
      }
    }
  });
});

test("fewer zeros than there are change nothing", () => {
  const random = new Random(5);
  const given = problem(random, 3, 8, true);
  for (const compares of ["layer", "row"] as const) {
    expect(selected(given, UNSTRUCTURED, 0, compares)).toEqual(given.bits);
    expect(selected(given, { kind: "block", columns: 4 }, 0, compares)).toEqual(given.bits);
  }
});

test.each([[0, 0], [0, 4], [4, 0]])("a layer of %i × %i", (rows, columns) => {
  const empty = { rows, columns, scores: new Float32Array(0), bits: new Uint8Array(0) };
  for (const compares of ["layer", "row"] as const) {
    expect(selected(empty, UNSTRUCTURED, 0, compares)).toEqual(empty.bits);
    expect(selected(empty, { kind: "n:m", n: 2, m: 4 }, 0, compares)).toEqual(empty.bits);
    expect(selected(empty, { kind: "block", columns: 4 }, 0, compares)).toEqual(empty.bits);
  }
});

describe("refuses, and changes nothing", () => {
  const patterns: Pattern[] = [UNSTRUCTURED, { kind: "n:m", n: 2, m: 4 }, { kind: "block", columns: 4 }];

  test.each(patterns)("NaN scores of kept weights, naming where: $kind", (pattern) => {
    using core = openSync();
    const mask = core.mask(2, 4).fill(1);
    const scores = core.matrix(2, 4, [1, 2, 3, 4, 5, 6, Number.NaN, 8]);
    const act = () => pruneToTarget(mask, scores, { pattern, zeros: 4 }, "row");
    expect(act).toThrow(NonFiniteError);
    expect(act).toThrow("row 1, column 2");
    expect(mask.count).toBe(8);
    mask.copyFrom([1, 1, 1, 1, 1, 1, 0, 1]);
    expect(act).not.toThrow();
  });

  test("other shapes, patterns that do not fit, and zeros that cannot be", () => {
    using core = openSync();
    const mask = core.mask(2, 4).fill(1);
    const scores = core.matrix(2, 4);
    const prune = (pattern: Pattern, zeros: number, of = scores) =>
      pruneToTarget(mask, of, { pattern, zeros }, "layer");
    expect(() => prune(UNSTRUCTURED, 1, core.matrix(4, 2))).toThrow(ShapeError);
    expect(() => prune({ kind: "n:m", n: 1, m: 3 }, 1)).toThrow(ArgumentRangeError);
    expect(() => prune(UNSTRUCTURED, 9)).toThrow(ArgumentRangeError);
    expect(() => prune(UNSTRUCTURED, -1)).toThrow(ArgumentRangeError);
    expect(mask.count).toBe(8);
  });
});
