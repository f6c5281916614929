/** The layers of an ONNX model that can be pruned: operators that multiply a constant matrix with activations. */
import { countOf } from "../tensor.js";
import { definitionOf, type Graph, graphsOf, intOf, intsOf, type Node, pathOf, textOf } from "./graph.js";
import type { Taps } from "./taps.js";
import { type OnnxTensor, wholeNumbersOf } from "./tensor.js";

/** How a convolution walks over its input; one number for each axis behind the channels. */
export interface OnnxWindow {
  /** Sizes of the window. */
  readonly kernel: readonly number[];
  /** From one place to the next. */
  readonly strides: readonly number[];
  /** From one element of the window to the next. */
  readonly dilations: readonly number[];
  /** What is added in front on each axis, then what behind on each. Not meant when `autoPad` is SAME_* or VALID. */
  readonly pads: readonly number[];
  /** How the file says what is added around the input. */
  readonly autoPad: "NOTSET" | "SAME_UPPER" | "SAME_LOWER" | "VALID";
}

/** Where the columns of a weight matrix meet activations. */
export interface OnnxFeed {
  /** Name of the activations, as `withOutputs` takes it. Undefined when they cannot be had, see `isReachable`. */
  readonly input?: string;
  /**
   * Whether the activations can be made an output. They cannot inside `Loop` and `Scan`, and what multiplies the
   * recurrent matrices of LSTM and GRU is no value of the graph.
   */
  readonly isReachable: boolean;
  /** The axis of the activations that the columns run along: −1, −2, or 1, the channels of a convolution. */
  readonly featureAxis: number;
  /** Of a convolution: its columns are the channels of a group times the places of the kernel. */
  readonly window?: OnnxWindow;
}

/** A node that reads a weight. */
export interface OnnxUse extends OnnxFeed {
  /** Its operator. */
  readonly op: string;
  /** Its name; often empty. */
  readonly node: string;
  /** The subgraph it stands in: "If_0.then_branch/…"; "" for the main graph. */
  readonly path: string;
}

