/** TensorFlow.js graph models as graphs. */
import { FormatError } from "../errors.js";
import type { Tensor as IoTensor } from "../io/tensor.js";
import { readTfjs } from "../io/tfjs.js";
import { type Graph, type GraphInput, type Node, type Tensor, tensor } from "../ops/ir.js";
import { RULES } from "./tfjs-operators.js";
import { type TfNode, Translator } from "./tfjs-translator.js";

interface Topology {
  readonly node?: readonly TfNode[];
}

/** A placeholder. */
interface TfInput {
  readonly name: string;
  readonly attr?: { readonly shape?: TfShape; readonly dtype?: { readonly type?: string | number } };
}

interface TfShape {
  readonly shape?: {
    readonly dim?: readonly { readonly size: string | number }[];
    readonly unknownRank?: boolean;
  };
}

const TYPES: Readonly<Record<string, "f32" | "i32" | "bool">> = {
  DT_FLOAT: "f32",
  DT_INT32: "i32",
  DT_BOOL: "bool",
  1: "f32",
  3: "i32",
  10: "bool",
};

const dtypes = { F32: "f32", I32: "i32", BOOL: "bool" } as const;

/**
 * @param model  the bytes of model.json, of a graph model
 * @param shards  the bytes of the files that it names, by name
 * @returns its graph; operators that have no translation keep their names, for `missingOperators`
 * @throws {FormatError} when a file is broken, a shard too short, or the model is no graph model
 * @throws {ArgumentRangeError} when a shard is missing
 */
export function readTfjsGraph(model: Uint8Array, shards: ReadonlyMap<string, Uint8Array>): Graph {
  const constants = new Map<string, Tensor>();
  for (const [name, value] of readTfjs(model, shards).tensors) constants.set(name, converted(value));
  const json = JSON.parse(new TextDecoder().decode(model)) as {
    modelTopology?: Topology;
    signature?: Signature;
  };
  const nodes = json.modelTopology?.node;
  if (!Array.isArray(nodes))
    throw new FormatError("model.json expected a graph model (modelTopology.node), found none");
  const inputs: GraphInput[] = [];
  const translated: Node[] = [];
  const used = new Set<string>();
  for (const node of nodes as readonly TfNode[]) {
    if (node.op === "Const" || node.op === "NoOp") continue;
    if (node.op.startsWith("Placeholder") && !node.input?.length) {
      inputs.push(inputOf(node as TfInput));
      continue;
    }
    for (const name of node.input ?? []) used.add(name.replace(/^\^|:\d+$/g, ""));
    translated.push(...translate(node, constants));
  }
  return { inputs, outputs: outputsOf(json.signature, translated, used), nodes: translated, constants };
}

interface Signature {
  readonly outputs?: Readonly<Record<string, { readonly name?: string }>>;
}

function converted(value: IoTensor): Tensor {
  return tensor(dtypes[value.dtype as keyof typeof dtypes], value.shape, value.data as ArrayLike<number>);
}

function inputOf({ name, attr = {} }: TfInput): GraphInput {
  const dims = attr.shape?.shape?.unknownRank ? undefined : attr.shape?.shape?.dim;
  const shape = dims?.map(({ size }) => (Number(size) < 0 ? "" : Number(size)));
  return { name, dtype: TYPES[String(attr.dtype?.type)] ?? "f32", shape };
}

function translate(node: TfNode, constants: Map<string, Tensor>): readonly Node[] {
  const translator = new Translator(node, constants);
  const rule = Object.hasOwn(RULES, node.op) ? RULES[node.op] : undefined;
  if (rule) rule(translator);
  else translator.end(`tf.${node.op}`);
  return translator.nodes;
}

/** Of the signature, else what nobody reads. */
function outputsOf(
  signature: Signature | undefined,
  nodes: readonly Node[],
  used: ReadonlySet<string>,
): string[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const stated = Object.values(signature?.outputs ?? {}).map(({ name = "" }) => name.replace(/:0$/, ""));
  if (stated.length > 0 && stated.every((name) => made.has(name))) return [...new Set(stated)];
  return nodes.flatMap(({ outputs }) => outputs).filter((name) => !used.has(name) && !name.includes(":"));
}
