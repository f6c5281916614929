/**
 * ONNX's ModelProto, GraphProto and NodeProto, as far as weights and what feeds them are concerned.
 *
 * Source: onnx.proto of onnx/onnx.
 */
import { FormatError } from "../../errors.js";
import { shown } from "../tensor.js";
import { type OnnxTensor, readTensor } from "./tensor.js";
import type { Fields, Message } from "./wire.js";

/** Numbers of the fields that are read or written. */
export const modelFields = { graph: 7 } as const;
export const graphFields = { node: 1, initializer: 5, input: 11, output: 12 } as const;
export const nodeFields = { input: 1, output: 2, name: 3, op: 4, attribute: 5, domain: 7 } as const;
export const attributeFields = {
  name: 1,
  float: 2,
  int: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  ints: 8,
  graphs: 11,
} as const;

/** An input or output of a model. */
export interface OnnxValue {
  /** Of the value in its graph. */
  readonly name: string;
  /** ONNX's number of its elements' type: 1 is float32, 7 is int64, 10 is float16; 0 when the file does not say. */
  readonly type: number;
  /** Sizes: numbers, or names ("" for none) where they are left open. Undefined when the file does not say. */
  readonly dims?: readonly (number | string)[];
}

export interface Attribute {
  readonly message: Message;
  readonly tensor?: OnnxTensor;
  readonly graphs: readonly Graph[];
}

export interface Node {
  readonly op: string;
  /** "" for ONNX's own operators. */
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly message: Message;
}

/** Where a graph stands that is an attribute: names of the outer one are visible inside. */
export interface Place {
  readonly graph: Graph;
  /** Index of the node among its graph's nodes. */
  readonly node: number;
  readonly attribute: string;
}

export interface Graph {
  readonly message: Message;
  readonly outer: Place | undefined;
  readonly nodes: Node[];
  /** Initializers and the values of `Constant` nodes, by name. */
  readonly constants: Map<string, OnnxTensor>;
  /** The node that makes a value, for values that are no constants. */
  readonly producers: Map<string, Node>;
  readonly inputs: Map<string, OnnxValue>;
  readonly outputs: Map<string, OnnxValue>;
}

/** @returns the main graph of a ModelProto. @throws {FormatError} when there is none, or it is broken */
export function readModel(model: Message): Graph {
  let graph: Message | undefined;
  for (const field = model.fields(); field.next(); ) {
    if (field.number !== modelFields.graph) continue;
    if (graph) throw new FormatError("onnx model expected one graph, found two");
    graph = field.message();
  }
  if (!graph) throw new FormatError("onnx model expected a graph, found none");
  return readGraph(graph);
}

function readGraph(message: Message, outer?: Place): Graph {
  const graph: Graph = {
    message,
    outer,
    nodes: [],
    constants: new Map(),
    producers: new Map(),
    inputs: new Map(),
    outputs: new Map(),
  };
  for (const field = message.fields(); field.next(); ) {
    if (field.number === graphFields.node) graph.nodes.push(readNode(field.message(), graph));
    else if (field.number === graphFields.initializer) {
      const tensor = readTensor(field.message());
      define(graph, tensor.name, tensor);
    } else if (field.number === graphFields.input || field.number === graphFields.output) {
      const value = readValue(field.message());
      (field.number === graphFields.input ? graph.inputs : graph.outputs).set(value.name, value);
    }
  }
  return graph;
}

function define(graph: Graph, name: string, value: OnnxTensor | Node): void {
  if (graph.constants.has(name) || graph.producers.has(name))
    throw new FormatError(`onnx graph expected each value once, found ${shown(name)} twice`);
  if ("dims" in value) graph.constants.set(name, { ...value, name });
  else graph.producers.set(name, value);
}

function readNode(message: Message, graph: Graph): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  let [op, domain, name] = ["", "", ""];
  for (const field = message.fields(); field.next(); ) {
    if (field.number === nodeFields.input) inputs.push(field.text());
    else if (field.number === nodeFields.output) outputs.push(field.text());
    else if (field.number === nodeFields.name) name = field.text();
    else if (field.number === nodeFields.op) op = field.text();
    else if (field.number === nodeFields.domain) domain = field.text();
    else if (field.number === nodeFields.attribute) {
      const [key, attribute] = readAttribute(field.message(), graph);
      if (attributes.has(key))
        throw new FormatError(
          `onnx node ${shown(name)} expected each attribute once, found ${shown(key)} twice`,
        );
      attributes.set(key, attribute);
    }
  }
  if (domain === "ai.onnx") domain = "";
  const node = { op, domain, name, inputs, outputs, attributes, message };
  const value = isOf(node, "Constant") ? attributes.get("value")?.tensor : undefined;
  for (const output of outputs) if (output !== "") define(graph, output, value ?? node);
  return node;
}

