/** Selection of whole random neurons next to selection of weights: what the same number of neurons reaches. */
import { checkArray, checkInstance, checkInteger, checkNumber, checkObject } from "../check.js";
import { STREAM } from "../random.js";
import { Core } from "../tensor/core.js";
import type { TargetLayer, TicketBlock, TicketLayer } from "./contract.js";
import { regionOf, samplePoints, uniforms } from "./domain.js";
import { randomFeatures, relativeSquareError } from "./random-features.js";
import { buildStructured, fewestNeurons, MOST_VECTORS, outerLayer } from "./structured.js";

/** What is compared. */
export interface CompareOptions {
  /** Numbers of inputs of the target neuron, each from 1 to 64. */
  readonly dimensions: readonly number[];
  /** What a weight may be off. */
  readonly epsilon: number;
  /** Random neurons that each way has, 1 to 28. */
  readonly neurons: number;
  /** Target neurons for each dimension. Default 5. */
  readonly trials?: number;
  /** An integer from 0 to 2⁵³ − 1 − trials. */
  readonly seed: number;
}

/** One way at one dimension. */
export interface NeuronSelectionResult {
  /** Mean over the trials of Σ (network − target)² / Σ target² on fresh inputs of [0, 1]ᵈ. */
  readonly error: number;
  /** Mean of the largest error of a weight; undefined where there are no weights to compare. */
  readonly weightError?: number;
  /** Share of the trials in which all weights were within epsilon. */
  readonly successRate?: number;
  /** Mean of the fewest neurons with which all weights were; undefined when one trial needed more than were tried. */
  readonly neededNeurons?: number;
}

/** What whole neurons and single weights reach for a target neuron of one dimension. */
export interface NeuronSelectionRow {
  /** Inputs of the target neuron. */
  readonly dimension: number;
  /** All random neurons, output fitted. */
  readonly randomFeatures: NeuronSelectionResult;
  /** As many, chosen greedily from 8 times as many, output fitted. */
  readonly selectedFeatures: NeuronSelectionResult;
  /** Whole neurons with weights ≥ 0, a subset of which sums to the target's weights; 28 tried for `neededNeurons`. */
  readonly structured: NeuronSelectionResult;
  /** Neurons of a symmetric law among which that many have no negative weight: neurons · 2ᵈ. */
  readonly structuredDrawn: number;
  /** One kept weight a neuron, neurons / d for each weight of the target; 28 tried a weight for `neededNeurons`. */
  readonly weightPruning: NeuronSelectionResult;
}

/** Random neurons for each that is kept. */
const CHOICE = 8;
const FRESH = 2000;

/**
 * Compares, with the same number of random neurons, the ways to approximate relu(w·x) on [0, 1]ᵈ, w uniform in
 * [−1/2, 1/2]ᵈ with w₀ ≥ 0: random features, features chosen from more, structured subsets, and pruned weights.
 *
 * @param core  whose generator draws everything
 * @param options  dimensions, epsilon, neurons, trials, seed
 * @returns one row a dimension
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 */
export function compareNeuronSelection(core: Core, options: CompareOptions): NeuronSelectionRow[] {
  checkInstance("core", core, Core);
  const { dimensions, epsilon, neurons, trials = 5, seed } = checkObject("options", options);
  checkArray("options.dimensions", dimensions);
  checkNumber("options.epsilon", epsilon, 0);
  checkInteger("options.neurons", neurons, 1, MOST_VECTORS);
  checkInteger("options.trials", trials, 1);
  checkInteger("options.seed", seed, 0, Number.MAX_SAFE_INTEGER - trials);
  return dimensions.map((dimension, i): NeuronSelectionRow => {
    checkInteger(`options.dimensions[${i}]`, dimension, 1, 64);
    const all = Array.from({ length: trials }, (_, trial) =>
      compareOnce(core, dimension, options, seed + trial),
    );
    const mean = (way: Way): NeuronSelectionResult => meanOf(all.map((ways) => ways[way]));
    return {
      dimension,
      randomFeatures: mean("randomFeatures"),
      selectedFeatures: mean("selectedFeatures"),
      structured: mean("structured"),
      structuredDrawn: neurons * 2 ** dimension,
      weightPruning: mean("weightPruning"),
    };
  });
}

type Way = "randomFeatures" | "selectedFeatures" | "structured" | "weightPruning";

function compareOnce(
  core: Core,
  dimension: number,
  { epsilon, neurons }: CompareOptions,
  seed: number,
): Record<Way, NeuronSelectionResult> {
  const weights = uniforms(core, dimension, [-0.5, 0.5], [seed, STREAM.weights, dimension]);
  weights[0] = Math.abs(weights[0]);
  const target: TargetLayer = { rows: 1, columns: dimension, weights, bias: new Float32Array(1), relu: true };
  const domain = { kind: "box", low: 0, high: 1 } as const;
  const features = (count: number): NeuronSelectionResult => {
    const shared = { domain, seed, freshSamples: FRESH, kept: neurons };
    return { error: randomFeatures(core, target, { ...shared, features: count }).error };
  };
  const fresh = samplePoints(core, regionOf(domain, dimension), FRESH, seed, STREAM.inputs, 1);
  const structured = buildStructured(core, target, { neurons, epsilon, seed });
  // The weights one by one: a target of one input for each.
  const single: TargetLayer = { ...target, rows: dimension, columns: 1, bias: new Float32Array(dimension) };
  const shares = { neurons: Math.floor(neurons / dimension), epsilon, seed };
  const pruned = buildStructured(core, { ...single, relu: false }, shares);
  return {
    randomFeatures: features(neurons),
    selectedFeatures: features(CHOICE * neurons),
    structured: {
      error: relativeSquareError(target, [structured], fresh),
      ...weightResult(structured.residuals.weights, structured.failures),
      neededNeurons: totalOf(fewestNeurons(core, target, epsilon, seed)),
    },
    weightPruning: {
      error: relativeSquareError(target, [sideBySide(pruned)], fresh),
      ...weightResult(pruned.residuals.weights, pruned.failures),
      neededNeurons: totalOf(fewestNeurons(core, single, epsilon, seed)),
    },
  };
}

function weightResult(
  residuals: Float64Array,
  failures: number,
): { weightError: number; successRate: number } {
  return { weightError: Math.max(...residuals), successRate: failures === 0 ? 1 : 0 };
}

function totalOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

/** One neuron of many inputs from a block whose output j makes up the weight of input j. */
function sideBySide({ inner, outer }: TicketBlock): {
  readonly inner: TicketLayer;
  readonly outer: TicketLayer;
} {
  const columnIndices = new Uint32Array(inner.rows);
  for (let j = 0; j < outer.rows; j++) columnIndices.fill(j, outer.rowStarts[j], outer.rowStarts[j + 1]);
  const all = Array.from(outer.values, (value) => ({ outer: value, row: 0 }));
  return { inner: { ...inner, columns: outer.rows, columnIndices }, outer: outerLayer(1, all, true) };
}

function meanOf(results: readonly NeuronSelectionResult[]): NeuronSelectionResult {
  const mean = (key: keyof NeuronSelectionResult): number | undefined => {
    const values = results.map((result) => result[key]);
    return values.reduce<number | undefined>(
      (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value / values.length),
      0,
    );
  };
  const error = mean("error") as number;
  return {
    error,
    weightError: mean("weightError"),
    successRate: mean("successRate"),
    neededNeurons: mean("neededNeurons"),
  };
}
