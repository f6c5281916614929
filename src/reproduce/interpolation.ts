/** The power of interpolation: what a larger batch is worth, in steps, where the loss can be 0 on every sample. */
import { measureContraction, stepsToInterpolate } from "../interpolation/measure-steps.js";
import {
  criticalBatchSize,
  gaussianGram,
  gramOf,
  optimalStep,
  type Spectrum,
  spectrumOfGram,
} from "../interpolation/mini-batch.js";
import { log } from "../net/float64.js";
import { STREAM } from "../random.js";
import type { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Experiment } from "./contract.js";

const PAPER = "Ma, Bassily & Belkin 2018, The Power of Interpolation";

/** n samples of norm 1 in d dimensions, normal with a mean along the first. */
function onSphere(core: Core, n: number, d: number, mean: number): DoubleMatrix {
  const samples = core.doubleMatrix(n, d);
  core.scoped(() => {
    const ptr = core.allocate(4 * n * d);
    core.kernels.f32_random_normal(n * d, 0, 1, 1, 0, STREAM.inputs, 0, ptr);
    const [drawn, out] = [core.f32(ptr, n * d), samples.view()];
    for (let i = 0; i < n; i++) {
      const row = out.subarray(i * d, i * d + d);
      row.set(drawn.subarray(i * d, i * d + d));
      row[0] += mean;
      const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
      for (let c = 0; c < d; c++) row[c] /= length;
    }
  });
  return samples;
}

/** Batch sizes that a curve is drawn through. */
const CURVE = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** The contraction of steps of the optimal size, against the formula, below and above m*. */
export const contraction: Experiment = {
  name: "batch-contraction",
  paper: PAPER,
  result: "shrinking of the distance by a step at the optimal size, 200 samples of norm 1 in 20 dimensions",
  published: "at most g*(m): m steps of one sample up to m*, nearly a step on all samples beyond",
  rule: "within the bound; up to m* at least 0.8 m steps of one; beyond 8 m* at least half a step on 256",
  async run({ core }) {
    using _scope = core.scope();
    const samples = onSphere(core, 200, 20, 2);
    const spectrum = spectrumOfGram(gramOf(samples));
    const critical = criticalBatchSize(spectrum);
    const rows = [1, 2, 4, 8, 16, 64, 256].map((batch) => {
      const { stepSize, rate, regime } = optimalStep(spectrum, batch);
      const { meanLog, meanLogError } = measureContraction(samples, {
        ...{ batch, stepSize, runs: 200, steps: 20, warmup: Math.ceil(400 / batch) + 40 },
      });
      return { batch, regime, bound: -log(rate), measured: -meanLog, error: meanLogError };
    });
    const one = rows[0];
    const last = rows[rows.length - 1];
    const isWithin = rows.every(({ bound, measured, error }) => measured > bound - 3 * error);
    // Up to m* a step on m samples shrinks as m steps on one do, beyond 8 m* hardly more than one on 256.
    const isLinear = rows
      .filter(({ regime }) => regime === "linear scaling")
      .every(({ batch, measured }) => measured > 0.8 * batch * one.measured);
    const saturated = rows.filter(({ batch }) => batch > 8 * critical);
    const isSaturated = saturated.every(({ measured }) => measured > 0.5 * last.measured);
    const shown = rows.map(
      ({ batch, bound, measured }) => `${batch}: ${bound.toPrecision(3)} / ${measured.toPrecision(3)}`,
    );
    return {
      measured: `m* ${critical.toFixed(1)}; −log g* / measured by m: ${shown.join(", ")}`,
      holds: isWithin && isLinear && isSaturated,
      figures: [
        {
          title: "What a step on m samples is worth",
          x: "batch size m",
          y: "−log of what a step multiplies the squared distance by",
          isXLogarithmic: true,
          isYLogarithmic: true,
          rules: [{ x: critical, name: "m*" }],
          series: [
            { name: "measured", points: rows.map(({ batch, measured }) => [batch, measured] as const) },
            {
              name: "bound: −log g*",
              isFormula: true,
              points: CURVE.map((m) => [m, -log(optimalStep(spectrum, m).rate)] as const),
            },
          ],
          note: "Above the bound is better.",
        },
      ],
    };
  },
};

/** Steps until kernel least squares on digits nearly interpolates, by batch size. */
export const criticalBatch: Experiment = {
  name: "critical-batch",
  paper: PAPER,
  result: "m* of 1,000 MNIST digits, Gaussian kernel, σ = 5; steps until 99 % of the training loss is gone",
  rule: "m* below 10; steps of 2 and 4 samples worth at least 0.7 as many of one; 64 at most twice all's steps",
  published: "m* is small; steps fall as 1/m up to m* and hardly any more beyond",
  async run({ core, mnist }) {
    using _scope = core.scope();
    const n = 1000;
    const pixels = Float64Array.from(mnist.trainImages.subarray(0, 784 * n), (byte) => byte / 255);
    const gram = gaussianGram(gramOf(core.doubleMatrix(n, 784, pixels)), 5);
    const { beta, largest } = spectrumOfGram(gram);
    // Steps do not wait for the directions that a smallest eigenvalue near 0 stands for.
    const spectrum: Spectrum = { beta, largest, smallest: 0 };
    const critical = criticalBatchSize(spectrum);
    const targets = Array.from(mnist.trainLabels.subarray(0, n), (label) => (label % 2 ? 1 : -1));
    const rows = [1, 2, 4, 8, 16, 64, 256, 1000].map((batch) => {
      const { stepSize } = optimalStep(spectrum, batch);
      const steps = stepsToInterpolate(gram, targets, { batch, stepSize, tolerance: 0.01, limit: 200 * n });
      return { batch, steps: steps ?? Number.NaN };
    });
    const of = (batch: number) => rows.find((row) => row.batch === batch)?.steps ?? Number.NaN;
    const isLinear = [2, 4].every((m) => m <= critical && of(1) / of(m) > 0.7 * m);
    const isSaturated = of(64) / of(1000) < 2;
    const shown = rows.map(({ batch, steps }) => `${batch}: ${steps}`);
    return {
      measured: `m* ${critical.toFixed(1)} (λ₁ ${largest.toPrecision(3)}, β 1); steps by m: ${shown.join(", ")}`,
      holds: critical < 10 && isLinear && isSaturated,
      figures: [
        {
          title: "Steps until 99 % of the training loss is gone",
          x: "batch size m",
          y: "steps",
          isXLogarithmic: true,
          isYLogarithmic: true,
          rules: [{ x: critical, name: "m*" }],
          series: [
            { name: "measured", points: rows.map(({ batch, steps }) => [batch, steps] as const) },
            {
              name: "1/m of one sample's",
              isFormula: true,
              points: [1, 16].map((m) => [m, of(1) / m] as const),
            },
          ],
        },
      ],
    };
  },
};
