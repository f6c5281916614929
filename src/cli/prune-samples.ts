/** What a network is pruned and judged by. */
import {
  type Core,
  dataset,
  evaluate,
  heldBackOf,
  type Network,
  outputsOf,
  type Pruned,
  relativeDistance,
} from "../index.js";
import type { Model } from "../io/index.js";
import { rowsOf, SHARE } from "./held-back.js";
import { networkOf } from "./model-file.js";
import { refusal } from "./options.js";
import type { Written } from "./prune-file.js";
import type { Options } from "./prune-options.js";
import { readClasses, readInputs } from "./tensor-file.js";

/** Samples × inputs, row after row. */
type Inputs = Uint8Array | Float32Array;

type Labels = Uint8Array | Uint16Array;

/** Samples with their classes. */
interface Labelled {
  readonly inputs: Inputs;
  readonly labels: Labels;
}

/** Samples of a pruning. */
export interface PruneSamples {
  readonly calibration?: Inputs;
  readonly labels?: Labels;
  /** Not pruned by. */
  readonly heldBack?: Labelled;
}

/** How far a pruned model is from what it was. */
export interface Measured {
  /** ‖f′(X) − f(X)‖² / ‖f(X)‖² over the samples that it was pruned by. */
  readonly outputError: number | undefined;
  readonly accuracy: Accuracy | undefined;
  /** Why these are missing, where the comparison failed. */
  readonly compareError: Error | undefined;
}

/** How right a model is on samples that it was not pruned by. */
export interface Accuracy {
  readonly before: number;
  readonly after: number;
  readonly samples: number;
}

/**
 * Reads samples and labels, and holds some back where there are labels; throws a UsageError when they do not fit.
 *
 * @param given  the options
 * @param model  to be pruned
 * @param own  the label of each class, where a search has numbered others
 * @throws {FormatError} when a file is broken
 */
export function samplesFor(
  given: Options,
  { layers }: Model,
  own: readonly number[] | undefined,
): PruneSamples {
  const [features, classes] = [layers[0].columns, layers[layers.length - 1].rows];
  if (given.calibration === undefined) {
    if (given.labels === undefined) return {};
    throw refusal("--labels", "none without --calibration, whose classes they are", given.labels);
  }
  const calibration = readInputs("--calibration", given.calibration, features);
  if (given.labels === undefined) return { calibration };
  const labels = readClasses("--labels", given.labels, classes, own);
  const count = calibration.length / features;
  if (labels.length !== count)
    throw refusal("--labels", `${count} labels, one a sample`, String(labels.length));
  const heldBack = new Set(heldBackOf(count, given.validation ?? SHARE));
  if (heldBack.size === 0) return { calibration, labels };
  const split = (isHeld: boolean) => {
    const isChosen = (row: number) => heldBack.has(row) === isHeld;
    return { inputs: rowsOf(calibration, features, isChosen), labels: rowsOf(labels, 1, isChosen) };
  };
  const used = split(false);
  return { calibration: used.inputs, labels: used.labels, heldBack: split(true) };
}

/**
 * Measures a pruned model as its file has it.
 *
 * @param core  to run it in
 * @param model  as it was
 * @param samples  to judge by
 * @param pruned  what the pruning itself measured, before a file rounded the weights
 * @param written  what is written
 * @returns with an error instead where it cannot be compared: what was done is done
 */
export function measure(
  core: Core,
  model: Model,
  { calibration, heldBack }: PruneSamples,
  pruned: Pick<Pruned, "outputError" | "compareError">,
  { model: written, isRounded }: Pick<Written, "model" | "isRounded">,
): Measured {
  const running = <T>(one: Model, use: (net: Network) => T): T =>
    core.scoped(() => use(networkOf(core, one, true)));
  const outputs = (one: Model, inputs: Inputs) => running(one, (net) => outputsOf(net, inputs));
  const accuracyOf = (one: Model, { inputs, labels }: Labelled) =>
    running(one, (net) => {
      const shape = { features: net.sizes[0], classes: net.sizes[net.sizes.length - 1] };
      return evaluate(net, dataset(core, inputs, labels, shape)).accuracy;
    });
  const { compareError } = pruned;
  try {
    const outputError =
      isRounded && calibration
        ? relativeDistance(outputs(model, calibration), outputs(written, calibration))
        : pruned.outputError;
    const accuracy = heldBack && {
      ...{ before: accuracyOf(model, heldBack), after: accuracyOf(written, heldBack) },
      samples: heldBack.labels.length,
    };
    return { outputError, accuracy, compareError };
  } catch (error) {
    return { outputError: undefined, accuracy: undefined, compareError: compareError ?? (error as Error) };
  }
}
