/** ONNX models as graphs: older opsets are translated to what operators mean today. */
import { FormatError } from "../errors.js";
import { DataFiles, type OnnxFiles } from "../io/onnx/external.js";
import type { Graph as OnnxGraph, Node as OnnxNode } from "../io/onnx/graph.js";
import { readModel } from "../io/onnx/reading.js";
import { type Message, rootOf } from "../io/onnx/wire.js";
import type { Attribute, Graph, GraphInput, Node, Tensor } from "../ops/ir.js";
import { Translation, translated } from "./onnx-opsets.js";
import { elementTypeOf, plainValueOf, tensorOf } from "./onnx-values.js";

/** Opsets whose operators are known; what older ones than 7 broadcast by attributes is refused by shape. */
const OPSETS = { oldest: 1, newest: 26 };

/**
 * @param bytes  a whole .onnx file
 * @param files  beside it that hold values of it, by the names that it has for them
 * @returns its graph
 * @throws {FormatError} when the file is broken, or its opset newer than 26
 */
export function readOnnxGraph(bytes: Uint8Array, files: OnnxFiles = {}): Graph {
  const root = rootOf(bytes);
  const opset = opsetOf(root);
  if (opset < OPSETS.oldest || opset > OPSETS.newest)
    throw new FormatError(
      `onnx model expected an opset from ${OPSETS.oldest} to ${OPSETS.newest}, found ${opset}`,
    );
  return new Reader(opset).graph(readModel(root, new DataFiles(files)).graph);
}

/** The version of ONNX's own operators: opset_import = 8 { domain = 1, version = 2 }. */
function opsetOf(model: Message): number {
  let opset = 1;
  for (const field = model.fields(); field.next(); ) {
    if (field.number !== 8) continue;
    let [domain, version] = ["", 1];
    for (const part = field.message().fields(); part.next(); ) {
      if (part.number === 1) domain = part.text();
      if (part.number === 2) version = part.integer();
    }
    if (domain === "" || domain === "ai.onnx") opset = version;
  }
  return opset;
}

class Reader {
  readonly #opset: number;
  /** Names in use, with the number that the next of the same name tries first. */
  readonly #names = new Map<string, number>();

  constructor(opset: number) {
    this.#opset = opset;
  }

  graph(source: OnnxGraph): Graph {
    const constants = new Map<string, Tensor>();
    for (const [name, value] of source.constants) constants.set(name, tensorOf(value));
    const inputs: GraphInput[] = [];
    for (const { name, type, dims } of source.inputs.values()) {
      if (constants.has(name)) continue;
      // Sizes of −1 are older exporters' way to leave them open.
      const shape = dims?.map((size) => (typeof size === "number" && size < 0 ? "" : size));
      inputs.push({ name, dtype: elementTypeOf(type || 1, `onnx input "${name}"`), shape });
    }
    const translation = new Translation(this.#opset, constants);
    const nodes = source.nodes
      .filter(({ outputs }) => !outputs.every((name) => constants.has(name)))
      .flatMap((node) => translated(this.#node(node), translation));
    return { inputs, outputs: [...source.outputs.keys()], nodes, constants };
  }

  #node(source: OnnxNode): Node {
    const attributes: Record<string, Attribute> = {};
    for (const [name, attribute] of source.attributes) {
      const value = attribute.graphs.length > 0 ? this.graph(attribute.graphs[0]) : plainValueOf(attribute);
      if (value !== undefined) attributes[name] = value;
    }
    const op = source.domain === "" ? source.op : `${source.domain}.${source.op}`;
    return {
      name: this.#unique(source.name || source.outputs[0] || op),
      op,
      inputs: source.inputs,
      outputs: source.outputs,
      attributes,
    };
  }

  #unique(name: string): string {
    let unique = name;
    let count = this.#names.get(name) ?? 1;
    while (this.#names.has(unique)) unique = `${name}#${++count}`;
    this.#names.set(name, count);
    if (unique !== name) this.#names.set(unique, 1);
    return unique;
  }
}
