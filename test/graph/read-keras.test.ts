/** Layers models of TensorFlow.js, against loops over images with channels last. */
import { describe, expect, test } from "vitest";
import { missingOperators } from "../../src/graph/model.js";
import { readTfjsGraph } from "../../src/graph/read-tfjs.js";
import { Random } from "../harness/random.js";
import { expectOutputs, outputsOf } from "./agree.js";
import { type TfWeight, tfFloats, tfjsOf } from "./models.js";
import * as nhwc from "./nhwc.js";

const random = new Random(21);
const size = (shape: readonly number[]) => shape.reduce((all, each) => all * each, 1);
const some = (name: string, ...shape: number[]) => tfFloats(name, shape, random.uniform(size(shape)));
const above = (name: string, ...shape: number[]) =>
  tfFloats(name, shape, random.uniform(size(shape), 0.5, 2));
const x = { shape: [2, 7, 6, 3], data: new Random(1).uniform(252) };
const rows = { shape: [2, 5], data: new Random(2).uniform(10) };

const layer = (class_name: string, config: object, inbound?: unknown) => ({
  class_name,
  config: { name: class_name.toLowerCase(), ...config },
  ...(inbound ? { name: (config as { name?: string }).name, inbound_nodes: inbound } : {}),
});
const input = (shape: readonly number[], name = "x") =>
  layer("InputLayer", { name, batch_input_shape: [null, ...shape.slice(1)] });

/** One layer over x, or over what it is given. */
const sequential = (layers: object[], weights: TfWeight[] = [], of = x) =>
  tfjsOf({ class_name: "Sequential", config: { name: "s", layers: [input(of.shape), ...layers] } }, weights);

const relu = (value: number) => Math.max(0, value);
const bn = ["gamma", "beta", "moving_mean"].map((what) => some(`batchnormalization/${what}`, 3));
const variance = above("batchnormalization/moving_variance", 3);
const [kernel, bias] = [some("conv2d/kernel", 3, 2, 3, 4), some("conv2d/bias", 4)];
const [deep, deepBias] = [
  some("depthwiseconv2d/depthwise_kernel", 3, 3, 3, 2),
  some("depthwiseconv2d/bias", 6),
];
const [apart, point] = [
  some("separableconv2d/depthwise_kernel", 3, 3, 3, 1),
  some("separableconv2d/pointwise_kernel", 1, 1, 3, 5),
];
const [matrix, shift] = [some("dense/kernel", 5, 4), some("dense/bias", 4)];
const alpha = some("prelu/alpha", 1, 1, 3);
const by = (f: (value: number) => number) => nhwc.mapped(x, f);

