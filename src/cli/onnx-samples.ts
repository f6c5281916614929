/** Samples of an ONNX model from disk. */
import { FLOATS, floatsOf, type OnnxValue, type Tensor } from "../io/index.js";
import type { OnnxArray, OnnxSamples } from "../onnx/index.js";
import { refusal } from "./options.js";
import { namedTensors, readTensor } from "./tensor-file.js";

/** For the help of the command. */
export const SAMPLES_NOTE =
  "For .onnx, --calibration FILE.npz or FILE.safetensors has an array for each input of the model, by its name; a " +
  "model with one input takes any FILE or FILE:TENSOR. The first axis runs over the samples; an array without axes, " +
  "or of the first size that the model fixes, such as a state, is given to each run. U8 is read as value / 255 where " +
  "the model takes floats; whole numbers become what the model takes.";

/** ONNX's numbers of its element types. */
const FLOAT_TYPES = [1, 10];
const DOUBLE = 11;
/** Of whole numbers: the arrays that hold them, and the smallest and largest. */
const WHOLE: Record<number, [kind: "U8" | "I32" | "I64" | "BOOL", low: number, high: number]> = {
  2: ["U8", 0, 255],
  6: ["I32", -(2 ** 31), 2 ** 31 - 1],
  7: ["I64", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  9: ["BOOL", 0, 1],
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
  const whole = WHOLE[type];
  if (whole) return { data: wholeNumbers(option, tensor, name, whole), dims: shape };
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
  [kind, low, high]: (typeof WHOLE)[number],
): OnnxArray["data"] {
  if (!/^([IU]\d+|BOOL)$/.test(dtype)) throw refusal(option, `whole numbers for ${name}`, dtype);
  if (kind === "I64" && dtype === "I64") return data as BigInt64Array;
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  const wrong = values.find((value) => value < low || value > high);
  if (wrong !== undefined) throw refusal(option, `numbers from ${low} to ${high} for ${name}`, String(wrong));
  if (kind === "I64") return BigInt64Array.from(values, BigInt);
  return kind === "I32" ? Int32Array.from(values) : Uint8Array.from(values);
}
