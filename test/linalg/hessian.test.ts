import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NonFiniteError, NotPositiveDefiniteError } from "../../src/errors.js";
import { cholesky, solveCholesky } from "../../src/linalg/cholesky.js";
import {
  damped,
  dampingFor,
  deadInputs,
  Hessian,
  inverseHessian,
  upperFactorOfInverse,
} from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import type { DoubleMatrix } from "../../src/tensor/double-matrix.js";
import { FIXTURES, readLayerwise } from "../harness/layerwise.js";
import { Random } from "../harness/random.js";

const product = (a: ArrayLike<number>, b: ArrayLike<number>, n: number) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[Math.floor(at / n) * n + k] * b[k * n + (at % n)];
    return sum;
  });
const transposed = (a: ArrayLike<number>, n: number) =>
  Float64Array.from({ length: n * n }, (_, at) => a[(at % n) * n + Math.floor(at / n)]);
const worst = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  Math.max(...Array.from(got, (value, i) => Math.abs(value - want[i])));

describe("Hessian", () => {
  test("refuses no samples, and samples that are not finite", () => {
    using core = openSync();
    expect(() => new Hessian(core, 3).finish()).toThrow(ArgumentRangeError);
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const hessian = new Hessian(core, 3);
      hessian.addRows(new Float32Array([1, 2, 3, 4, wrong, 6]));
      expect(() => hessian.finish()).toThrow(NonFiniteError);
      expect(() => hessian.finish()).toThrow("in column 1");
    }
  });

  test.each([1, 31, 256, 257, 600])("is 2XXᵀ/N over %i samples, in any batches", (samples) => {
    using core = openSync();
    const columns = 13;
    const x = new Random(3).uniform(samples * columns);
    const whole = new Hessian(core, columns);
    whole.addRows(x);
    const parts = new Hessian(core, columns);
    parts.addRows(x.subarray(0, 5 * columns));
    parts.addRows(x.subarray(5 * columns));
    expect([whole.samples, parts.samples]).toEqual([samples, samples]);
    const want = Float64Array.from({ length: columns ** 2 }, (_, at) => {
      let sum = 0;
      for (let s = 0; s < samples; s++) {
        sum += x[s * columns + Math.floor(at / columns)] * x[s * columns + (at % columns)];
      }
      return (2 * sum) / samples;
    });
    for (const hessian of [whole.finish(), parts.finish()]) {
      expect(worst(hessian.view(), want)).toBeLessThan(2e-6);
      expect(hessian.toArray()).toEqual(transposed(hessian.view(), columns));
    }
  });

  test.each(FIXTURES)("is that of the published codes: %s", async (name) => {
    using core = openSync();
    const { inputs, columns, hessian } = await readLayerwise(name);
    const sum = new Hessian(core, columns);
    sum.addRows(inputs);
    expect(worst(sum.finish().view(), hessian) / Math.max(...hessian)).toBeLessThan(1e-6);
  });
});

describe.each(FIXTURES)("of the layer %s", (name) => {
  const withHessian = async (body: (hessian: DoubleMatrix, n: number) => void) => {
    using core = openSync();
    const { columns, hessian } = await readLayerwise(name);
    body(core.doubleMatrix(columns, columns, hessian), columns);
  };

  test("the damping is a share of the mean diagonal, and dead inputs get 1", () =>
    withHessian((hessian, n) => {
      const raw = hessian.toArray();
      const mean = Array.from({ length: n }, (_, j) => raw[j * n + j] / n).reduce(
        (sum, value) => sum + value,
      );
      expect(dampingFor(hessian, 0.01)).toBeCloseTo(0.01 * mean, 12);
      const dead = deadInputs(hessian);
      expect(dead).toEqual(name.includes("deficient") ? [0, 1] : []);
      const values = damped(hessian, 0.01).toArray();
      for (let j = 0; j < n; j++) {
        const want = dead.includes(j) ? 1 : raw[j * n + j] + dampingFor(hessian, 0.01);
        expect(values[j * n + j]).toBe(want);
      }
      expect(hessian.toArray()).toEqual(raw);
    }));

  test("the inverse times the matrix is the identity", () =>
    withHessian((hessian, n) => {
      const inverse = inverseHessian(hessian, 0.01);
      const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) ? 0 : 1));
      expect(worst(product(inverse.view(), damped(hessian, 0.01).view(), n), identity)).toBeLessThan(1e-10);
    }));

  test("UᵀU is the inverse, U upper, in both precisions", () =>
    withHessian((hessian, n) => {
      const inverse = inverseHessian(hessian, 0.01).toArray();
      for (const [precision, bound] of [
        ["f64", 1e-12],
        ["f32", 1e-4],
      ] as const) {
        const upper = upperFactorOfInverse(hessian, 0.01, precision).toArray();
        expect(upper.every((value, at) => at % n >= Math.floor(at / n) || value === 0)).toBe(true);
        const got = product(transposed(upper, n), upper, n);
        expect(worst(got, inverse)).toBeLessThan(bound * Math.max(...inverse));
      }
    }));

  test("solving gives back what was multiplied", () =>
    withHessian((hessian, n) => {
      const matrix = damped(hessian, 0.01);
      const x = Float64Array.from(new Random(8).uniform(n * 3));
      const values = matrix.view();
      const b = Float64Array.from({ length: n * 3 }, (_, at) => {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += values[Math.floor(at / 3) * n + k] * x[k * 3 + (at % 3)];
        return sum;
      });
      const right = hessian.core.doubleMatrix(n, 3, b);
      expect(worst(solveCholesky(cholesky(matrix), right).view(), x)).toBeLessThan(1e-10);
    }));
});

describe("a matrix that is not positive definite", () => {
  test.each([inverseHessian, (h: DoubleMatrix, d: number) => upperFactorOfInverse(h, d, "f32")])(
    "is refused with pivot and damping: %#",
    (invert) => {
      using core = openSync();
      // Rank 1: the second pivot from either end is what the damping leaves.
      const hessian = core.doubleMatrix(2, 2, [1, 1, 1, 1]);
      expect(() => invert(hessian, 0)).toThrow(NotPositiveDefiniteError);
      try {
        invert(hessian, 0);
      } catch (error) {
        const { damping, pivot, message } = error as NotPositiveDefiniteError;
        expect([0, 1]).toContain(pivot);
        expect(damping).toBe(0);
        expect(message).toContain(`in row ${pivot} with a damping of 0; more damping or more samples help`);
      }
      expect(() => invert(hessian, 0.1)).not.toThrow();
    },
  );

  test("its pivot counts in the order of the columns", () => {
    using core = openSync();
    const hessian = core.doubleMatrix(3, 3, [1, 0, 0, 0, -1, 0, 0, 0, 1]);
    for (const invert of [inverseHessian, (h: DoubleMatrix) => upperFactorOfInverse(h, 0, "f64")]) {
      try {
        invert(hessian, 0);
        expect.unreachable();
      } catch (error) {
        expect((error as NotPositiveDefiniteError).pivot).toBe(1);
      }
    }
  });
});
