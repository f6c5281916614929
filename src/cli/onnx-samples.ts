/** Samples of an ONNX model from disk. */
import { FLOATS, floatsOf, type OnnxValue, type Tensor } from "../io/index.js";
import type { OnnxArray, OnnxSamples } from "../onnx/index.js";
import { refusal } from "./options.js";
import { namedTensors, readTensor } from "./tensor-file.js";

/** For the help of the command. */
export const SAMPLES_NOTE =
  "For .onnx, --calibration FILE.npz or FILE.safetensors has an array for each input of the model, by its name; a " +
  "model with one input takes any FILE or FILE:TENSOR. The first axis runs over the samples, or the one that the " +
  "model names like a batch; a model without one takes arrays of one axis more. An array without axes, or of the " +
  "sizes that the model fixes, such as a state, is given to each run. U8 is read as value / 255 where the model " +
  "takes floats; whole numbers become what the model takes.";

/** ONNX's numbers of its floating-point types. */
const FLOAT_TYPES = [1, 10];
const DOUBLE = 11;
/** Of whole numbers: the arrays that hold them, and the smallest and largest. */
const WHOLE: Record<number, [array: { from(values: never): OnnxArray["data"] }, low: bigint, high: bigint]> =
  {
    2: [Uint8Array, 0n, 255n],
    3: [Int8Array, -128n, 127n],
    4: [Uint16Array, 0n, 65_535n],
    5: [Int16Array, -32_768n, 32_767n],
    6: [Int32Array, -(2n ** 31n), 2n ** 31n - 1n],
    7: [BigInt64Array, -(2n ** 63n), 2n ** 63n - 1n],
    9: [Uint8Array, 0n, 1n],
    12: [Uint32Array, 0n, 2n ** 32n - 1n],
    13: [BigUint64Array, 0n, 2n ** 64n - 1n],
  };

/**
 * What a model is run on; throws a UsageError that names the input where the file does not fit.
 *
 * @param option  that names the file, for messages
 * @param source  FILE or FILE:TENSOR
 * @param inputs  of the model
 * @throws {FormatError} when the file is broken
 */
export function readSamples(option: string, source: string, inputs: readonly OnnxValue[]): OnnxSamples {
  const named = namedTensors(option, source);
  const has = ({ name }: OnnxValue) => named?.names.includes(name) === true;
  if (inputs.length === 1 && !has(inputs[0])) {
    return { [inputs[0].name]: arrayOf(option, readTensor(option, source), inputs[0]) };
  }
  const missing = inputs.find((input) => !has(input));
  if (missing) {
    const all = inputs.map(({ name }) => name).join(", ");
    throw refusal(
      option,
      `a .npz or .safetensors file with arrays ${all}`,
      `${source} without ${missing.name}`,
    );
  }
  return Object.fromEntries(
    inputs.map((input) => [input.name, arrayOf(option, named?.read(input.name) as Tensor, input)]),
  );
}

function arrayOf(option: string, tensor: Tensor, { name, type }: OnnxValue): OnnxArray {
  const { dtype, shape, data } = tensor;
  if (WHOLE[type]) return { data: wholeNumbers(option, tensor, name, WHOLE[type]), dims: shape };
  if (!FLOAT_TYPES.includes(type) && type !== DOUBLE) {
    throw refusal(option, `numbers for the input ${name}`, `ONNX type ${type} of the model`);
  }
  const isDouble = type === DOUBLE;
  const stored = (values: ArrayLike<number>) =>
    isDouble ? Float64Array.from(values) : Float32Array.from(values);
  if (dtype === "U8") return { data: stored(Array.from(data, (value) => value / 255)), dims: shape };
  const floats = isDouble && dtype === "F64" ? data : floatsOf(tensor);
  if (floats) return { data: isDouble ? stored(floats) : (floats as Float32Array), dims: shape };
  if (dtype.startsWith("F8")) throw refusal(option, `U8, whole numbers, ${FLOATS} for ${name}`, dtype);
  const values = Array.from(data as ArrayLike<number | bigint>);
  const numbers = stored(values.map(Number));
  const wrong = values.find((value, i) => BigInt(numbers[i]) !== BigInt(value));
  if (wrong !== undefined) throw refusal(option, `numbers that floats hold for ${name}`, String(wrong));
  return { data: numbers, dims: shape };
}

function wholeNumbers(
  option: string,
  { dtype, data }: Tensor,
  name: string,
  [array, low, high]: (typeof WHOLE)[number],
): OnnxArray["data"] {
  if (!/^([IU]\d+|BOOL)$/.test(dtype)) throw refusal(option, `whole numbers for ${name}`, dtype);
  const values = Array.from(data as ArrayLike<number | bigint>, BigInt);
  const wrong = values.find((value) => value < low || value > high);
  if (wrong !== undefined) throw refusal(option, `numbers from ${low} to ${high} for ${name}`, String(wrong));
  const isBig = high > Number.MAX_SAFE_INTEGER;
  return array.from((isBig ? values : values.map(Number)) as never);
}