describe("a layer is what loops say", () => {
  test.each<[string, ReadonlyMap<string, Uint8Array>, nhwc.Image]>([
    [
      "Conv2D, same, relu",
      sequential(
        [layer("Conv2D", { strides: [2, 2], padding: "same", activation: "relu", use_bias: true })],
        [kernel, bias],
      ),
      nhwc.mapped(nhwc.conv(x, kernel, bias.data, 2, true), relu),
    ],
    [
      "Conv2D, valid, no bias",
      sequential([layer("Conv2D", { padding: "valid", use_bias: false })], [kernel]),
      nhwc.conv(x, kernel, undefined, 1, false),
    ],
    [
      "DepthwiseConv2D with a multiplier",
      sequential([layer("DepthwiseConv2D", { padding: "same", strides: [1, 1] })], [deep, deepBias]),
      nhwc.depthwise(x, deep, deepBias.data, 1, true),
    ],
    [
      "SeparableConv2D",
      sequential([layer("SeparableConv2D", { padding: "same", use_bias: false })], [apart, point]),
      nhwc.conv(nhwc.depthwise(x, apart, undefined, 1, true), point, undefined, 1, true),
    ],
    [
      "BatchNormalization",
      sequential([layer("BatchNormalization", { axis: [3], epsilon: 0.01 })], [...bn, variance]),
      nhwc.mapped(
        x,
        (value, c) =>
          ((value - bn[2].data[c]) / Math.sqrt(variance.data[c] + 0.01)) * bn[0].data[c] + bn[1].data[c],
      ),
    ],
    [
      "BatchNormalization without scale and centre",
      sequential([layer("BatchNormalization", { axis: -1, scale: false, center: false })], [bn[2], variance]),
      nhwc.mapped(x, (value, c) => (value - bn[2].data[c]) / Math.sqrt(variance.data[c] + 1e-3)),
    ],
    ["MaxPooling2D", sequential([layer("MaxPooling2D", {})]), nhwc.pool(x, 2, 2, false, true)],
    [
      "AveragePooling2D, same",
      sequential([layer("AveragePooling2D", { pool_size: [3, 3], strides: [2, 2], padding: "same" })]),
      nhwc.pool(x, 3, 2, true, false),
    ],
    ["Flatten", sequential([layer("Flatten", {})]), { shape: [2, 126], data: x.data }],
    [
      "Reshape with a size that is open",
      sequential([layer("Reshape", { target_shape: [-1, 3] })]),
      { shape: [2, 42, 3], data: x.data },
    ],
    ["Dropout", sequential([layer("Dropout", { rate: 0.5 })]), x],
    [
      "ZeroPadding2D",
      sequential([
        layer("ZeroPadding2D", {
          padding: [
            [1, 0],
            [0, 2],
          ],
        }),
      ]),
      nhwc.padded(x, [1, 0], [0, 2]),
    ],
    ["LeakyReLU", sequential([layer("LeakyReLU", {})]), by((value) => (value < 0 ? 0.3 * value : value))],
    [
      "PReLU by channel",
      sequential([layer("PReLU", { shared_axes: [1, 2] })], [alpha]),
      nhwc.mapped(x, (value, c) => (value < 0 ? value * alpha.data[c] : value)),
    ],
    [
      "ReLU to 0.5",
      sequential([layer("ReLU", { max_value: 0.5 })]),
      by((value) => Math.min(0.5, relu(value))),
    ],
    ["Softmax", sequential([layer("Softmax", { axis: -1 })]), nhwc.softmax(x)],
    [
      "hard_sigmoid",
      sequential([layer("Activation", { activation: "hard_sigmoid" })]),
      by((value) => Math.max(0, Math.min(1, 0.2 * value + 0.5))),
    ],
    ["swish", sequential([layer("Activation", { activation: "swish" })]), by((v) => v / (1 + Math.exp(-v)))],
    [
      "Dense over rows",
      sequential([layer("Dense", { activation: "softmax" })], [matrix, shift], rows),
      nhwc.softmax(nhwc.dense(rows, matrix, shift.data)),
    ],
  ])("%s", (_, files, expected) => {
    const name = expected.shape[1] === 4 && expected.shape.length === 2 ? rows : x;
    expectOutputs(files, { x: name }, expected);
  });

  test("UpSampling2D doubles rows and columns", () => {
    const [out] = outputsOf(sequential([layer("UpSampling2D", { size: [2, 3] })]), { x });
    expect(out.shape).toEqual([2, 14, 18, 3]);
    for (let at = 0; at < out.data.length; at++) {
      const [c, column, row, n] = [
        at % 3,
        Math.floor(at / 3) % 18,
        Math.floor(at / 54) % 14,
        Math.floor(at / 756),
      ];
      const from = ((n * 7 + Math.floor(row / 2)) * 6 + Math.floor(column / 3)) * 3 + c;
      expect(out.data[at]).toBe(x.data[from]);
    }
  });

  test("GlobalAveragePooling2D is a mean of positions", () => {
    const [out] = outputsOf(sequential([layer("GlobalAveragePooling2D", {})]), { x });
    expect(out.shape).toEqual([2, 3]);
    out.data.forEach((mean, at) => {
      const [n, c] = [Math.floor(at / 3), at % 3];
      const sum = Array.from({ length: 42 }, (_, p) => x.data[(n * 42 + p) * 3 + c]).reduce(
        (a, b) => a + b,
        0,
      );
      expect(mean).toBeCloseTo(sum / 42, 6);
    });
  });
});

