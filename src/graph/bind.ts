/**
 * A graph with its sizes bound: the type of every value, and what does not depend on a run's inputs as constants.
 * Shapes are computed here, in JavaScript, so that nothing above knows of Shape, Gather or Concat of integers.
 */
import { FormatError, ShapeError } from "../errors.js";
import { labelOf, type Operand, type Operator, Site, unsupported, ValuesNeeded } from "../ops/contract.js";
import { OPERATORS } from "../ops/index.js";
import { type Graph, isSameShape, type Node, type Tensor, type TensorType, tensor } from "../ops/ir.js";
import { checkSizes, isFolded } from "./limits.js";

/** A graph for inputs of given sizes. Rules of `simplify.ts` change it in place. */
export interface Bound {
  /** In an order in which each comes after what it reads. */
  nodes: Node[];
  /** Of every value that is not a constant. */
  readonly types: Map<string, TensorType>;
  readonly constants: Map<string, Tensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Bound branches of nodes that choose at run time, by the node's name and the attribute. */
  readonly branches: Map<string, Bound>;
  /** Elements that folding has made so far, in all branches. */
  readonly folded: { elements: number };
}

/**
 * @param graph  whose operators are all in the table
 * @param shapes  of its inputs
 * @returns the same as a bound graph
 * @throws {FormatError} when a value is missing, made twice, or in a cycle
 * @throws {ShapeError} when sizes contradict each other; names the node
 */
export function bind(graph: Graph, shapes: ReadonlyMap<string, TensorType>): Bound {
  return bindWithin(graph, shapes, undefined);
}

function bindWithin(graph: Graph, shapes: ReadonlyMap<string, TensorType>, outer: Bound | undefined): Bound {
  const bound: Bound = {
    nodes: [],
    types: new Map(outer?.types),
    constants: new Map([...(outer?.constants ?? []), ...graph.constants]),
    inputs: graph.inputs.map(({ name }) => name),
    outputs: graph.outputs,
    branches: outer?.branches ?? new Map(),
    folded: outer?.folded ?? { elements: 0 },
  };
  for (const [name, type] of graph.constants) checkSizes(`constant "${name}"`, type.shape);
  for (const { name } of graph.inputs) {
    const type = shapes.get(name);
    if (!type) throw new FormatError(`graph expected a type of its input "${name}", found none`);
    checkSizes(`input "${name}"`, type.shape);
    bound.types.set(name, type);
  }
  for (const node of inOrder(graph, bound)) addNode(bound, node);
  for (const name of bound.outputs)
    if (!bound.types.has(name) && !bound.constants.has(name))
      throw new FormatError(`graph expected the output "${name}" to be made by a node, found none that does`);
  return bound;
}

/** What is known of a node's inputs. */
export function siteOf(bound: Bound, node: Node): Site {
  const operands = node.inputs.map((name): Operand | undefined => {
    if (name === "") return undefined;
    const constant = bound.constants.get(name);
    if (constant) return { dtype: constant.dtype, shape: constant.shape, constant };
    return bound.types.get(name);
  });
  return new Site(node, operands);
}

/** The operator of a node. @throws {FormatError} when the table has none */
export function operatorOf(node: Node): Operator {
  const operator = Object.hasOwn(OPERATORS, node.op) ? OPERATORS[node.op] : undefined;
  if (operator) return operator;
  throw new FormatError(`node "${node.name}" expected an operator of the table, found ${node.op}`);
}

/** Adds a node to a bound graph: its types, or its values where they are constant. */
export function addNode(bound: Bound, node: Node): void {
  if (node.op === "If") {
    addIf(bound, node);
    return;
  }
  const operator = operatorOf(node);
  const site = siteOf(bound, node);
  const types = operator.infer(site);
  if (node.outputs.slice(types.length).some((name) => name !== ""))
    throw unsupported(node, `at most ${types.length} outputs`, `${node.outputs.length}`);
  for (const { shape } of types) checkSizes(labelOf(node), shape);
  if (isFolded(bound, site, types)) {
    const outputs = types.map(({ dtype, shape }) => tensor(dtype, shape));
    operator.compute(
      site,
      site.operands.map((operand) => operand?.constant ?? (operand && unknown(operand))),
      outputs,
    );
    node.outputs.forEach((name, index) => {
      if (name !== "") bound.constants.set(name, outputs[index]);
    });
    return;
  }
  node.outputs.forEach((name, index) => {
    if (name !== "") bound.types.set(name, types[index]);
  });
  bound.nodes.push(node);
}

/** An operand of which only the shape is read. */
const unknown = ({ dtype, shape }: TensorType): Tensor => ({ dtype, shape, data: tensor(dtype, [0]).data });

