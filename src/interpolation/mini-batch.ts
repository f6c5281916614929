/**
 * Mini-batch gradient descent on a quadratic loss that can be 0 on every sample: up to a critical batch size m*, a step
 * on m samples is worth m steps on one; beyond, it is worth little more than a step on all of them.
 *
 * Loss ½ · mean of (w·x − y)², H = mean of x xᵀ, β = max ‖x‖², λ₁ the largest eigenvalue of H and λ_k the smallest that
 * is not 0. With δ the distance to the solution and η the step, batches drawn with replacement,
 *
 *   E ‖δ′‖² ≤ max over λ in {λ₁, λ_k} of g(λ) · ‖δ‖²,   g(λ) = 1 − λ (2η − η² β/m) + λ² η² (m − 1)/m.
 *
 * Source: Ma, Bassily & Belkin, "The Power of Interpolation", 2018, theorems 1 to 3.
 */
import { checkInstance, checkInteger, checkNumber, checkObject, checkShape } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { symmetricEigenvalues } from "../linalg/eigenvalues.js";
import { exp } from "../net/float64.js";
import { DoubleMatrix } from "../tensor/double-matrix.js";

/** What the theory needs to know of the samples. */
export interface Spectrum {
  /** β: the largest squared norm of a sample. */
  readonly beta: number;
  /** λ₁ ≤ β: the largest eigenvalue of H. */
  readonly largest: number;
  /** λ_k ≥ 0: its smallest eigenvalue that is not 0; 0 when it is not known, which only makes rates useless. */
  readonly smallest: number;
}

/** The best constant step for a batch size. */
export interface OptimalStep {
  /** η*. */
  readonly stepSize: number;
  /** g*: the bound on E ‖δ′‖² / ‖δ‖². */
  readonly rate: number;
  /** Whether the batch is at most m*. */
  readonly regime: "linear scaling" | "saturation";
}

/**
 * m* = β / (λ₁ − λ_k) + 1: the batch size up to which larger batches pay in full.
 *
 * @param spectrum  of the samples' inner products; `spectrumOfGram` gives it
 * @returns Infinity when all eigenvalues are equal
 * @throws {ArgumentTypeError | ArgumentRangeError} when the spectrum is none
 */
export function criticalBatchSize(spectrum: Spectrum): number {
  const { beta, largest, smallest } = checkedSpectrum(spectrum);
  return beta / (largest - smallest) + 1;
}

/**
 * The step that makes the bound least: where g(λ₁) or g(λ_k), whichever is larger, is least.
 *
 * @param spectrum  of the samples
 * @param batch  m ≥ 1
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function optimalStep(spectrum: Spectrum, batch: number): OptimalStep {
  const { beta, largest, smallest } = checkObject("spectrum", spectrum);
  const regime =
    checkInteger("batch", batch, 1) <= criticalBatchSize(spectrum) ? "linear scaling" : "saturation";
  const stepSize =
    regime === "linear scaling"
      ? batch / (beta + (batch - 1) * smallest)
      : (2 * batch) / (beta + (batch - 1) * (largest + smallest));
  return { stepSize, rate: contractionBound(spectrum, batch, stepSize), regime };
}

/**
 * max g(λ): what ‖δ‖² is multiplied by in one step, at most, on average.
 *
 * @param spectrum  of the samples
 * @param batch  m ≥ 1
 * @param stepSize  η ≥ 0
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function contractionBound(spectrum: Spectrum, batch: number, stepSize: number): number {
  const { beta, largest, smallest } = checkedSpectrum(spectrum);
  checkInteger("batch", batch, 1);
  checkNumber("stepSize", stepSize, 0);
  const g = (eigenvalue: number) =>
    1 -
    eigenvalue * stepSize * (2 - (stepSize * beta) / batch) +
    (eigenvalue * stepSize) ** 2 * ((batch - 1) / batch);
  return Math.max(g(largest), g(smallest));
}

/**
 * 2m / (β + (m − 1) λ₁): the step from which on the bound does not shrink; where all samples have the norm √β, the mean
 * of ‖δ‖² along the first eigenvector grows beyond it.
 *
 * @param spectrum  of the samples
 * @param batch  m ≥ 1
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function largestStep(spectrum: Spectrum, batch: number): number {
  const { beta, largest } = checkedSpectrum(spectrum);
  checkInteger("batch", batch, 1);
  return (2 * batch) / (beta + (batch - 1) * largest);
}

/**
 * The spectrum of samples, from their inner products, or from the values of a kernel: those of H are the eigenvalues of
 * the Gram matrix over n.
 *
 * @param gram  x·z or K(x, z) of all pairs of n samples, n × n, positive semidefinite; its lower triangle is read
 * @returns β from the diagonal; an eigenvalue at most n · 2⁻⁵⁰ of the largest counts as 0
 * @throws {ShapeError} when the matrix is not square
 * @throws {NonFiniteError} when an element is not finite
 * @throws {ArgumentRangeError} when all samples are 0
 */
