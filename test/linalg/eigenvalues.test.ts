import { describe, expect, test } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.js";
import { symmetricEigenvalues } from "../../src/linalg/eigenvalues.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { pseudoInverseTimes } from "./pseudo-inverse.js";

function eigenvalues(values: ArrayLike<number>): number[] {
  using core = openSync();
  const n = Math.sqrt(values.length);
  return [...symmetricEigenvalues(core.doubleMatrix(n, n, values))];
}

const near = (got: number[], want: number[], bound: number) => {
  expect(got.length).toBe(want.length);
  for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThanOrEqual(bound);
};

describe("known spectra", () => {
  test("nothing, one, diagonals", () => {
    expect(eigenvalues([])).toEqual([]);
    expect(eigenvalues([-3])).toEqual([-3]);
    expect(eigenvalues([0, 0, 0, 0])).toEqual([0, 0]);
    expect(eigenvalues([2, 0, 0, 0, -5, 0, 0, 0, 7])).toEqual([7, 2, -5]);
    near(eigenvalues([0, 1, 1, 0]), [1, -1], 1e-15);
    near(eigenvalues([1e-8, 1, 1, 1e-8]), [1 + 1e-8, -1 + 1e-8], 1e-15);
  });

  test.each([2, 3, 10, 65])("second differences of order %i: 2 − 2 cos πk/(n+1)", (n) => {
    const matrix = Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const want = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos((Math.PI * (n - k)) / (n + 1)));
    near(eigenvalues(matrix), want, 1e-13);
  });

  test("all ones: n once, 0 the other times", () => {
    near(eigenvalues(new Float64Array(81).fill(1)), [9, ...Array(8).fill(0)], 1e-13);
  });
});

test.each([1, 2, 7, 40, 90])("of XXᵀ they are the squares of the singular values of X, order %i", (n) => {
  const x = Float64Array.from(new Random(n).uniform(n * (n + 3)));
  const gram = Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    // Above the diagonal nothing is read.
    if (j > i) return 99;
    let sum = 0;
    for (let l = 0; l < n + 3; l++) sum += x[i * (n + 3) + l] * x[j * (n + 3) + l];
    return sum;
  });
  const { singular } = pseudoInverseTimes(x, n, n + 3, new Float64Array(0), 0, 0);
  near(
    eigenvalues(gram),
    singular.map((value) => value * value),
    1e-13 * n,
  );
});

test("an indefinite matrix: sum and sum of squares are those of trace and norm", () => {
  const n = 60;
  const half = new Random(2).uniform(n * n);
  const matrix = Float64Array.from(half, (value, at) => value + half[(at % n) * n + Math.floor(at / n)]);
  const got = eigenvalues(matrix);
  const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);
  expect(sum(got)).toBeCloseTo(sum(matrix.filter((_, at) => at % (n + 1) === 0)), 11);
  expect(sum(got.map((value) => value ** 2))).toBeCloseTo(sum(matrix.map((value) => value ** 2)), 9);
  expect(got).toEqual([...got].sort((a, b) => b - a));
});

test("refuses what is not square or not finite", () => {
  using core = openSync();
  expect(() => symmetricEigenvalues(core.doubleMatrix(2, 3))).toThrow(ShapeError);
  expect(() => symmetricEigenvalues(core.doubleMatrix(1, 1, [NaN]))).toThrow(NonFiniteError);
  const large = core.doubleMatrix(3, 3, new Float64Array(9).fill(1e200));
  expect(() => symmetricEigenvalues(large)).toThrow("finite squares");
});
