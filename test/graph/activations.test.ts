/** Chains that become one operator: found where they are, left alone elsewhere, the same numbers either way. */
import { expect, test } from "vitest";
import { model } from "../../src/graph/model.js";
import { openSync } from "../../src/open.js";
import {
  type Attribute,
  type Graph,
  integers,
  type Node,
  sizeOf,
  type Tensor,
  tensor,
} from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";

const core = openSync();
const random = new Random(31);

/** A node as text, "y = Op a b", numbers as constants; attributes behind it. */
type Line = string | readonly [string, Readonly<Record<string, Attribute>>];

const SHAPE = [1, 4, 5, 6];

/** A graph of lines that reads x, and gives y. */
function graphOf(lines: readonly Line[], named: Readonly<Record<string, Tensor>> = {}, shape = SHAPE): Graph {
  const constants = new Map(Object.entries(named));
  const nodes = lines.map((line): Node => {
    const [text, attributes] = typeof line === "string" ? [line, {}] : line;
    const [output, , op, ...operands] = text.split(" ");
    const inputs = operands.map((name) => {
      if (name === "_") return "";
      if (!Number.isNaN(Number(name))) constants.set(name, tensor("f32", [], [Number(name)]));
      return name;
    });
    return { name: output, op, inputs, outputs: [output], attributes };
  });
  return { inputs: [{ name: "x", dtype: "f32", shape }], outputs: ["y"], nodes, constants };
}

/** Operators of the simplified graph, after its numbers were compared with those of the graph as it stands. */
function simplified(graph: Graph): string[] {
  const shape = graph.inputs[0].shape as number[];
  const x = random.uniform(sizeOf(shape)).map((value) => 5 * value);
  return core.scoped(() => {
    const [planned, plain] = [true, false].map((simplify) => model(core, graph, { simplify }));
    const [got, want] = [planned, plain].map((each) => each.run({ x }).y.data);
    const largest = Math.max(...Array.from(want, Math.abs));
    for (let at = 0; at < want.length; at++)
      expect(Math.abs(got[at] - want[at])).toBeLessThanOrEqual(4e-6 * largest);
    expect(want.length).toBeGreaterThan(0);
    return planned.layers.map(({ op }) => op);
  });
}

const HARD_SWISHES: Record<string, Line[]> = {
  "divided behind": ["a = Add x 3", "c = Clip a 0 6", "m = Mul x c", "y = Div m 6"],
  "the other way round": ["a = Add 3 x", "c = Clip a 0 6", "m = Mul c x", "y = Mul 0.16666667 m"],
  "divided before": ["a = Add x 3", "c = Clip a 0 6", "d = Div c 6", "y = Mul d x"],
  "of Max and Min": ["a = Add x 3", "l = Max a 0", "c = Min l 6", "d = Mul c 0.166667", "y = Mul x d"],
  "of HardSigmoid": [["h = HardSigmoid x", { alpha: 1 / 6, beta: 0.5 }], "y = Mul x h"],
};
test.each(Object.entries(HARD_SWISHES))("hard-swish %s", (_, lines) => {
  expect(simplified(graphOf(lines))).toEqual(["HardSwish"]);
});

const OTHERS: Record<string, Line[]> = {
  "another shift": ["a = Add x 2", "c = Clip a 0 6", "m = Mul x c", "y = Div m 6"],
  "another range": ["a = Add x 3", "c = Clip a 0 5", "m = Mul x c", "y = Div m 6"],
  "no upper bound": ["a = Add x 3", "c = Clip a 0", "m = Mul x c", "y = Div m 6"],
  "another divisor": ["a = Add x 3", "c = Clip a 0 6", "m = Mul x c", "y = Div m 5"],
  "another factor": ["a = Add x 3", "c = Clip a 0 6", "m = Mul a c", "y = Div m 6"],
  "another slope": [["h = HardSigmoid x", { alpha: 0.2, beta: 0.5 }], "y = Mul x h"],
  "six less the product": ["a = Add x 3", "c = Clip a 0 6", "m = Mul x c", "y = Sub 6 m"],
};
test.each(Object.entries(OTHERS))("no hard-swish: %s", (_, lines) => {
  expect(simplified(graphOf(lines))).not.toContain("HardSwish");
});

test("swish, with a factor and without", () => {
  expect(simplified(graphOf(["s = Sigmoid x", "y = Mul s x"]))).toEqual(["Swish"]);
  expect(simplified(graphOf(["m = Mul x 1.702", "s = Sigmoid m", "y = Mul x s"]))).toEqual(["Swish"]);
  expect(simplified(graphOf(["n = Neg x", "s = Sigmoid n", "y = Mul x s"]))).not.toContain("Swish");
});