/** A weight matrix with what is needed to prune it: row r holds the weights of output r. */
export interface OnnxLayer extends OnnxFeed {
  /** The node's name, for LSTM and GRU with ".W" or ".R"; the weight's when the node has none. No two are the same. */
  readonly name: string;
  /** The operator that multiplies by it. */
  readonly op: "Gemm" | "MatMul" | "Conv" | "LSTM" | "GRU";
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

/** A layer and where its weights are; `isTransposed` when the file has columns × rows. */
export interface FoundLayer {
  readonly layer: OnnxLayer;
  readonly tensor: OnnxTensor;
  readonly isTransposed: boolean;
}

/** A matrix that a node multiplies by. */
interface Matrix {
  readonly suffix: string;
  readonly tensor: OnnxTensor;
  readonly rows: number;
  readonly columns: number;
  readonly isTransposed: boolean;
  readonly groups: number;
  readonly isDepthwise: boolean;
  /** Name of the activations in the node's graph. */
  readonly activations?: string;
  readonly featureAxis: number;
  readonly window?: OnnxWindow;
}

/** The node that does, and where. */
interface Candidate {
  readonly node: Node;
  readonly graph: Graph;
  readonly matrix: Matrix;
}

/**
 * @param main  the main graph
 * @param taps  learns which activations layers are fed by
 * @returns the layers in the order of the file, outer graphs first
 */
export function findLayers(main: Graph, taps: Taps): FoundLayer[] {
  const candidates = new Map<OnnxTensor, Candidate[]>();
  const readers = new Map<OnnxTensor, Omit<Candidate, "matrix">[]>();
  const sources: RowSources = new Map();
  for (const graph of graphsOf(main)) {
    for (const node of graph.nodes) {
      for (const input of new Set(node.inputs)) {
        const constant = definitionOf(input, graph)?.constant;
        if (constant?.isFloat) push(readers, constant, { node, graph });
      }
      for (const matrix of matricesOf(node, graph, sources))
        push(candidates, matrix.tensor, { node, graph, matrix });
    }
  }
  const unique = uniqueNames();
  return [...candidates].map(([tensor, all]) => {
    const [{ node, graph, matrix }] = all;
    const same = all.filter(({ matrix: other }) => isAlike(matrix, other));
    const multiplying = new Set(same.map((candidate) => candidate.node));
    const others = (readers.get(tensor) ?? []).filter((reader) => !multiplying.has(reader.node));
    const layer: OnnxLayer = {
      name: unique(node.name ? node.name + matrix.suffix : tensor.name || node.outputs[0]),
      op: node.op as OnnxLayer["op"],
      path: pathOf(graph),
      weight: tensor.name,
      rows: matrix.rows,
      columns: matrix.columns,
      groups: matrix.groups,
      isDepthwise: matrix.isDepthwise,
      isHalf: tensor.isHalf,
      ...feedOf(same[0], taps),
      uses: [
        ...same.map((candidate) => ({ ...useOf(candidate), ...feedOf(candidate, taps) })),
        ...others.map((reader) => ({ ...useOf(reader), isReachable: false, featureAxis: -1 })),
      ],
    };
    return { layer, tensor, isTransposed: matrix.isTransposed };
  });
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
  a.isTransposed === b.isTransposed && a.columns === b.columns && a.groups === b.groups;

const useOf = ({ node, graph }: Omit<Candidate, "matrix">) => ({
  op: node.op,
  node: node.name,
  path: pathOf(graph),
});

function feedOf({ graph, matrix }: Candidate, taps: Taps): OnnxFeed {
  const { activations, featureAxis, window, tensor } = matrix;
  const input = activations && taps.add(activations, graph, tensor.type);
  return { input, isReachable: input !== undefined, featureAxis, window };
}

function matricesOf(node: Node, graph: Graph, sources: RowSources): Matrix[] {
  const find = node.domain === "" && Object.hasOwn(finders, node.op) && finders[node.op as OnnxLayer["op"]];
  if (!find) return [];
  return find(node, graph, sources).filter(
    ({ tensor, rows, columns }) => tensor.isFloat && rows * columns > 0,
  );
}

const finders = { Gemm: gemm, MatMul: matmul, Conv: conv, LSTM: recurrent, GRU: recurrent };

const plain = { suffix: "", isTransposed: false, groups: 1, isDepthwise: false, featureAxis: -1 };

const constantOf = (node: Node, input: number, graph: Graph): OnnxTensor | undefined =>
  definitionOf(node.inputs[input] ?? "", graph)?.constant;

/** A B: inputs × outputs, or with transB outputs × inputs. */
function gemm(node: Node, graph: Graph): Matrix[] {
  const tensor = constantOf(node, 1, graph);
  if (tensor?.dims.length !== 2) return [];
  const isTransposed = intOf(node, "transB", 0) === 0;
  const [rows, columns] = isTransposed ? [tensor.dims[1], tensor.dims[0]] : tensor.dims;
  const featureAxis = intOf(node, "transA", 0) === 0 ? -1 : -2;
  return [{ ...plain, tensor, rows, columns, isTransposed, activations: node.inputs[0], featureAxis }];
}

/** x W with W inputs × outputs, or W x with W outputs × inputs. */
function matmul(node: Node, graph: Graph): Matrix[] {
  const right = constantOf(node, 1, graph);
  const tensor = right ?? constantOf(node, 0, graph);
  if (!tensor || tensor.dims.length < 2 || tensor.dims.slice(0, -2).some((size) => size !== 1)) return [];
  const [first, second] = tensor.dims.slice(-2);
  if (!right)
    return [{ ...plain, tensor, rows: first, columns: second, activations: node.inputs[1], featureAxis: -2 }];
  return [
    { ...plain, tensor, rows: second, columns: first, isTransposed: true, activations: node.inputs[0] },
  ];
}

/** Outputs × channels of a group × places of the kernel. */
function conv(node: Node, graph: Graph): Matrix[] {
  const tensor = constantOf(node, 1, graph);
  const groups = intOf(node, "group", 1);
  if (!tensor || tensor.dims.length < 3 || groups < 1 || tensor.dims[0] % groups > 0) return [];
  const [rows, channels, ...kernel] = tensor.dims;
  const along = (name: string, otherwise: number[]) => {
    const values = intsOf(node, name);
    return values.length > 0 ? values : otherwise;
  };
  const ones = kernel.map(() => 1);
  const window: OnnxWindow = {
    kernel,
    strides: along("strides", ones),
    dilations: along("dilations", ones),
    pads: along("pads", [...kernel, ...kernel].fill(0)),
    autoPad: (textOf(node, "auto_pad") || "NOTSET") as OnnxWindow["autoPad"],
  };
  const isDepthwise = groups > 1 && channels === 1;
  const columns = countOf([channels, ...kernel]);
  return [
    {
      ...plain,
      tensor,
      rows,
      columns,
      groups,
      isDepthwise,
      activations: node.inputs[0],
      featureAxis: 1,
      window,
    },
  ];
}

/** W: directions × gates · hidden × inputs; R: directions × gates · hidden × hidden. */
function recurrent(node: Node, graph: Graph, sources: RowSources): Matrix[] {
  const height = (node.op === "LSTM" ? 4 : 3) * intOf(node, "hidden_size", 0);
  return [1, 2].flatMap((input) => {
    const tensor = rowsOf(node.inputs[input] ?? "", graph, sources);
    if (tensor?.dims.at(-2) !== height || tensor.dims.length > 3) return [];
    const [rows, columns] = [countOf(tensor.dims.slice(0, -1)), tensor.dims.at(-1)!];
    const own = input === 1 ? { suffix: ".W", activations: node.inputs[0] } : { suffix: ".R" };
    return [{ ...plain, ...own, tensor, rows, columns }];
  });
}

/** What `rowsOf` found behind nodes, so that each is looked at once. */
type RowSources = Map<Node, OnnxTensor | undefined>;

/** Real exports have 4 nodes one behind the other. */
const chainLimit = 16;

/**
 * The constant whose rows a matrix is made of. Exporters keep a framework's order of gates in the file and cut and
 * join its rows into ONNX's.
 */
function rowsOf(name: string, graph: Graph, sources: RowSources, depth = 0): OnnxTensor | undefined {
  const source = definitionOf(name, graph);
  if (source?.constant) return source.constant;
  const node = source?.producer;
  if (!source || !node || depth > chainLimit) return undefined;
  if (sources.has(node)) return sources.get(node);
  const found = partsOfRows(node, source.graph).map((part) => rowsOf(part, source.graph, sources, depth + 1));
  const tensor = found.every((one) => one === found[0]) ? found[0] : undefined;
  sources.set(node, tensor);
  return tensor;
}

/** The inputs that a node takes rows from without changing them; none when it does more. */
function partsOfRows(node: Node, graph: Graph): readonly string[] {
  if (node.domain !== "") return [];
  if (node.op === "Concat") return intOf(node, "axis", -1) === 0 ? node.inputs : [];
  if (node.op === "Slice" && !isAlongRows(node, graph)) return [];
  return ["Identity", "Unsqueeze", "Slice"].includes(node.op) ? node.inputs.slice(0, 1) : [];
}

function isAlongRows(slice: Node, graph: Graph): boolean {
  const axes = constantOf(slice, 3, graph);
  const values = axes ? wholeNumbersOf(axes) : intsOf(slice, "axes");
  return values.length === 1 && values[0] === 0;
}
