/** TensorFlow.js graph models written by hand, against loops over images with channels last. */
import { describe, expect, test } from "vitest";
import { f16FromF32, f32FromF16 } from "../../src/io/half.js";
import { Random } from "../harness/random.js";
import { expectOutputs, outputsOf } from "./agree.js";
import { placeholder, tf, tfFloats, tfGraphOf, tfInts, tfNode } from "./models.js";
import * as nhwc from "./nhwc.js";

const random = new Random(31);
const size = (shape: readonly number[]) => shape.reduce((all, each) => all * each, 1);
const some = (name: string, ...shape: number[]) => tfFloats(name, shape, random.uniform(size(shape)));
const x = { shape: [2, 7, 6, 3], data: new Random(1).uniform(252) };
const [w, b, d, s] = [some("w", 3, 3, 3, 4), some("b", 4), some("d", 3, 3, 3, 2), some("s", 3)];
const open = placeholder("x", [-1, 7, 6, 3]);
const windowed = (stride: number, padding: string, more = {}) => ({
  strides: tf.ints(1, stride, stride, 1),
  padding: tf.text(padding),
  ...more,
});
const relu6 = (value: number) => Math.min(6, Math.max(0, value));

describe("operators on images", () => {
  test.each([
    [1, "SAME"],
    [2, "SAME"],
    [1, "VALID"],
    [2, "VALID"],
  ])("Conv2D, BiasAdd, Relu6: stride %i, %s", (stride, padding) => {
    const nodes = [
      open,
      tfNode("Conv2D", "c", ["x", "w"], windowed(stride, padding)),
      tfNode("BiasAdd", "a", ["c", "b"]),
      tfNode("Relu6", "y", ["a"]),
    ];
    const expected = nhwc.mapped(nhwc.conv(x, w, b.data, stride, padding === "SAME"), relu6);
    expectOutputs(tfGraphOf(nodes, [w, b]), { x }, expected);
  });

  test("_FusedConv2D with a bias and Prelu", () => {
    const slopes = some("p", 4);
    const fused = windowed(2, "SAME", { fused_ops: tf.texts("BiasAdd", "Prelu") });
    const nodes = [open, tfNode("_FusedConv2D", "y", ["x", "w", "b", "p"], fused)];
    const product = nhwc.conv(x, w, b.data, 2, true);
    const expected = nhwc.mapped(product, (value, c) => (value < 0 ? value * slopes.data[c] : value));
    expectOutputs(tfGraphOf(nodes, [w, b, slopes]), { x }, expected);
  });

  test.each([1, 2])("DepthwiseConv2dNative with a multiplier, stride %i", (stride) => {
    const nodes = [open, tfNode("DepthwiseConv2dNative", "y", ["x", "d"], windowed(stride, "SAME"))];
    expectOutputs(tfGraphOf(nodes, [d]), { x }, nhwc.depthwise(x, d, undefined, stride, true));
  });

  test("a Pad in a node of its own before a convolution", () => {
    const pads = tfInts("pads", [0, 0, 1, 2, 0, 1, 0, 0], [4, 2]);
    const nodes = [
      open,
      tfNode("Pad", "p", ["x", "pads"]),
      tfNode("Conv2D", "y", ["p", "w"], windowed(2, "VALID")),
    ];
    const expected = nhwc.conv(nhwc.padded(x, [1, 2], [0, 1]), w, undefined, 2, false);
    expectOutputs(tfGraphOf(nodes, [w, pads]), { x }, expected);
  });

  test.each<[string, boolean]>([
    ["MaxPool", true],
    ["AvgPool", false],
  ])("%s, SAME", (op, isMax) => {
    const nodes = [open, tfNode(op, "y", ["x"], windowed(2, "SAME", { ksize: tf.ints(1, 3, 3, 1) }))];
    expectOutputs(tfGraphOf(nodes), { x }, nhwc.pool(x, 3, 2, true, isMax));
  });

  test("a bias behind a residual, as grappler writes it: AddV2(bias, AddN(conv, residual))", () => {
    const square = some("q", 1, 1, 3, 3);
    const nodes = [
      open,
      tfNode("Conv2D", "c", ["x", "q"], windowed(1, "SAME")),
      tfNode("AddN", "n", ["c", "x"]),
      tfNode("AddV2", "y", ["s", "n"]),
    ];
    const product = nhwc.conv(x, square, s.data, 1, true);
    const expected = nhwc.mapped(product, (value, _, at) => value + x.data[at]);
    expectOutputs(tfGraphOf(nodes, [square, s]), { x }, expected);
  });

  test("_FusedMatMul, Mean and Softmax behind a convolution", () => {
    const m = some("m", 4, 5);
    const nodes = [
      open,
      tfNode("Conv2D", "c", ["x", "w"], windowed(1, "VALID")),
      tfNode("Mean", "means", ["c", "axes"]),
      tfNode("_FusedMatMul", "f", ["means", "m"], { fused_ops: tf.texts("Relu") }),
      tfNode("Softmax", "y", ["f"]),
    ];
    const product = nhwc.conv(x, w, undefined, 1, false);
    const means = Float64Array.from({ length: 8 }, (_, at) => {
      const [n, c] = [Math.floor(at / 4), at % 4];
      return (
        Array.from({ length: 20 }, (__, p) => product.data[(n * 20 + p) * 4 + c]).reduce((a, v) => a + v) / 20
      );
    });
    const rows = nhwc.mapped(nhwc.dense({ shape: [2, 4], data: means }, m), (value) => Math.max(0, value));
    expectOutputs(tfGraphOf(nodes, [w, m, tfInts("axes", [1, 2])]), { x }, nhwc.softmax(rows));
  });
});

