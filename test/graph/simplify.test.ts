/** Rules that rewrite graphs: what a simplified graph gives is what the graph gives as it stands. */
import { afterAll, describe, expect, test } from "vitest";
import { bind } from "../../src/graph/bind.js";
import { model, statedTypes } from "../../src/graph/model.js";
import { simplify } from "../../src/graph/simplify.js";
import { openSync } from "../../src/open.js";
import { type Graph, sizeOf } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { float, int, ints, type NodeInit, node, weight } from "../io/onnx/sample.js";
import { graphOf, whole } from "./models.js";

const core = openSync();
afterAll(() => core.dispose());

const with_ = (...attribute: unknown[]) => ({ attribute }) as never;
const random = new Random(51);
const some = (name: string, ...dims: number[]) => weight(name, dims, random.uniform(sizeOf(dims)));
const conv = (input: string, output: string, weights = "w", ...attribute: unknown[]) =>
  node("Conv", [input, weights, "b"], [output], with_(...attribute));
const turn = (input: string, output: string, ...perm: number[]) =>
  node("Transpose", [input], [output], with_(ints("perm", ...perm)));
const CONSTANTS = [
  some("w", 3, 3, 1, 1),
  some("k", 3, 3, 3, 3),
  some("dw", 3, 1, 3, 3),
  some("b", 3),
  some("c", 3, 1, 1),
  some("row", 5),
  some("last", 3),
  weight("v", [3], [0.5, 1, 2]),
  weight("two", [], [2]),
  weight("low", [], [-0.25]),
  weight("high", [], [0.5]),
  whole("pads", [0, 0, 1, 2, 0, 0, 0, 1]),
  whole("around", [0, 1, 1, 0, 0, 1, 1, 0]),
  whole("parts", [1, 2]),
];
const of = (nodes: readonly NodeInit[], outputs = ["y"]): Graph =>
  graphOf({ x: [2, 3, 4, 5] }, nodes, outputs, CONSTANTS);

const simplified = (graph: Graph) => {
  const bound = bind(graph, statedTypes(graph, {}));
  simplify(bound);
  return bound.nodes.map(({ op }) => op);
};

/** Rules that move values alone keep the bytes; those that scale weights round otherwise. */
function expectSame(graph: Graph): void {
  const x = new Random(7).uniform(120);
  const [after, before] = [true, false].map((rules) => model(core, graph, { simplify: rules }).run({ x }));
  for (const name of graph.outputs) {
    expect(after[name].shape).toEqual(before[name].shape);
    const most = Math.max(1e-3, ...Array.from(before[name].data, Math.abs));
    before[name].data.forEach((value, at) => {
      expect(Math.abs(value - after[name].data[at]) / most).toBeLessThan(2e-6);
    });
  }
}

