/** The layers of an ONNX model that can be pruned: operators that multiply a constant matrix with activations. */
import {
  describeConstant,
  type FoundConstant,
  isWeight,
  nameIn,
  type Reader,
  readersIn,
} from "./constants.js";
import { constantsOf, type Graph, graphsOf, type Node, pathOf } from "./graph.js";
import { isSameLayout, type Layout } from "./layout.js";
import { type Matrix, matricesOf, type OnnxWindow } from "./matrices.js";
import { Sources } from "./sources.js";
import type { Taps } from "./taps.js";
import type { OnnxTensor } from "./tensor.js";
import type { Message } from "./wire.js";

/** Where the columns of a weight matrix meet activations. */
export interface OnnxFeed {
  /** Name of the activations, as `withOutputs` takes it. Undefined when they cannot be had, see `isReachable`. */
  readonly input?: string;
  /**
   * Whether the activations can be made an output. They cannot inside `Loop` and `Scan`, and what multiplies the
   * recurrent matrices of LSTM, GRU and RNN is no value of the graph.
   */
  readonly isReachable: boolean;
  /** The axis of the activations that the columns run along: −1, −2, or 1, the channels of a convolution. */
  readonly featureAxis: number;
  /** Of a convolution: its columns are the channels of a group times the places of the kernel. */
  readonly window?: OnnxWindow;
}

/** A node that reads a weight. */
export interface OnnxUse extends OnnxFeed {
  /** Its operator; "an output" for an output of a graph. */
  readonly op: string;
  /** Whether it multiplies by the weight, in the layer's orientation. Others read it in ways of their own. */
  readonly isProduct: boolean;
  /** Its name; often empty. */
  readonly node: string;
  /** The subgraph it stands in: "If_0.then_branch/…"; "" for the main graph. */
  readonly path: string;
}

/** A weight matrix with what is needed to prune it: row r holds the weights of output r. */
export interface OnnxLayer extends OnnxFeed {
  /**
   * The node's name, for LSTM, GRU and RNN with ".W" or ".R", behind that of the call in a local function; the weight's
   * when the node has none. No two are the same.
   */
  readonly name: string;
  /** The operator that multiplies by it. */
  readonly op:
    | "Gemm"
    | "MatMul"
    | "Conv"
    | "LSTM"
    | "GRU"
    | "RNN"
    | "FusedMatMul"
    | "FusedGemm"
    | "FusedConv";
  /** The subgraph of the first use; "" for the main graph. */
  readonly path: string;
  /** The weight's own name. Layers that share a weight are one layer. */
  readonly weight: string;
  /** Outputs. */
  readonly rows: number;
  /** Inputs of an output. */
  readonly columns: number;
  /** Of a convolution: rows fall into as many equal runs, each with channels of its own. Else 1. */
  readonly groups: number;
  /** One channel for each group: few weights, and each of them matters. */
  readonly isDepthwise: boolean;
  /** Stored as float16: written weights are rounded to it. */
  readonly isHalf: boolean;
  /** All nodes that read the weight: first those that multiply by it in the layer's orientation, `input` theirs. */
  readonly uses: readonly OnnxUse[];
}

/** A layer and where its weights are. */
export interface FoundLayer {
  readonly layer: OnnxLayer;
  readonly tensor: OnnxTensor;
  /** Rows and columns among the constant's values. */
  readonly layout: Layout;
}

/** Layers, and constants of which there is none. */
export interface Found {
  readonly layers: readonly FoundLayer[];
  readonly others: readonly FoundConstant[];
}

/** A node that reads a weight, and where. */
interface Use {
  readonly node: Pick<Node, "op" | "name">;
  readonly graph: Graph;
}

/** The node that multiplies by a matrix, and where. */
interface Candidate {
  readonly node: Node;
  readonly graph: Graph;
  readonly matrix: Matrix;
}

/**
 * @param main  the main graph
 * @param taps  learns which activations layers are fed by
 * @param shared  names of constants in the same bytes of a file, by the messages of others
 * @returns what can be pruned, in the order of the file, outer graphs first, and what cannot
 */
export function findLayers(main: Graph, taps: Taps, shared: ReadonlyMap<Message, string>): Found {
  const candidates = new Map<Message, Candidate[]>();
  const readers = new Map<Message, Reader[]>();
  const sources = new Sources();
  for (const graph of graphsOf(main)) {
    for (const reader of readersIn(graph, sources)) push(readers, reader.source.tensor.message, reader);
    for (const node of graph.nodes)
      for (const matrix of matricesOf(node, graph, sources))
        push(candidates, matrix.tensor.message, { node, graph, matrix });
  }
  const unique = uniqueNames();
  const layers = [...candidates].map(([message, all]) => {
    const twin = shared.get(message);
    const others =
      twin === undefined ? [] : [{ node: { op: `${twin} (same bytes)`, name: "" }, graph: main }];
    return layerOf(all, [...(readers.get(message) ?? []), ...others], unique, taps);
  });
  const taken = new Set<object>([...candidates.values()].flat().map(({ node }) => node));
  const others = constantsOf(main)
    .filter(({ tensor }) => isWeight(tensor) && !candidates.has(tensor.message))
    .map((one) => describeConstant(one, readers.get(one.tensor.message) ?? [], taken, unique));
  return { layers, others };
}

function layerOf(
  all: readonly Candidate[],
  readers: readonly Use[],
  unique: (name: string) => string,
  taps: Taps,
): FoundLayer {
  const [{ node, graph, matrix }] = all;
  const { tensor, layout, rows, columns, groups, isDepthwise } = matrix;
  const same = all.filter(({ matrix: other }) => isAlike(matrix, other));
  const multiplying = new Set<object>(same.map((candidate) => candidate.node));
  const others = readers.filter((reader) => !multiplying.has(reader.node));
  const called = nameIn(graph, node.name);
  const layer: OnnxLayer = {
    name: unique(called ? called + matrix.suffix : tensor.name || node.outputs[0]),
    op: node.op as OnnxLayer["op"],
    path: pathOf(graph),
    weight: tensor.name,
    ...{ rows, columns, groups, isDepthwise, isHalf: tensor.isHalf },
    ...feedOf(same[0], taps),
    uses: [
      ...same.map((candidate) => ({
        ...{ ...useOf(candidate), isProduct: true },
        ...feedOf(candidate, taps),
      })),
      ...others.map((reader) => ({
        ...{ ...useOf(reader), isProduct: false },
        ...{ isReachable: false, featureAxis: -1 },
      })),
    ],
  };
  return { layer, tensor, layout };
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Gives each name once: the second "x" is "x#2". */
function uniqueNames(): (name: string) => string {
  const taken = new Map<string, number>();
  return (name) => {
    let unique = name;
    let count = taken.get(name) ?? 0;
    if (count > 0)
      do unique = `${name}#${++count}`;
      while (taken.has(unique));
    taken.set(name, Math.max(count, 1));
    taken.set(unique, taken.get(unique) ?? 1);
    return unique;
  };
}

const isAlike = (a: Matrix, b: Matrix): boolean =>
  isSameLayout(a.layout, b.layout) && a.columns === b.columns && a.groups === b.groups;

const useOf = ({ node, graph }: Use) => ({
  op: node.op,
  node: node.name,
  path: pathOf(graph),
});

function feedOf({ graph, matrix }: Candidate, taps: Taps): OnnxFeed {
  const { activations, featureAxis, window, type } = matrix;
  const input = activations && taps.add(activations, graph, type);
  return { input, isReachable: input !== undefined, featureAxis, window };
}
