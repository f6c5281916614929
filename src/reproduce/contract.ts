/** What a reproduction is: a published result, run again at small scale. */

import type { Mnist } from "../io/mnist.js";
import type { Network } from "../net/network.js";
import type { Core } from "../tensor/core.js";

/** What experiments share: a core, the pictures, and networks trained once. */
export interface Context {
  readonly core: Core;
  readonly mnist: Mnist;
  /** 784-40-20-10 with ReLU, trained on 55,000 pictures; a new copy each time. */
  mlpnet(): Promise<Network>;
  /** 784-500-10 without biases, trained on 55,000 pictures; a new copy each time. */
  withoutBiases(): Promise<Network>;
}

/** What came out. */
export interface Outcome {
  readonly measured: string;
  /** Whether it is what the paper claims. */
  readonly holds: boolean;
}

/** One published result. One file has one or a few, one line in experiments.ts each. */
export interface Experiment {
  readonly paper: string;
  readonly result: string;
  /** As the paper, or its code, has it. */
  readonly published: string;
  run(context: Context): Promise<Outcome>;
}
