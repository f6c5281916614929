/**
 * Reads a ModelProto's graphs; local functions at each of their calls, so that a name means there what it is given.
 *
 * Source: onnx.proto of onnx/onnx.
 */
import { FormatError } from "../../errors.js";
import { shown } from "../tensor.js";
import type { DataFiles } from "./external.js";
import {
  type Attribute,
  attributeFields,
  type Call,
  functionFields,
  type Graph,
  graphFields,
  isOf,
  modelFields,
  type Node,
  nodeFields,
  type OnnxValue,
  type Place,
} from "./graph.js";
import { type OnnxTensor, readTensor } from "./tensor.js";
import type { Fields, Message } from "./wire.js";

/**
 * @param model  a ModelProto
 * @param files  beside it
 * @returns the main graph, and all tensors whose values are in the files
 * @throws {FormatError} when there is no graph, or it is broken
 */
export function readModel(model: Message, files: DataFiles): { graph: Graph; external: OnnxTensor[] } {
  let graph: Message | undefined;
  const reader = new Reader(files);
  for (const field = model.fields(); field.next(); ) {
    if (field.number === modelFields.function) reader.addFunction(field.message());
    if (field.number !== modelFields.graph) continue;
    if (graph) throw new FormatError("onnx model expected one graph, found two");
    graph = field.message();
  }
  if (!graph) throw new FormatError("onnx model expected a graph, found none");
  return { graph: reader.graph(graph), external: reader.external };
}

/**
 * Nodes that local functions may have in all their calls together, and calls inside each other. Each call is read anew,
 * and a few functions that call each other twice would be called 2ⁿ times. Exports of real models stay far below.
 */
const callLimit = 32_768;
const callDepthLimit = 16;

interface LocalFunction {
  readonly message: Message;
  readonly nodes: number;
  /** Whether a call of it was read. */
  isRead: boolean;
}

class Reader {
  readonly external: OnnxTensor[] = [];
  readonly #files: DataFiles;
  readonly #functions = new Map<string, LocalFunction>();
  /** Whose calls are around what is being read. */
  readonly #around: LocalFunction[] = [];
  /** Tensors inside functions, by where they stand: the same ones in all calls. */
  readonly #tensors = new Map<number, OnnxTensor>();
  #left = callLimit;

  constructor(files: DataFiles) {
    this.#files = files;
  }

  addFunction(message: Message): void {
    let [name, domain, overload, nodes] = ["", "", "", 0];
    for (const field = message.fields(); field.next(); ) {
      if (field.number === functionFields.name) name = field.text();
      else if (field.number === functionFields.domain) domain = field.text();
      else if (field.number === functionFields.overload) overload = field.text();
      else if (field.number === functionFields.node) nodes++;
    }
    this.#functions.set(keyOf(domain, name, overload), { message, nodes, isRead: false });
  }

  graph(message: Message, outer?: Place): Graph {
    const graph = emptyGraph(message, outer);
    for (const field = message.fields(); field.next(); ) {
      if (field.number === graphFields.node) graph.nodes.push(this.#node(field.message(), graph));
      else if (field.number === graphFields.initializer) {
        const tensor = this.#tensor(field.message());
        define(graph, tensor.name, tensor);
      } else if (field.number === graphFields.input || field.number === graphFields.output) {
        const value = readValue(field.message());
        (field.number === graphFields.input ? graph.inputs : graph.outputs).set(value.name, value);
      }
    }
    return graph;
  }

  #tensor(message: Message): OnnxTensor {
    const known = this.#tensors.get(message.start);
    if (known) return known;
    const tensor = readTensor(message, this.#files);
    if (tensor.external) this.external.push(tensor);
    if (this.#around.length > 0) this.#tensors.set(message.start, tensor);
    return tensor;
  }

  #node(message: Message, graph: Graph): Node {
    const inputs: string[] = [];
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let [op, domain, name, overload] = ["", "", "", ""];
    for (const field = message.fields(); field.next(); ) {
      if (field.number === nodeFields.input) inputs.push(field.text());
      else if (field.number === nodeFields.output) outputs.push(field.text());
      else if (field.number === nodeFields.name) name = field.text();
      else if (field.number === nodeFields.op) op = field.text();
      else if (field.number === nodeFields.domain) domain = field.text();
      else if (field.number === nodeFields.overload) overload = field.text();
      else if (field.number === nodeFields.attribute)
        this.#addAttribute(field.message(), graph, attributes, name);
    }
    const called = this.#functions.get(keyOf(domain, op, overload));
    if (domain === "ai.onnx") domain = "";
    const plain = { op, domain, name, inputs, outputs, attributes, message, callee: called?.message };
    const body = called && this.#body(called, plain, graph);
    const node = body ? { ...plain, body } : plain;
    const value = isOf(node, "Constant") ? attributes.get("value")?.tensor : undefined;
    for (const output of outputs) if (output !== "") define(graph, output, value ?? node);
    return node;
  }

  #addAttribute(message: Message, graph: Graph, attributes: Map<string, Attribute>, node: string): void {
    const [key, own] = this.#attribute(message, graph);
    if (attributes.has(key))
      throw new FormatError(
        `onnx node ${shown(node)} expected each attribute once, found ${shown(key)} twice`,
      );
    const { reference } = own;
    const attribute = reference === undefined ? own : callOf(graph)?.attributes.get(reference);
    if (attribute) attributes.set(key, attribute);
  }

