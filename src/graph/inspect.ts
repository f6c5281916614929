/** What is in a model, without running it. */
import { ShapeError } from "../errors.js";
import { ValuesNeeded } from "../ops/contract.js";
import { type Graph, type GraphInput, type Node, sizeOf, type Tensor } from "../ops/ir.js";
import { type Bound, bind, siteOf } from "./bind.js";
import { isOpen, missingOperators, statedTypes } from "./model.js";

/** A node that multiplies by constant weights. */
export interface ModelLayer {
  /** The node's name. */
  readonly name: string;
  readonly op: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs of an output. */
  readonly columns: number;
  /** Share of weights that are 0. */
  readonly sparsity: number;
  /** Multiplications and additions of a run, those by 0 included; undefined where sizes are not known. */
  readonly multiplyAdds: number | undefined;
}

/** What a model holds. */
export interface ModelSummary {
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly string[];
  /** Real numbers among its constants. */
  readonly parameters: number;
  /** Of all layers; undefined where sizes are not known. */
  readonly multiplyAdds: number | undefined;
  readonly layers: readonly ModelLayer[];
  /** Operators that cannot be run, by name, with the nodes that need them. */
  readonly unsupported: ReadonlyMap<string, readonly string[]>;
}

/** Which input of an operator is its weights. */
const WEIGHTS: Readonly<Record<string, number>> = {
  Conv: 1,
  ConvTranspose: 1,
  Gemm: 1,
  MatMul: 1,
  LSTM: 1,
  GRU: 1,
};

/**
 * @param graph  from `readModel`
 * @param shapes  of inputs whose sizes the file leaves open; what is missing is 1
 * @returns what it holds; of a model with operators that are missing as far as that can be told
 */
export function inspectModel(
  graph: Graph,
  shapes: Readonly<Record<string, readonly number[]>> = {},
): ModelSummary {
  const unsupported = missingOperators(graph);
  const bound = unsupported.size === 0 ? boundOrNone(graph, shapes) : undefined;
  const nodes = bound ? boundNodes(bound) : allNodes(graph).map((node) => [node, undefined] as const);
  const layers = nodes.flatMap(([node, within]) => {
    const name = node.inputs[WEIGHTS[node.op]];
    const weights = (within?.constants ?? graph.constants).get(name);
    return weights && weights.shape.length >= 2 ? [layerOf(node, weights, within)] : [];
  });
  const known = layers.map(({ multiplyAdds }) => multiplyAdds);
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    parameters: parametersOf(graph),
    multiplyAdds: known.includes(undefined)
      ? undefined
      : (known as number[]).reduce((sum, each) => sum + each, 0),
    layers,
    unsupported,
  };
}

function boundOrNone(graph: Graph, shapes: Readonly<Record<string, readonly number[]>>): Bound | undefined {
  try {
    return bind(graph, statedTypes(graph, shapes));
  } catch (error) {
    if (error instanceof ValuesNeeded || (error instanceof ShapeError && isOpen(graph, shapes)))
      return undefined;
    throw error;
  }
}

/** Nodes with the graph that knows their values, those of branches included. */
function boundNodes(bound: Bound): (readonly [Node, Bound])[] {
  const own = bound.nodes.map((node) => [node, bound] as const);
  return [
    ...own,
    ...[...bound.branches.values()].flatMap((branch) => branch.nodes.map((node) => [node, branch] as const)),
  ];
}

function layerOf(node: Node, { shape, data }: Tensor, bound: Bound | undefined): ModelLayer {
  let zeros = 0;
  for (let at = 0; at < data.length; at++) if (data[at] === 0) zeros++;
  const isRight = node.op === "MatMul" || (node.op === "Gemm" && !node.attributes.transB);
  const isBack = node.op === "ConvTranspose";
  const rows = isRight
    ? shape[shape.length - 1]
    : isBack
      ? shape[1]
      : node.op === "LSTM" || node.op === "GRU"
        ? shape[0] * shape[1]
        : shape[0];
  return {
    name: node.name,
    op: node.op,
    rows,
    columns: rows === 0 ? 0 : data.length / rows,
    sparsity: data.length === 0 ? 0 : zeros / data.length,
    multiplyAdds: bound && multiplyAddsOf(node, data.length, bound),
  };
}

/** Every weight meets each position of the output (a transposed convolution: of the input), each step, each row. */
function multiplyAddsOf(node: Node, weights: number, bound: Bound): number {
  const site = siteOf(bound, node);
  const { shape: input } = site.input(0);
  const output = bound.types.get(node.outputs.find((name) => name !== "") ?? "")?.shape ?? input;
  if (node.op === "Conv") return weights * output[0] * sizeOf(output.slice(2));
  if (node.op === "ConvTranspose") return weights * input[0] * sizeOf(input.slice(2));
  if (node.op === "Gemm") return weights * output[0];
  if (node.op === "MatMul") return weights * (sizeOf(input) / input[input.length - 1]);
  return weights * input[0] * input[1];
}

const parametersOf = (graph: Graph): number =>
  [...graph.constants.values()].reduce(
    (sum, { dtype, data }) => sum + (dtype === "f32" || dtype === "f64" ? data.length : 0),
    0,
  ) +
  allGraphs(graph)
    .slice(1)
    .reduce((sum, inner) => sum + parametersOf({ ...inner, nodes: [] }), 0);

const allGraphs = (graph: Graph): Graph[] => [
  graph,
  ...graph.nodes.flatMap(({ attributes }) =>
    Object.values(attributes).flatMap((value) => (isGraph(value) ? allGraphs(value) : [])),
  ),
];

const allNodes = (graph: Graph): Node[] => allGraphs(graph).flatMap(({ nodes }) => nodes);

const isGraph = (value: unknown): value is Graph =>
  typeof value === "object" && value !== null && "nodes" in value;
