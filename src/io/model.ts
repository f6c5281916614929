/**
 * Networks as safetensors files: a stack of fully connected layers, ReLU between.
 *
 *   NAME.weight  outputs × inputs
 *   NAME.bias    outputs; may be missing: 0
 *   NAME.mask    U8, outputs × inputs, 1 = kept; may be missing: everything kept
 *
 * Weights and biases are F32, F64, F16 or BF16. A layer's NAME.weight may stand as bit mask and values (bitmask.ts);
 * that is its mask too.
 *
 * Layers follow each other in the order of their names, in which runs of digits count as numbers: 0, 2, 10; fc1, fc2,
 * output. So tickets, what `prune` writes, and PyTorch's own names are read alike.
 */
import {
  checkArray,
  checkInteger,
  checkLength,
  checkObject,
  checkOneOf,
  checkOptions,
  checkString,
  checkTypedArray,
} from "../check.js";
import { ArgumentRangeError, FormatError, NonFiniteError } from "../errors.js";
import { bitmaskNames, bitmaskOf, bitmaskTensors, denseOf, readBitmask } from "./bitmask.js";
import { f16FromF32 } from "./half.js";
import { writeSafetensors } from "./safetensors.js";
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
 * @throws {FormatError} when there is none, a tensor has another type or shape, or layers do not follow each other; it
 *   names the tensor, what was expected and what was found
 * @throws {NonFiniteError} at the first weight or bias that is NaN or infinite: names tensor, row and column
 */
export function readModel(file: ReadonlyMap<string, Tensor>): Model {
  const tensors = unpacked(checkTensors(file));
  const names = [...tensors.keys()]
    .filter((key) => key.endsWith(WEIGHT))
    .map((key) => key.slice(0, -WEIGHT.length));
  names.sort(naturally);
  if (names.length === 0) throw new FormatError("model expected tensors NAME.weight, found none");
  const layers = names.map((name) => readLayer(tensors, name));
  for (const [l, { name, columns }] of layers.entries()) {
    const before = layers[l - 1];
    if (!before || before.rows === columns) continue;
    const expected = `${before.rows} columns, as ${shown(before.name + WEIGHT)} has rows`;
    throw new FormatError(`tensor ${shown(name + WEIGHT)} expected ${expected}, found ${columns}`);
  }
  const known = new Set(names.flatMap((name) => [name + WEIGHT, `${name}.bias`, `${name}.mask`]));
  const other = [...tensors.keys()].find((key) => !known.has(key));
  if (other === undefined) return { layers };
  throw new FormatError(
    `model expected only tensors NAME.weight, NAME.bias and NAME.mask, found ${shown(other)}`,
  );
}

/**
 * A model as a file: pruned weights are 0 or left out, masks as bytes or bits where a layer has one.
 *
 * @param model  its layers
 * @param metadata  free text about it
 * @param options  how it is stored
 * @returns the same bytes for the same model
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 * @throws {ArgumentRangeError} when a number is too large for F16
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
  for (const [l, layer] of checkArray("model.layers", layers).entries()) {
    const { name, rows, columns, weights, bias, mask } = checkLayer(`model.layers[${l}]`, layer);
    const key = name + WEIGHT;
    if (mask && form === "bitmask") {
      const stored = bitmaskTensors(key, bitmaskOf(rows, columns, weights, mask));
      for (const [part, tensor] of stored) tensors.set(part, tensor);
    } else {
      const data = mask ? weights.map((weight, i) => (mask[i] ? weight : 0)) : weights;
      tensors.set(key, { dtype: "F32", shape: [rows, columns], data });
      if (mask) tensors.set(`${name}.mask`, { dtype: "U8", shape: [rows, columns], data: mask });
    }
    tensors.set(`${name}.bias`, { dtype: "F32", shape: [rows], data: bias });
  }
  if (dtype === "F16") for (const [name, tensor] of tensors) tensors.set(name, narrowed(name, tensor));
  return writeSafetensors(tensors, metadata);
}

function checkLayer(name: string, layer: ModelLayer): ModelLayer {
  const { rows, columns, weights, bias, mask } = checkObject(name, layer);
  checkString(`${name}.name`, layer.name);
  checkInteger(`${name}.rows`, rows);
  checkInteger(`${name}.columns`, columns);
  checkLength(`${name}.weights`, checkTypedArray(`${name}.weights`, weights, "Float32Array"), rows, columns);
  checkLength(`${name}.bias`, checkTypedArray(`${name}.bias`, bias, "Float32Array"), rows, 1);
  if (mask !== undefined) {
    checkLength(`${name}.mask`, checkTypedArray(`${name}.mask`, mask, "Uint8Array"), rows, columns);
  }
  return layer;
}

/** F32 as F16, what is something else as it is. */
function narrowed(name: string, tensor: Tensor): Tensor {
  if (tensor.dtype !== "F32") return tensor;
  const data = f16FromF32(tensor.data);
  const wrong = data.findIndex((bits) => (bits & 0x7fff) >= 0x7c00);
  if (wrong < 0) return { dtype: "F16", shape: tensor.shape, data };
  const got = `${tensor.data[wrong]} at index ${wrong}`;
  throw new ArgumentRangeError(`"${name}" expected numbers that F16 holds, up to 65504, got ${got}`);
}

/** The same tensors with every matrix that stands as bit mask and values as a dense one and its mask. */
function unpacked(file: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const tensors = new Map(file);
  for (const name of bitmaskNames(file)) {
    const stored = readBitmask(file, name);
    const shape = [stored.rows, stored.columns];
    const { weights, mask } = denseOf(stored);
    for (const part of bitmaskTensors(name, stored).keys()) tensors.delete(part);
    const maskName = name.replace(/\.weight$/, ".mask");
    const twice = [name, maskName].find((key) => tensors.has(key));
    if (twice !== undefined)
      throw new FormatError(`model expected ${shown(name)} once, found ${shown(twice)} beside its bit mask`);
    tensors.set(name, { dtype: "F32", shape, data: weights });
    tensors.set(maskName, { dtype: "U8", shape, data: mask });
  }
  return tensors;
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
    mask: mask && bits(`${name}.mask`, mask, [rows, columns]),
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

function bits(name: string, tensor: Tensor, shape: readonly number[]): Uint8Array {
  checkShapeOf(name, tensor, shape);
  if (tensor.dtype !== "U8")
    throw new FormatError(`tensor ${shown(name)} expected U8, found ${tensor.dtype}`);
  const wrong = tensor.data.findIndex((bit) => bit > 1);
  if (wrong < 0) return tensor.data;
  throw new FormatError(
    `tensor ${shown(name)} expected 0 and 1, found ${tensor.data[wrong]} at index ${wrong}`,
  );
}

function checkShapeOf(name: string, { shape }: Tensor, expected: readonly number[]): void {
  if (shape.length === expected.length && shape.every((size, i) => size === expected[i])) return;
  throw new FormatError(
    `tensor ${shown(name)} expected shape ${shownShape(expected)}, found ${shownShape(shape)}`,
  );
}

/** For `sort`: texts in order, runs of digits as numbers. */
export function naturally(a: string, b: string): number {
  const [as, bs] = [a, b].map((text) => text.split(/(\d+)/));
  for (let i = 0; i < Math.min(as.length, bs.length); i++) {
    if (as[i] === bs[i]) continue;
    const difference = i % 2 === 1 ? Number(as[i]) - Number(bs[i]) : 0;
    return difference || (as[i] < bs[i] ? -1 : 1);
  }
  return as.length - bs.length;
}
