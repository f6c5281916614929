import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { measureContraction, stepsToInterpolate } from "../../src/interpolation/measure-steps.js";
import {
  contractionBound,
  criticalBatchSize,
  gaussianGram,
  gramOf,
  largestStep,
  optimalStep,
  type Spectrum,
  spectrumOfGram,
} from "../../src/interpolation/mini-batch.js";
import { openSync } from "../../src/open.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

/** n samples in d dimensions of the norm 1; the first direction is stronger than the others. */
function equalNorms(core: Core, n: number, d: number, strength = 2) {
  const values = Float64Array.from(new Random(7).uniform(n * d));
  for (let i = 0; i < n; i++) {
    const row = values.subarray(i * d, i * d + d);
    row[0] += strength;
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let c = 0; c < d; c++) row[c] /= length;
  }
  return core.doubleMatrix(n, d, values);
}

const BATCHES = [1, 2, 3, 4, 8, 32, 1000];
const SPECTRA: Spectrum[] = [
  { beta: 1, largest: 0.5, smallest: 0.01 },
  { beta: 10, largest: 1, smallest: 0.9 },
  { beta: 2, largest: 2, smallest: 0.1 },
  { beta: 3, largest: 0.7, smallest: 0 },
];

describe("the formulas", () => {
  test("the critical batch size", () => {
    expect(criticalBatchSize({ beta: 10, largest: 3, smallest: 1 })).toBe(6);
    expect(criticalBatchSize({ beta: 10, largest: 3, smallest: 3 })).toBe(Infinity);
  });

  test.each(SPECTRA)("the optimal step is the best of all steps: %o", (spectrum) => {
    for (const batch of BATCHES) {
      const { stepSize, rate } = optimalStep(spectrum, batch);
      expect(rate).toBe(contractionBound(spectrum, batch, stepSize));
      const bounds = Array.from({ length: 4001 }, (_, i) =>
        contractionBound(spectrum, batch, (i / 2000) * stepSize),
      );
      expect(Math.min(...bounds)).toBeGreaterThanOrEqual(rate - 1e-14);
    }
  });

  test.each(SPECTRA)("the rate is that of the paper, and the regimes meet at m*: %o", (spectrum) => {
    const { beta, largest, smallest } = spectrum;
    for (const m of BATCHES) {
      const { rate, regime } = optimalStep(spectrum, m);
      expect(regime).toBe(m <= criticalBatchSize(spectrum) ? "linear scaling" : "saturation");
      const want =
        regime === "linear scaling"
          ? 1 - (m * smallest) / (beta + (m - 1) * smallest)
          : 1 - (4 * m * (m - 1) * largest * smallest) / (beta + (m - 1) * (largest + smallest)) ** 2;
      expect(rate).toBeCloseTo(want, 14);
    }
  });

  test("the regimes meet at m*", () => {
    const spectrum = { beta: 5.4, largest: 1, smallest: 0.1 };
    expect(criticalBatchSize(spectrum)).toBeCloseTo(7, 12);
    const [linear, saturation] = [7 / (5.4 + 6 * 0.1), 14 / (5.4 + 6 * 1.1)];
    expect(linear).toBeCloseTo(saturation, 14);
    expect(optimalStep(spectrum, 7).stepSize).toBeCloseTo(linear, 14);
  });

  test("beyond the largest step the bound grows, before it does not", () => {
    for (const spectrum of SPECTRA.slice(0, 3)) {
      for (const batch of BATCHES) {
        const step = largestStep(spectrum, batch);
        expect(contractionBound(spectrum, batch, step * 1.001)).toBeGreaterThan(1);
        expect(contractionBound(spectrum, batch, step * 0.999)).toBeLessThan(1);
      }
    }
  });

  test("one sample is Kaczmarz, all samples are gradient descent", () => {
    const spectrum = { beta: 4, largest: 1, smallest: 0.2 };
    expect(optimalStep(spectrum, 1).stepSize).toBe(1 / 4);
    expect(optimalStep(spectrum, 1e9).stepSize).toBeCloseTo(2 / 1.2, 6);
    expect(optimalStep(spectrum, 1e9).rate).toBeCloseTo((0.8 / 1.2) ** 2, 6);
  });
});

test("the spectrum is that of the mean of x xᵀ", () => {
  using core = openSync();
  const samples = core.doubleMatrix(3, 2, [3, 0, 0, 1, 0, 2]);
  const { beta, largest, smallest } = spectrumOfGram(gramOf(samples));
  expect(beta).toBe(9);
  expect(largest).toBeCloseTo(3, 14);
  expect(smallest).toBeCloseTo(5 / 3, 14);
  expect(() => spectrumOfGram(core.doubleMatrix(2, 2))).toThrow(ArgumentRangeError);
  expect(() => spectrumOfGram(core.doubleMatrix(0, 0))).toThrow(ArgumentRangeError);
  expect(() => spectrumOfGram(core.doubleMatrix(2, 1))).toThrow(ShapeError);
});

