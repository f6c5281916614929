/** Reductions, softmax and normalisations: kernels against plain JavaScript. */
import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { integers } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { expectLowered, weights } from "./lowered.js";

const core = openSync();
const of = (...shape: number[]) => ({ shape });

const AXES: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [2, 3, 5, 7],
    [2, 3],
  ],
  [[2, 3, 5, 7], [1]],
  [[2, 3, 5, 7], [3]],
  [[2, 3, 5, 7], [2]],
  [
    [2, 3, 5, 7],
    [1, 2, 3],
  ],
  [
    [2, 3, 5, 7],
    [0, 1, 2, 3],
  ],
  [[1, 20, 6], [-1]],
  [[9, 17], [0]],
  [[5], [0]],
];

test.each(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceSumSquare", "ReduceL1"])(
  "%s",
  (op) => {
    for (const keepdims of [0, 1])
      for (const [shape, axes] of AXES) {
        const inputs = [of(...shape), integers(axes)];
        expect(expectLowered(core, { op, attributes: { keepdims }, inputs })).toBe("reduction");
      }
  },
);

test("axes that are not one behind another stay in JavaScript", () => {
  const inputs = [of(2, 3, 5, 7), integers([1, 3])];
  expect(expectLowered(core, { op: "ReduceSum", inputs })).toBe("javascript");
});

test.each(["GlobalAveragePool", "GlobalMaxPool"])("%s", (op) => {
  for (const shape of [
    [2, 3, 5, 7],
    [1, 4, 2, 2],
    [2, 2, 9],
  ])
    expect(expectLowered(core, { op, inputs: [of(...shape)] })).toBe("reduction");
});

test.each([-1, 0, 1, 2])("Softmax along axis %i", (axis) => {
  for (const shape of [
    [2, 3, 5, 7],
    [1, 9, 40],
    [4, 1, 6],
  ])
    expect(expectLowered(core, { op: "Softmax", attributes: { axis }, inputs: [of(...shape)] })).toBe(
      "softmax",
    );
});

test("LayerNormalization", () => {
  const random = new Random(1);
  for (const axis of [-1, 1]) {
    const scale = axis === 1 ? [5, 7] : [7];
    const inputs = [of(3, 5, 7), weights(random, scale), weights(random, scale)];
    const node = { op: "LayerNormalization", attributes: { axis, epsilon: 1e-3 } };
    expect(expectLowered(core, { ...node, inputs })).toBe("normalization");
    expect(expectLowered(core, { ...node, inputs: inputs.slice(0, 2) })).toBe("normalization");
  }
});

test("InstanceNormalization", () => {
  const random = new Random(2);
  for (const shape of [
    [2, 3, 5, 7],
    [1, 3, 2, 2],
    [2, 3, 40],
  ]) {
    const inputs = [of(...shape), weights(random, [3]), weights(random, [3])];
    expect(expectLowered(core, { op: "InstanceNormalization", inputs })).toBe("normalization");
  }
});
