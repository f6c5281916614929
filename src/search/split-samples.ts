/** One set of labelled samples as the three that a search takes. */
import {
  checkGiven,
  checkInstance,
  checkInteger,
  checkNumber,
  checkObject,
  checkTypedArray,
} from "../check.js";
import { kindOf } from "../describe.js";
import { ShapeError } from "../errors.js";
import { checkSamples, MOST_CLASSES } from "../net/dataset.js";
import { STREAM, seedWords } from "../random.js";
import { Core } from "../tensor/core.js";
import type { LabelledInputs, SampleInputs, Samples } from "./contract.js";

/** What `splitSamples` takes beside the samples. */
export interface SplitOptions<Inputs extends SampleInputs = SampleInputs> {
  /** Numbers a sample. */
  readonly features: number;
  /** Classes that labels count; each label is below. */
  readonly classes: number;
  /** Share that is held back for early stopping, or other samples for it. Default 0.1. */
  readonly validation?: number | LabelledInputs<Inputs>;
  /** Share that is held back for accuracies, or other samples for them. Default 0.1. */
  readonly test?: number | LabelledInputs<Inputs>;
  /** Of the order; default 0. */
  readonly seed?: number;
}

/**
 * Holds samples back for validation and for tests, drawn at random: files are often sorted by class. A share of at
 * least one sample; the training samples stand in random order too, so that the first ones are of all classes.
 *
 * @param core  whose generator draws
 * @param samples  to be divided
 * @param options  their shape, and how many are held back
 * @returns copies; the same seed gives the same ones
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit, or nothing is left to
 *   train on
 */
export function splitSamples<Inputs extends SampleInputs>(
  core: Core,
  samples: LabelledInputs<Inputs>,
  options: SplitOptions<Inputs>,
): Samples<Inputs> {
  checkInstance("core", core, Core);
  checkGiven("options", options, ["features", "classes", "validation", "test", "seed"]);
  const features = checkInteger("options.features", options.features, 1);
  const classes = checkInteger("options.classes", options.classes, 1, MOST_CLASSES);
  checkLabelled("samples.", samples, { features, classes });
  const { validation = 0.1, test = 0.1, seed = 0 } = options;
  const count = samples.labels.length;
  const heldBack = { test, validation };
  let taken = 0;
  const ranges = Object.entries(heldBack).map(([name, part]) => {
    if (typeof part !== "number") {
      checkLabelled(`options.${name}.`, part, { features, classes });
      return part;
    }
    const share = checkNumber(`options.${name}`, part, 0, 1);
    const from = taken;
    taken += Math.max(1, Math.round(share * count));
    return [from, taken] as const;
  });
  if (taken >= count) {
    throw new ShapeError(`"samples" expected more than the ${taken} that are held back, got ${count}`);
  }
  const order = orderOf(core, count, seed);
  const picked = (from: number, to: number): LabelledInputs<Inputs> => {
    const length = (to - from) * features;
    const inputs = (
      kindOf(samples.inputs) === "Uint8Array" ? new Uint8Array(length) : new Float32Array(length)
    ) as Inputs;
    for (const [i, sample] of order.subarray(from, to).entries()) {
      inputs.set(samples.inputs.subarray(sample * features, (sample + 1) * features), i * features);
    }
    return { inputs, labels: Uint16Array.from(order.subarray(from, to), (sample) => samples.labels[sample]) };
  };
  const [testPart, validationPart] = ranges.map((part) =>
    Array.isArray(part) ? picked(part[0], part[1]) : part,
  );
  return {
    ...{ features, classes, train: picked(taken, count) },
    validation: validationPart as LabelledInputs<Inputs>,
    test: testPart as LabelledInputs<Inputs>,
  };
}

function checkLabelled(
  prefix: string,
  samples: LabelledInputs,
  shape: { features: number; classes: number },
) {
  const { inputs, labels } = checkObject(prefix.slice(0, -1), samples);
  checkTypedArray(`${prefix}inputs`, inputs, "Uint8Array", "Float32Array");
  checkSamples(inputs, labels, shape, prefix);
}

function orderOf(core: Core, count: number, seed: number): Uint32Array {
  return core.scoped(() => {
    const order = core.allocate(4 * count);
    core.kernels.u32_random_permutation(count, ...seedWords(seed), STREAM.split, 0, order);
    return core.u32(order, count).slice();
  });
}
