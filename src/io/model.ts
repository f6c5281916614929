/**
 * Networks as safetensors files: a stack of fully connected layers, ReLU between.
 *
 *   NAME.weight  outputs × inputs
 *   NAME.bias    outputs; may be missing: 0
 *   NAME.mask    outputs × inputs, 1 = kept; may be missing: everything kept
 *
 * Weights and biases are F32, F64, F16 or BF16; masks of any type, 0 or 1. What else stands for them:
 * model-parts.ts. Which layer follows which: model-order.ts.
 */
import {
  checkArray,
  checkFinite,
  checkInteger,
  checkLength,
  checkObject,
  checkOneOf,
  checkOptions,
  checkString,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, FormatError, NonFiniteError, ShapeError } from "../errors.js";
import { bitmaskOf, bitmaskTensors } from "./bitmask.js";
import { f16FromF32 } from "./half.js";
import { likelyOrders, orderAsked } from "./model-order.js";
import { bitsIn, plainTensors } from "./model-parts.js";
import { writeInOrder } from "./safetensors.js";
import { checkTensors, FLOATS, floatsOf, shown, shownShape, type Tensor } from "./tensor.js";

/** A fully connected layer. */
export interface ModelLayer {
  /** As in the file: NAME of NAME.weight. */
  readonly name: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs. */
  readonly columns: number;
  /** rows × columns, row after row. */
  readonly weights: Float32Array;
  /** One a row. */
  readonly bias: Float32Array;
  /** One byte a weight, 1 = kept; undefined = everything kept. */
  readonly mask: Uint8Array | undefined;
}

/** A stack of layers, inputs first. */
export interface Model {
  /** At least one when it was read. */
  readonly layers: readonly ModelLayer[];
}

/** How a model is read. */
export interface ReadModelOptions {
  /** Names of all layers, inputs first. Default: by the numbers in their names, else as in the file. */
  readonly order?: readonly string[];
}

/** How a model is written. */
export interface ModelForm {
  /** `bitmask`: masked layers as bit mask and values, which Python's compressed-tensors reads. Default `dense`. */
  readonly form?: "dense" | "bitmask";
  /** Of weights and biases; F16 rounds them. Default F32. */
  readonly dtype?: "F32" | "F16";
}

const WEIGHT = ".weight";

/**
 * The model that a file holds.
 *
 * @param file  of `readSafetensors`
 * @param options  its order, where names and file do not tell it
 * @throws {ArgumentTypeError | ArgumentRangeError} when the order is not one of its layers
 * @throws {FormatError} when there is none, a tensor has another type or shape, or layers do not follow each other; it
 *   names the tensor, what was expected and what was found
 * @throws {NonFiniteError} at the first weight or bias that is NaN or infinite: names tensor, row and column
 */
export function readModel(file: ReadonlyMap<string, Tensor>, options?: ReadModelOptions): Model {
  const { order } = checkOptions("options", options, ["order"]);
  const tensors = plainTensors(checkTensors(file));
  const names = [...tensors.keys()]
    .filter((key) => key.endsWith(WEIGHT))
    .map((key) => key.slice(0, -WEIGHT.length));
  if (names.length === 0) throw new FormatError("model expected tensors NAME.weight, found none");
  const byName = new Map(names.map((name) => [name, readLayer(tensors, name)]));
  const orders = order === undefined ? likelyOrders(names) : [orderAsked(names, order)];
  const stacks = orders.map((one) => one.map((name) => byName.get(name) as ModelLayer));
  const layers = stacks.find((stack) => gapIn(stack) < 0) ?? stacks[0];
  const gap = gapIn(layers);
  if (gap >= 0) {
    const [before, { name, columns }] = layers.slice(gap - 1);
    const expected = `${before.rows} columns, as ${shown(before.name + WEIGHT)} has rows`;
    const read = `read in the order ${orders[0].join(", ")}`;
    throw new FormatError(`tensor ${shown(name + WEIGHT)} expected ${expected}, found ${columns}; ${read}`);
  }
  const known = new Set(names.flatMap((name) => [name + WEIGHT, `${name}.bias`, `${name}.mask`]));
  const other = [...tensors.keys()].find((key) => !known.has(key));
  if (other === undefined) return { layers };
  throw new FormatError(
    `model expected only tensors NAME.weight, NAME.bias and NAME.mask, found ${shown(other)}`,
  );
}