/** A branch whose condition is known becomes part of its graph; else both are bound and one runs. */
function addIf(bound: Bound, node: Node): void {
  const condition = bound.constants.get(node.inputs[0]);
  const branches = ["then_branch", "else_branch"].map((name) => branchOf(node, name));
  if (condition) {
    const graph = branches[condition.data[0] ? 0 : 1];
    const inner = bindWithin(graph, new Map(), bound);
    bound.nodes.push(...inner.nodes.map((each) => ({ ...each, name: `${node.name}/${each.name}` })));
    for (const [name, type] of inner.types) if (!bound.types.has(name)) bound.types.set(name, type);
    for (const [name, constant] of inner.constants)
      if (!bound.constants.has(name)) bound.constants.set(name, constant);
    node.outputs.forEach((name, index) => {
      addNode(bound, {
        name: `${node.name}/${name}`,
        op: "Identity",
        inputs: [inner.outputs[index]],
        outputs: [name],
        attributes: {},
      });
    });
    return;
  }
  const [yes, no] = branches.map((graph) => bindBranch(graph, bound, node));
  bound.branches.set(`${node.name}.then_branch`, yes);
  bound.branches.set(`${node.name}.else_branch`, no);
  node.outputs.forEach((name, index) => {
    const [a, b] = [yes, no].map((branch) => typeOf(branch, branch.outputs[index]));
    if (a.dtype !== b.dtype || !isSameShape(a.shape, b.shape))
      throw new ValuesNeeded(
        `node "${node.name}" (If) expected branches of one shape, found [${a.shape}] and [${b.shape}]`,
      );
    bound.types.set(name, a);
  });
  const captured = new Set([...namesRead(branches[0]), ...namesRead(branches[1])]);
  const reads = [...captured].filter((name) => bound.types.has(name) && !node.inputs.includes(name));
  bound.nodes.push({ ...node, inputs: [...node.inputs, ...reads] });
}

/** A branch of an If: a graph without inputs, of as many outputs as the node. */
function branchOf(node: Node, name: string): Graph {
  const graph = node.attributes[name];
  const expected = `a graph of ${node.outputs.length} outputs as its ${name}`;
  if (!isGraph(graph)) throw unsupported(node, expected, "none");
  if (graph.outputs.length === node.outputs.length && graph.inputs.length === 0) return graph;
  throw unsupported(node, expected, `${graph.inputs.length} inputs, ${graph.outputs.length} outputs`);
}

/** A branch may fit other sizes alone: then the condition has to be known. */
function bindBranch(graph: Graph, outer: Bound, { name }: Node): Bound {
  try {
    return bindWithin(graph, new Map(), outer);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ValuesNeeded(`node "${name}" (If) expected a branch for these sizes: ${error.message}`, {
      cause: error,
    });
  }
}

/** The type of a value, constant or not. */
export function typeOf(bound: Bound, name: string): TensorType {
  const type = bound.constants.get(name) ?? bound.types.get(name);
  if (!type)
    throw new FormatError(`graph expected the value "${name}" to be made by a node, found none that does`);
  return type;
}

/** Names of all values that a graph's nodes and outputs read, its inner ones included. */
function namesRead(graph: Graph): Set<string> {
  const names = new Set(graph.outputs);
  for (const node of graph.nodes) {
    for (const name of node.inputs) names.add(name);
    for (const value of Object.values(node.attributes))
      if (isGraph(value)) for (const name of namesRead(value)) names.add(name);
  }
  return names;
}

const isGraph = (value: unknown): value is Graph =>
  typeof value === "object" && value !== null && "nodes" in value && "outputs" in value;

/** The nodes in an order in which each comes after those it reads. */
function inOrder(graph: Graph, bound: Bound): Node[] {
  const makers = new Map<string, Node>();
  for (const node of graph.nodes)
    for (const name of node.outputs) {
      if (name === "") continue;
      if (makers.has(name) || graph.constants.has(name))
        throw new FormatError(`graph expected each value once, found "${name}" twice`);
      makers.set(name, node);
    }
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: { node: Node; reads: string[] }[] = [];
  const enter = (node: Node) => {
    state.set(node, "open");
    const inner = Object.values(node.attributes).filter(isGraph);
    stack.push({ node, reads: [...node.inputs, ...inner.flatMap((each) => [...namesRead(each)])] });
  };
  for (const root of graph.nodes) {
    if (!state.has(root)) enter(root);
    while (stack.length > 0) {
      const { node, reads } = stack[stack.length - 1];
      const name = reads.pop();
      if (name === undefined) {
        stack.pop();
        state.set(node, "done");
        order.push(node);
        continue;
      }
      const maker = makers.get(name);
      // A branch may have a value of its own by the name of what its If makes.
      if (maker && state.get(maker) === "open" && (maker !== node || node.inputs.includes(name)))
        throw new FormatError(`graph expected no cycle, found one through node "${maker.name}"`);
      if (maker && !state.has(maker)) enter(maker);
      const isInner = Object.values(node.attributes).some(isGraph);
      if (!maker && name !== "" && !bound.types.has(name) && !bound.constants.has(name) && !isInner)
        throw new FormatError(`node "${node.name}" expected a value "${name}", found none that makes it`);
    }
  }
  return order;
}
