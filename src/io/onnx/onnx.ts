/**
 * ONNX models: their layers, and the file again with other weights or more outputs. The file is never written
 * anew: it is edited, so that everything else in it stays byte for byte, known or not.
 */
import { checkArray, checkLength, checkMap, checkTypedArray } from "../../check.js";
import { ArgumentRangeError, FormatError } from "../../errors.js";
import { checkBytes, countOf, shown } from "../tensor.js";
import { graphsOf, type OnnxValue, readModel } from "./graph.js";
import { type FoundLayer, findLayers, type OnnxLayer } from "./layers.js";
import { Taps } from "./taps.js";
import { valueEdits, valuesOf } from "./tensor.js";
import { rootOf, splice } from "./wire.js";

/** A model in a file. */
export interface OnnxModel {
  /** What has to be given to run it, without the weights that old files list among the inputs. */
  readonly inputs: readonly OnnxValue[];
  /** What a run gives. */
  readonly outputs: readonly OnnxValue[];
  /** What can be pruned, in the order of the file, outer graphs first. */
  readonly layers: readonly OnnxLayer[];
  /** Values of all float32 and float16 constants, those of no layer included. */
  readonly parameters: number;

  /**
   * @param name  of a layer
   * @returns its weights, rows × columns; a copy
   * @throws {ArgumentRangeError} when there is no such layer
   */
  weights(name: string): Float32Array;

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
 * Reads an ONNX model: Gemm, MatMul, Conv, LSTM and GRU whose weights are initializers or `Constant` nodes, of any
 * graph, in float32 or float16.
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
  const found = new Map(findLayers(main, taps).map((one) => [one.layer.name, one]));
  const layerOf = (name: string): FoundLayer => {
    const layer = found.get(name);
    if (layer) return layer;
    throw new ArgumentRangeError(`"weights" expected names of layers, got ${shown(name)}`);
  };
  let parameters = 0;
  for (const { constants } of graphsOf(main))
    for (const { isFloat, dims } of constants.values()) if (isFloat) parameters += countOf(dims);
  return {
    inputs: [...main.inputs.values()].filter(({ name }) => !main.constants.has(name)),
    outputs: [...main.outputs.values()],
    layers: [...found.values()].map(({ layer }) => layer),
    parameters,
    weights: (name) => {
      const { layer, tensor, isTransposed } = layerOf(name);
      const values = valuesOf(tensor);
      return isTransposed ? transposed(values, layer.columns, layer.rows) : values;
    },
    withWeights: (weights) => {
      const edits = [...checkMap("weights", weights)].flatMap(([name, values]) => {
        const { layer, tensor, isTransposed } = layerOf(name);
        checkLength(name, checkTypedArray(name, values, "Float32Array"), layer.rows, layer.columns);
        return valueEdits(tensor, isTransposed ? transposed(values, layer.rows, layer.columns) : values);
      });
      return splice(file, edits);
    },
    withOutputs: (names) => splice(file, taps.edits(checkArray("names", names))),
  };
}

/** columns × rows of a matrix of rows × columns. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column];
  return turned;
}
