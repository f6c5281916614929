/**
 * How big a random network each theorem asks for: depth, width, neurons and kept weights, with where every constant is
 * from. Targets are fully connected networks; two random layers stand for each of theirs.
 */
import {
  checkArray,
  checkBoolean,
  checkGiven,
  checkInteger,
  checkLength,
  checkNumber,
  checkOneOf,
} from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { log } from "../net/float64.js";

/**
 * How well a constant is known: read in the paper or its code; derived anew, as said; or known from second hand or
 * memory alone, to be checked before it is quoted.
 */
export type SourceStatus = "published" | "derived" | "unverified";

/** Where a number of a bound is from. */
export interface BoundSource {
  /** What it is, with its value. */
  readonly constant: string;
  /** How well it is known. */
  readonly status: SourceStatus;
  /** Paper and section, or how it is derived. */
  readonly source: string;
}

/** What a theorem asks for one layer of the target. */
export interface LayerBoundSize {
  /** Target weights, biases included where they count. */
  readonly targets: number;
  /** Neurons of the wide random layer. */
  readonly width: number;
  /** The same per target weight. */
  readonly neuronsPerWeight: number;
  /** Random numbers, or pairs of them, among which one target weight is looked for. */
  readonly candidatesPerWeight: number;
  /** The most neurons that are used for one target weight. */
  readonly keptNeuronsPerWeight: number;
  /** The most weights that are kept for one target weight, in both random layers. */
  readonly keptPerWeight: number;
}

/** What a theorem asks for a network. */
export interface ConstructionBound {
  /** Whose theorem. */
  readonly construction: "malach" | "orseau" | "subset-sum";
  /** Layers of the random network. */
  readonly depth: number;
  /** The error that each weight may have. */
  readonly weightEpsilon: number;
  /** As it was given. */
  readonly delta: number;
  /** One a layer of the target. */
  readonly layers: readonly LayerBoundSize[];
  /** Neurons of all wide layers. */
  readonly neurons: number;
  /** The same per target weight. */
  readonly neuronsPerWeight: number;
  /** The most weights that are kept per target weight, over the network. */
  readonly keptPerWeight: number;
  /** Where the constants are from. */
  readonly sources: readonly BoundSource[];
}

/** What all three calculators take. */
export interface BoundOptions {
  /** Inputs, then neurons of each layer of the target, such as [784, 300, 100, 10]. */
  readonly sizes: readonly number[];
  /** > 0: the error of each weight, or that of the network's output. */
  readonly epsilon: number;
  /** Of what `epsilon` is. Default "weight". */
  readonly of?: "weight" | "network";
  /** Chance that anything fails, all weights together; 0 < delta < 1. */
  readonly delta: number;
  /** Whether biases are targets too, as weights of an input 1. Default false. */
  readonly biases?: boolean;
}

/** Beside the rest: what carries an error of a weight to the output, and the range of the weights. */
export interface OrseauBoundOptions extends BoundOptions {
  /** The largest |weight|. Default 1. */
  readonly wMax?: number;
  /** The largest 1-norm of each layer's inputs. Default their number: activations of at most 1. */
  readonly inputNorms?: readonly number[];
  /** Each layer's ‖W‖∞ or another of its Lipschitz constants; the first is not used. Default 1. */
  readonly lipschitz?: readonly number[];
}

/** Beside the rest: the constant, and whether the inputs' signs are known. */
export interface PensiaBoundOptions extends BoundOptions {
  /** C of n = C·log₂(1 / min(ε, δ)). Default 3, as the authors' code runs. */
  readonly constant?: number;
  /** Whether no input of any layer is negative: half of the neurons do then. Default false. */
  readonly nonNegative?: boolean;
}

const COMMON = ["sizes", "epsilon", "of", "delta", "biases"] as const;

/** A layer of the target: how many inputs (a bias is one), outputs, weights. */
interface Shape {
  readonly inputs: number;
  readonly outputs: number;
  readonly targets: number;
}

interface Plan {
  readonly shapes: readonly Shape[];
  readonly targets: number;
  readonly epsilon: number;
  readonly delta: number;
  readonly ofNetwork: boolean;
}