test("the Gaussian kernel of samples", () => {
  using core = openSync();
  const samples = [0, 0, 3, 4, 3, 3].map((value) => value / 2);
  const kernel = gaussianGram(gramOf(core.doubleMatrix(3, 2, samples)), 2).toArray();
  const distances = [0, 25, 18, 25, 0, 1, 18, 1, 0].map((value) => value / 4);
  for (const [i, value] of kernel.entries()) expect(value).toBeCloseTo(Math.exp(-distances[i] / 8), 14);
  expect(() => gaussianGram(core.doubleMatrix(1, 1), 0)).toThrow(ArgumentRangeError);
});

test("over all batches of one and two samples of equal norm the mean contraction is g, exactly", () => {
  using core = openSync();
  const [n, d] = [12, 2];
  // Along the axes, so that the eigenvectors are the axes: nine samples on the first, three on the second.
  const samples = Float64Array.from({ length: n * d }, (_, at) =>
    Number(at % d === (Math.floor(at / d) < 9 ? 0 : 1)),
  );
  const spectrum = spectrumOfGram(gramOf(core.doubleMatrix(n, d, samples)));
  expect(spectrum.largest).toBeCloseTo(0.75, 14);
  expect(spectrum.smallest).toBeCloseTo(0.25, 14);
  for (const axis of [0, 1]) {
    const eigenvalue = [0.75, 0.25][axis];
    for (const eta of [0.3, 1, 1.4]) {
      for (const m of [1, 2]) {
        let sum = 0;
        for (let a = 0; a < n; a++) {
          for (let b = 0; b < (m === 1 ? 1 : n); b++) {
            const hits = [a, ...(m === 2 ? [b] : [])].filter(
              (sample) => samples[sample * d + axis] === 1,
            ).length;
            sum += (1 - (eta * hits) / m) ** 2;
          }
        }
        const one = { beta: 1, largest: eigenvalue, smallest: eigenvalue };
        expect(sum / n ** m).toBeCloseTo(contractionBound(one, m, eta), 13);
      }
    }
  }
});

