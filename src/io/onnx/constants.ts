/** Constants that no layer is made of, and why: every weight of a file is accounted for. */
import { countOf, shownShape } from "../tensor.js";
import { type Graph, type Node, pathOf } from "./graph.js";
import { isMultiplier } from "./matrices.js";
import type { Source, Sources } from "./sources.js";
import { elementTypes, type OnnxTensor } from "./tensor.js";

/** A constant of two or more axes that cannot be pruned. */
export interface OnnxConstant {
  /** Of the node that reads it; its own where there are several, or none. No two, and no layer, have the same. */
  readonly name: string;
  /** The constant's own name. */
  readonly weight: string;
  /** The subgraph it stands in; "" for the main graph. */
  readonly path: string;
  /** Its sizes. */
  readonly dims: readonly number[];
  /** Of its elements: "float32", "float16", "int8", … */
  readonly type: string;
  /** Operators that read it; several are joined by commas. "" for none. */
  readonly op: string;
  /** Why no layer is made of it: "operator Einsum", "reached through Concat by MatMul", … */
  readonly reason: string;
}

/** A constant and where its values are. */
export interface FoundConstant {
  readonly constant: OnnxConstant;
  readonly tensor: OnnxTensor;
}

/** A node that reads a constant, moved or not. */
export interface Reader {
  readonly node: Pick<Node, "op" | "domain" | "name">;
  readonly graph: Graph;
  readonly source: Source;
}

/** Whether a constant is a weight by its looks: real or quantized numbers on two or more axes. */
export const isWeight = ({ type, dims }: OnnxTensor): boolean =>
  Object.hasOwn(elementTypes, type) && dims.length > 1 && countOf(dims) > 0;

/** All that read constants in a graph: nodes that do more than move them, and outputs. */
export function* readersIn(graph: Graph, sources: Sources): Generator<Reader> {
  for (const node of graph.nodes) {
    if (sources.moves(node, graph)) continue;
    for (const input of new Set(node.inputs)) {
      const source = sources.of(input, graph);
      if (source) yield { node, graph, source };
    }
  }
  for (const name of graph.outputs.keys()) {
    const source = sources.of(name, graph);
    if (source) yield { node: { op: "an output", domain: "", name }, graph, source };
  }
}

/**
 * @param found  the constant and the graph it is in
 * @param readers  all that read it
 * @param taken  nodes whose name a layer has
 * @param unique  makes a name the only one
 */
export function describeConstant(
  { tensor, graph }: { readonly tensor: OnnxTensor; readonly graph: Graph },
  readers: readonly Reader[],
  taken: ReadonlySet<object>,
  unique: (name: string) => string,
): FoundConstant {
  const op = joined(readers.map(({ node }) => node.op));
  const { name: type } = elementTypes[tensor.type];
  const [{ node, graph: at } = { node: { name: "" }, graph }] = readers;
  const isOwn = readers.length !== 1 || taken.has(node) || node.name === "";
  const constant = {
    name: unique(isOwn ? tensor.name : nameIn(at, node.name)),
    weight: tensor.name,
    ...{ path: pathOf(graph), dims: tensor.dims, type, op },
    reason: `${tensor.isFloat ? "" : `${type}, `}${reasonOf(tensor, readers)}`,
  };
  return { constant, tensor };
}

function reasonOf({ dims }: OnnxTensor, readers: readonly Reader[]): string {
  if (readers.length === 0) return "read by no node";
  const through = joined(readers.flatMap(({ source }) => source.through));
  const ops = joined(
    readers.map(({ node: { op, name } }) => (name && readers.length > 1 ? `${op} "${name}"` : op)),
  );
  if (through) return `reached through ${through} by ${ops}`;
  const isOther = readers.some(({ node }) => isMultiplier(node));
  return `operator ${ops}${isOther ? `, which takes ${shownShape(dims)} as no matrix of weights` : ""}`;
}

/**
 * What a node is called in the whole model: nodes of a local function have the same names in each call.
 *
 * @param graph  it is in
 * @param own  its name there, or ""
 */
export function nameIn(graph: Graph, own: string): string {
  const path = isInCall(graph) ? pathOf(graph) : "";
  return `${path}${path && own && "/"}${own}`;
}

function isInCall(graph: Graph): boolean {
  return graph.call !== undefined || (graph.outer !== undefined && isInCall(graph.outer.graph));
}

/** Each once, the first four. */
function joined(words: readonly string[]): string {
  const all = [...new Set(words)];
  return `${all.slice(0, 4).join(", ")}${all.length > 4 ? ", …" : ""}`;
}
