/** TensorFlow.js models as graphs. */
import { FormatError } from "../errors.js";
import type { Tensor as IoTensor } from "../io/tensor.js";
import { readTfjs } from "../io/tfjs.js";
import { type Graph, type GraphInput, type Node, type Tensor, tensor } from "../ops/ir.js";
import { isKeras, readKerasGraph } from "./read-keras.js";
import { RULES } from "./tfjs-operators.js";
import { checkNode, membersOf, type TfNode, Translator } from "./tfjs-translator.js";

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
 * @param model  the bytes of model.json, of a graph model or a layers model
 * @param shards  the bytes of the files that it names, by name
 * @returns its graph; operators that have no translation keep their names, for `missingOperators`
 * @throws {FormatError} when a file is broken, a shard too short, or the model is neither
 * @throws {ArgumentRangeError} when a shard is missing
 */
export function readTfjsGraph(model: Uint8Array, shards: ReadonlyMap<string, Uint8Array>): Graph {
  const constants = new Map<string, Tensor>();
  for (const [name, value] of readTfjs(model, shards).tensors) constants.set(name, converted(value));
  const json = membersOf(JSON.parse(new TextDecoder().decode(model)));
  if (isKeras(json.modelTopology)) return readKerasGraph(json.modelTopology, constants);
  const nodes = membersOf(json.modelTopology).node;
  if (!Array.isArray(nodes))
    throw new FormatError(
      "model.json expected a graph model or a layers model (modelTopology), found neither",
    );
  const inputs: GraphInput[] = [];
  const translated: Node[] = [];
  const used = new Set<string>();
  for (const node of nodes.map(checkNode)) {
    if (node.op === "Const" || node.op === "NoOp") continue;
    if (node.op.startsWith("Placeholder") && !node.input?.length) {
      inputs.push(inputOf(node));
      continue;
    }
    for (const name of node.input ?? []) used.add(name.replace(/^\^|:\d+$/g, ""));
    translated.push(...translate(node, constants));
  }
  return { inputs, outputs: outputsOf(json.signature, translated, used), nodes: translated, constants };
}

function converted(value: IoTensor): Tensor {
  return tensor(dtypes[value.dtype as keyof typeof dtypes], value.shape, value.data as ArrayLike<number>);
}

function inputOf({ name, attr = {} }: TfNode): GraphInput {
  const { dim, unknownRank } = membersOf(membersOf(attr.shape).shape);
  const dims = Array.isArray(dim) && !unknownRank ? dim : undefined;
  const shape = dims?.map((each) => {
    const size = Number(membersOf(each).size);
    return size >= 0 ? size : "";
  });
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
function outputsOf(signature: unknown, nodes: readonly Node[], used: ReadonlySet<string>): string[] {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const stated = Object.values(membersOf(membersOf(signature).outputs)).map((output) =>
    String(membersOf(output).name).replace(/:0$/, ""),
  );
  if (stated.length > 0 && stated.every((name) => made.has(name))) return [...new Set(stated)];
  return nodes.flatMap(({ outputs }) => outputs).filter((name) => !used.has(name) && !name.includes(":"));
}