describe("measured", () => {
  test("the contraction is within the bound, near it once the slowest directions are left", () => {
    using core = openSync();
    const samples = equalNorms(core, 200, 20);
    const spectrum = spectrumOfGram(gramOf(samples));
    const critical = criticalBatchSize(spectrum);
    expect(critical).toBeGreaterThan(1);
    for (const batch of [1, 2, 8, 64]) {
      const { stepSize, rate } = optimalStep(spectrum, batch);
      const got = measureContraction(samples, { batch, stepSize, runs: 60, steps: 40, warmup: 200 });
      expect(got.mean).toBeLessThan(rate + 4 * got.meanError);
      expect(got.meanLog).toBeLessThan(Math.log(rate) + 4 * got.meanLogError);
      expect(1 - got.mean).toBeLessThan(3 * (1 - rate));
    }
  });

  test("one step on average is g of the mixture of eigenvectors it starts from", () => {
    using core = openSync();
    // All on one axis: every batch is the same, and a step multiplies by (1 − η)².
    const samples = core.doubleMatrix(3, 1, [1, -1, 1]);
    const got = measureContraction(samples, { batch: 2, stepSize: 0.25, runs: 3, steps: 5 });
    expect(got.mean).toBeCloseTo(0.5625, 14);
    expect(got.meanLog).toBeCloseTo(Math.log(0.5625), 13);
    expect(got.meanError).toBeLessThan(1e-15);
    expect(measureContraction(samples, { batch: 1, stepSize: 1, runs: 1, steps: 2 }).meanLog).toBe(-Infinity);
    // Thousands of steps neither vanish nor overflow.
    for (const stepSize of [0.9, 3]) {
      const long = measureContraction(samples, { batch: 1, stepSize, runs: 1, steps: 3000 });
      expect(long.meanLog).toBeCloseTo(2 * Math.log(Math.abs(1 - stepSize)), 10);
    }
  });

  test("the mean square grows beyond the largest step only", () => {
    using core = openSync();
    const samples = equalNorms(core, 50, 6, 3);
    const spectrum = spectrumOfGram(gramOf(samples));
    for (const batch of [1, 5]) {
      const most = largestStep(spectrum, batch);
      const mean = (stepSize: number) =>
        measureContraction(samples, { batch, stepSize, runs: 400, steps: 1, warmup: 30 }).mean;
      expect(mean(1.3 * most)).toBeGreaterThan(1);
      expect(mean(0.7 * most)).toBeLessThan(1);
    }
  });

  test("steps to interpolate are those of descent on the weights", () => {
    using core = openSync();
    const samples = equalNorms(core, 30, 4);
    const x = samples.toArray();
    const truth = [1, -2, 0.5, 3];
    const targets = Array.from({ length: 30 }, (_, i) =>
      truth.reduce((sum, t, c) => sum + t * x[i * 4 + c], 0),
    );
    const spectrum = spectrumOfGram(gramOf(samples));
    const { stepSize } = optimalStep(spectrum, 1000);
    // A batch of very many draws is nearly all samples: compared with plain gradient descent.
    const steps = stepsToInterpolate(gramOf(samples), targets, {
      ...{ batch: 20_000, stepSize, tolerance: 1e-6, limit: 1000 },
    });
    const delta = truth.map((t) => -t);
    const loss = () => targets.map((_, i) => delta.reduce((sum, t, c) => sum + t * x[i * 4 + c], 0));
    const squares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
    const start = squares(loss());
    let want = 0;
    while (squares(loss()) > 1e-6 * start) {
      const errors = loss();
      for (let c = 0; c < 4; c++) {
        delta[c] -= (stepSize / 30) * errors.reduce((sum, error, i) => sum + error * x[i * 4 + c], 0);
      }
      want++;
    }
    expect(Math.abs((steps as number) - want)).toBeLessThanOrEqual(Math.ceil(0.05 * want));
    const options = { batch: 1, stepSize: 1, tolerance: 1e-6, limit: 3 };
    expect(stepsToInterpolate(gramOf(samples), targets, options)).toBeNull();
  });

  test("the same numbers twice", () => {
    using core = openSync();
    const samples = equalNorms(core, 20, 3);
    const options = { batch: 2, stepSize: 0.7, runs: 3, steps: 4 };
    expect(measureContraction(samples, options)).toEqual(measureContraction(samples, options));
    expect(measureContraction(samples, { ...options, seed: 2 })).not.toEqual(
      measureContraction(samples, options),
    );
  });
});

test("refuses what does not fit", () => {
  using core = openSync();
  expect(() => criticalBatchSize({ beta: 1, largest: 2, smallest: 0 })).toThrow(ArgumentRangeError);
  expect(() => criticalBatchSize({ beta: 1, largest: 0.5, smallest: 0.6 })).toThrow('"spectrum.smallest"');
  expect(() => optimalStep(SPECTRA[0], 0)).toThrow(ArgumentRangeError);
  expect(() => largestStep(SPECTRA[0], 1.5)).toThrow(ArgumentRangeError);
  expect(() => contractionBound(SPECTRA[0], 1, -1)).toThrow(ArgumentRangeError);
  const samples = core.doubleMatrix(2, 1, [1, 2]);
  const good = { batch: 1, stepSize: 1, runs: 1, steps: 1 };
  const wrong =
    (options: object, on = samples) =>
    () =>
      measureContraction(on, { ...good, ...options });
  for (const options of [
    { batch: 0 },
    { stepSize: 0 },
    { runs: 0 },
    { steps: 0 },
    { warmup: -1 },
    { seed: -1 },
  ]) {
    expect(wrong(options)).toThrow(ArgumentRangeError);
  }
  expect(wrong({ step: 1 })).toThrow(ArgumentTypeError);
  expect(wrong({}, core.doubleMatrix(0, 2))).toThrow(ShapeError);
  expect(wrong({}, core.doubleMatrix(1, 2))).toThrow(ArgumentRangeError);
  expect(wrong({}, core.doubleMatrix(1, 1, [NaN]))).toThrow(NonFiniteError);
  const kernel = { batch: 1, stepSize: 1, tolerance: 0.1, limit: 1 };
  const gram = core.doubleMatrix(2, 2, [1, 0, 0, 1]);
  expect(() => stepsToInterpolate(samples, [1, 1], kernel)).toThrow(ShapeError);
  expect(() => stepsToInterpolate(gram, [1], kernel)).toThrow(ShapeError);
  expect(() => stepsToInterpolate(gram, [0, 0], kernel)).toThrow(ArgumentRangeError);
  expect(() => stepsToInterpolate(gram, [1, NaN], kernel)).toThrow(NonFiniteError);
  expect(() => stepsToInterpolate(gram, [1, 1], { ...kernel, tolerance: 2 })).toThrow(ArgumentRangeError);
});
