import { describe, expect, test } from "vitest";
import {
  ArgumentRangeError,
  ArgumentTypeError,
  NonFiniteError,
  NotPositiveDefiniteError,
  ShapeError,
} from "../../src/errors.js";
import { cholesky, solveCholesky } from "../../src/linalg/cholesky.js";
import { minimumNormLeastSquares } from "../../src/linalg/least-squares.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { pseudoInverseTimes } from "./pseudo-inverse.js";

const reals = (random: Random, length: number) => Float64Array.from(random.uniform(length));
const worst = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Array.from(got, (value, i) => Math.abs(value - want[i])).reduce((a, b) => Math.max(a, b), 0);

/** A B, m × l times l × n. */
function product(a: Float64Array, b: Float64Array, m: number, l: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < l; i++) sum += a[Math.floor(at / n) * l + i] * b[i * n + (at % n)];
    return sum;
  });
}

const transposed = (a: Float64Array, m: number, n: number) =>
  Float64Array.from(a, (_, at) => a[(at % m) * n + Math.floor(at / m)]);

const frobenius = (a: Float64Array) => Math.sqrt(a.reduce((sum, value) => sum + value * value, 0));

/** Solves in a core of its own; everything as plain arrays. */
function solved(a: Float64Array, m: number, n: number, b: Float64Array, k: number, tolerance?: number) {
  using core = openSync();
  const [left, right] = [core.doubleMatrix(m, n, a), core.doubleMatrix(m, k, b)];
  const options = tolerance === undefined ? {} : { tolerance };
  const { solution, ...rest } = minimumNormLeastSquares(left, right, options);
  expect(left.toArray()).toEqual(a);
  expect(right.toArray()).toEqual(b);
  expect([solution.rows, solution.columns]).toEqual([n, k]);
  return { solution: solution.toArray(), ...rest };
}

describe("agrees with the pseudo-inverse by singular values", () => {
  const shapes = [
    [1, 1],
    [1, 5],
    [5, 1],
    [7, 7],
    [40, 33],
    [33, 40],
    [32, 32],
    [70, 35],
    [35, 100],
    [3, 300],
  ];
  test.each(shapes)("full rank, %i × %i", (m, n) => {
    const random = new Random(3);
    const [a, b] = [reals(random, m * n), reals(random, m * 3)];
    const got = solved(a, m, n, b, 3);
    const want = pseudoInverseTimes(a, m, n, b, 3, 1e-13);
    expect(got.rank).toBe(Math.min(m, n));
    const condition = want.singular[0] / (want.singular.at(-1) as number);
    expect(worst(got.solution, want.solution)).toBeLessThan(1e-14 * condition ** 2 * (1 + got.norm));
    expect(got.norm).toBeCloseTo(frobenius(got.solution), 12);
    const errors = product(a, got.solution, m, n, 3).map((value, i) => value - b[i]);
    expect(got.residual).toBeCloseTo(frobenius(errors), 12);
  });

  test.each([
    [9, 9, 4],
    [40, 33, 32],
    [33, 40, 1],
    [50, 50, 49],
    [80, 36, 20],
    [36, 120, 35],
    [20, 20, 0],
  ])("%i × %i of rank %i", (m, n, rank) => {
    const random = new Random(4);
    const a = product(reals(random, m * rank), reals(random, rank * n), m, rank, n);
    const b = reals(random, m * 2);
    const got = solved(a, m, n, b, 2);
    const want = pseudoInverseTimes(a, m, n, b, 2, 1e-12);
    expect([got.rank, want.rank]).toEqual([rank, rank]);
    const condition = rank ? want.singular[0] / want.singular[rank - 1] : 1;
    expect(worst(got.solution, want.solution)).toBeLessThan(1e-14 * condition ** 2 * (1 + got.norm));
    // Least: what is left is orthogonal to the columns. Of minimum norm: X is in the span of the rows.
    const errors = product(a, got.solution, m, n, 2).map((value, i) => value - b[i]);
    expect(frobenius(product(transposed(a, m, n), errors, n, m, 2))).toBeLessThan(1e-10 * (1 + got.norm));
    const rows = pseudoInverseTimes(transposed(a, m, n), n, m, got.solution, 2, 1e-12).solution;
    expect(worst(product(transposed(a, m, n), rows, n, m, 2), got.solution)).toBeLessThan(
      1e-10 * (1 + got.norm),
    );
  });

  test.each([
    [0, 0],
    [0, 4],
    [4, 0],
  ])("nothing, %i × %i: a solution of zeros", (m, n) => {
    const b = new Float64Array(m * 2).fill(3);
    const got = solved(new Float64Array(0), m, n, b, 2);
    expect(got).toMatchObject({ solution: new Float64Array(n * 2), rank: 0, norm: 0 });
    expect(got.residual).toBeCloseTo(frobenius(b), 13);
  });
});