/** What a name means: a constant, or a value made in (or given to) one of the graphs. */
export interface Definition {
  readonly graph: Graph;
  readonly constant?: OnnxTensor;
  readonly producer?: Node;
}

/** @returns where `name` is defined, seen from inside `graph`; undefined when it is nowhere */
export function definitionOf(name: string, graph: Graph): Definition | undefined {
  for (let at: Graph | undefined = graph; at; at = at.outer?.graph) {
    const [constant, producer] = [at.constants.get(name), at.producers.get(name)];
    if (constant || producer || at.inputs.has(name)) return { graph: at, constant, producer };
  }
  return undefined;
}

/** All graphs, outer ones first. */
export function* graphsOf(graph: Graph): Generator<Graph> {
  yield graph;
  for (const node of graph.nodes)
    for (const { graphs } of node.attributes.values()) for (const inner of graphs) yield* graphsOf(inner);
}

/** Names of the nodes and attributes that lead to a graph: "If_0.then_branch/…"; "" for the main graph. */
export function pathOf({ outer }: Graph): string {
  if (!outer) return "";
  const { name, op } = outer.graph.nodes[outer.node];
  const before = pathOf(outer.graph);
  return `${before}${before && "/"}${name || `${op}#${outer.node}`}.${outer.attribute}`;
}

/** @returns whether a node is this operator of ONNX's own */
export const isOf = (node: Node, op: string): boolean => node.op === op && node.domain === "";

function readAttribute(message: Message, graph: Graph): [string, Attribute] {
  let name = "";
  for (const field = message.fields(); field.next(); )
    if (field.number === attributeFields.name) name = field.text();
  let tensor: OnnxTensor | undefined;
  const graphs: Graph[] = [];
  const outer = { graph, node: graph.nodes.length, attribute: name };
  for (const field = message.fields(); field.next(); ) {
    if (field.number === attributeFields.tensor) {
      if (tensor) throw new FormatError(`onnx attribute ${shown(name)} expected one tensor, found two`);
      tensor = readTensor(field.message());
    } else if (field.number === attributeFields.graph || field.number === attributeFields.graphs)
      graphs.push(readGraph(field.message(), outer));
  }
  return [name, { message, tensor, graphs }];
}

/** ValueInfoProto: name = 1, type = 2 { tensor_type = 1 { elem_type = 1, shape = 2 { dim = 1 … } } }. */
function readValue(message: Message): OnnxValue {
  let name = "";
  let type = 0;
  let dims: (number | string)[] | undefined;
  for (const field = message.fields(); field.next(); ) {
    if (field.number === 1) name = field.text();
    if (field.number !== 2) continue;
    for (const tensor of inside(field, 1)) {
      for (const part = tensor.fields(); part.next(); ) {
        if (part.number === 1) type = part.integer();
        if (part.number === 2) dims = [...inside(part, 1)].map(readDimension);
      }
    }
  }
  return { name, type, dims };
}

/** Messages of one number inside the message that a field is. */
function* inside(outer: Fields, number: number): Generator<Message> {
  for (const field = outer.message().fields(); field.next(); )
    if (field.number === number) yield field.message();
}

function readDimension(message: Message): number | string {
  let size: number | string = "";
  for (const field = message.fields(); field.next(); ) {
    if (field.number === 1) size = field.integer();
    if (field.number === 2) size = field.text();
  }
  return size;
}

/** A whole number among a node's attributes. */
export function intOf(node: Node, name: string, otherwise: number): number {
  return intsOf(node, name, attributeFields.int)[0] ?? otherwise;
}

/** Whole numbers among a node's attributes; of more than 64 the first 65. Empty when the node has none. */
export function intsOf(node: Node, name: string, number: number = attributeFields.ints): number[] {
  const ints: number[] = [];
  const message = node.attributes.get(name)?.message;
  if (!message) return ints;
  for (const field = message.fields(); field.next(); ) {
    if (field.number !== number) continue;
    for (const int of field.integers()) if (ints.push(int) > 64) return ints;
  }
  return ints;
}

/** Text among a node's attributes; "" when the node has none. */
export function textOf(node: Node, name: string): string {
  let text = "";
  const message = node.attributes.get(name)?.message;
  if (!message) return text;
  for (const field = message.fields(); field.next(); )
    if (field.number === attributeFields.text) text = field.text();
  return text;
}
