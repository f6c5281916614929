/**
 * ONNX's ModelProto, GraphProto and NodeProto, as far as weights and what feeds them are concerned.
 *
 * Source: onnx.proto of onnx/onnx.
 */
import type { OnnxTensor } from "./tensor.js";
import type { Message } from "./wire.js";

/** Numbers of the fields that are read or written. */
export const modelFields = { graph: 7, function: 25 } as const;
export const graphFields = { node: 1, initializer: 5, input: 11, output: 12 } as const;
export const nodeFields = {
  input: 1,
  output: 2,
  name: 3,
  op: 4,
  attribute: 5,
  domain: 7,
  overload: 8,
} as const;
export const functionFields = {
  name: 1,
  input: 4,
  output: 5,
  node: 7,
  domain: 10,
  attribute: 11,
  overload: 13,
} as const;
export const attributeFields = {
  name: 1,
  int: 3,
  text: 4,
  tensor: 5,
  graph: 6,
  ints: 8,
  graphs: 11,
  reference: 21,
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
  /** In a function: the attribute of its call that stands here. */
  readonly reference: string | undefined;
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
  /** Of a call of a local function: the FunctionProto. */
  readonly callee: Message | undefined;
  /** Of a call, but beyond the limits: the function as it is with this call's arguments. */
  readonly body?: Graph;
}

/** Where a graph stands that is an attribute: names of the outer one are visible inside. */
export interface Place {
  readonly graph: Graph;
  /** Index of the node among its graph's nodes. */
  readonly node: number;
  /** "" for the body of a local function. */
  readonly attribute: string;
}

/** A function where it is called: of the outer graph its arguments alone are visible inside. */
export interface Call {
  /** What the function's inputs are called outside. */
  readonly inputs: ReadonlyMap<string, string>;
  /** Inside. */
  readonly outputs: readonly string[];
  /** What the function's attributes are here. */
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Graph {
  readonly message: Message;
  readonly outer: Place | undefined;
  readonly call: Call | undefined;
  readonly nodes: Node[];
  /** Initializers and the values of `Constant` nodes, by name. */
  readonly constants: Map<string, OnnxTensor>;
  /** The node that makes a value, for values that are no constants. */
  readonly producers: Map<string, Node>;
  readonly inputs: Map<string, OnnxValue>;
  readonly outputs: Map<string, OnnxValue>;
}

/** What a name means: a constant, or a value made in (or given to) one of the graphs. */
export interface Definition {
  readonly graph: Graph;
  /** What it is called there: arguments of functions have other names inside. */
  readonly name: string;
  readonly constant?: OnnxTensor;
  readonly producer?: Node;
}

/** @returns where `seen` is defined, seen from inside `graph`; undefined when it is nowhere */
export function definitionOf(seen: string, graph: Graph): Definition | undefined {
  let name = seen;
  for (let at: Graph | undefined = graph; at; at = at.outer?.graph) {
    const [constant, producer] = [at.constants.get(name), at.producers.get(name)];
    if (constant || producer || at.inputs.has(name)) return { graph: at, name, constant, producer };
    if (at.call) name = at.call.inputs.get(name) ?? "";
  }
  return undefined;
}

/** All graphs, outer ones first. */
export function* graphsOf(graph: Graph): Generator<Graph> {
  yield graph;
  for (const node of graph.nodes) {
    for (const { graphs } of node.attributes.values()) for (const inner of graphs) yield* graphsOf(inner);
    if (node.body) yield* graphsOf(node.body);
  }
}

/** All constants, each with the first graph it is in: those of a function are in all of its calls. */
export function constantsOf(main: Graph): { readonly tensor: OnnxTensor; readonly graph: Graph }[] {
  const all = new Map<Message, { tensor: OnnxTensor; graph: Graph }>();
  for (const graph of graphsOf(main))
    for (const tensor of graph.constants.values())
      if (!all.has(tensor.message)) all.set(tensor.message, { tensor, graph });
  return [...all.values()];
}

/** Names of the nodes and attributes that lead to a graph: "If_0.then_branch/…", "call/…"; "" for the main graph. */
export function pathOf({ outer }: Graph): string {
  if (!outer) return "";
  const { name, op } = outer.graph.nodes[outer.node];
  const before = pathOf(outer.graph);
  const inside = outer.attribute && `.${outer.attribute}`;
  return `${before}${before && "/"}${name || `${op}#${outer.node}`}${inside}`;
}

/** @returns whether a node is this operator of ONNX's own */
export const isOf = (node: Node, op: string): boolean => node.op === op && node.domain === "";

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
