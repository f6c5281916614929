/**
 * Networks of sparse layers as safetensors files. Per layer, as TicketLayer has it:
 *
 *   NAME.shape           I64  rows, columns
 *   NAME.row_starts      U32  rows + 1: where each row's weights begin, and the number of all
 *   NAME.column_indices  U32  column of each weight, ascending in each row
 *   NAME.values          F32  the weights
 *   NAME.bias            F32  one a row
 *   NAME.relu            U8   [1]: 1 = ReLU follows
 *
 * Layers follow each other in the order of their names, in which runs of digits count as numbers. Strong tickets name
 * the two layers of each layer of their target 0.inner, 0.outer, 1.inner, …
 */
import { checkArray, checkBoolean, checkString, checkTypedArray } from "../check.js";
import { ArgumentRangeError, FormatError, NonFiniteError } from "../errors.js";
import { type CsrArrays, checkCsr, csrFlaw } from "../sparse/csr-rows.js";
import { member } from "./member.js";
import { naturally } from "./model-order.js";
import { writeSafetensors } from "./safetensors.js";
import { checkTensors, isShape, shown, type Tensor } from "./tensor.js";

/** A sparse layer with its name. */
export interface TicketModelLayer extends CsrArrays {
  /** As in the file: NAME of NAME.values. */
  readonly name: string;
  /** One a row. */
  readonly bias: Float32Array;
  /** Whether ReLU follows. */
  readonly relu: boolean;
}

const PARTS = { rowStarts: "row_starts", columnIndices: "column_indices", values: "values" } as const;
const ALL_PARTS = [...Object.values(PARTS), "shape", "bias", "relu"];
/** Rows and columns that 32-bit indices serve. */
const MOST = 2 ** 32;
const MARK = `.${PARTS.rowStarts}`;

/**
 * Whether a file holds sparse layers in this form.
 *
 * @param tensors  of `readSafetensors`
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 */
export function isTicketModel(tensors: ReadonlyMap<string, Tensor>): boolean {
  return [...checkTensors(tensors).keys()].some((key) => key.endsWith(MARK));
}

/**
 * The layers that a file holds.
 *
 * @param tensors  of `readSafetensors`
 * @returns layers, inputs first; arrays are views of the tensors
 * @throws {FormatError} when there is none, a tensor is missing or of another type or shape, a number leads out of its
 *   tensor, or layers do not follow each other; it names the tensor, what was expected and what was found
 * @throws {NonFiniteError} at the first weight or bias that is NaN or infinite; names the tensor
 */
export function readTicketModel(tensors: ReadonlyMap<string, Tensor>): TicketModelLayer[] {
  const names = [...checkTensors(tensors).keys()]
    .filter((key) => key.endsWith(MARK))
    .map((key) => key.slice(0, -MARK.length));
  names.sort(naturally);
  if (names.length === 0) throw new FormatError(`ticket expected tensors NAME${MARK}, found none`);
  const layers = names.map((name) => readLayer(tensors, name));
  for (const [l, { name, columns }] of layers.entries()) {
    const before = layers[l - 1];
    if (!before || before.rows === columns) continue;
    const expected = `${before.rows} columns, as ${shown(before.name)} has rows`;
    throw new FormatError(`tensor ${shown(`${name}.shape`)} expected ${expected}, found ${columns}`);
  }
  const known = new Set(names.flatMap((name) => ALL_PARTS.map((part) => `${name}.${part}`)));
  const other = [...tensors.keys()].find((key) => !known.has(key));
  if (other === undefined) return layers;
  throw new FormatError(`ticket expected only tensors NAME.{${ALL_PARTS.join(", ")}}, found ${shown(other)}`);
}

/**
 * Layers as a file.
 *
 * @param layers  inputs first, their names in natural order
 * @param metadata  free text about them
 * @returns the same bytes for the same layers
 * @throws {ArgumentTypeError | ArgumentRangeError} when a layer is none, or the names are not in their order: they
 *   would be read in another
 * @throws {ShapeError} when there are more or fewer biases than rows
 */
