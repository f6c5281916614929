/**
 * Linear mode connectivity: whether two trainings from the same weights, which differ in the order of the data alone,
 * end in one valley of the error.
 *
 * Source: Frankle, Dziugaite, Roy & Carbin 2020, "Linear mode connectivity and the lottery ticket", section 2.
 */
import {
  checkArray,
  checkInstance,
  checkInteger,
  checkLength,
  checkOptions,
  checkTypedArray,
  plainArray,
} from "../check.js";
import { ArgumentTypeError } from "../errors.js";
import type { Dataset } from "../net/dataset.js";
import { evaluate } from "../net/evaluate.js";
import { Network } from "../net/network.js";
import { type TrainOptions, train } from "../net/train.js";

/** Above this rise of the error the two ends are not connected. */
const STABLE_BELOW = 0.02;

/** One point of the line between two networks. */
export interface PathPoint {
  /** The network is alpha · a + (1 − alpha) · b. */
  readonly alpha: number;
  /** Share of the samples classified wrongly. */
  readonly error: number;
  /** Mean loss, in nats. */
  readonly loss: number;
}

/**
 * Walks the line between two networks.
 *
 * @param net  takes the parameters in turn; has its own again at the end. Its masks count: pruned weights stay +0
 * @param a  parameters as `net.parameters()` gives them
 * @param b  likewise
 * @param data  to be judged on
 * @param alphas  points, evenly spaced from 0 (b) to 1 (a), at least 2; default 30
 * @throws {ShapeError | ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function linearPath(
  net: Network,
  a: readonly Float32Array[],
  b: readonly Float32Array[],
  data: Dataset,
  alphas = 30,
): PathPoint[] {
  checkInstance("net", net, Network);
  checkInteger("alphas", alphas, 2);
  const own = net.parameters();
  for (const [name, ends] of Object.entries({ a, b })) {
    checkArray(name, ends, own.length);
    own.forEach(({ length }, i) => {
      checkLength(`${name}[${i}]`, checkTypedArray(`${name}[${i}]`, ends[i], "Float32Array"), 1, length);
    });
  }
  try {
    return Array.from({ length: alphas }, (_, i) => {
      const alpha = i / (alphas - 1);
      net.load(
        a.map((array, p) => plainArray(array).map((value, at) => alpha * value + (1 - alpha) * b[p][at])),
      );
      const { accuracy, loss } = evaluate(net, data);
      return { alpha, error: 1 - accuracy, loss };
    });
  } finally {
    net.load(own);
  }
}

/** What `instability` takes beside the network and the data. */
export interface InstabilityOptions extends Pick<TrainOptions, "batch" | "optimizer" | "signal"> {
  /** The step to which both are trained. */
  readonly iterations: number;
  /** The step k until which they are one; default 0. */
  readonly from?: number;
  /** Of the order of the data until then; default 0. */
  readonly seed?: number;
  /** Of the two orders from then on, different ones; default [1, 2]. */
  readonly seeds?: readonly [number, number];
  /** Points on the line, at least 2; default 30. */
  readonly alphas?: number;
}

/** How unstable weights are to the order of the data. */
export interface Instability {
  /** Largest error on the line minus the mean of its ends; a share, ≥ 0 up to the ends' difference. */
  readonly instability: number;
  /** Whether that is below 2 %. */
  readonly isStable: boolean;
  /** From the second training (alpha 0) to the first (alpha 1). */
  readonly path: readonly PathPoint[];
  /** Parameters of the two trained networks. */
  readonly ends: readonly [Float32Array[], Float32Array[]];
}

/**
 * Trains a network to step k, then two copies of it to the end in different orders of the data, and looks at the error
 * on the line between them. The optimiser starts anew at step k, as it does when a ticket is rewound there.
 *
 * @param net  gives the weights to start from and the masks; has its weights again at the end
 * @param data  to train on
 * @param test  to judge on
 * @param options  steps, seeds, points
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 * Rejects with the signal's reason when it is aborted.
 */
export async function instability(
  net: Network,
  data: Dataset,
  test: Dataset,
  options: InstabilityOptions,
): Promise<Instability> {
  checkInstance("net", net, Network);
  const keys = ["batch", "optimizer", "signal", "iterations", "from", "seed", "seeds", "alphas"] as const;
  const {
    from = 0,
    seed = 0,
    seeds = [1, 2],
    alphas = 30,
    iterations,
    ...rest
  } = checkOptions("options", options, keys);
  checkInteger("options.iterations", iterations, 1);
  checkInteger("options.from", from, 0, iterations);
  checkInteger("options.alphas", alphas, 2);
  if (seeds.length !== 2 || seeds[0] === seeds[1]) {
    throw new ArgumentTypeError(`"options.seeds" expected two different seeds, got ${seeds.join(", ")}`);
  }
  const start = net.parameters();
  try {
    await train(net, data, { ...rest, iterations: from, seed });
    const common = net.parameters();
    const trained = async (order: number) => {
      net.load(common);
      await train(net, data, { ...rest, iterations, startAt: from, seed: order });
      return net.parameters();
    };
    const ends: [Float32Array[], Float32Array[]] = [await trained(seeds[0]), await trained(seeds[1])];
    const path = linearPath(net, ...ends, test, alphas);
    const mean = (path[0].error + path[path.length - 1].error) / 2;
    const rise = Math.max(...path.map(({ error }) => error)) - mean;
    return { instability: rise, isStable: rise < STABLE_BELOW, path, ends };
  } finally {
    net.load(start);
  }
}
