/** Double descent: the test loss peaks at as many random features as samples, then falls lower than before. */
import { type DescentRow, doubleDescent } from "../interpolation/double-descent.js";
import type { FeatureKind } from "../interpolation/feature-map.js";
import type { Experiment, Figure, Outcome } from "./contract.js";

const TRAINED = 1000;
const TESTED = 2000;
const QUICKLY_TESTED = 700;
const QUICK_MOST = 2000;
const FEATURES = [100, 200, 400, 800, 950, 990, 1000, 1010, 1050, 1200, 2000, 4000];

function outcomeOf(rows: readonly DescentRow[]): Outcome {
  const peak = rows.reduce((best, row) => (row.testLoss > best.testLoss ? row : best));
  const before = rows.filter(({ features }) => features < TRAINED);
  const after = rows.filter(({ features }) => features > TRAINED);
  const last = rows[rows.length - 1];
  const [firstLoss, firstError] = (["testLoss", "testError"] as const).map((measure) =>
    Math.min(...before.map((row) => row[measure])),
  );
  const points = (of: (row: DescentRow) => number) => rows.map((row) => [row.features, of(row)] as const);
  const figure = (title: string, y: string, series: Figure["series"]): Figure => ({
    title,
    x: "random features",
    y,
    isXLogarithmic: true,
    isYLogarithmic: !y.startsWith("%"),
    rules: [{ x: TRAINED, name: "N = n" }],
    series,
  });
  const holds =
    peak.features === TRAINED &&
    last.testLoss < firstLoss &&
    last.testError < firstError &&
    // Past the peak the fit is exact, and its norm falls.
    after.every(({ trainLoss, norm }, i) => trainLoss < 1e-20 && norm < (after[i - 1] ?? peak).norm);
  const shares = [firstError, peak.testError, last.testError].map((share) => `${(100 * share).toFixed(1)} %`);
  const losses = [firstLoss, peak.testLoss, last.testLoss].map((loss) => loss.toPrecision(3));
  return {
    measured:
      `peak at ${peak.features} features; at best before, at the peak, with ${last.features}: ` +
      `loss ${losses.join(", ")}, error ${shares.join(", ")}`,
    holds,
    figures: [
      figure("Test error", "% of the test pictures classified wrongly", [
        { name: "test error", points: points(({ testError }) => 100 * testError) },
      ]),
      figure("Loss", "mean squared loss", [
        { name: "test", points: points(({ testLoss }) => testLoss) },
        // Beyond the peak it is 0 but for rounding.
        { name: "training", points: points(({ trainLoss }) => trainLoss).filter(([, loss]) => loss > 1e-3) },
      ]),
      figure("Norm of the weights", "Frobenius norm", [{ name: "norm", points: points(({ norm }) => norm) }]),
    ],
  };
}

const experiment = (kind: FeatureKind, name: string): Experiment => ({
  name: `double-descent-${kind}`,
  paper: "Belkin, Hsu, Ma & Mandal 2019, Reconciling … the classical bias-variance trade-off",
  result: `double descent: random ${name} features of ${TRAINED} MNIST digits, least squares of minimum norm`,
  published: "test loss and norm peak at N = n; the second descent ends below the first minimum",
  differs: "1,000 pictures; with --quick 700 test pictures and at most 2,000 features",
  rule: "peak exactly at N = n, loss and error in the end below the best before it; beyond it exact, norm falling",
  async run({ core, mnist, isQuick }) {
    const part = (images: Uint8Array, labels: Uint8Array, count: number) => ({
      inputs: images.subarray(0, 784 * count),
      labels: labels.subarray(0, count),
    });
    const features = isQuick ? FEATURES.filter((count) => count <= QUICK_MOST) : FEATURES;
    const samples = {
      features: 784,
      classes: 10,
      train: part(mnist.trainImages, mnist.trainLabels, TRAINED),
      test: part(mnist.testImages, mnist.testLabels, isQuick ? QUICKLY_TESTED : TESTED),
    };
    return outcomeOf(await doubleDescent(core, samples, { features, kind }));
  },
});

export const fourierDescent = experiment("fourier", "Fourier");
export const reluDescent = experiment("relu", "ReLU");