describe("weights", () => {
  const nodes = [open, tfNode("Conv2D", "y", ["x", "w"], windowed(1, "SAME"))];

  test("of several shards, which cut numbers apart", () => {
    const whole = tfGraphOf(nodes, [w]);
    const cut = tfGraphOf(nodes, [w], 37);
    expect(cut.size).toBeGreaterThan(10);
    expect(outputsOf(cut, { x })).toEqual(outputsOf(whole, { x }));
  });

  test("quantised to bytes and to 16 bits, with scale and min", () => {
    for (const [dtype, data] of [
      ["uint8", Uint8Array.from({ length: 108 }, () => random.below(256))],
      ["uint16", Uint16Array.from({ length: 108 }, () => random.below(65536))],
    ] as const) {
      const [scale, min] = dtype === "uint8" ? [0.01, -1.2] : [0.00003, -0.9];
      const stored = { name: "w", shape: [3, 3, 3, 4], quantization: { dtype, scale, min }, data };
      const meant = { shape: w.shape, data: Float32Array.from(data, (q) => q * scale + min) };
      expectOutputs(tfGraphOf(nodes, [stored]), { x }, nhwc.conv(x, meant, undefined, 1, true));
    }
  });

  test("of float16", () => {
    const data = f16FromF32(w.data as Float32Array);
    const stored = { name: "w", shape: w.shape, quantization: { dtype: "float16" as const }, data };
    const meant = { shape: w.shape, data: f32FromF16(data) };
    expectOutputs(tfGraphOf(nodes, [stored]), { x }, nhwc.conv(x, meant, undefined, 1, true));
  });
});

describe("shapes and places", () => {
  const cut = (attr: object, begin: number[], end: number[], strides: number[]) =>
    outputsOf(
      tfGraphOf(
        [placeholder("v", [3, 4]), tfNode("StridedSlice", "y", ["v", "from", "to", "by"], attr)],
        [tfInts("from", begin), tfInts("to", end), tfInts("by", strides)],
      ),
      { v: { shape: [3, 4], data: Array.from({ length: 12 }, (_, at) => at) } },
    )[0];

  test.each<[string, object, number[], number[], number[], number[], number[]]>([
    ["as it stands", {}, [0, 1], [2, 3], [1, 1], [2, 2], [1, 2, 5, 6]],
    [
      "begin_mask, end_mask",
      { begin_mask: tf.int(1), end_mask: tf.int(2) },
      [2, 2],
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 3],
    ],
    ["shrink_axis_mask", { shrink_axis_mask: tf.int(1) }, [-1, 0], [0, 4], [1, 2], [2], [8, 10]],
    ["new_axis_mask", { new_axis_mask: tf.int(1) }, [0, 1], [0, 2], [1, 1], [1, 1, 4], [4, 5, 6, 7]],
    ["ellipsis_mask", { ellipsis_mask: tf.int(1) }, [0, 3], [0, 4], [1, 1], [3, 1], [3, 7, 11]],
    ["backwards", {}, [2, 3], [0, 0], [-1, -2], [2, 2], [11, 9, 7, 5]],
  ])("StridedSlice, %s", (_, attr, begin, end, strides, shape, values) => {
    const y = cut(attr, begin, end, strides);
    expect([...y.shape]).toEqual(shape);
    expect([...y.data]).toEqual(values);
  });

  test("SparseToDense puts numbers at places", () => {
    const weights = [
      tfInts("at", [0, 1, 2, 0], [2, 2]),
      tfInts("to", [3, 2]),
      tfFloats("elsewhere", [], [9]),
      tfInts("one", [2], []),
      tfInts("length", [4]),
    ];
    const nodes = [
      placeholder("v", [2]),
      placeholder("u", []),
      tfNode("SparseToDense", "y", ["at", "to", "v", "elsewhere"]),
      tfNode("SparseToDense", "z", ["one", "length", "u", "elsewhere"]),
    ];
    const inputs = { v: { shape: [2], data: [5, 7] }, u: { shape: [], data: [1] } };
    const [y, z] = outputsOf(tfGraphOf(nodes, weights), inputs);
    expect([...y.data]).toEqual([9, 5, 9, 9, 7, 9]);
    expect([...z.data]).toEqual([9, 9, 1, 9]);
  });
});