export function spectrumOfGram(gram: DoubleMatrix): Spectrum {
  checkInstance("gram", gram, DoubleMatrix);
  const { rows: n } = gram;
  const eigenvalues = symmetricEigenvalues(gram).map((value) => value / n);
  const values = gram.view();
  let beta = 0;
  for (let i = 0; i < n; i++) beta = Math.max(beta, values[i * n + i]);
  const [largest = 0] = eigenvalues;
  if (!(largest > 0)) throw new ArgumentRangeError('"gram" expected samples that are not all 0, got none');
  const smallest = eigenvalues.findLast((value) => value > n * 2 ** -50 * largest) as number;
  return { beta, largest, smallest };
}

/**
 * The inner products of samples: `spectrumOfGram` takes them.
 *
 * @param samples  n × d
 * @returns n × n, in the core's memory until the innermost open scope ends
 * @throws {ArgumentTypeError} when they are no matrix of f64
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export function gramOf(samples: DoubleMatrix): DoubleMatrix {
  checkInstance("samples", samples, DoubleMatrix);
  const { core, rows: n, columns: d } = samples;
  const gram = core.doubleMatrix(n, n);
  const [x, out] = [samples.view(), gram.view()];
  for (let i = 0; i < n; i++) {
    const left = x.subarray(i * d, i * d + d);
    for (let j = 0; j <= i; j++) {
      const right = x.subarray(j * d, j * d + d);
      let sum = 0;
      for (let c = 0; c < d; c++) sum += left[c] * right[c];
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
  }
  return gram;
}

/**
 * The Gaussian kernel exp(−‖x − z‖² / 2σ²) of all pairs of samples.
 *
 * @param gram  their inner products, n × n, symmetric
 * @param bandwidth  σ > 0, in units of the samples
 * @returns n × n, in the core's memory until the innermost open scope ends
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function gaussianGram(gram: DoubleMatrix, bandwidth: number): DoubleMatrix {
  checkInstance("gram", gram, DoubleMatrix);
  checkNumber("bandwidth", bandwidth, Number.MIN_VALUE);
  const { core, rows: n } = checkShape("gram", gram, gram.rows, gram.rows);
  const kernel = core.doubleMatrix(n, n);
  const [products, out] = [gram.view(), kernel.view()];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const distance = products[i * n + i] + products[j * n + j] - 2 * products[i * n + j];
      const value = exp(-Math.max(0, distance) / (2 * bandwidth * bandwidth));
      out[i * n + j] = value;
      out[j * n + i] = value;
    }
  }
  return kernel;
}

/** @returns the spectrum. @throws {ArgumentTypeError | ArgumentRangeError} */
function checkedSpectrum(spectrum: Spectrum): Spectrum {
  const { beta, largest, smallest } = checkObject("spectrum", spectrum);
  checkNumber("spectrum.beta", beta, Number.MIN_VALUE);
  // Of one sample λ₁ is β, up to its rounding.
  checkNumber("spectrum.largest", largest, Number.MIN_VALUE, beta * (1 + 1e-9));
  checkNumber("spectrum.smallest", smallest, 0, largest);
  return spectrum;
}
