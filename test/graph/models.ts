/** Small models made in the test: ONNX files and their graphs, and TensorFlow.js models written by hand. */
import { readOnnxGraph } from "../../src/graph/read-onnx.js";
import type { Graph } from "../../src/ops/ir.js";
import { FLOAT, modelOf, type NodeInit, type TensorInit, value } from "../io/onnx/sample.js";

const encoder = new TextEncoder();

/** A file of inputs and nodes; outputs by name. */
export function onnxOf(
  inputs: Readonly<Record<string, (number | string)[]>>,
  nodes: readonly NodeInit[],
  outputs: readonly string[],
  constants: readonly TensorInit[] = [],
  opset = 13,
): Uint8Array {
  return modelOf(
    {
      input: Object.entries(inputs).map(([name, dims]) => value(name, FLOAT, dims)),
      node: [...nodes],
      output: outputs.map((name) => ({ name })),
      initializer: [...constants],
    } as never,
    [],
    opset,
  );
}

/** The same as a graph. */
export const graphOf = (...parts: Parameters<typeof onnxOf>): Graph => readOnnxGraph(onnxOf(...parts));

/** An initializer of whole numbers. */
export const whole = (name: string, values: readonly number[], dims = [values.length]): TensorInit => ({
  name,
  dims: dims.map(BigInt),
  dataType: 7,
  int64Data: values.map(BigInt),
});

/** An attribute of a TensorFlow node, as JSON has it. */
export const tf = {
  ints: (...values: number[]) => ({ list: { i: values.map(String) } }),
  int: (i: number) => ({ i: String(i) }),
  float: (f: number) => ({ f }),
  flag: (b: boolean) => ({ b }),
  text: (word: string) => ({ s: btoa(word) }),
  texts: (...words: string[]) => ({ list: { s: words.map((word) => btoa(word)) } }),
};

/** A weight as a manifest has it, and its bytes. */
export interface TfWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype?: "float32" | "int32" | "bool";
  readonly quantization?: { dtype: "uint8" | "uint16" | "float16"; scale?: number; min?: number };
  readonly data: Float32Array | Int32Array | Uint8Array | Uint16Array;
}

export const tfFloats = (name: string, shape: readonly number[], data: ArrayLike<number>): TfWeight => ({
  name,
  shape,
  data: Float32Array.from(data),
});
export const tfInts = (name: string, data: readonly number[], shape: readonly number[] = [data.length]) => ({
  name,
  shape,
  dtype: "int32" as const,
  data: Int32Array.from(data),
});

/** A model.json with its weights cut into shards of `shardBytes`. */
export function tfjsOf(
  topology: object,
  weights: readonly TfWeight[],
  more: object = {},
  shardBytes = 2 ** 30,
): Map<string, Uint8Array> {
  const parts = weights.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const all = Buffer.concat(parts);
  const count = Math.max(1, Math.ceil(all.length / shardBytes));
  const paths = Array.from({ length: count }, (_, index) => `group1-shard${index + 1}of${count}.bin`);
  const specs = weights.map(({ name, shape, dtype = "float32", quantization }) => ({
    name,
    shape,
    dtype,
    ...(quantization ? { quantization } : {}),
  }));
  const json = { ...more, modelTopology: topology, weightsManifest: [{ paths, weights: specs }] };
  const shards = paths.map((path, index): [string, Uint8Array] => [
    path,
    Uint8Array.from(all.subarray(index * shardBytes, (index + 1) * shardBytes)),
  ]);
  return new Map([["model.json", encoder.encode(JSON.stringify(json))], ...shards]);
}

export interface TfNodeInit {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: object;
}

export const tfNode = (op: string, name: string, input: readonly string[] = [], attr = {}): TfNodeInit => ({
  name,
  op,
  input,
  attr,
});

/** A placeholder; −1 for a size that is open. */
export const placeholder = (name: string, dims: readonly number[], type = "DT_FLOAT"): TfNodeInit =>
  tfNode("Placeholder", name, [], {
    dtype: { type },
    shape: { shape: { dim: dims.map((size) => ({ size: String(size) })) } },
  });

/** A graph model; every weight is a Const. */
export const tfGraphOf = (
  nodes: readonly TfNodeInit[],
  weights: readonly TfWeight[] = [],
  shardBytes?: number,
): Map<string, Uint8Array> =>
  tfjsOf(
    { node: [...weights.map(({ name }) => tfNode("Const", name)), ...nodes] },
    weights,
    { format: "graph-model" },
    shardBytes,
  );