function planOf<O extends BoundOptions>(options: O, keys: readonly (keyof O & string)[]): Plan {
  const { sizes, epsilon, of = "weight", delta, biases = false } = checkGiven("options", options, keys);
  if (checkArray("options.sizes", sizes).length < 2)
    throw new ArgumentRangeError(`"options.sizes" expected at least 2, got ${sizes.length}`);
  sizes.forEach((size, l) => {
    checkInteger(`options.sizes[${l}]`, size, 1, 2 ** 31);
  });
  checkPositive("options.epsilon", epsilon);
  if (!(checkPositive("options.delta", delta) < 1)) {
    throw new ArgumentRangeError(`"options.delta" expected a number < 1, got ${delta}`);
  }
  const ofNetwork = checkOneOf("options.of", of, ["weight", "network"]) === "network";
  const extra = checkBoolean("options.biases", biases) ? 1 : 0;
  const shapes = sizes.slice(1).map((outputs, l): Shape => {
    const inputs = sizes[l] + extra;
    return { inputs, outputs, targets: inputs * outputs };
  });
  const targets = shapes.reduce((sum, shape) => sum + shape.targets, 0);
  return { shapes, targets, epsilon, delta, ofNetwork };
}

function checkPositive(name: string, value: number): number {
  if (checkNumber(name, value, 0) > 0) return value;
  throw new ArgumentRangeError(`"${name}" expected a number > 0, got ${value}`);
}

function summed(
  construction: ConstructionBound["construction"],
  { targets, delta }: Plan,
  weightEpsilon: number,
  layers: readonly LayerBoundSize[],
  sources: readonly BoundSource[],
): ConstructionBound {
  const neurons = layers.reduce((sum, { width }) => sum + width, 0);
  const kept = layers.reduce((sum, layer) => sum + layer.keptPerWeight * layer.targets, 0);
  return {
    construction,
    depth: 2 * layers.length,
    weightEpsilon,
    delta,
    layers,
    neurons,
    neuronsPerWeight: neurons / targets,
    keptPerWeight: kept / targets,
    sources,
  };
}

/**
 * Malach et al.: for each target weight a pool of random pairs, of which two are kept, next to ±the weight and to ±1.
 *
 * Per weight: k = ⌈(16 / ε²) ln(2 N / δ)⌉ pairs for N target weights. Of the network, whose layers then have to have
 * ‖W‖₂ ≤ 1 and inputs ‖x‖₂ ≤ 1: k = ⌈(64 s² n l² / ε²) ln(2 n s l / δ)⌉ for one of l layers, of n neurons with s inputs
 * each, that is ε / (2 l s √n) for a weight.
 *
 * @param options  sizes, epsilon, delta; the constants are in `sources`
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 *
 * Source: Malach, Yehudai, Shalev-Shwartz, Shamir, "Proving the Lottery Ticket Hypothesis", 2020.
 */
export function malachBound(options: BoundOptions): ConstructionBound {
  const plan = planOf(options, COMMON);
  const { shapes, epsilon, delta, ofNetwork } = plan;
  const l = shapes.length;
  const weightEpsilons = shapes.map(({ inputs, outputs }) =>
    ofNetwork ? epsilon / (2 * l * inputs * Math.sqrt(outputs)) : epsilon,
  );
  const layers = shapes.map(({ targets }, i): LayerBoundSize => {
    const union = ofNetwork ? targets * l : plan.targets;
    const pairs = Math.ceil((16 / weightEpsilons[i] ** 2) * log((2 * union) / delta));
    return {
      targets,
      width: pairs * targets,
      neuronsPerWeight: pairs,
      candidatesPerWeight: pairs,
      keptNeuronsPerWeight: 2,
      keptPerWeight: 4,
    };
  });
  return summed("malach", plan, Math.min(...weightEpsilons), layers, MALACH_SOURCES);
}

const MALACH = "Malach et al. 2020";
const MALACH_SOURCES: readonly BoundSource[] = [
  { constant: "depth 2l", status: "unverified", source: `${MALACH}, main theorem; second hand` },
  {
    constant: "16 / ε² · ln(2 / δ) pairs a weight",
    status: "derived",
    source: "both of (w, u) ~ U[−1, 1]² within ε/2 of what is wanted: ε²/16 or more; two events, union bound",
  },
  {
    constant: "64 s² n l² / ε² · ln(2nsl / δ) pairs a weight",
    status: "derived",
    source:
      "ε / (2l) a layer, 1/√n of it a neuron, 1/s of that a weight; the theorem's own constants are from memory",
  },
  {
    constant: "2 neurons of 2 weights kept a weight",
    status: "derived",
    source: "a x = relu(a x) − relu(−a x), one neuron for each sign",
  },
];