  #attribute(message: Message, graph: Graph): [string, Attribute] {
    let name = "";
    let reference: string | undefined;
    for (const field = message.fields(); field.next(); ) {
      if (field.number === attributeFields.name) name = field.text();
      if (field.number === attributeFields.reference) reference = field.text() || undefined;
    }
    let tensor: OnnxTensor | undefined;
    const graphs: Graph[] = [];
    const outer = { graph, node: graph.nodes.length, attribute: name };
    for (const field = message.fields(); field.next(); ) {
      if (field.number === attributeFields.tensor) {
        if (tensor) throw new FormatError(`onnx attribute ${shown(name)} expected one tensor, found two`);
        tensor = this.#tensor(field.message());
      } else if (field.number === attributeFields.graph || field.number === attributeFields.graphs)
        graphs.push(this.graph(field.message(), outer));
    }
    return [name, { message, reference, tensor, graphs }];
  }

  /** The function that a node calls, as it is there; undefined beyond the limits. */
  #body(called: LocalFunction, node: Node, graph: Graph): Graph | undefined {
    if (this.#around.includes(called) || this.#around.length >= callDepthLimit) return undefined;
    const isAgain = called.isRead;
    if (isAgain && called.nodes > this.#left) return undefined;
    if (isAgain) this.#left -= called.nodes;
    called.isRead = true;
    // What the file holds once counts once towards its limit on small parts.
    const { file } = called.message;
    const { parts } = file;
    this.#around.push(called);
    const body = this.#called(called.message, node, graph);
    this.#around.pop();
    if (isAgain) file.parts = parts;
    return body;
  }

  #called(message: Message, node: Node, graph: Graph): Graph {
    const inputs = new Map<string, string>();
    const outputs: string[] = [];
    const attributes = new Map<string, Attribute>();
    let arity = 0;
    for (const field = message.fields(); field.next(); ) {
      if (field.number === functionFields.input) inputs.set(field.text(), node.inputs[arity++] ?? "");
      else if (field.number === functionFields.output) outputs.push(field.text());
      else if (field.number === functionFields.attribute)
        attributes.set(...this.#attribute(field.message(), graph));
    }
    for (const [name, attribute] of node.attributes) attributes.set(name, attribute);
    const outer = { graph, node: graph.nodes.length, attribute: "" };
    const body = emptyGraph(message, outer, { inputs, outputs, attributes });
    for (const field = message.fields(); field.next(); )
      if (field.number === functionFields.node) body.nodes.push(this.#node(field.message(), body));
    return body;
  }
}

const keyOf = (domain: string, name: string, overload: string): string =>
  [domain === "ai.onnx" ? "" : domain, name, overload].join("\0");

function emptyGraph(message: Message, outer?: Place, call?: Call): Graph {
  return {
    message,
    outer,
    call,
    nodes: [],
    constants: new Map(),
    producers: new Map(),
    inputs: new Map(),
    outputs: new Map(),
  };
}

/** The call that a graph stands in: its own, or that of the function whose branch it is. */
function callOf(graph: Graph): Call | undefined {
  let at: Graph | undefined = graph;
  while (at && !at.call) at = at.outer?.graph;
  return at?.call;
}

function define(graph: Graph, name: string, value: OnnxTensor | Node): void {
  if (graph.constants.has(name) || graph.producers.has(name))
    throw new FormatError(`onnx graph expected each value once, found ${shown(name)} twice`);
  if ("dims" in value) graph.constants.set(name, { ...value, name });
  else graph.producers.set(name, value);
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