describe("a rule leaves what a graph computes", () => {
  test.each<[string, readonly NodeInit[], string[]]>([
    [
      "Identity and Dropout go",
      [node("Identity", ["x"], ["i"]), node("Dropout", ["i"], ["d"]), node("Relu", ["d"], ["y"])],
      ["Relu"],
    ],
    ["Relu into a convolution", [conv("x", "c0"), node("Relu", ["c0"], ["y"])], ["Conv"]],
    ["Clip into a convolution", [conv("x", "c0"), node("Clip", ["c0", "low", "high"], ["y"])], ["Conv"]],
    [
      "a second clamp stays",
      [conv("x", "c0"), node("Clip", ["c0", "low", "high"], ["r"]), node("Relu", ["r"], ["y"])],
      ["Conv", "Relu"],
    ],
    ["Mul by channel", [conv("x", "c0"), node("Mul", ["c0", "c"], ["y"])], ["Conv"]],
    ["Div by channel", [conv("x", "c0"), node("Div", ["c0", "c"], ["y"])], ["Conv"]],
    ["Add from the left", [conv("x", "c0"), node("Add", ["c", "c0"], ["y"])], ["Conv"]],
    ["Sub by a number", [conv("x", "c0"), node("Sub", ["c0", "two"], ["y"])], ["Conv"]],
    ["Sub from the left stays", [conv("x", "c0"), node("Sub", ["c", "c0"], ["y"])], ["Conv", "Sub"]],
    ["Add along columns stays", [conv("x", "c0"), node("Add", ["c0", "row"], ["y"])], ["Conv", "Add"]],
    [
      "batch norm",
      [
        conv("x", "c0"),
        node("BatchNormalization", ["c0", "b", "b", "b", "v"], ["y"], with_(float("epsilon", 0.01))),
      ],
      ["Conv"],
    ],
    [
      "batch norm that stands alone",
      [node("BatchNormalization", ["x", "b", "b", "b", "v"], ["y"])],
      ["Mul", "Add"],
    ],
    ["a residual", [conv("x", "c0"), node("Add", ["c0", "x"], ["y"])], ["Conv"]],
    [
      "a residual, then Relu",
      [conv("x", "c0"), node("Sum", ["x", "c0"], ["s"]), node("Relu", ["s"], ["y"])],
      ["Conv"],
    ],
    [
      "a scale behind a residual stays",
      [conv("x", "c0"), node("Add", ["c0", "x"], ["s"]), node("Mul", ["s", "c"], ["y"])],
      ["Conv", "Mul"],
    ],
    [
      "a value that two read is made",
      [conv("x", "c0"), node("Relu", ["c0"], ["r"]), node("Add", ["r", "c0"], ["y"])],
      ["Conv", "Relu", "Add"],
    ],
    [
      "zeros around a convolution",
      [node("Pad", ["x", "pads"], ["p"]), conv("p", "y", "k", ints("pads", 1, 0, 0, 1))],
      ["Conv"],
    ],
    [
      "other numbers around it stay",
      [node("Pad", ["x", "pads", "two"], ["p"]), conv("p", "y", "k")],
      ["Pad", "Conv"],
    ],
    [
      "Transposes that undo each other",
      [turn("x", "t", 0, 2, 3, 1), turn("t", "u", 0, 3, 1, 2), node("Relu", ["u"], ["y"])],
      ["Relu"],
    ],
    [
      "through an activation",
      [turn("x", "t", 0, 2, 3, 1), node("Sigmoid", ["t"], ["s"]), turn("s", "y", 0, 3, 1, 2)],
      ["Sigmoid", "Identity"],
    ],
    [
      "through an Add by channel",
      [turn("x", "t", 0, 2, 3, 1), node("Add", ["t", "last"], ["s"]), turn("s", "y", 0, 3, 1, 2)],
      ["Add", "Identity"],
    ],
    [
      "through a mean",
      [
        turn("x", "t", 0, 2, 3, 1),
        node("ReduceMean", ["t"], ["y"], with_(ints("axes", 1, 2), int("keepdims", 0))),
      ],
      ["ReduceMean"],
    ],
    [
      "through Concat",
      [
        turn("x", "t", 0, 2, 3, 1),
        node("Concat", ["t", "t"], ["s"], with_(int("axis", 3))),
        turn("s", "y", 0, 3, 1, 2),
      ],
      ["Concat", "Identity"],
    ],
    [
      "through Pad",
      [turn("x", "t", 0, 2, 3, 1), node("Pad", ["t", "around"], ["s"]), turn("s", "y", 0, 3, 1, 2)],
      ["Pad", "Identity"],
    ],
    [
      "through Softmax",
      [
        turn("x", "t", 0, 2, 3, 1),
        node("Softmax", ["t"], ["s"], with_(int("axis", -1))),
        turn("s", "y", 0, 3, 1, 2),
      ],
      ["Softmax", "Identity"],
    ],
    [
      "through Split",
      [
        turn("x", "t", 0, 2, 3, 1),
        node("Split", ["t", "parts"], ["p", "q"], with_(int("axis", 3))),
        turn("q", "y", 0, 3, 1, 2),
      ],
      ["Split", "Identity"],
    ],
  ])("%s", (_, nodes, ops) => {
    const graph = of(nodes);
    expectSame(graph);
    expect(simplified(graph).filter((op) => op !== "Identity")).toEqual(
      ops.filter((op) => op !== "Identity"),
    );
  });

  test("an output of the graph keeps its name where rules meet it", () => {
    expectSame(of([conv("x", "c0"), node("Relu", ["c0"], ["y"])], ["c0", "y"]));
    expectSame(of([node("Identity", ["x"], ["y"]), turn("y", "t", 0, 2, 3, 1)], ["t", "y"]));
  });
});

/** A chain of random nodes over images, some of them branches that join again. */
function randomGraph(seed: number): Graph {
  const random = new Random(seed);
  const nodes: NodeInit[] = [];
  const values = ["x"];
  const pick = () => values[random.below(values.length)];
  for (let step = 0; step < 12; step++) {
    const [from, to] = [random.below(3) ? values[values.length - 1] : pick(), `v${step}`];
    const kinds: (() => NodeInit[])[] = [
      () => [conv(from, to)],
      () => [conv(from, to, "k", ints("pads", 1, 1, 1, 1))],
      () => [conv(from, to, "dw", int("group", 3), ints("pads", 1, 1, 1, 1))],
      () => [node("Relu", [from], [to])],
      () => [node("Clip", [from, "low", "high"], [to])],
      () => [
        node(["Add", "Mul", "Sub", "Div"][random.below(4)], [from, ["c", "two"][random.below(2)]], [to]),
      ],
      () => [node("Add", [from, pick()], [to])],
      () => [node("BatchNormalization", [from, "b", "b", "b", "v"], [to])],
      () => [
        turn(from, `${to}t`, 0, 2, 3, 1),
        node("Sigmoid", [`${to}t`], [`${to}s`]),
        turn(`${to}s`, to, 0, 3, 1, 2),
      ],
      () => [
        turn(from, `${to}t`, 0, 2, 3, 1),
        node("Mul", [`${to}t`, "last"], [`${to}s`]),
        turn(`${to}s`, to, 0, 3, 1, 2),
      ],
      () => [node("Identity", [from], [to])],
    ];
    nodes.push(...kinds[random.below(kinds.length)]());
    values.push(to);
  }
  return of(
    nodes,
    [...new Set([values[values.length - 1], pick()])].filter((name) => name !== "x"),
  );
}

test.each(Array.from({ length: 60 }, (_, seed) => [seed]))("random graphs are the same: %i", (seed) => {
  expectSame(randomGraph(seed));
});