/**
 * A model as a file: pruned weights are 0 or left out, masks as bytes or bits where a layer has one. `readModel` gives
 * the same model again.
 *
 * @param model  its layers
 * @param metadata  free text about it
 * @param options  how it is stored
 * @returns the same bytes for the same model
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit, or layers do not follow each other
 * @throws {ArgumentRangeError} when there is no layer, two have one name, their names say another order, a mask is not
 *   0 and 1, or a number is too large for F16
 * @throws {NonFiniteError} at the first kept weight or bias that is NaN or infinite
 */
export function writeModel(
  model: Model,
  metadata: Readonly<Record<string, string>> = {},
  options?: ModelForm,
): Uint8Array {
  const { layers } = checkObject("model", model);
  const { form = "dense", dtype = "F32" } = checkOptions("options", options, ["form", "dtype"]);
  checkOneOf("options.form", form, ["dense", "bitmask"]);
  checkOneOf("options.dtype", dtype, ["F32", "F16"]);
  const tensors = new Map<string, Tensor>();
  for (const [l, layer] of checkArray("model.layers", layers).entries())
    checkLayer(`model.layers[${l}]`, layer);
  checkStack(layers);
  for (const { name, rows, columns, weights, bias, mask } of layers) {
    const key = name + WEIGHT;
    if (mask && form === "bitmask") {
      const stored = bitmaskTensors(key, bitmaskOf(rows, columns, weights, mask));
      for (const [part, tensor] of stored) tensors.set(part, tensor);
    } else {
      const data = mask ? Float32Array.from(weights, (weight, i) => (mask[i] ? weight : 0)) : weights;
      tensors.set(key, { dtype: "F32", shape: [rows, columns], data });
      if (mask) tensors.set(`${name}.mask`, { dtype: "U8", shape: [rows, columns], data: mask });
    }
    tensors.set(`${name}.bias`, { dtype: "F32", shape: [rows], data: bias });
  }
  if (dtype === "F16") for (const [name, tensor] of tensors) tensors.set(name, narrowed(name, tensor));
  return writeInOrder(tensors, metadata);
}

/** @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when it is no layer */
export function checkLayer(name: string, layer: ModelLayer): ModelLayer {
  const { rows, columns, weights, bias, mask } = checkObject(name, layer);
  checkString(`${name}.name`, layer.name);
  checkInteger(`${name}.rows`, rows, 1);
  checkInteger(`${name}.columns`, columns, 1);
  checkLength(`${name}.weights`, checkTypedArray(`${name}.weights`, weights, "Float32Array"), rows, columns);
  checkLength(`${name}.bias`, checkTypedArray(`${name}.bias`, bias, "Float32Array"), rows, 1);
  checkFinite(`${name}.bias`, bias);
  if (mask === undefined) {
    checkFinite(`${name}.weights`, weights, columns);
    return layer;
  }
  checkLength(`${name}.mask`, checkTypedArray(`${name}.mask`, mask, "Uint8Array"), rows, columns);
  const wrong = mask.findIndex((bit) => bit > 1);
  if (wrong >= 0)
    throw new ArgumentRangeError(`"${name}.mask" expected 0 and 1, got ${mask[wrong]} at index ${wrong}`);
  const kept = Float32Array.from(weights, (weight, i) => (mask[i] === 1 ? weight : 0));
  checkFinite(`${name}.weights`, kept, columns);
  return layer;
}

