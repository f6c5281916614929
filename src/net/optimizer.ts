/** Optimisers: hyperparameters, and the running of one over the steps of a training. */
import {
  BELOW_ONE_F32,
  checkF32,
  checkFunction,
  checkInteger,
  checkObject,
  checkOptions,
  LEAST_F32,
} from "../check.js";
import type { Kernels } from "../generated/kernels.js";

/** Makes updates; plain data with one method, so that a training can start over at any time. */
export interface Optimizer {
  /** Which rule. */
  readonly name: "adam" | "sgd";
  /** Numbers kept per parameter. */
  readonly states: number;
  /** Starts a run at step 0. */
  begin(): Updates;
}

/** Beyond it, a layer's moments would fill the memory. */
const MOST_STATES = 16;
/** A step of Adam is up to 2²⁴ times its rate, and finite in f32 all the same. */
export const MOST_RATE = 2 ** 100;

/** @returns `optimizer`, of ours or one like it. @throws {ArgumentTypeError | ArgumentRangeError} */
export function checkOptimizer(name: string, optimizer: Optimizer): Optimizer {
  checkFunction(`${name}.begin`, checkObject(name, optimizer).begin);
  checkInteger(`${name}.states`, optimizer.states, 0, MOST_STATES);
  return optimizer;
}

/** One run of an optimiser. */
export interface Updates {
  /** Goes to the next step; called once before the parameters of a step are updated. */
  advance(): void;
  /**
   * Updates `n` parameters in place.
   *
   * @param kernels  of the core in whose memory everything is
   * @param n  parameters
   * @param parameters  address
   * @param gradient  address
   * @param state  addresses of the `states` arrays of n numbers, all 0 at step 0
   */
  update(kernels: Kernels, n: number, parameters: number, gradient: number, state: readonly number[]): void;
}

/** Hyperparameters of Adam. */
export interface AdamOptions {
  /** Default 1.2e-3, the one of the lottery-ticket paper for LeNet. */
  readonly learningRate?: number;
  /** Decay of the first moment, below 1, default 0.9. */
  readonly beta1?: number;
  /** Decay of the second moment, below 1, default 0.999. */
  readonly beta2?: number;
  /** Above 0, default 1e-8. */
  readonly epsilon?: number;
  /** Added to the gradient as weightDecay · w, default 0. */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma & Ba 2015, Algorithm 1), with bias correction.
 *
 * @param options  step size, decay rates, ε, weight decay
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit, in f32 too
 */
export function adam(options?: AdamOptions): Optimizer {
  const keys = ["learningRate", "beta1", "beta2", "epsilon", "weightDecay"] as const;
  const given = checkOptions("options", options, keys);
  const learningRate = checkF32("options.learningRate", given.learningRate ?? 1.2e-3, 0, MOST_RATE);
  const beta1 = checkF32("options.beta1", given.beta1 ?? 0.9, 0, BELOW_ONE_F32);
  const beta2 = checkF32("options.beta2", given.beta2 ?? 0.999, 0, BELOW_ONE_F32);
  const epsilon = checkF32("options.epsilon", given.epsilon ?? 1e-8, LEAST_F32);
  const weightDecay = checkF32("options.weightDecay", given.weightDecay ?? 0, 0);
  const begin = (): Updates => {
    let power1 = 1;
    let power2 = 1;
    return {
      advance() {
        power1 *= beta1;
        power2 *= beta2;
      },
      update(kernels, n, parameters, gradient, [m, v]) {
        const stepSize = learningRate / (1 - power1);
        const correction = 1 / (1 - power2);
        kernels.f32_adam(
          n,
          parameters,
          gradient,
          m,
          v,
          stepSize,
          beta1,
          beta2,
          epsilon,
          correction,
          weightDecay,
        );
      },
    };
  };
  return { name: "adam", states: 2, begin };
}

/** Hyperparameters of stochastic gradient descent. */
export interface SgdOptions {
  /** Default 0.1. */
  readonly learningRate?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Added to the gradient as weightDecay · w, default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum: v ← momentum·v + g, w ← w − learningRate·v.
 *
 * @param options  step size, momentum, weight decay
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit, in f32 too
 */
export function sgd(options?: SgdOptions): Optimizer {
  const given = checkOptions("options", options, ["learningRate", "momentum", "weightDecay"]);
  const learningRate = checkF32("options.learningRate", given.learningRate ?? 0.1, 0, MOST_RATE);
  const momentum = checkF32("options.momentum", given.momentum ?? 0, 0);
  const weightDecay = checkF32("options.weightDecay", given.weightDecay ?? 0, 0);
  const begin = (): Updates => ({
    advance() {},
    update(kernels, n, parameters, gradient, [velocity]) {
      kernels.f32_sgd(n, parameters, gradient, velocity, learningRate, momentum, weightDecay);
    },
  });
  return { name: "sgd", states: 1, begin };
}
