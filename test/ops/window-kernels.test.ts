/** Pooling and resizing: kernels against plain JavaScript. */
import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { type Attribute, integers, tensor } from "../../src/ops/ir.js";
import { expectLowered } from "./lowered.js";

const core = openSync();
const of = (...shape: number[]) => ({ shape });

const WINDOWS: readonly [shape: number[], attributes: Record<string, Attribute>][] = [
  [[2, 3, 9, 10], { kernel_shape: [2, 2], strides: [2, 2] }],
  [[2, 3, 9, 10], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 2, 9, 13], { kernel_shape: [3, 2], strides: [1, 1], pads: [0, 1, 2, 0] }],
  [[1, 2, 12, 12], { kernel_shape: [2, 2], strides: [3, 3], ceil_mode: 1 }],
  [[1, 2, 12, 11], { kernel_shape: [2, 3], dilations: [2, 2] }],
  [[1, 2, 8, 9], { kernel_shape: [3, 3], strides: [2, 2], auto_pad: "SAME_UPPER" }],
  [[2, 3, 20], { kernel_shape: [4], strides: [2], pads: [1, 1] }],
];

test.each(["MaxPool", "AveragePool"])("%s", (op) => {
  for (const [shape, attributes] of WINDOWS) {
    expect(expectLowered(core, { op, attributes, inputs: [of(...shape)] })).toBe("pool");
    if (op === "AveragePool") {
      const counted = { ...attributes, count_include_pad: 1 };
      expect(expectLowered(core, { op, attributes: counted, inputs: [of(...shape)] })).toBe("pool");
    }
  }
});

const MODES = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"];

test.each(MODES)("Resize, %s", (coordinate_transformation_mode) => {
  for (const mode of ["nearest", "linear", "cubic"])
    for (const sizes of [
      [2, 3, 10, 14],
      [2, 3, 5, 4],
      [2, 3, 3, 3],
      [2, 3, 1, 7],
    ]) {
      const attributes = { mode, coordinate_transformation_mode };
      const inputs = [of(2, 3, 5, 7), undefined, undefined, integers(sizes)];
      const kernel = expectLowered(core, { op: "Resize", attributes, inputs });
      expect(kernel).toBe("resize");
    }
});

test("Resize of three axes by scales, antialiased", () => {
  const inputs = [of(1, 4, 9), undefined, tensor("f32", [3], [1, 1, 0.5])];
  expect(expectLowered(core, { op: "Resize", attributes: { mode: "linear", antialias: 1 }, inputs })).toBe(
    "resize",
  );
});

test("a Resize of channels, or that looks outside, stays in JavaScript", () => {
  const sizes = [of(1, 2, 4, 4), undefined, undefined, integers([1, 4, 4, 4])];
  expect(expectLowered(core, { op: "Resize", attributes: { mode: "linear" }, inputs: sizes })).toBe(
    "javascript",
  );
  const region = tensor("f32", [8], [0, 0, -0.5, 0, 1, 1, 1.5, 1]);
  const attributes = { mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize" };
  const inputs = [of(1, 2, 4, 4), region, undefined, integers([1, 2, 6, 6])];
  expect(expectLowered(core, { op: "Resize", attributes, inputs })).toBe("javascript");
});