test("the tolerance says what counts: a column of 1e-9", () => {
  const a = Float64Array.of(1, 0, 0, 1e-9);
  const b = Float64Array.of(2, 3);
  expect(solved(a, 2, 2, b, 1)).toEqual({
    solution: Float64Array.of(2, 3e9),
    rank: 2,
    norm: 3e9,
    residual: 0,
  });
  expect(solved(a, 2, 2, b, 1, 1e-8)).toEqual({
    solution: Float64Array.of(2, 0),
    rank: 1,
    norm: 2,
    residual: 3,
  });
});

describe("where the normal equations fail", () => {
  /** X of AᵀA X = AᵀB, by Cholesky. */
  function normalEquations(a: Float64Array, m: number, n: number, b: Float64Array): Float64Array {
    using core = openSync();
    const at = transposed(a, m, n);
    const gram = core.doubleMatrix(n, n, product(at, a, n, m, n));
    const right = core.doubleMatrix(n, 1, product(at, b, n, m, 1));
    return solveCholesky(cholesky(gram), right).toArray();
  }

  test("Läuchli's matrix: 1 + ε² is 1", () => {
    const e = 1e-8;
    const a = Float64Array.of(1, 1, e, 0, 0, e);
    const b = Float64Array.of(2, e, e);
    expect(() => normalEquations(a, 3, 2, b)).toThrow(NotPositiveDefiniteError);
    const { solution, rank, residual } = solved(a, 3, 2, b, 1);
    expect(rank).toBe(2);
    expect(worst(solution, [1, 1])).toBeLessThan(1e-7);
    expect(residual).toBeLessThan(1e-15);
  });

  test.each([4, 6, 8, 10, 12])("Hilbert's matrix of order %i", (n) => {
    const a = Float64Array.from({ length: n * n }, (_, at) => 1 / ((at % n) + Math.floor(at / n) + 1));
    const ones = new Float64Array(n).fill(1);
    const b = product(a, ones, n, n, 1);
    const got = solved(a, n, n, b, 1, 0);
    expect(got.rank).toBe(n);
    // Backward stable whatever the condition, 1e16 at 12; forwards as exact as the condition lets be.
    expect(got.residual).toBeLessThan(1e-14);
    const condition = 10 ** (1.52 * n - 2);
    expect(worst(got.solution, ones)).toBeLessThan(1e-14 * condition);
    if (n === 6)
      expect(worst(normalEquations(a, n, n, b), ones)).toBeGreaterThan(1e4 * worst(got.solution, ones));
    if (n >= 8) expect(() => normalEquations(a, n, n, b)).toThrow(NotPositiveDefiniteError);
  });

  test("a square matrix with singular values from 1 to 1e-6, as at the peak", () => {
    const random = new Random(9);
    const n = 60;
    // Householder's reflection of a graded diagonal, from both sides.
    const [u, v] = [reals(random, n), reals(random, n)];
    const [uu, vv] = [frobenius(u) ** 2, frobenius(v) ** 2];
    const reflection = (x: Float64Array, xx: number) =>
      Float64Array.from({ length: n * n }, (_, at) => {
        const [i, j] = [Math.floor(at / n), at % n];
        return Number(i === j) - (2 * x[i] * x[j]) / xx;
      });
    const graded = reflection(v, vv).map((value, at) => value * 10 ** ((-6 * Math.floor(at / n)) / (n - 1)));
    const a = product(reflection(u, uu), graded, n, n, n);
    const b = reals(random, n);
    const residualOf = (x: Float64Array) => frobenius(product(a, x, n, n, 1).map((value, i) => value - b[i]));
    const got = solved(a, n, n, b, 1);
    expect(got.rank).toBe(n);
    expect(got.residual / got.norm).toBeLessThan(1e-15);
    expect(residualOf(normalEquations(a, n, n, b))).toBeGreaterThan(1e4 * got.residual);
  });
});

