/** Graphs with their sizes bound: what is constant is folded, what is broken is named. */
import { describe, expect, test } from "vitest";
import { FormatError, ShapeError } from "../../src/errors.js";
import { bind } from "../../src/graph/bind.js";
import { statedTypes } from "../../src/graph/model.js";
import { ValuesNeeded } from "../../src/ops/contract.js";
import { type Graph, type Node, tensor } from "../../src/ops/ir.js";
import { int, node } from "../io/onnx/sample.js";
import { graphOf, whole } from "./models.js";

const plain = (name: string, op: string, inputs: string[], outputs: string[], attributes = {}): Node => ({
  name,
  op,
  inputs,
  outputs,
  attributes,
});
const graph = (nodes: Node[], outputs = ["y"]): Graph => ({
  inputs: [{ name: "x", dtype: "f32", shape: [2, 3] }],
  outputs,
  nodes,
  constants: new Map([["c", tensor("f32", [3], [1, 2, 3])]]),
});
const bound = (one: Graph, shapes = {}) => bind(one, statedTypes(one, shapes));

describe("broken graphs are refused", () => {
  test.each<[string, Graph, string]>([
    [
      "a cycle",
      graph([
        plain("a", "Add", ["x", "q"], ["p"]),
        plain("b", "Relu", ["p"], ["q"]),
        plain("c", "Neg", ["q"], ["y"]),
      ]),
      'graph expected no cycle, found one through node "a"',
    ],
    ["a node that reads itself", graph([plain("a", "Add", ["x", "y"], ["y"])]), "no cycle"],
    [
      "a value that is not there",
      graph([plain("a", "Add", ["x", "nowhere"], ["y"])]),
      'node "a" expected a value "nowhere", found none',
    ],
    [
      "a value that is made twice",
      graph([plain("a", "Relu", ["x"], ["y"]), plain("b", "Neg", ["x"], ["y"])]),
      'graph expected each value once, found "y" twice',
    ],
    [
      "a constant that is made again",
      graph([plain("a", "Relu", ["x"], ["c"])], ["c"]),
      'graph expected each value once, found "c" twice',
    ],
    ["an output that nothing makes", graph([plain("a", "Relu", ["x"], ["z"])]), 'expected the output "y"'],
    ["an operator that is none", graph([plain("a", "toString", ["x"], ["y"])]), "found toString"],
    [
      "an If without branches",
      graph([plain("a", "If", ["x"], ["y"])]),
      "a graph of 1 outputs as its then_branch",
    ],
  ])("%s", (_, broken, message) => {
    expect(() => bound(broken)).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
    expect(() => bound(broken)).toThrow(FormatError);
  });

  test("sizes that contradict each other, with the node's name", () => {
    const wrong = graph([plain("sum", "Add", ["x", "two"], ["y"])]);
    (wrong.constants as Map<string, unknown>).set("two", tensor("f32", [2], [1, 2]));
    expect(() => bound(wrong)).toThrow(ShapeError);
    expect(() => bound(wrong)).toThrow(
      'node "sum" (Add) expected shapes that stretch to each other, found [2,3] and [2]',
    );
  });
});

describe("what is bound", () => {
  test("nodes are in an order in which each comes after what it reads", () => {
    const nodes = [
      plain("c", "Neg", ["q"], ["y"]),
      plain("b", "Relu", ["p"], ["q"]),
      plain("a", "Abs", ["x"], ["p"]),
    ];
    expect(bound(graph(nodes)).nodes.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  test("what depends on shapes and constants alone is a constant", () => {
    const folding = graphOf(
      { x: [2, 3, 4] },
      [
        node("Shape", ["x"], ["shape"]),
        node("Gather", ["shape", "first"], ["batch"], { attribute: [int("axis", 0)] } as never),
        node("Concat", ["batch", "rest"], ["to"], { attribute: [int("axis", 0)] } as never),
        node("Reshape", ["x", "to"], ["y"]),
      ],
      ["y"],
      [whole("first", [0]), whole("rest", [-1])],
    );
    const result = bound(folding);
    expect(result.nodes.map(({ op }) => op)).toEqual(["Reshape"]);
    expect([...(result.constants.get("to")?.data ?? [])]).toEqual([2, -1]);
    expect(result.types.get("y")).toEqual({ dtype: "f32", shape: [2, 12] });
  });

  test("sizes that are left open are as asked for", () => {
    const open = graphOf({ x: ["n", 3] }, [node("Relu", ["x"], ["y"])], ["y"]);
    expect(bound(open, { x: [5, 3] }).types.get("y")?.shape).toEqual([5, 3]);
    expect(bound(open).types.get("y")?.shape).toEqual([1, 3]);
  });
});

describe("If", () => {
  const branch = (op: string): Graph => ({
    inputs: [],
    outputs: ["out"],
    nodes: [plain(`inner ${op}`, op, ["x"], ["out"])],
    constants: new Map(),
  });
  const fork = (yes: Graph, no: Graph) =>
    plain("fork", "If", ["which"], ["y"], { then_branch: yes, else_branch: no });

  test.each([
    [1, "Neg"],
    [0, "Abs"],
  ])("of a constant %i becomes the branch that it takes", (value, op) => {
    const known = graph([fork(branch("Neg"), branch("Abs"))]);
    (known.constants as Map<string, unknown>).set("which", tensor("bool", [], [value]));
    const result = bound(known);
    expect(result.nodes.map((each) => each.op)).toEqual([op, "Identity"]);
    expect(result.branches.size).toBe(0);
  });

  const byInput = (yes: Graph, no: Graph): Graph => ({
    ...graph([fork(yes, no)]),
    inputs: [
      { name: "x", dtype: "f32", shape: [2, 3] },
      { name: "which", dtype: "bool", shape: [] },
    ],
  });

  test("by an input keeps both, and reads what they read", () => {
    const result = bound(byInput(branch("Neg"), branch("Abs")));
    expect(result.nodes[0].inputs).toEqual(["which", "x"]);
    expect([...result.branches.values()].map(({ nodes }) => nodes[0].op)).toEqual(["Neg", "Abs"]);
  });

  test("with branches of two shapes needs the condition's value", () => {
    const flat: Graph = {
      ...branch("Neg"),
      nodes: [plain("sum", "ReduceSum", ["x"], ["out"], { keepdims: 0 })],
    };
    expect(() => bound(byInput(flat, branch("Abs")))).toThrow(ValuesNeeded);
  });

  test("sizes that an input's values decide ask for the values", () => {
    const sizes: Graph = {
      ...graph([plain("turn", "Reshape", ["x", "to"], ["y"])]),
      inputs: [
        { name: "x", dtype: "f32", shape: [2, 3] },
        { name: "to", dtype: "i64", shape: [2] },
      ],
    };
    expect(() => bound(sizes)).toThrow(ValuesNeeded);
    expect(() => bound(sizes)).toThrow('node "turn" (Reshape) expected constant values of input 1 ("to")');
  });
});
