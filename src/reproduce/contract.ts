/** What a reproduction is: a published result, run again at small scale. */

import type { Mnist } from "../io/mnist.js";
import type { Network } from "../net/network.js";
import type { Core } from "../tensor/core.js";

/** What experiments share: a core, the pictures, and networks trained once. */
export interface Context {
  readonly core: Core;
  readonly mnist: Mnist;
  /** How many seeds an experiment that averages over them may take. */
  readonly seeds: number;
  /** Whether less is wanted, sooner: fewer trials, fewer points. */
  readonly isQuick: boolean;
  /** 0 = all in this thread; undefined = the host's parallelism. The results are the same. */
  readonly workers: number | undefined;
  /** 784-40-20-10 with ReLU, trained on 55,000 pictures; a new copy each time. */
  mlpnet(): Promise<Network>;
  /** 784-500-10 without biases, trained on 55,000 pictures; a new copy each time. */
  withoutBiases(): Promise<Network>;
}

/** A curve: x, y and, over seeds, the least and the largest y. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number, low?: number, high?: number])[];
  /** Whether it is a formula's, which has no measured points: a line without dots. */
  readonly isFormula?: boolean;
}

/** What people would rather look at than read. */
export interface Figure {
  readonly title: string;
  /** What the axes say, with units. */
  readonly x: string;
  readonly y: string;
  readonly isXLogarithmic?: boolean;
  readonly isYLogarithmic?: boolean;
  /** What stands at x = 0, 1, …, where x is no number: drawn as rows, with y to the right. */
  readonly categories?: readonly string[];
  /** Where on the x axis something changes. */
  readonly rules?: readonly { readonly x: number; readonly name: string }[];
  readonly series: readonly Series[];
  readonly note?: string;
}

/** Figures that are better read. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
  readonly note?: string;
}

/** What came out: the same each time, but for the seconds. */
export interface Outcome {
  readonly measured: string;
  /** Whether it is what the paper claims. */
  readonly holds: boolean;
  readonly figures?: readonly Figure[];
  readonly tables?: readonly Table[];
  /** Parts whose time is of interest, in seconds. */
  readonly secondsOf?: Readonly<Record<string, number>>;
}

/** One published result. One file has one or a few, one line in experiments.ts each. */
export interface Experiment {
  /** Short and its own, in kebab case. */
  readonly name: string;
  readonly paper: string;
  readonly result: string;
  /** As the paper, or its code, has it. */
  readonly published: string;
  /** What is not as in the paper, and why. */
  readonly differs?: string;
  /** What it shares with the experiments that name the same: they run one after the other and train it once. */
  readonly shares?: string;
  /** When it holds, where published and measured do not say that by themselves. */
  readonly rule?: string;
  run(context: Context): Promise<Outcome>;
}