test("more columns make the norm of an interpolating solution less, and fit exactly", () => {
  const random = new Random(6);
  const [m, most] = [30, 90];
  const [all, b] = [reals(random, m * most), reals(random, m * 2)];
  const norms: number[] = [];
  for (const n of [30, 31, 35, 45, 60, 90]) {
    const a = Float64Array.from({ length: m * n }, (_, at) => all[Math.floor(at / n) * most + (at % n)]);
    const { norm, residual } = solved(a, m, n, b, 2);
    expect(residual).toBeLessThan(1e-12 * (1 + norm));
    norms.push(norm);
  }
  for (let i = 1; i < norms.length; i++) expect(norms[i]).toBeLessThan(norms[i - 1]);
});

test.each([1e-300, 1e-200, 1e200])("elements of %s neither overflow nor vanish", (size) => {
  const b = Float64Array.of(2, 2, 1);
  const got = solved(Float64Array.of(size, size, 0, 0, 0, size), 3, 2, b, 1);
  expect(got.rank).toBe(2);
  expect(got.solution[0] * size).toBeCloseTo(1, 13);
  expect(got.solution[1] * size).toBeCloseTo(1, 13);
  expect(got.residual).toBeCloseTo(2, 13);
  expect(got.norm * size).toBeCloseTo(Math.SQRT2, 13);
});

test("the same bits twice", () => {
  const random = new Random(7);
  const [a, b] = [reals(random, 70 * 90), reals(random, 70 * 3)];
  expect(solved(a, 70, 90, b, 3)).toEqual(solved(a, 70, 90, b, 3));
});

test("refuses what does not fit", () => {
  using core = openSync();
  const of = (rows: number, columns: number, ...values: number[]) =>
    core.doubleMatrix(rows, columns, values.length ? values : new Float64Array(rows * columns));
  expect(() => minimumNormLeastSquares(of(2, 2), of(3, 1))).toThrow(ShapeError);
  expect(() => minimumNormLeastSquares(of(2, 2), of(3, 1))).toThrow('"b" expected 2 rows, as "a" has, got 3');
  expect(() => minimumNormLeastSquares(of(1, 2, 1, NaN), of(1, 1))).toThrow(NonFiniteError);
  expect(() => minimumNormLeastSquares(of(1, 2, 1, 2), of(1, 1, Infinity))).toThrow(
    '"b" expected finite numbers',
  );
  expect(() => minimumNormLeastSquares(of(1, 1, 1e-200), of(1, 1, 1e200))).toThrow(NonFiniteError);
  expect(() => minimumNormLeastSquares(of(1, 1), of(1, 1), { tolerance: -1 })).toThrow(ArgumentRangeError);
  const tolerance = "0" as unknown as number;
  expect(() => minimumNormLeastSquares(of(1, 1), of(1, 1), { tolerance })).toThrow(ArgumentTypeError);
});