describe("models of layers", () => {
  const functional = (outputs: unknown) =>
    tfjsOf(
      {
        keras_version: "2.15.0",
        model_config: {
          class_name: "Functional",
          config: {
            name: "m",
            layers: [
              input(rows.shape, "a"),
              input([2, 4], "b"),
              layer("Dense", { name: "dense", units: 4 }, [[["a", 0, 0, {}]]]),
              layer("Add", { name: "add" }, [
                [
                  ["dense", 0, 0, {}],
                  ["b", 0, 0, {}],
                ],
              ]),
              layer("Multiply", { name: "mul" }, [
                [
                  ["dense", 0, 0, {}],
                  ["add", 0, 0, {}],
                ],
              ]),
              layer("Concatenate", { name: "cat", axis: -1 }, [
                [
                  ["add", 0, 0, {}],
                  ["mul", 0, 0, {}],
                ],
              ]),
            ],
            input_layers: [
              ["a", 0, 0],
              ["b", 0, 0],
            ],
            output_layers: outputs,
          },
        },
      },
      [matrix, shift],
    );
  const b = { shape: [2, 4], data: new Random(3).uniform(8) };

  test("Functional: two inputs, branches that join", () => {
    const product = nhwc.dense(rows, matrix, shift.data).data;
    const data = Float64Array.from({ length: 16 }, (_, at) => {
      const from = Math.floor(at / 8) * 4 + (at % 4);
      const sum = product[from] + b.data[from];
      return at % 8 < 4 ? sum : product[from] * sum;
    });
    expectOutputs(functional([["cat", 0, 0]]), { a: rows, b }, { shape: [2, 8], data });
    expect(outputsOf(functional(["cat", 0, 0]), { a: rows, b })[0].shape).toEqual([2, 8]);
  });

  test("one inside another, weights in scopes", () => {
    const [inner, outer] = [some("scope/first/kernel", 5, 3), some("last/kernel:0", 3, 2)];
    const stack = {
      class_name: "Sequential",
      config: {
        name: "inner",
        layers: [layer("Dense", { name: "first", use_bias: false, batch_input_shape: [null, 5] })],
      },
    };
    const files = tfjsOf(
      { class_name: "Sequential", config: [stack, layer("Dense", { name: "last", use_bias: false })] },
      [inner, outer],
    );
    expectOutputs(files, { inner_input: rows }, nhwc.dense(nhwc.dense(rows, inner), outer));
  });

  test("a layer called twice has its weights twice", () => {
    const square = some("dense/kernel", 5, 5);
    const files = tfjsOf(
      {
        class_name: "Model",
        config: {
          layers: [
            input(rows.shape, "a"),
            layer("Dense", { name: "dense", use_bias: false }, [[["a", 0, 0, {}]], [["dense", 0, 0, {}]]]),
          ],
          input_layers: [["a", 0, 0]],
          output_layers: [["dense", 1, 0]],
        },
      },
      [square],
    );
    expectOutputs(files, { a: rows }, nhwc.dense(nhwc.dense(rows, square), square));
  });
});

describe("what is not there is named", () => {
  const read = (files: ReadonlyMap<string, Uint8Array>) =>
    readTfjsGraph(files.get("model.json") as Uint8Array, files);

  test("layers without a translation, all at once", () => {
    const graph = read(sequential([layer("Lambda", {}), layer("GRU", { name: "memory" })]));
    expect([...missingOperators(graph)]).toEqual([
      ["keras.Lambda", ["lambda"]],
      ["keras.GRU", ["memory"]],
    ]);
  });

  test.each<[string, ReadonlyMap<string, Uint8Array>, string]>([
    [
      "a weight",
      sequential([layer("Dense", {})], [], rows),
      'layer "dense" (Dense) expected a weight "dense/kernel", found none',
    ],
    [
      "an activation",
      sequential([layer("Activation", { activation: "snake" })]),
      'layer "activation" (Activation) expected activation out of linear, relu',
    ],
    [
      "padding",
      sequential([layer("Conv2D", { padding: "causal" })], [kernel, bias]),
      "padding out of valid, same",
    ],
    ["strides", sequential([layer("MaxPooling2D", { strides: [0, 1] })]), "two whole numbers ≥ 1 as strides"],
    [
      "an axis",
      sequential([layer("BatchNormalization", { axis: 1 })], [...bn, variance]),
      "along the last axis",
    ],
    ["no layers", tfjsOf({ class_name: "Sequential", config: [] }, []), "expected layers, found none"],
    [
      "a model of another kind",
      tfjsOf({ class_name: "Network", config: {} }, []),
      "Sequential or Functional",
    ],
    [
      "no shape of an input",
      tfjsOf({ class_name: "Sequential", config: [layer("Dense", {})] }, []),
      "expected a batch_input_shape, found none",
    ],
    [
      "a cycle",
      tfjsOf(
        {
          class_name: "Model",
          config: {
            layers: [
              layer("Add", { name: "a" }, [[["b", 0, 0]]]),
              layer("Add", { name: "b" }, [[["a", 0, 0]]]),
            ],
            input_layers: [],
            output_layers: [["b", 0, 0]],
          },
        },
        [],
      ),
      'layer "a" expected no cycle, found one',
    ],
  ])("%s", (_, files, message) => {
    expect(() => read(files)).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
  });
});
