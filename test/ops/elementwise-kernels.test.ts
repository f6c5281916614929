/** Maps and combinations: kernels against plain JavaScript, on planes apart and on contiguous values. */
import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { type Attribute, tensor } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { expectLowered, type Given, weights } from "./lowered.js";

const core = openSync();
const number = (value: number) => tensor("f32", [], [value]);

/** Planes of 35 positions stand apart, those of 6 do not. */
const SHAPES = [[1, 3, 5, 7], [2, 3, 2, 3], [2, 4, 17], [5, 9], [7], []];

const MAPS: readonly [op: string, attributes?: Record<string, Attribute>][] = [
  ["Abs"],
  ["Affine", { scale: 0.3, shift: -0.7 }],
  ["Ceil"],
  ["Elu", { alpha: 0.5 }],
  ["Erf"],
  ["Exp"],
  ["Floor"],
  ["Gelu"],
  ["Gelu", { approximate: "tanh" }],
  ["HardSigmoid", { alpha: 0.3, beta: 0.4 }],
  ["HardSwish"],
  ["LeakyRelu", { alpha: 0.1 }],
  ["Neg"],
  ["Reciprocal"],
  ["Relu"],
  ["Round"],
  ["Sigmoid"],
  ["Swish"],
  ["Swish", { alpha: 1.5 }],
  ["Tanh"],
];

test.each(MAPS)("%s %o", (op, attributes) => {
  for (const shape of SHAPES)
    expect(expectLowered(core, { op, attributes, inputs: [{ shape }] })).toBe("element-wise");
});

test("Sqrt, and powers that have kernels", () => {
  // Of squares, so that no root is NaN: plain JavaScript and kernels agree on those anyway.
  for (const exponent of [2, 0.5, -1]) {
    const inputs = [{ shape: [1, 3, 5, 7] }, number(exponent)];
    expect(expectLowered(core, { op: "Pow", inputs })).toBe("element-wise");
  }
  expect(expectLowered(core, { op: "Pow", inputs: [{ shape: [4] }, number(3)] })).toBe("javascript");
  expect(expectLowered(core, { op: "Sqrt", inputs: [{ shape: [2, 3, 5, 7] }] })).toBe("element-wise");
});

test("Clip, with bounds that are known", () => {
  const x = { shape: [1, 3, 5, 7] };
  for (const bounds of [
    [number(-0.5), number(0.25)],
    [undefined, number(0.1)],
    [number(0.1)],
    [],
  ] as Given[][])
    expect(expectLowered(core, { op: "Clip", inputs: [x, ...bounds] })).toBe("element-wise");
  expect(expectLowered(core, { op: "Clip", inputs: [x, { shape: [] }] })).toBe("javascript");
});

/** Pairs that stretch: channels, one number, rows, planes, the last axis, both ways, missing axes. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3, 5, 7],
    [2, 3, 5, 7],
  ],
  [
    [2, 3, 5, 7],
    [1, 3, 1, 1],
  ],
  [
    [2, 3, 5, 7],
    [2, 3, 1, 1],
  ],
  [
    [2, 3, 5, 7],
    [3, 1, 1],
  ],
  [[2, 3, 5, 7], []],
  [
    [2, 3, 5, 7],
    [1, 1, 5, 7],
  ],
  [[2, 3, 5, 7], [7]],
  [
    [2, 3, 5, 7],
    [5, 1],
  ],
  [
    [2, 3, 5, 7],
    [2, 1, 5, 7],
  ],
  [
    [3, 1, 17],
    [1, 4, 17],
  ],
  [
    [4, 1],
    [1, 5],
  ],
  [[6], [6]],
];

test.each(["Add", "Sub", "Mul", "Div", "Max", "Min", "SquaredDifference", "PRelu", "Sum"])("%s", (op) => {
  const random = new Random(3);
  for (const [a, b] of PAIRS) {
    expect(expectLowered(core, { op, inputs: [{ shape: a }, { shape: b }] })).toBe("element-wise");
    expect(expectLowered(core, { op, inputs: [{ shape: b }, { shape: a }] })).toBe("element-wise");
    expect(expectLowered(core, { op, inputs: [{ shape: a }, weights(random, b)] })).toBe("element-wise");
  }
});

test.each(["Sum", "Max", "Min"])("%s of three and of one", (op) => {
  const inputs = [{ shape: [1, 3, 5, 7] }, { shape: [3, 1, 1] }, { shape: [1, 3, 5, 7] }];
  expect(expectLowered(core, { op, inputs })).toBe("element-wise");
  expect(expectLowered(core, { op, inputs: inputs.slice(0, 1) })).toBe("javascript");
});