/** 3/2: each interval of |w_in w_out| ends where the next begins, at two thirds of it. */
const BASE = 1.5;

/**
 * How many intervals [αg^(k+1), αg^k], g = 2/3, the golden-ratio decomposition needs: K = ⌈log_{3/2}(3 w_max / (2 ε))⌉.
 *
 * @param wMax  the largest |weight|, > 0
 * @param epsilon  error of a weight, > 0
 * @returns 0 when no weight has to be kept
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 *
 * Source: Orseau, Hutter, Rivasplata, "Logarithmic Pruning is All You Need", 2020; K derived anew.
 */
export function hyperbolicIntervals(wMax: number, epsilon: number): number {
  const ratio = (BASE * checkPositive("wMax", wMax)) / checkPositive("epsilon", epsilon);
  if (ratio === Infinity) {
    throw new ArgumentRangeError(`"epsilon" expected a number > wMax · 10⁻³⁰⁰, got ${epsilon}`);
  }
  let count = 0;
  for (let power = 1; power < ratio; power *= BASE) count++;
  return count;
}

/** What Orseau's theorem asks, and what it would be without one pool a layer. */
export interface OrseauBound extends ConstructionBound {
  /** K, the intervals of the decomposition. */
  readonly intervals: number;
  /** Neurons per target weight when each has a pool of its own: 8 K ln(2 K N / δ). */
  readonly independentNeuronsPerWeight: number;
}

/**
 * Orseau et al.: weights as sums of at most K products of hyperbolic random numbers, for either sign of the input, from
 * one pool for a layer of N weights: 16 K (N + ln(2 l K / δ)) neurons.
 *
 * Of the network, ε = ε_w Σ_i max ‖x_i‖₁ Π_{j>i} L_j is solved for the weights' ε_w.
 *
 * @param options  sizes, epsilon, delta, w_max, norms
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an option does not fit
 *
 * Source: Orseau, Hutter, Rivasplata, "Logarithmic Pruning is All You Need", 2020.
 */
export function orseauBound(options: OrseauBoundOptions): OrseauBound {
  const plan = planOf(options, [...COMMON, "wMax", "inputNorms", "lipschitz"]);
  const { shapes, delta } = plan;
  const l = shapes.length;
  const inputNorms = options.inputNorms ?? shapes.map(({ inputs }) => inputs);
  const lipschitz = options.lipschitz ?? shapes.map(() => 1);
  for (const [name, values] of Object.entries({ inputNorms, lipschitz })) {
    checkLength(`options.${name}`, values, l, 1).forEach((value, i) => {
      checkPositive(`options.${name}[${i}]`, value);
    });
  }
  const gain = inputNorms.reduce((sum, norm, i) => (i === 0 ? norm : sum * lipschitz[i] + norm), 0);
  const weightEpsilon = plan.ofNetwork ? plan.epsilon / gain : plan.epsilon;
  const intervals = hyperbolicIntervals(options.wMax ?? 1, weightEpsilon);
  const layers = shapes.map(({ targets }): LayerBoundSize => {
    const spread = intervals === 0 ? 0 : log((2 * l * intervals) / delta);
    const width = Math.ceil(16 * intervals * (targets + spread));
    return {
      targets,
      width,
      neuronsPerWeight: width / targets,
      candidatesPerWeight: 2 * intervals,
      keptNeuronsPerWeight: 2 * intervals,
      keptPerWeight: 4 * intervals,
    };
  });
  const failures = intervals === 0 ? 0 : log((2 * intervals * plan.targets) / delta);
  return {
    ...summed("orseau", plan, weightEpsilon, layers, ORSEAU_SOURCES),
    intervals,
    independentNeuronsPerWeight: Math.ceil(8 * intervals * failures),
  };
}

