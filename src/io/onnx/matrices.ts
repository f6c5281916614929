/** Operators that multiply a constant matrix with activations, and where they keep it. */
import { countOf } from "../tensor.js";
import { type Graph, intOf, intsOf, type Node, textOf } from "./graph.js";
import { type Layout, rowMajor } from "./layout.js";
import type { Source, Sources } from "./sources.js";
import type { OnnxTensor } from "./tensor.js";

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

/** A matrix that a node multiplies by. */
export interface Matrix {
  readonly suffix: string;
  readonly tensor: OnnxTensor;
  /** ONNX's number of the element type that the node sees. */
  readonly type: number;
  /** Its rows and columns among the constant's values, in row-major order. */
  readonly layout: Layout;
  readonly rows: number;
  readonly columns: number;
  readonly groups: number;
  readonly isDepthwise: boolean;
  /** Name of the activations in the node's graph. */
  readonly activations?: string;
  readonly featureAxis: number;
  readonly window?: OnnxWindow;
}

type Finder = (node: Node, graph: Graph, sources: Sources) => Matrix[];

/** Names of operators, those of another domain behind it. */
const finders: Readonly<Record<string, Finder>> = {
  Gemm: product,
  MatMul: product,
  "com.microsoft.FusedMatMul": product,
  "com.microsoft.FusedGemm": product,
  Conv: conv,
  "com.microsoft.FusedConv": conv,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
};

const finderOf = ({ domain, op }: Pick<Node, "domain" | "op">): Finder | undefined => {
  const name = domain ? `${domain}.${op}` : op;
  return Object.hasOwn(finders, name) ? finders[name] : undefined;
};

/** Whether it is an operator that can multiply by a matrix. */
export const isMultiplier = (node: Pick<Node, "domain" | "op">): boolean => finderOf(node) !== undefined;

/** @returns the constant matrices of float32 or float16 that a node multiplies by */
export function matricesOf(node: Node, graph: Graph, sources: Sources): Matrix[] {
  const matrices = finderOf(node)?.(node, graph, sources) ?? [];
  return matrices.filter(({ tensor, rows, columns }) => tensor.isFloat && rows * columns > 0);
}

const plain = { suffix: "", groups: 1, isDepthwise: false, featureAxis: -1 };

/** A source as its last two axes; undefined when there are others, or it is no matrix. */
function matrixOf(source: Source | undefined) {
  const { tensor, type, layout } = source ?? {};
  if (!tensor || type === undefined || !layout || layout.dims.length < 2) return undefined;
  if (layout.dims.slice(0, -2).some((size) => size !== 1)) return undefined;
  return { tensor, type, layout: { dims: layout.dims.slice(-2), strides: layout.strides.slice(-2) } };
}

const turned = ({ dims, strides }: Layout): Layout => ({
  dims: [dims[1], dims[0]],
  strides: [strides[1], strides[0]],
});

/**
 * A B, either of them transposed when transA or transB says so. With B constant the outputs are its columns, with A
 * constant A's rows.
 */
function product(node: Node, graph: Graph, sources: Sources): Matrix[] {
  if (["transBatchA", "transBatchB"].some((name) => intOf(node, name, 0) !== 0)) return [];
  const [left, right] = [0, 1].map((input) => matrixOf(sources.of(node.inputs[input] ?? "", graph)));
  const [isLeftTurned, isRightTurned] = ["transA", "transB"].map((name) => intOf(node, name, 0) !== 0);
  const found = right ?? left;
  if (!found || (!right && sources.of(node.inputs[1] ?? "", graph))) return [];
  const isTurned = right ? !isRightTurned : isLeftTurned;
  const layout = isTurned ? turned(found.layout) : found.layout;
  const [rows, columns] = layout.dims;
  const isLastAxis = right ? !isLeftTurned : isRightTurned;
  const activations = node.inputs[right ? 0 : 1];
  return [{ ...plain, ...found, layout, rows, columns, activations, featureAxis: isLastAxis ? -1 : -2 }];
}

/** Outputs × channels of a group × places of the kernel. */
function conv(node: Node, graph: Graph, sources: Sources): Matrix[] {
  const { tensor, type, layout } = sources.of(node.inputs[1] ?? "", graph) ?? {};
  const groups = intOf(node, "group", 1);
  if (!tensor || type === undefined || !layout || layout.dims.length < 3) return [];
  const [rows, channels, ...kernel] = layout.dims;
  if (groups < 1 || rows % groups > 0) return [];
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
  const place = { tensor, type, layout, rows, columns, groups, isDepthwise };
  return [{ ...plain, ...place, activations: node.inputs[0], featureAxis: 1, window }];
}

const gates: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };

/** W: directions × gates · hidden × inputs; R: directions × gates · hidden × hidden. */
function recurrent(node: Node, graph: Graph, sources: Sources): Matrix[] {
  const height = gates[node.op] * intOf(node, "hidden_size", 0);
  return [1, 2].flatMap((input) => {
    const source = sources.of(node.inputs[input] ?? "", graph);
    const { tensor, type } = source ?? {};
    // Rows cut and joined stay rows: the layout is then that of the constant.
    const layout = source?.layout ?? (source?.isOfRows && tensor ? rowMajor(tensor.dims) : undefined);
    if (!tensor || type === undefined || layout?.dims.at(-2) !== height || layout.dims.length > 3) return [];
    const [rows, columns] = [countOf(layout.dims.slice(0, -1)), layout.dims.at(-1)!];
    const own = input === 1 ? { suffix: ".W", activations: node.inputs[0] } : { suffix: ".R" };
    return [{ ...plain, ...own, tensor, type, layout, rows, columns }];
  });
}