/** The first layer that does not take what the one before it gives; −1 where all do. */
const gapIn = (layers: readonly ModelLayer[]): number =>
  layers.findIndex(({ columns }, l) => l > 0 && layers[l - 1].rows !== columns);

/** Refuses layers that would be read as others: of one name, in another order, or not behind each other. */
function checkStack(layers: readonly ModelLayer[]): void {
  if (layers.length === 0)
    throw new ArgumentRangeError('"model.layers" expected at least one layer, got none');
  const names = layers.map(({ name }) => name);
  const twice = names.findIndex((name, l) => names.indexOf(name) < l);
  if (twice >= 0) {
    const got = `${shown(names[twice])} twice`;
    throw new ArgumentRangeError(`"model.layers[${twice}].name" expected another name, got ${got}`);
  }
  const gap = gapIn(layers);
  if (gap >= 0) {
    const expected = `${layers[gap - 1].rows}, the rows of the layer before`;
    throw new ShapeError(`"model.layers[${gap}].columns" expected ${expected}, got ${layers[gap].columns}`);
  }
  const [order] = likelyOrders(names);
  if (names.every((name, l) => name === order[l])) return;
  const expected = `the order that their names say, ${order.join(", ")}`;
  throw new ArgumentRangeError(`"model.layers" expected ${expected}, got ${names.join(", ")}`);
}

/** F32 as F16, what is something else as it is. @throws {ArgumentRangeError} when a number is too large for that */
export function narrowed(name: string, tensor: Tensor): Tensor {
  if (tensor.dtype !== "F32") return tensor;
  const data = f16FromF32(tensor.data);
  const wrong = data.findIndex((bits) => (bits & 0x7fff) >= 0x7c00);
  if (wrong < 0) return { dtype: "F16", shape: tensor.shape, data };
  const got = `${tensor.data[wrong]} at index ${wrong}`;
  throw new ArgumentRangeError(`"${name}" expected numbers that F16 holds, up to 65504, got ${got}`);
}

function readLayer(tensors: ReadonlyMap<string, Tensor>, name: string): ModelLayer {
  const weight = tensors.get(name + WEIGHT) as Tensor;
  const [rows, columns] = weight.shape;
  if (weight.shape.length !== 2 || rows === 0 || columns === 0) {
    const found = shownShape(weight.shape);
    throw new FormatError(`tensor ${shown(name + WEIGHT)} expected outputs × inputs, found shape ${found}`);
  }
  const bias = tensors.get(`${name}.bias`);
  const mask = tensors.get(`${name}.mask`);
  return {
    name,
    rows,
    columns,
    weights: reals(name + WEIGHT, weight, [rows, columns]),
    bias: bias ? reals(`${name}.bias`, bias, [rows]) : new Float32Array(rows),
    mask: mask && bitsOf(`${name}.mask`, mask, [rows, columns]),
  };
}

function reals(name: string, tensor: Tensor, shape: readonly number[]): Float32Array {
  checkShapeOf(name, tensor, shape);
  const values = floatsOf(tensor);
  if (!values) throw new FormatError(`tensor ${shown(name)} expected ${FLOATS}, found ${tensor.dtype}`);
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return values;
  const width = shape[shape.length - 1];
  const [row, column] = [Math.floor(index / width), index % width];
  const where = shape.length === 2 ? `row ${row}, column ${column}` : `index ${index}`;
  throw new NonFiniteError(
    `tensor ${shown(name)} expected finite numbers, found ${values[index]} at ${where}`,
    {
      index,
      row,
      column,
    },
  );
}

function bitsOf(name: string, tensor: Tensor, shape: readonly number[]): Uint8Array {
  checkShapeOf(name, tensor, shape);
  return bitsIn(name, tensor);
}

function checkShapeOf(name: string, { shape }: Tensor, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  throw new FormatError(
    `tensor ${shown(name)} expected shape ${shownShape(expected)}, found ${shownShape(shape)}`,
  );
}