const ORSEAU = "Orseau et al. 2020";
const ORSEAU_SOURCES: readonly BoundSource[] = [
  { constant: "depth 2l", status: "unverified", source: `${ORSEAU}, theorem; from memory` },
  {
    constant: "base 3/2",
    status: "unverified",
    source: `${ORSEAU}; that any base up to the golden ratio does is derived and checked`,
  },
  {
    constant: "K = ⌈log_{3/2}(3 w_max / (2 ε))⌉",
    status: "derived",
    source: "the greedy rule ends with at most w_max (2/3)^K; this is one interval more than that asks for",
  },
  {
    constant: "hit probability 1 / (8K)",
    status: "derived",
    source:
      "products of two hyperbolic numbers hold a hyperbolic law with weight 1/2; signs 1/4; K intervals",
  },
  {
    constant: "M = 16 K (N + ln(2 l K / δ))",
    status: "derived",
    source: `2K classes of N hits each, lower tail of the binomial law; ${ORSEAU} has this shape`,
  },
  {
    constant: "a factor 2 before M",
    status: "unverified",
    source: `${ORSEAU}, theorem; from memory, not used here`,
  },
  {
    constant: "ε = ε_w Σ_i max ‖x_i‖₁ Π_{j>i} L_j",
    status: "derived",
    source: "triangle inequality, layer after layer, to first order in ε_w",
  },
];

/**
 * Pensia et al.: each target weight is the sum of a subset of n random products, for either sign of the input.
 *
 * n = C·round(log₂(1 / min(ε, δ / N))) per weight, N target weights, as the authors' code rounds: 21 for 1 / ε = 100.
 * Of the network, n = C·round(log₂(d₁ d₂ l / min(ε, δ))) for one of l layers, of d₁ inputs and d₂ outputs, when they
 * have ‖W‖₂ ≤ 1 and inputs ‖x‖₂ ≤ 1: ε / (d₁ d₂ l) for a weight. The wide layer has 2 d₁ n neurons, which all outputs
 * share; d₁ n for inputs ≥ 0.
 *
 * @param options  sizes, epsilon, delta, C, whether inputs are ≥ 0
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 *
 * Source: Pensia, Rajput, Nagle, Vishwakarma, Papailiopoulos, "Optimal Lottery Tickets via SubsetSum", 2020, Theorem 1.
 */
export function pensiaBound(options: PensiaBoundOptions): ConstructionBound {
  const plan = planOf(options, [...COMMON, "constant", "nonNegative"]);
  const { shapes, epsilon, delta, ofNetwork } = plan;
  const constant = checkPositive("options.constant", options.constant ?? 3);
  const signs = checkBoolean("options.nonNegative", options.nonNegative ?? false) ? 1 : 2;
  const weightEpsilons = shapes.map(({ targets }) =>
    ofNetwork ? epsilon / (targets * shapes.length) : epsilon,
  );
  const layers = shapes.map(({ targets, inputs, outputs }, i): LayerBoundSize => {
    const weightDelta = delta / (ofNetwork ? targets * shapes.length : plan.targets);
    const least = Math.min(weightEpsilons[i], weightDelta);
    const candidates = Math.max(1, Math.floor(constant * Math.round(log(1 / least) / Math.LN2)));
    const width = signs * inputs * candidates;
    return {
      targets,
      width,
      neuronsPerWeight: width / targets,
      candidatesPerWeight: candidates,
      keptNeuronsPerWeight: signs * candidates,
      keptPerWeight: signs * candidates * (1 + 1 / outputs),
    };
  });
  return summed("subset-sum", plan, Math.min(...weightEpsilons), layers, PENSIA_SOURCES);
}

const PENSIA = "Pensia et al. 2020";
const PENSIA_SOURCES: readonly BoundSource[] = [
  { constant: "depth 2l, width 2 d₁ n", status: "unverified", source: `${PENSIA}, Theorem 1; second hand` },
  {
    constant: "n ≥ C log(1 / min(ε, δ))",
    status: "unverified",
    source: "Lueker 1998, random subset sums; second hand, with an unknown C",
  },
  {
    constant: "C = 3, n = int(3·round(log₂(1 / ε)))",
    status: "published",
    source: `${PENSIA}, the authors' code, main.py --c 3; a choice that works, not a proven constant`,
  },
  {
    constant: "log₂(d₁ d₂ l / min(ε, δ))",
    status: "unverified",
    source: `${PENSIA}, Theorem 1 has d₁ d₂ / ε and the network's a factor O(log(d l / min(ε, δ))); second hand`,
  },
  {
    constant: "half for inputs ≥ 0",
    status: "derived",
    source: "relu(w x) = w x for w, x ≥ 0, so that one sign does",
  },
];
