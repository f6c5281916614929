/**
 * ONNX models: their layers, and the file again with other weights or more outputs. The file is never written
 * anew: it is edited, so that everything else in it stays byte for byte, known or not.
 */
import { checkArray, checkLength, checkMap, checkTypedArray } from "../../check.js";
import { ArgumentRangeError, FormatError } from "../../errors.js";
import { checkBytes, countOf, shown } from "../tensor.js";
import type { OnnxConstant } from "./constants.js";
import { constantsOf, type OnnxValue } from "./graph.js";
import { type FoundLayer, findLayers, type OnnxLayer } from "./layers.js";
import { gathered, scattered } from "./layout.js";
import { readModel } from "./reading.js";
import { Taps } from "./taps.js";
import { keptOf, valueEdits, valuesOf } from "./tensor.js";
import { rootOf, splice } from "./wire.js";

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
   * @returns a new file with these weights in place of the old ones, rounded to float16 where the file has that
   * @throws {ArgumentTypeError} when it is no Map of arrays
   * @throws {ArgumentRangeError} when there is no such layer, or a value is beyond float16 where the file has that
   * @throws {ShapeError} when there are more or fewer weights than the layer has
   * @throws {NonFiniteError} when one is NaN or infinite
   */
  withWeights(weights: ReadonlyMap<string, Float32Array>): Uint8Array;

  /**
   * @param names  of values of the main graph, or the `input` of layers
   * @returns a new file in which they are outputs as well, behind those it has. Activations inside the branches of
   *   `If` that do not run are empty then
   * @throws {ArgumentRangeError} when there is no such value
   */
  withOutputs(names: readonly string[]): Uint8Array;
}

/** Lengths in protobuf are whole numbers of 31 bits. */
const sizeLimit = 2 ** 31 - 1;

/**
 * Reads an ONNX model: Gemm, MatMul, Conv, LSTM, GRU, RNN and their fused kinds in com.microsoft, whose weights are
 * initializers or `Constant` nodes, of any graph or local function, in float32 or float16, read as they are or through
 * Transpose, Reshape and other nodes that move values.
 *
 * @param bytes  the whole file; kept, so leave it as it is
 * @returns the model; values are read when they are asked for
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when the file is broken, larger than 2 GiB, or keeps values in another file
 */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  checkBytes(bytes);
  if (bytes.length > sizeLimit)
    throw new FormatError(`onnx file expected at most ${sizeLimit} bytes, found ${bytes.length}`);
  const file = rootOf(bytes);
  const main = readModel(file);
  const taps = new Taps(main);
  const all = findLayers(main, taps);
  const found = new Map(all.layers.map((one) => [one.layer.name, one]));
  const others = new Map(all.others.map((one) => [one.constant.name, one]));
  const layerOf = (name: string): FoundLayer => {
    const layer = found.get(name);
    if (layer) return layer;
    throw new ArgumentRangeError(`"weights" expected names of layers, got ${shown(name)}`);
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
    parameters,
    weights: (name) => {
      const { tensor, layout } = layerOf(name);
      return gathered(valuesOf(tensor), layout);
    },
    kept: (name) => keptOf((others.get(name) ?? layerOf(name)).tensor),
    withWeights: (weights) => {
      const edits = [...checkMap("weights", weights)].flatMap(([name, values]) => {
        const { layer, tensor, layout } = layerOf(name);
        checkLength(name, checkTypedArray(name, values, "Float32Array"), layer.rows, layer.columns);
        return valueEdits(tensor, scattered(values, layout));
      });
      return splice(file, edits);
    },
    withOutputs: (names) => splice(file, taps.edits(checkArray("names", names))),
  };
}
