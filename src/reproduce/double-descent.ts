/** Double descent: the test loss peaks at as many random features as samples, then falls lower than before. */
import { type DescentRow, doubleDescent } from "../interpolation/double-descent.js";
import type { FeatureKind } from "../interpolation/feature-map.js";
import type { Experiment, Outcome } from "./contract.js";

const TRAINED = 1000;
const TESTED = 2000;
const FEATURES = [100, 200, 400, 800, 950, 990, 1000, 1010, 1050, 1200, 2000, 4000];

function outcomeOf(rows: readonly DescentRow[]): Outcome {
  const peak = rows.reduce((best, row) => (row.testLoss > best.testLoss ? row : best));
  const before = rows.filter(({ features }) => features < TRAINED);
  const after = rows.filter(({ features }) => features > TRAINED);
  const last = rows[rows.length - 1];
  const [firstLoss, firstError] = (["testLoss", "testError"] as const).map((measure) =>
    Math.min(...before.map((row) => row[measure])),
  );
  const shown = rows.map(
    ({ features, testError, testLoss, norm }) =>
      `${features}: ${(100 * testError).toFixed(1)} % ${testLoss.toPrecision(3)} ${norm.toPrecision(3)}`,
  );
  const holds =
    peak.features === TRAINED &&
    last.testLoss < firstLoss &&
    last.testError < firstError &&
    // Past the peak the fit is exact, and its norm falls.
    after.every(({ trainLoss, norm }, i) => trainLoss < 1e-20 && norm < (after[i - 1] ?? peak).norm);
  return { measured: `features: test error, loss, norm; ${shown.join(", ")}`, holds };
}

const experiment = (kind: FeatureKind, name: string): Experiment => ({
  paper: "Belkin, Hsu, Ma & Mandal 2019, Reconciling … the classical bias-variance trade-off",
  result: `double descent: random ${name} features of ${TRAINED} MNIST digits, least squares of minimum norm`,
  published: "test loss and norm peak at N = n; the second descent ends below the first minimum",
  async run({ core, mnist }) {
    const part = (images: Uint8Array, labels: Uint8Array, count: number) => ({
      inputs: images.subarray(0, 784 * count),
      labels: labels.subarray(0, count),
    });
    const samples = {
      features: 784,
      classes: 10,
      train: part(mnist.trainImages, mnist.trainLabels, TRAINED),
      test: part(mnist.testImages, mnist.testLabels, TESTED),
    };
    return outcomeOf(await doubleDescent(core, samples, { features: FEATURES, kind }));
  },
});

export const fourierDescent = experiment("fourier", "Fourier");
export const reluDescent = experiment("relu", "ReLU");
