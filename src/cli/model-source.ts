/** Models that people bring, from disk; and what they are given and give. */

import {
  type Graph,
  type GraphInput,
  type InputValue,
  type ModelFile,
  type OutputValue,
  readModel,
} from "../graph/index.js";
import { FormatError } from "../index.js";
import { type Tensor, writeNpz } from "../io/index.js";
import { refusal } from "./options.js";
import { readTensor } from "./tensor-file.js";

/** For the help of a command. */
export const MODEL_NOTE =
  "MODEL is .onnx (files with its values beside it), the model.json of a TensorFlow.js model (its shards " +
  "beside it), or .safetensors with a stack of fully connected layers.";

/** Reads a model; errors name the file. */
export async function modelFile(path: string): Promise<ModelFile> {
  if (/\.(onnx|json|safetensors)$/i.test(path)) return readModel(path);
  throw refusal("MODEL", "a file .onnx, .json or .safetensors", path);
}

/** Shapes by input, of texts like `x=1,3,48,320`; `1,3,48,320` stands for the only input. */
export function shapesOf(graph: Graph, given: readonly string[] = []): Record<string, number[]> {
  return Object.fromEntries(
    given.map((text) => {
      const [input, sizes] = named(graph, "--shape", text);
      const shape = sizes.split(",").map(Number);
      if (shape.every((size) => Number.isInteger(size) && size > 0)) return [input.name, shape];
      throw refusal("--shape", "sizes > 0 with commas between", sizes);
    }),
  );
}

/** An input with its shape. */
export type ShapedInput = Extract<InputValue, { readonly shape: readonly number[] }>;

/** Tensors by input, of texts like `x=samples.npy`; `samples.npy` stands for the only input, or the next one. */
export function inputsOf(graph: Graph, given: readonly string[]): Record<string, ShapedInput> {
  const values: Record<string, ShapedInput> = {};
  for (const text of given) {
    const [{ name }, source] = named(graph, "--input", text, values);
    if (Object.hasOwn(values, name)) throw refusal("--input", `each input once`, `${name} twice`);
    const { shape, data } = readTensor("--input", source);
    values[name] = {
      shape,
      data:
        typeof data[0] === "bigint"
          ? Float64Array.from(data as BigInt64Array, Number)
          : (data as Float32Array),
    };
  }
  const missing = graph.inputs.filter(({ name }) => !Object.hasOwn(values, name));
  if (missing.length === 0) return values;
  throw refusal("--input", `NAME=FILE for ${missing.map(inWords).join(", ")}`, given.join(", ") || "nothing");
}

function named(graph: Graph, option: string, text: string, taken: object = {}): [GraphInput, string] {
  const [, name, rest] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const found = graph.inputs.find((input) => input.name === name);
  if (found) return [found, rest];
  const next = graph.inputs.find((input) => !Object.hasOwn(taken, input.name));
  if (next && name === undefined) return [next, text];
  throw refusal(option, `one of the inputs ${graph.inputs.map(inWords).join(", ")}`, text);
}

/** An input with its type and sizes. */
export const inWords = ({ name, dtype, shape }: GraphInput): string =>
  `${name} (${dtype}${shape ? ` ${shape.map((size) => (size === "" ? "?" : size)).join(" × ")}` : ""})`;

const DTYPES = {
  f32: "F32",
  f64: "F64",
  i64: "I64",
  i32: "I32",
  i16: "I16",
  i8: "I8",
  u32: "U32",
  u16: "U16",
  u8: "U8",
  bool: "BOOL",
} as const;

/** Outputs as a .npz file. */
export function npzOf(outputs: Readonly<Record<string, OutputValue>>): Uint8Array {
  const tensors = Object.entries(outputs).map(([name, { dtype, shape, data }]): [string, Tensor] => {
    const stored = dtype === "i64" ? BigInt64Array.from(data as Float64Array, BigInt) : data;
    return [name, { dtype: DTYPES[dtype], shape, data: stored } as Tensor];
  });
  return writeNpz(new Map(tensors));
}

/** Refuses a model with operators that are missing: all of them, with nodes. */
export function checkSupported(path: string, unsupported: ReadonlyMap<string, readonly string[]>): void {
  if (unsupported.size === 0) return;
  const words = [...unsupported].map(
    ([op, nodes]) => `${op} (${nodes.length === 1 ? nodes[0] : `${nodes.length} nodes`})`,
  );
  throw new FormatError(`${path}: model expected operators that can be run, found ${words.join(", ")}`);
}