export function writeTicketModel(
  layers: readonly TicketModelLayer[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return writeSafetensors(ticketTensors(layers), metadata);
}

/**
 * Layers as the tensors of a file.
 *
 * @param layers  inputs first, their names in natural order
 * @returns tensors by name, for `writeSafetensors`; their arrays are those of the layers
 * @throws {ArgumentTypeError | ArgumentRangeError} when a layer is none, or the names are not in their order: they
 *   would be read in another
 */
export function ticketTensors(layers: readonly TicketModelLayer[]): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [l, layer] of checkArray("layers", layers).entries()) {
    const { name, rows, columns, rowStarts, columnIndices, values } = checkCsr(`layers[${l}]`, layer);
    checkString(`layers[${l}].name`, name);
    const bias = checkTypedArray(`layers[${l}].bias`, layer.bias, "Float32Array");
    const relu = checkBoolean(`layers[${l}].relu`, layer.relu);
    if (l > 0 && !(naturally(layers[l - 1].name, name) < 0)) {
      const expected = `a name after ${shown(layers[l - 1].name)}`;
      throw new ArgumentRangeError(`"layers[${l}].name" expected ${expected}, got ${shown(name)}`);
    }
    const size = BigInt64Array.of(BigInt(rows), BigInt(columns));
    tensors.set(`${name}.shape`, { dtype: "I64", shape: [2], data: size });
    tensors.set(name + MARK, { dtype: "U32", shape: [rows + 1], data: rowStarts });
    tensors.set(`${name}.column_indices`, {
      dtype: "U32",
      shape: [columnIndices.length],
      data: columnIndices,
    });
    tensors.set(`${name}.values`, { dtype: "F32", shape: [values.length], data: values });
    tensors.set(`${name}.bias`, { dtype: "F32", shape: [rows], data: bias });
    tensors.set(`${name}.relu`, { dtype: "U8", shape: [1], data: Uint8Array.of(relu ? 1 : 0) });
  }
  return tensors;
}

function readLayer(tensors: ReadonlyMap<string, Tensor>, name: string): TicketModelLayer {
  const isList = (length: number) => (shape: readonly number[]) => shape.length === 1 && shape[0] === length;
  const size = member(tensors, `${name}.shape`, "I64", "[2]", isList(2));
  const [rows, columns] = Array.from(size, Number);
  if (!isShape([rows, columns]) || Math.max(rows, columns) > MOST) {
    const expected = `rows and columns up to ${MOST}`;
    throw new FormatError(`tensor ${shown(`${name}.shape`)} expected ${expected}, found ${size.join(" × ")}`);
  }
  const list = (shape: readonly number[]) => shape.length === 1;
  const arrays = {
    rows,
    columns,
    rowStarts: member(tensors, name + MARK, "U32", `[${rows + 1}]`, isList(rows + 1)),
    columnIndices: member(tensors, `${name}.column_indices`, "U32", "a list", list),
    values: member(tensors, `${name}.values`, "F32", "a list", list),
  };
  const flaw = csrFlaw(arrays);
  if (flaw) {
    const key = `${name}.${PARTS[flaw.part]}`;
    throw new FormatError(`tensor ${shown(key)} expected ${flaw.expected}, found ${flaw.found}`);
  }
  const bias = member(tensors, `${name}.bias`, "F32", `[${rows}]`, isList(rows));
  const [relu] = member(tensors, `${name}.relu`, "U8", "[1]", isList(1));
  if (relu > 1) throw new FormatError(`tensor ${shown(`${name}.relu`)} expected 0 or 1, found ${relu}`);
  checkAllFinite(`${name}.values`, arrays.values);
  checkAllFinite(`${name}.bias`, bias);
  return { name, ...arrays, bias, relu: relu === 1 };
}

function checkAllFinite(name: string, values: Float32Array): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  const message = `tensor ${shown(name)} expected finite numbers, found ${values[index]} at index ${index}`;
  throw new NonFiniteError(message, { index });
}
