/** What stands behind a value: the constant it is made of, through nodes that move values and change none. */
import { countOf } from "../tensor.js";
import { type Definition, definitionOf, type Graph, intOf, intsOf, isOf, type Node } from "./graph.js";
import { type Layout, permuted, reshaped, rowMajor } from "./layout.js";
import { elementTypes, type OnnxTensor, wholeNumbersOf } from "./tensor.js";

/** A constant, and the value made of it. */
export interface Source {
  readonly tensor: OnnxTensor;
  /** ONNX's number of the value's element type. */
  readonly type: number;
  /** How the value lies in the constant; undefined when strides cannot say it, or the value is a part of it. */
  readonly layout: Layout | undefined;
  /** Whether the value is made of rows of the constant as they are, all of them or some, in any order. */
  readonly isOfRows: boolean;
  /** Operators between them, from the constant on. */
  readonly through: readonly string[];
}

/** Real exports have 4 nodes one behind the other. */
const chainLimit = 16;

/** Finds sources; each node is looked at once. */
export class Sources {
  readonly #found = new Map<Node, Source | undefined>();

  /** @returns what `name`, seen from inside `graph`, is made of; undefined when it is no constant, moved */
  of(name: string, graph: Graph, depth = 0): Source | undefined {
    const definition = definitionOf(name, graph);
    if (definition?.constant) {
      const { dims, type } = definition.constant;
      return { tensor: definition.constant, type, layout: rowMajor(dims), isOfRows: true, through: [] };
    }
    const node = definition?.producer;
    if (!definition || !node || depth > chainLimit) return undefined;
    if (node.body) {
      const inner = node.body.call?.outputs[node.outputs.indexOf(definition.name)];
      return inner === undefined ? undefined : this.of(inner, node.body, depth + 1);
    }
    if (!this.#found.has(node)) {
      this.#found.set(node, undefined);
      this.#found.set(node, this.#through(node, definition.graph, depth + 1));
    }
    return this.#found.get(node);
  }

  /** Whether a node moves a constant, so that who reads its output reads the constant. */
  moves(node: Node, graph: Graph): boolean {
    return node.body !== undefined || (isMover(node) && this.of(node.outputs[0] ?? "", graph) !== undefined);
  }

  #through(node: Node, graph: Graph, depth: number): Source | undefined {
    if (!isMover(node) || node.outputs.length !== 1) return undefined;
    const parts = node.op === "Concat" ? node.inputs : node.inputs.slice(0, 1);
    const sources = parts.map((part) => this.of(part, graph, depth));
    const [source] = sources;
    if (!source || sources.some((one) => one?.tensor.message !== source.tensor.message)) return undefined;
    const moved = movers[node.op as keyof typeof movers](source, node, graph);
    return moved && { ...source, ...moved, through: [...source.through, node.op] };
  }
}

type Mover = (source: Source, node: Node, graph: Graph) => Partial<Source> | undefined;

const isMover = (node: Node): boolean => node.domain === "" && Object.hasOwn(movers, node.op);

const partOfRows: Mover = (source) => (source.isOfRows ? { layout: undefined } : undefined);
const withSizes =
  (sizesOf: (dims: readonly number[], node: Node, graph: Graph) => number[] | undefined): Mover =>
  ({ layout }, node, graph) => {
    const dims = layout && sizesOf(layout.dims, node, graph);
    return { layout: layout && dims && reshaped(layout, dims), isOfRows: false };
  };

/** What each makes of a source; nothing when it changes values or leaves some out in a way that cannot be followed. */
const movers = {
  Identity: () => ({}),
  // Rounding and scaling leave 0 where it is, and the model had rounded values before.
  Cast: (_, node) => {
    const type = intOf(node, "to", 0);
    return elementTypes[type]?.isReal ? { type } : undefined;
  },
  QuantizeLinear: () => ({}),
  DequantizeLinear: ({ tensor }) => ({ type: tensor.type === 10 ? 10 : 1 }),
  Transpose: ({ layout }, node) => {
    const order = intsOf(node, "perm");
    const axes = layout && [...layout.dims.keys()].reverse();
    return { layout: layout && permuted(layout, order.length > 0 ? order : axes!), isOfRows: false };
  },
  Reshape: withSizes((dims, node, graph) => {
    const asked = numbersOf(node, 1, graph);
    const keepsZero = intOf(node, "allowzero", 0) !== 0;
    const sizes = asked?.map((size, axis) => (size === 0 && !keepsZero ? (dims[axis] ?? 0) : size));
    const rest = countOf(dims) / countOf(sizes?.filter((size) => size !== -1) ?? []);
    return sizes?.map((size) => (size === -1 ? rest : size));
  }),
  Flatten: withSizes((dims, node) => {
    const axis = intOf(node, "axis", 1);
    const at = axis < 0 ? axis + dims.length : axis;
    return [countOf(dims.slice(0, at)), countOf(dims.slice(at))];
  }),
  Squeeze: withSizes((dims, node, graph) => {
    const axes = axesOf(node, graph, dims.length);
    return axes && dims.filter((size, axis) => (axes.length === 0 ? size !== 1 : !axes.includes(axis)));
  }),
  Unsqueeze: (source, node, graph) => {
    const sizesOf = (dims: readonly number[]) => {
      const axes = axesOf(node, graph, dims.length + intsAt(node, graph).length);
      const rest = [...dims];
      const rank = dims.length + (axes?.length ?? 0);
      return (
        axes && Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() ?? 0)))
      );
    };
    return { ...withSizes(sizesOf)(source, node, graph), isOfRows: source.isOfRows };
  },
  // Exporters keep a framework's order of gates in the file and cut and join its rows into ONNX's.
  Concat: (source, node, graph) =>
    intOf(node, "axis", -1) === 0 ? partOfRows(source, node, graph) : undefined,
  Slice: (source, node, graph) => {
    const axes = intsAt(node, graph, 3);
    return axes.length === 1 && axes[0] === 0 ? partOfRows(source, node, graph) : undefined;
  },
} satisfies Record<string, Mover>;

/** Axes of Slice, Squeeze or Unsqueeze, in an attribute or, in newer models, an input. */
const intsAt = (node: Node, graph: Graph, input = 1): number[] => {
  const own = intsOf(node, "axes");
  return own.length > 0 ? own : (numbersOf(node, input, graph) ?? []);
};

/** The same counted from the front; undefined when they are not known before a run. */
function axesOf(node: Node, graph: Graph, rank: number): number[] | undefined {
  if (node.inputs[1] && !numbersOf(node, 1, graph)) return undefined;
  return intsAt(node, graph).map((axis) => (axis < 0 ? axis + rank : axis));
}

/** Whole numbers that an input is; undefined when it is no constant. */
function numbersOf(node: Node, input: number, graph: Graph): number[] | undefined {
  const found: Definition | undefined = definitionOf(node.inputs[input] ?? "", graph);
  if (found?.constant) return wholeNumbersOf(found.constant);
  const { producer } = found ?? {};
  if (!producer || !isOf(producer, "Constant")) return undefined;
  const values = intsOf(producer, "value_ints");
  return values.length > 0 ? values : undefined;
}
