/**
 * ONNX models: their layers, and the file again with other weights or more outputs. The file is never written
 * anew: it is edited, so that everything else in it stays byte for byte, known or not.
 */
import { checkArray, checkLength, checkMap, checkString, checkTypedArray } from "../../check.js";
import { ArgumentRangeError, FormatError } from "../../errors.js";
import { checkBinary, countOf, shown } from "../tensor.js";
import type { OnnxConstant } from "./constants.js";
import { DataFiles, type ExternalRange, type OnnxFiles, type OnnxPatch, sharedBytes } from "./external.js";
import { constantsOf, type OnnxValue } from "./graph.js";
import { type FoundLayer, findLayers, type OnnxLayer } from "./layers.js";
import { gathered, scattered } from "./layout.js";
import { readModel } from "./reading.js";
import { Taps } from "./taps.js";
import {
  bytesOfValues,
  inlineEdit,
  keptOf,
  type OnnxTensor,
  renameEdit,
  valueEdits,
  valuesOf,
} from "./tensor.js";
import { type Edit, type Message, rootOf, sizeLimit, splice } from "./wire.js";

/** A model in a file. */
export interface OnnxModel {
  /** What has to be given to run it, without the weights that old files list among the inputs. */
  readonly inputs: readonly OnnxValue[];
  /** What a run gives. */
  readonly outputs: readonly OnnxValue[];
  /** What can be pruned, in the order of the file, outer graphs first. */
  readonly layers: readonly OnnxLayer[];
  /** All other constants of two or more axes that are real or quantized numbers, and why they cannot be pruned. */
  readonly others: readonly OnnxConstant[];
  /** Names that it has for the files beside it that hold values. */
  readonly files: readonly string[];
  /** Values of all float32 and float16 constants, those of no layer included. */
  readonly parameters: number;

  /**
   * @param name  of a layer
   * @returns its weights, rows × columns; a copy
   * @throws {ArgumentRangeError} when there is no such layer
   */
  weights(name: string): Float32Array;

  /**
   * @param name  of a layer, or of one of the others
   * @returns how many of its values are not 0; quantized ones all count
   * @throws {ArgumentRangeError} when there is none of that name
   */
  kept(name: string): number;

  /**
   * @param weights  by the names of layers: rows × columns, finite
   * @returns a new file with these weights in place of the old ones, rounded to float16 where the file has that; values
   *   in files beside the model are put into it
   * @throws {ArgumentTypeError} when it is no Map of arrays
   * @throws {ArgumentRangeError} when there is no such layer, or a value is beyond float16 where the file has that
   * @throws {ShapeError} when there are more or fewer weights than the layer has
   * @throws {NonFiniteError} when one is NaN or infinite
   * @throws {FormatError} when the file would have more than 2 GiB
   */
  withWeights(weights: ReadonlyMap<string, Float32Array>): Uint8Array;

  /**
   * The same for a model that keeps values in files beside it: they stay there.
   *
   * @param weights  as for `withWeights`
   * @param names  new names of files, by the old ones. Default as they are
   * @returns the new model, and what changes in the files
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} as `withWeights`
   */
  edited(
    weights: ReadonlyMap<string, Float32Array>,
    names?: ReadonlyMap<string, string>,
  ): { readonly bytes: Uint8Array; readonly patches: readonly OnnxPatch[] };

  /**
   * @param names  of values of the main graph, or the `input` of layers
   * @returns a new file in which they are outputs as well, behind those it has. Activations inside the branches of
   *   `If` that do not run are empty then; values in files beside the model are put into it
   * @throws {ArgumentRangeError} when there is no such value
   * @throws {FormatError} when the file would have more than 2 GiB
   */
  withOutputs(names: readonly string[]): Uint8Array;
}

/**
 * Reads an ONNX model: Gemm, MatMul, Conv, LSTM, GRU, RNN and their fused kinds in com.microsoft, whose weights are
 * initializers or `Constant` nodes, of any graph or local function, in float32 or float16, read as they are or through
 * Transpose, Reshape and other nodes that move values.
 *
 * @param bytes  the whole file; kept, so leave it as it is
 * @param files  beside it that hold values of it, by the names that it has for them; see `onnxFiles`
 * @returns the model; values are read when they are asked for
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when the file is broken, larger than 2 GiB, or keeps values in a file that is not given
 */
