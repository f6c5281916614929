/** Operators that move elements: kernels against plain JavaScript. */
import { expect, test } from "vitest";
import { model } from "../../src/graph/model.js";
import { openSync } from "../../src/open.js";
import { integers, sizeOf, tensor } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { expectLowered, type NodeCase } from "./lowered.js";

const core = openSync();
const of = (...shape: number[]) => ({ shape });
const slice = (starts: number[], ends: number[], axes: number[], steps: number[]) =>
  [starts, ends, axes, steps].map(integers);

const CASES: NodeCase[] = [
  { op: "Transpose", attributes: { perm: [0, 2, 3, 1] }, inputs: [of(2, 5, 4, 6)] },
  { op: "Transpose", attributes: { perm: [0, 3, 1, 2] }, inputs: [of(1, 9, 8, 3)] },
  { op: "Transpose", attributes: { perm: [3, 1, 0, 2] }, inputs: [of(2, 3, 5, 7)] },
  { op: "Transpose", inputs: [of(9, 17)] },
  { op: "Transpose", attributes: { perm: [4, 2, 0, 3, 1] }, inputs: [of(2, 3, 2, 5, 3)] },
  { op: "SwapLastAxes", inputs: [of(2, 5, 7)] },
  { op: "Concat", attributes: { axis: 1 }, inputs: [of(2, 3, 4, 5), of(2, 1, 4, 5), of(2, 2, 4, 5)] },
  { op: "Concat", attributes: { axis: -1 }, inputs: [of(2, 3, 4, 5), of(2, 3, 4, 2)] },
  { op: "Concat", attributes: { axis: 0 }, inputs: [of(2, 3), of(1, 3), of(0, 3)] },
  { op: "Slice", inputs: [of(2, 4, 9, 9), ...slice([1, 1], [8, 9], [2, 3], [2, 3])] },
  { op: "Slice", inputs: [of(2, 4, 9, 9), ...slice([-1, 3], [-20, 0], [3, 1], [-1, -2])] },
  { op: "Slice", inputs: [of(2, 4, 9, 9), ...slice([4], [4], [2], [1])] },
  { op: "Expand", inputs: [of(3, 1), integers([2, 3, 5])] },
  { op: "Expand", inputs: [of(2, 3, 1, 1), integers([2, 3, 4, 5])] },
  { op: "Tile", inputs: [of(2, 3, 4, 5), integers([1, 2, 1, 3])] },
  { op: "Tile", inputs: [of(3, 2), integers([0, 2])] },
  { op: "Pack", attributes: { axis: 1 }, inputs: [of(2, 5, 7), of(2, 5, 7), of(2, 5, 7)] },
  { op: "Pack", attributes: { axis: -1 }, inputs: [of(4), of(4)] },
  { op: "Pad", inputs: [of(2, 3, 4, 5), integers([0, 0, 1, 2, 0, 0, 3, 0])] },
  { op: "Pad", inputs: [of(2, 3, 5, 5), integers([0, 1, -1, 2, 0, 0, 0, -2]), tensor("f32", [], [3])] },
  { op: "Pad", inputs: [of(4), integers([-3, -1])] },
  { op: "DepthToSpace", attributes: { blocksize: 2 }, inputs: [of(2, 8, 3, 5)] },
  { op: "DepthToSpace", attributes: { blocksize: 2, mode: "CRD" }, inputs: [of(1, 12, 4, 4)] },
  { op: "SpaceToDepth", attributes: { blocksize: 3 }, inputs: [of(2, 2, 6, 9)] },
  {
    op: "StridedSlice",
    attributes: { shrink_axis_mask: 1, end_mask: 2 },
    inputs: [of(3, 4, 5, 6), integers([1, 1, 0]), integers([2, 0, 4]), integers([1, 2, 1])],
  },
];

test.each(CASES)("$op $attributes $inputs", (node) => {
  expect(expectLowered(core, node)).toBe("copy");
});

test("a Pad that is no constant stays in JavaScript", () => {
  const inputs = [of(1, 2, 4, 5), integers([0, 0, 1, 1, 0, 0, 1, 1])];
  expect(expectLowered(core, { op: "Pad", attributes: { mode: "reflect" }, inputs })).toBe("javascript");
});

test.each([
  ["Split", { axis: 1 }, [2, 5, 4, 6], [integers([2, 0, 3])], 3],
  ["Split", { axis: 3 }, [2, 5, 4, 6], [], 3],
  ["Unpack", { axis: 1 }, [2, 3, 4, 6], [], 3],
  ["Unpack", { axis: 2 }, [4, 5, 2], [], 2],
] as const)("%s %o of [%o]", (op, attributes, sizes, rest, count) => {
  const shape: readonly number[] = sizes;
  const outputs = Array.from({ length: count }, (_, index) => `y${index}`);
  const x = new Random(9).uniform(sizeOf(shape));
  const names = rest.map((_, index) => `c${index}`);
  const graph = {
    inputs: [{ name: "x", dtype: "f32" as const, shape }],
    outputs,
    nodes: [{ name: "n", op, attributes, inputs: ["x", ...names], outputs }],
    constants: new Map(rest.map((value, index) => [names[index], value])),
  };
  const planned = model(core, graph);
  expect(planned.layers.map(({ kernel }) => kernel)).not.toContain("javascript");
  const found = planned.run({ x });
  // Each element is where its indices say.
  const axis = attributes.axis;
  const inner = sizeOf(shape.slice(axis + 1));
  let before = 0;
  for (const name of outputs) {
    const { shape: part, data } = found[name];
    const along = op === "Split" ? part[axis] : 1;
    for (let at = 0; at < data.length; at++) {
      const [outer, index] = [Math.floor(at / (along * inner)), Math.floor(at / inner) % along];
      expect(data[at]).toBe(x[(outer * shape[axis] + before + index) * inner + (at % inner)]);
    }
    before += along;
  }
  expect(before).toBe(shape[axis]);
});
