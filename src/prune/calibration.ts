/** Calibration samples: checked, brought into the core, and what layers see of them. */
import { checkTypedArray } from "../check.js";
import { kindOf } from "../describe.js";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../errors.js";
import { Hessian } from "../linalg/hessian.js";
import { largestOf } from "../linalg/scale.js";
import { Dataset, type Labels } from "../net/dataset.js";
import { forEachInput } from "../net/layer-inputs.js";
import type { Network } from "../net/network.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";

/**
 * Brings calibration samples into the network's core, in the innermost scope that is open.
 *
 * @param net  whose inputs they are
 * @param inputs  samples × inputs, row after row: bytes (read as value / 255) or f32
 * @param labels  one class a sample; all 0 when absent
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when they do not fit the network, there are none, or
 *   all are equal, which tells nothing about how inputs go together
 * @throws {NonFiniteError} at the first NaN or infinity: names sample and input
 */
export function calibrationData(net: Network, inputs: Uint8Array | Float32Array, labels?: Labels): Dataset {
  const [features, classes] = [net.sizes[0], net.sizes[net.sizes.length - 1]];
  checkTypedArray("calibration", inputs, "Uint8Array", "Float32Array");
  const count = inputs.length / features;
  if (!Number.isInteger(count)) {
    throw new ShapeError(`"calibration" expected a multiple of ${features} values, got ${inputs.length}`);
  }
  if (count === 0) throw new ArgumentRangeError('"calibration" expected at least one sample, got none');
  checkSamples(inputs, features);
  if (labels) checkLabels(labels, count, classes);
  return new Dataset(net.core, inputs, labels ?? new Uint8Array(count), { features, classes });
}

function checkSamples(inputs: Uint8Array | Float32Array, features: number): void {
  const index = kindOf(inputs) === "Uint8Array" ? -1 : inputs.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    const [row, column] = [Math.floor(index / features), index % features];
    const message = `"calibration" expected finite numbers, got ${inputs[index]} at row ${row}, column ${column}`;
    throw new NonFiniteError(message, { index, row, column });
  }
  const isSame = inputs.length > features && inputs.every((value, i) => value === inputs[i % features]);
  checkVaried(
    inputs.every((value) => value === 0),
    isSame,
  );
}

/**
 * Samples tell how inputs go together, whatever holds them.
 *
 * @param isZero  whether they are all 0
 * @param isSame  whether there are several, all equal
 * @throws {ArgumentRangeError} when they tell nothing
 */
export function checkVaried(isZero: boolean, isSame: boolean): void {
  if (isZero) throw new ArgumentRangeError('"calibration" expected samples that are not all 0');
  if (!isSame) return;
  throw new ArgumentRangeError(
    '"calibration" expected samples that differ, got the same one again and again',
  );
}

function checkLabels(labels: Labels, count: number, classes: number): void {
  checkTypedArray("labels", labels, "Uint8Array", "Uint16Array");
  if (labels.length !== count) {
    throw new ShapeError(`"labels" expected ${count}, one a sample, got ${labels.length}`);
  }
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw new ArgumentRangeError(
    `"labels" expected classes below ${classes}, got ${labels[wrong]} at index ${wrong}`,
  );
}

/** Of the largest value of samples, for methods that square activations or gradients; and its reciprocal the least. */
const MOST = 2 ** 30;

/**
 * @param inputs  of `calibrationData`
 * @param method  that squares what it makes of them
 * @throws {ArgumentRangeError} when they are so large or small that f32 cannot hold the squares
 */
export function checkMagnitude(inputs: Uint8Array | Float32Array, method: string): void {
  if (kindOf(inputs) === "Uint8Array") return;
  const largest = largestOf(inputs as Float32Array);
  if (largest >= 1 / MOST && largest <= MOST) return;
  const expected = "a largest magnitude from 2⁻³⁰ to 2³⁰, as squares of gradients ask for";
  throw new ArgumentRangeError(`"calibration" expected ${expected} in "${method}", got ${largest}`);
}

/**
 * Samples for a method that cannot do without.
 *
 * @throws {ArgumentTypeError} when there are none
 */
export function neededData<T>(data: T | undefined, method: string): T {
  if (data) return data;
  throw new ArgumentTypeError(`"options.calibration" expected samples for "${method}", got undefined`);
}

/**
 * The Hessian of a layer's inputs as the network, pruned so far, makes them; of a convolution, of its patches.
 *
 * @param net  as it is now
 * @param l  the layer, from 0
 * @param data  samples in the network's core
 * @returns undamped, in the innermost scope that is open
 */
export function layerHessian(net: Network, l: number, data: Dataset): DoubleMatrix {
  const { core } = net;
  const { inputs } = net.layers[l];
  const result = core.doubleMatrix(inputs, inputs);
  core.scoped(() => {
    const hessian = new Hessian(core, inputs);
    forEachInput(net, l, data, (batch, x) => hessian.addPanels(batch, x));
    result.view().set(hessian.finish().view());
  });
  return result;
}