export function readOnnx(bytes: Uint8Array, files: OnnxFiles = {}): OnnxModel {
  const file = fileOf(bytes);
  const data = new DataFiles(files);
  const { graph: main, external } = readModel(file, data);
  const taps = new Taps(main);
  const all = findLayers(main, taps, sharedBytes(external));
  const found = new Map(all.layers.map((one) => [one.layer.name, one]));
  const others = new Map(all.others.map((one) => [one.constant.name, one]));
  const layerOf = (name: string): FoundLayer => {
    const layer = found.get(name);
    if (layer) return layer;
    throw new ArgumentRangeError(`"weights" expected names of layers, got ${shown(name)}`);
  };
  const givenWeights = (weights: ReadonlyMap<string, Float32Array>): [OnnxTensor, Float32Array][] =>
    [...checkMap("weights", weights)].map(([name, values]) => {
      const { layer, tensor, layout } = layerOf(name);
      checkLength(name, checkTypedArray(name, values, "Float32Array"), layer.rows, layer.columns);
      return [tensor, scattered(values, layout)];
    });
  /** The file with edits, and with all values in it; those that are `written` are by the edits. */
  const whole = (edits: readonly Edit[], written: ReadonlySet<Message> = new Set()): Uint8Array => {
    const left = external.filter(({ message }) => !written.has(message));
    checkSize(left.reduce((size, { external: range }) => size + range!.end - range!.start, bytes.length));
    return splice(file, [...edits, ...left.map((tensor) => inlineEdit(tensor, data.read(tensor.external!)))]);
  };
  const parameters = constantsOf(main).reduce(
    (sum, { tensor: { isFloat, dims } }) => sum + (isFloat ? countOf(dims) : 0),
    0,
  );
  return {
    inputs: [...main.inputs.values()].filter(({ name }) => !main.constants.has(name)),
    outputs: [...main.outputs.values()],
    layers: [...found.values()].map(({ layer }) => layer),
    others: [...others.values()].map(({ constant }) => constant),
    files: [...data.names],
    parameters,
    weights: (name) => {
      const { tensor, layout } = layerOf(name);
      return gathered(valuesOf(tensor), layout);
    },
    kept: (name) => keptOf((others.get(name) ?? layerOf(name)).tensor),
    withWeights: (weights) => {
      const written = new Set<Message>();
      const edits = givenWeights(weights).flatMap(([tensor, values]) => {
        if (!tensor.external) return valueEdits(tensor, values);
        written.add(tensor.message);
        return inlineEdit(tensor, bytesOfValues(tensor, values));
      });
      return whole(edits, written);
    },
    edited: (weights, names = new Map()) => {
      const patches: OnnxPatch[] = [];
      const edits = givenWeights(weights).flatMap(([tensor, values]) => {
        if (!tensor.external) return valueEdits(tensor, values);
        patches.push({ ...placeOf(tensor.external), bytes: bytesOfValues(tensor, values) });
        return [];
      });
      for (const { external: range } of external) {
        const name = checkMap("names", names).get(range!.file);
        if (name !== undefined) edits.push(renameEdit(range!, checkString("names", name)));
      }
      return { bytes: splice(file, edits), patches };
    },
    withOutputs: (names) => whole(taps.edits(checkArray("names", names))),
  };
}

/**
 * @param bytes  the whole file of an ONNX model
 * @returns the names that it has for the files beside it that hold values of it
 * @throws {ArgumentTypeError | FormatError} as `readOnnx`
 */
export function onnxFiles(bytes: Uint8Array): string[] {
  const data = new DataFiles(undefined);
  readModel(fileOf(bytes), data);
  return [...data.names];
}

function fileOf(bytes: Uint8Array): Message {
  checkBinary(bytes);
  checkSize(bytes.length);
  return rootOf(bytes);
}

function checkSize(size: number): void {
  if (size > sizeLimit) throw new FormatError(`onnx file expected at most ${sizeLimit} bytes, found ${size}`);
}

const placeOf = ({ file, start }: ExternalRange) => ({ file, start });
