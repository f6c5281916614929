/** Strong tickets: a random network, pruned until it computes what a trained one does. Nothing in it is trained. */
import {
  checkFunction,
  checkGiven,
  checkInstance,
  checkInteger,
  checkNumber,
  checkNumbers,
  checkObject,
  checkOneOf,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { batchOf } from "../net/linear.js";
import { Network } from "../net/network.js";
import type { Hooks } from "../runtime/serve.js";
import type { Objective } from "../subset-sum/contract.js";
import { type Certificate, certify } from "./certificate.js";
import type { TargetLayer, TicketBlock } from "./contract.js";
import { type Domain, regionOf } from "./domain.js";
import { malachBlock } from "./malach.js";
import { orseauBlock } from "./orseau.js";
import { subsetSumBlock } from "./subset-sum.js";
import { TicketNetwork } from "./ticket-network.js";

/** The constructions, by the paper they are from: Malach 2020, Orseau 2020, Pensia 2020. */
export const CONSTRUCTIONS = ["malach", "orseau", "subset-sum"] as const;

/** A construction by name. */
export type Construction = (typeof CONSTRUCTIONS)[number];

/** How far a construction is. */
export interface TicketProgress {
  /** Layer of the target, from 0, and how many there are. */
  readonly layer: number;
  /** See `layer`. */
  readonly layers: number;
  /** Weights of the layer. */
  readonly done: number;
  /** See `done`. */
  readonly total: number;
}

/** What `strongTicket` takes beside the network. */
export interface StrongTicketOptions extends Hooks<TicketProgress> {
  /** Default "subset-sum", which needs by far the fewest neurons. */
  readonly construction?: Construction;
  /** The most that each weight may be off, > 0. */
  readonly epsilon: number;
  /** The chance that the random draw fails, for malach and orseau. Default 0.01. */
  readonly delta?: number;
  /** Of subset-sum: how each weight is searched for. Default "nearest". */
  readonly objective?: Objective;
  /** Of subset-sum: neurons for each input and sign, at most 24. Default by epsilon. */
  readonly pool?: number;
  /** From 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
  /** The inputs for which it holds. Default the box from 0 to 1; where no input is below 0, half of it suffices. */
  readonly domain?: Domain;
  /** Of subset-sum: threads beside this one. Default the host's parallelism where it pays. */
  readonly workers?: number;
  /** Blocks that are built already, of an earlier call with the same options that was stopped. */
  readonly done?: readonly TicketBlock[];
  /** Told each block as it is ready: what to give as `done` later. */
  onBlock?(block: TicketBlock, layer: number): void;
}

/** A strong ticket and what is known of it. */
export interface StrongTicket {
  /** Runs it: two sparse layers for each layer of the target. */
  readonly network: TicketNetwork;
  /** One a layer of the target. */
  readonly blocks: readonly TicketBlock[];
  /** Upper bounds of the distance to the target, anywhere in the domain, in exact arithmetic. */
  readonly certificate: Certificate;
  /** Weights and biases of the target. */
  readonly targets: number;
  /** Random neurons that were drawn, those pruned away included. */
  readonly neurons: number;
  /** Kept weights and biases. */
  readonly kept: number;
  /** The largest residual of a weight or bias. */
  readonly maxWeightError: number;
  /** Weights and biases with a residual above epsilon: unlucky draws. */
  readonly failures: number;
}

/**
 * Builds a random network of twice the depth and prunes it to compute what the target does.
 *
 * @param net  the target: fully connected, ReLU after every layer but the last; masked weights count as 0. It is only
 *   read
 * @param options  construction, epsilon, seed, domain
 * @returns the ticket, in the memory of the target's core, until the innermost open scope ends. Rejects with the
 *   signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as a rejection, when an argument does
 *   not fit
 * @throws {OutOfMemoryError} as a rejection, when the core's memory cannot hold the ticket
 *
 * @example
 * ```ts
 * import { network, openSync, strongTicket } from "golden-ticket";
 *
 * using core = openSync();
 * const target = network(core, [8, 6, 3], { seed: 1 });
 * const { network: random, certificate, failures } = await strongTicket(target, { epsilon: 1e-3, seed: 2 });
 * failures; // 0
 * certificate.maximum < 0.01; // true
 * random.sizes[0]; // 8
 * ```
 */
export async function strongTicket(net: Network, options: StrongTicketOptions): Promise<StrongTicket> {
  checkInstance("net", net, Network);
  checkGiven("options", options, [
    ...(["construction", "epsilon", "delta", "objective", "pool", "seed", "domain", "workers"] as const),
    ...(["done", "signal", "onProgress", "onBlock"] as const),
  ]);
  using job = net.core.job("strongTicket");
  const hooked = job.calling(options);
  const { domain = UNIT_BOX, done = [], signal } = options;
  checkNumber("options.epsilon", options.epsilon, Number.MIN_VALUE);
  const targets = targetLayers(net);
  const build = builderOf(net, hooked);
  const blocks: TicketBlock[] = [];
  for (const [l, target] of targets.entries()) {
    signal?.throwIfAborted();
    const block = done[l] ?? (await build(target, l, isNonNegative(targets, l, domain)));
    blocks.push(block);
    if (!done[l]) hooked.onBlock?.(block, l);
  }
  const residuals = blocks.map((block) => block.residuals);
  const network = new TicketNetwork(
    net.core,
    blocks.flatMap(({ inner, outer }) => [inner, outer]),
  );
  return {
    network,
    blocks,
    certificate: certify(targets, residuals, domain),
    targets: targets.reduce((sum, { weights, bias }) => sum + weights.length + bias.length, 0),
    neurons: blocks.reduce((sum, { neurons }) => sum + neurons, 0),
    kept: network.kept,
    maxWeightError: residuals.reduce(
      (most, { weights, bias }) => Math.max(most, largestOf(weights), largestOf(bias)),
      0,
    ),
    failures: blocks.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** The inputs for which a ticket holds by default. */
export const UNIT_BOX: Domain = { kind: "box", low: 0, high: 1 };

/** Whether a layer's inputs are never below 0. */
export const isNonNegative = (targets: readonly TargetLayer[], layer: number, domain: Domain): boolean =>
  layer > 0 ? targets[layer - 1].relu : regionOf(domain, targets[0].columns).low.every((value) => value >= 0);

type Build = (target: TargetLayer, layer: number, nonNegative: boolean) => Promise<TicketBlock>;

function builderOf(net: Network, options: StrongTicketOptions): Build {
  const { construction = "subset-sum", delta = 0.01, seed = 0, epsilon, signal } = options;
  checkOneOf("options.construction", construction, CONSTRUCTIONS);
  checkInteger("options.seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const layers = net.layers.length;
  if (construction !== "subset-sum") {
    const unused = (["objective", "pool", "workers"] as const).find((name) => options[name] !== undefined);
    if (unused) {
      throw new ArgumentRangeError(
        `"options.${unused}" expected the construction subset-sum, got ${construction}`,
      );
    }
  }
  return (target, layer, nonNegative) => {
    const common = {
      ...{ epsilon, nonNegative, seed, layer, signal },
      onProgress: (progress: { done: number; total: number }) =>
        options.onProgress?.({ layer, layers, ...progress }),
    };
    if (construction === "malach") return malachBlock(net.core, target, { ...common, delta });
    if (construction === "orseau") return orseauBlock(net.core, target, { ...common, delta, layers });
    const { objective, pool, workers } = options;
    return subsetSumBlock(net.core, target, { ...common, objective, pool, workers });
  };
}

/**
 * The layers of a network as constructions take them.
 *
 * @param net  fully connected; it is only read
 * @returns copies, inputs first; masked weights are 0
 * @throws {ArgumentTypeError} when it is no network
 */
export function targetLayers(net: Network): TargetLayer[] {
  checkInstance("net", net, Network);
  return net.layers.map(({ weights, mask, bias, relu, inputs, outputs }) => {
    const values = weights.toArray();
    mask?.toArray().forEach((bit, at) => {
      if (!bit) values[at] = 0;
    });
    return { rows: outputs, columns: inputs, weights: values, bias: bias.toArray(), relu };
  });
}

const largestOf = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0);

/** How far two networks are apart on some inputs, as they run. */
export interface OutputDistance {
  /** The largest |difference| of an output. */
  readonly maximum: number;
  /** Share of the inputs for which both have the same largest output; ties count for the lower one. */
  readonly agreement: number;
}

/** Whatever runs on rows of inputs. */
export interface Runs {
  /** Numbers of a sample, then behind each layer. */
  readonly sizes: readonly number[];
  /** Outputs of some samples, row after row. */
  forward(input: Float32Array): Float32Array;
}

/** Inputs run at a time. */
const CHUNK = 256;

/**
 * Runs a target and its ticket on the same inputs. Both round in f32, which the certificate does not count.
 *
 * @param target  a network
 * @param ticket  of the same inputs and outputs
 * @param inputs  samples × inputs, row after row
 * @throws {ArgumentTypeError | ShapeError} when the inputs do not fit
 */
export function outputDistance(target: Runs, ticket: Runs, inputs: Float32Array): OutputDistance {
  checkTypedArray("inputs", inputs, "Float32Array");
  for (const [name, net] of Object.entries({ target, ticket })) {
    checkNumbers(`${name}.sizes`, checkObject(name, net).sizes);
    checkFunction(`${name}.forward`, net.forward);
  }
  const width = target.sizes[0];
  const count = batchOf(inputs, width);
  const outputs = target.sizes[target.sizes.length - 1];
  let [maximum, same] = [0, 0];
  for (let first = 0; first < count; first += CHUNK) {
    const some = inputs.subarray(first * width, (first + CHUNK) * width);
    const [wanted, got] = [target.forward(some), ticket.forward(some)];
    for (let s = 0; s < wanted.length; s += outputs) {
      let [best, other] = [0, 0];
      for (let k = 0; k < outputs; k++) {
        maximum = Math.max(maximum, Math.abs(wanted[s + k] - got[s + k]));
        if (wanted[s + k] > wanted[s + best]) best = k;
        if (got[s + k] > got[s + other]) other = k;
      }
      if (best === other) same++;
    }
  }
  return { maximum, agreement: count === 0 ? 1 : same / count };
}
