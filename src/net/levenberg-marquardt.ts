/** Trains a small network by Levenberg–Marquardt, on the Gauss–Newton Hessian of its loss. */
import { checkGiven, checkInstance, checkInteger, checkNumber } from "../check.js";
import { SmallNetwork, type SmallSamples } from "./small-network.js";

/** How it is trained. */
export interface LevenbergMarquardtOptions {
  /** Added to the mean loss: decay / 2 · |w|². */
  readonly decay: number;
  /** The most steps. */
  readonly steps: number;
}

/** A damping above this says that no step helps any more. */
const MOST_DAMPING = 1e10;

/**
 * Steps (G + (decay + μ) I) δ = −gradient, μ a tenth after a step that helps, tenfold after one that does not.
 *
 * @param net  its parameters are written; those that are not there stay 0
 * @param samples  at least one
 * @param options  decay, most steps
 * @returns the mean loss with decay at the end
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function levenbergMarquardt(
  net: SmallNetwork,
  samples: SmallSamples,
  options: LevenbergMarquardtOptions,
): number {
  checkInstance("net", net, SmallNetwork);
  const { decay, steps } = checkGiven("options", options, ["decay", "steps"]);
  checkNumber("options.decay", decay, 0);
  checkInteger("options.steps", steps);
  const free = [...net.mask.keys()].filter((q) => net.mask[q]);
  const d = free.length;
  const objective = () =>
    net.meanLoss(samples) + (decay / 2) * net.parameters.reduce((sum, w) => sum + w * w, 0);
  let [loss, mu] = [objective(), 1e-2];
  for (let step = 0; step < steps && mu < MOST_DAMPING; step++) {
    const gradient = net.gradient(samples);
    const right = Float64Array.from(free, (q) => -gradient[q] - decay * net.parameters[q]);
    const hessian = gaussNewton(net, samples, free);
    const before = net.parameters.slice();
    for (; mu < MOST_DAMPING; mu *= 10) {
      const damped = hessian.slice();
      for (let i = 0; i < d; i++) damped[i * d + i] += decay + mu;
      const move = solvePositiveDefinite(damped, right);
      free.forEach((q, i) => {
        net.parameters[q] = before[q] + move[i];
      });
      const found = objective();
      if (found < loss) {
        const gain = loss - found;
        loss = found;
        mu = Math.max(mu / 10, 1e-12);
        if (gain < 1e-12 * loss) return loss;
        break;
      }
      net.parameters.set(before);
    }
  }
  return loss;
}

/** Σ X Xᵀ / P over the free parameters. */
function gaussNewton(net: SmallNetwork, samples: SmallSamples, free: readonly number[]): Float64Array {
  const d = free.length;
  const sum = new Float64Array(d * d);
  for (const { trace } of net.traces(samples)) {
    for (const vector of net.curvatureVectors(trace)) {
      const x = Float64Array.from(free, (q) => vector[q]);
      for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) sum[i * d + j] += x[i] * x[j];
    }
  }
  const count = net.count(samples);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) sum[j * d + i] = sum[i * d + j] /= count;
  }
  return sum;
}

/** a x = b by Cholesky, for a few dozen unknowns; a is overwritten. NaN where a is not positive definite. */
function solvePositiveDefinite(a: Float64Array, b: Float64Array): Float64Array {
  const d = b.length;
  const x = b.slice();
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * d + j];
      for (let k = 0; k < j; k++) sum -= a[i * d + k] * a[j * d + k];
      a[i * d + j] = i === j ? Math.sqrt(sum) : sum / a[j * d + j];
    }
    for (let k = 0; k < i; k++) x[i] -= a[i * d + k] * x[k];
    x[i] /= a[i * d + i];
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i] -= a[k * d + i] * x[k];
    x[i] /= a[i * d + i];
  }
  return x;
}