test.each([
  [["d = Div x 1.4142135", "e = Erf d", "a = Add e 1", "h = Mul x 0.5", "y = Mul h a"]],
  [["d = Mul x 0.70710678", "e = Erf d", "a = Add 1 e", "m = Mul a x", "y = Mul 0.5 m"]],
  [["d = Div x 1.4142135", "e = Erf d", "a = Add e 1", "h = Mul 0.5 a", "y = Mul x h"]],
])("gelu: %s", (lines) => {
  expect(simplified(graphOf(lines))).toEqual(["Gelu"]);
});
test.each([
  [["d = Div x 1.5", "e = Erf d", "a = Add e 1", "h = Mul x 0.5", "y = Mul h a"]],
  [["d = Div x 1.4142135", "e = Erf d", "a = Add e 1", "h = Mul x 0.25", "y = Mul h a"]],
  [["d = Div x 1.4142135", "e = Erf d", "a = Add e 2", "h = Mul x 0.5", "y = Mul h a"]],
])("no gelu: %s", (lines) => {
  expect(simplified(graphOf(lines))).not.toContain("Gelu");
});

test("Max and Min with numbers are one clamp; an empty range and two of one side stay what they are", () => {
  expect(simplified(graphOf(["a = Max x -1", "y = Min a 2"]))).toEqual(["Clip"]);
  expect(simplified(graphOf(["a = Max x 3", "y = Min a 2"]))).toEqual(["Clip"]);
  expect(simplified(graphOf(["a = Min x 2", "y = Max a 3"]))).toEqual(["Clip", "Clip"]);
  expect(simplified(graphOf(["a = Max x 1", "y = Max a 2"]))).toEqual(["Clip", "Clip"]);
});

const NORMAL: Line[] = [
  ["m = ReduceMean x axes", { keepdims: 1 }],
  "c = Sub x m",
  "q = Pow c 2",
  ["v = ReduceMean q axes", { keepdims: 1 }],
  "e = Add v 0.001",
  "r = Sqrt e",
  "d = Div c r",
  "s = Mul d scale",
  "y = Add s bias",
];
const tokens = (axis: number) => ({
  axes: integers([axis]),
  scale: tensor("f32", [7], random.uniform(7)),
  bias: tensor("f32", [7], random.uniform(7)),
});

test("layer normalisation of the last axis, of no other", () => {
  for (const axis of [-1, 2])
    expect(simplified(graphOf(NORMAL, tokens(axis), [2, 5, 7]))).toEqual(["LayerNormalization"]);
  expect(simplified(graphOf(NORMAL, tokens(1), [2, 5, 7]))).not.toContain("LayerNormalization");
  const cubes = NORMAL.map((line) => (line === "q = Pow c 2" ? "q = Pow c 4" : line));
  expect(simplified(graphOf(cubes, tokens(-1), [2, 5, 7]))).not.toContain("LayerNormalization");
});

test("a scale with a shift is one pass, unless it stretches or others read what is between", () => {
  expect(simplified(graphOf(["m = Mul 2 x", "y = Add m -0.5"]))).toEqual(["Affine"]);
  expect(simplified(graphOf(["m = Mul 2 x", "a = Add m 1", "y = Sub a m"]))).toEqual(["Mul", "Add", "Sub"]);
  const wide = { two: tensor("f32", [1, 1, 1, 1, 1], [2]) };
  expect(simplified(graphOf(["m = Mul two x", "y = Add m 1"], wide))).toEqual(["Mul", "Add"]);
});

test("what scales a convolution's input goes into its weights, a shift where no border is read", () => {
  const w = tensor("f32", [3, 4, 3, 3], random.uniform(108));
  const bias = tensor("f32", [3], random.uniform(3));
  const padded = { pads: [1, 1, 1, 1] };
  const swish = ["s = Sigmoid x", "g = Mul s x"];
  const affine = [...swish, "m = Mul g 0.25", "a = Add m 3"];
  expect(simplified(graphOf([...affine, ["y = Conv a w b", {}]], { w, b: bias }))).toEqual(["Swish", "Conv"]);
  expect(simplified(graphOf([...affine, ["y = Conv a w", padded]], { w }))).toEqual([
    "Swish",
    "Affine",
    "Conv",
  ]);
  const same = { auto_pad: "SAME_UPPER" };
  expect(simplified(graphOf([...affine, ["y = Conv a w", same]], { w }))).toEqual([
    "Swish",
    "Affine",
    "Conv",
  ]);
  const scale = [...swish, "m = Mul g 0.25"];
  expect(simplified(graphOf([...scale, ["y = Conv m w b", padded]], { w, b: bias }))).toEqual([
    "Swish",
    "Conv",
  ]);
});
