/** Every operator against onnxruntime-web, which runs the same file as it stands: attributes, sizes, opsets. */
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { model } from "../../src/graph/model.js";
import { readOnnxGraph } from "../../src/graph/read-onnx.js";
import { openSync } from "../../src/open.js";
import type { Tensor } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { run } from "../io/onnx/run.js";
import { float, floats, int, ints, modelOf, node, text, value, weight } from "../io/onnx/sample.js";

type Attribute = ReturnType<typeof int | typeof ints | typeof float | typeof floats | typeof text>;

interface Case {
  readonly op: string;
  /** Shapes of the real inputs. */
  readonly inputs: readonly (readonly number[])[];
  readonly attributes?: readonly Attribute[];
  /** Whole numbers behind them, as int64 constants; undefined for one that is left out. */
  readonly integers?: readonly (readonly number[] | undefined)[];
  /** Real constants behind those: shape and values. */
  readonly constants?: readonly { readonly dims: number[]; readonly values: readonly number[] }[];
  readonly outputs?: number;
  readonly opset?: number;
  /** From all values to those that the operator takes. */
  readonly domain?: (x: number) => number;
}

const of = (
  op: string,
  inputs: Case["inputs"],
  attributes: readonly Attribute[] = [],
  more: Partial<Case> = {},
): Case => ({
  op,
  inputs,
  attributes,
  ...more,
});

const image = [2, 3, 7, 9];
const unary =
  "Abs Ceil Cos Elu Erf Exp Floor HardSigmoid LeakyRelu Neg Relu Round Selu Sigmoid Sign Sin Softplus Softsign Tanh";
const reductions =
  "ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare ReduceLogSumExp";
const positive = (x: number) => Math.abs(x) + 0.1;

const CASES: readonly Case[] = [
  ...unary.split(" ").map((op) => of(op, [image])),
  ...["Log", "Sqrt", "Reciprocal"].map((op) => of(op, [image], [], { domain: positive })),
  of("LeakyRelu", [image], [float("alpha", 0.3)]),
  of("HardSigmoid", [image], [float("alpha", 0.1), float("beta", 0.4)]),
  of("HardSwish", [image], [], { opset: 14 }),
  of("Gelu", [image], [], { opset: 20 }),
  of("Gelu", [image], [text("approximate", "tanh")], { opset: 20 }),
  of("Clip", [image], [], {
    constants: [
      { dims: [], values: [-0.3] },
      { dims: [], values: [0.4] },
    ],
  }),
  of("Clip", [image], [float("min", -0.2), float("max", 0.1)], { opset: 6 }),
  ...["Add", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Sum"].flatMap((op) => [
    of(op, [image, image]),
    of(op, [image, [3, 1, 1]]),
    of(op, [
      [7, 1],
      [3, 1, 9],
    ]),
    of(op, [[], image]),
  ]),
  of("Pow", [image, [1]], [], { domain: positive }),
  of("PRelu", [image, [3, 1, 1]]),
  of("Max", [image, [9], [7, 1]]),
  ...reductions
    .split(" ")
    .flatMap((op) => [
      of(op, [image], [ints("axes", 1, 3), int("keepdims", 0)], { opset: 11 }),
      of(op, [image], [ints("axes", -1)], { opset: 11 }),
      of(op, [image], [int("keepdims", 0)], { opset: 11 }),
    ]),
  of("ReduceSum", [image], [], { integers: [[2]] }),
  ...[0, 1, -1].map((axis) => of("Softmax", [image], [int("axis", axis)])),
  of("Softmax", [image], [int("axis", 1)], { opset: 11 }),
  of("LogSoftmax", [image], [int("axis", 2)]),
  of("ArgMax", [image], [int("axis", 2), int("keepdims", 0)]),
  of("ArgMin", [image], [int("axis", -1)]),
  of("CumSum", [image], [], { integers: [[]] }),
  of("TopK", [image], [int("axis", -1)], { integers: [[4]], outputs: 2 }),
  of("LRN", [image], [int("size", 3), float("alpha", 0.01)]),
  of("LayerNormalization", [image, [7, 9], [7, 9]], [int("axis", 2)], { opset: 17 }),
  of("InstanceNormalization", [image, [3], [3]]),
  of("BatchNormalization", [image, [3], [3], [3], [3]], [], { domain: positive }),
  of("Conv", [image, [4, 3, 3, 3], [4]]),
  of("Conv", [image, [4, 3, 3, 2]], [ints("pads", 1, 0, 2, 1), ints("strides", 2, 1)]),
  of("Conv", [image, [6, 1, 3, 3], [6]], [int("group", 3), ints("dilations", 2, 2)]),
  of(
    "Conv",
    [image, [3, 1, 5, 5], [3]],
    [int("group", 3), text("auto_pad", "SAME_UPPER"), ints("strides", 2, 2)],
  ),
  of("Conv", [image, [4, 3, 1, 1]], [text("auto_pad", "SAME_LOWER"), ints("strides", 2, 2)]),
  of("Conv", [[2, 4, 11], [6, 2, 3], [6]], [int("group", 2), ints("pads", 1, 1)]),
  of(
    "Conv",
    [
      [1, 2, 4, 5, 6],
      [3, 2, 2, 3, 2],
    ],
    [ints("strides", 1, 2, 1)],
  ),
  of("ConvTranspose", [image, [3, 4, 3, 3], [4]], [ints("strides", 2, 2), ints("pads", 1, 1, 1, 1)]),
  of(
    "ConvTranspose",
    [image, [3, 2, 2, 3]],
    [int("group", 3), ints("output_padding", 1, 0), ints("strides", 2, 1)],
  ),
  of(
    "ConvTranspose",
    [
      [2, 3, 7],
      [3, 4, 3],
    ],
    [ints("dilations", 2)],
  ),
  of("Gemm", [[5, 7], [7, 4], [4]]),
  of(
    "Gemm",
    [
      [7, 5],
      [4, 7],
      [5, 1],
    ],
    [int("transA", 1), int("transB", 1), float("alpha", 0.5), float("beta", 2)],
  ),
  of("MatMul", [
    [2, 5, 7],
    [7, 4],
  ]),
  of("MatMul", [[7], [2, 7, 4]]),
  of("MatMul", [
    [2, 1, 5, 7],
    [3, 7, 4],
  ]),
  of("MatMul", [[7], [7]]),
  of("MaxPool", [image], [ints("kernel_shape", 3, 3), ints("strides", 2, 2), ints("pads", 1, 1, 1, 1)]),
  of("MaxPool", [image], [ints("kernel_shape", 2, 3), int("ceil_mode", 1), ints("strides", 2, 2)]),
  of("MaxPool", [image], [ints("kernel_shape", 3, 3), text("auto_pad", "SAME_UPPER"), ints("strides", 2, 2)]),
  of("MaxPool", [[2, 3, 10]], [ints("kernel_shape", 3), ints("dilations", 2)]),
  of("AveragePool", [image], [ints("kernel_shape", 3, 3), ints("pads", 1, 1, 1, 1)]),
  of(
    "AveragePool",
    [image],
    [ints("kernel_shape", 3, 2), ints("pads", 1, 1, 0, 0), int("count_include_pad", 1)],
  ),
  of("GlobalAveragePool", [image]),
  of("GlobalMaxPool", [image]),
  of("Transpose", [image]),
  of("Transpose", [image], [ints("perm", 0, 2, 3, 1)]),
  of("Concat", [image, [2, 1, 7, 9], image], [int("axis", 1)]),
  of("Concat", [image, image], [int("axis", -1)]),
  of("Split", [image], [int("axis", 3)], { integers: [[2, 3, 4]], outputs: 3 }),
  of("Split", [[6, 4]], [int("axis", 0)], { outputs: 3 }),
  of("Slice", [image], [], {
    integers: [
      [1, -1],
      [3, -6],
      [1, 3],
      [1, -2],
    ],
  }),
  of("Slice", [image], [ints("starts", 0, 2), ints("ends", 2, 5), ints("axes", 1, 3)], { opset: 9 }),
  of("Reshape", [image], [], { integers: [[0, -1, 9]] }),
  of("Flatten", [image], [int("axis", 2)]),
  of("Flatten", [image], [int("axis", -1)]),
  of("Squeeze", [[1, 3, 1, 2]], [], { integers: [[0, -2]] }),
  of("Squeeze", [[1, 3, 1, 2]], [ints("axes", 0)], { opset: 11 }),
  of("Unsqueeze", [[3, 2]], [], { integers: [[0, -1]] }),
  of("Expand", [[3, 1]], [], { integers: [[2, 3, 4]] }),
  of("Tile", [[2, 3]], [], { integers: [[2, 3]] }),
  of("Gather", [image], [int("axis", 2)], { integers: [[3, -1, 0]] }),
  of("GatherElements", [[3, 4]], [int("axis", 0)], { integers: [[2, 0, -1]], opset: 13 }),
  of("GatherND", [[3, 4, 2]], [], { integers: [[2, 1]] }),
  of("Pad", [image], [], { integers: [[0, 0, 1, 2, 0, 0, 3, 0]], constants: [{ dims: [], values: [0.5] }] }),
  of("Pad", [image], [text("mode", "reflect")], { integers: [[0, 0, 1, 2, 0, 0, 3, 0]] }),
  of("Pad", [image], [text("mode", "edge")], { integers: [[0, 1, 0, 2, 1, 0, 3, 0]] }),
  of("Pad", [image], [ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)], { opset: 9 }),
  of("DepthToSpace", [[2, 8, 3, 4]], [int("blocksize", 2)]),
  of("DepthToSpace", [[2, 8, 3, 4]], [int("blocksize", 2), text("mode", "CRD")]),
  of("SpaceToDepth", [[2, 3, 4, 6]], [int("blocksize", 2)]),
  of("Upsample", [image], [text("mode", "nearest"), floats("scales", 1, 1, 2, 3)], { opset: 7 }),
  ...["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"].flatMap((place) =>
    ["linear", "nearest"].map((mode) =>
      of("Resize", [image], [text("mode", mode), text("coordinate_transformation_mode", place)], {
        integers: [undefined, undefined, [2, 3, 10, 5]],
      }),
    ),
  ),
  of(
    "LSTM",
    [
      [5, 2, 3],
      [1, 16, 3],
      [1, 16, 4],
      [1, 32],
    ],
    [int("hidden_size", 4)],
    { outputs: 3 },
  ),
  of(
    "LSTM",
    [
      [5, 2, 3],
      [2, 16, 3],
      [2, 16, 4],
    ],
    [int("hidden_size", 4), text("direction", "bidirectional")],
    { outputs: 3 },
  ),
  of(
    "GRU",
    [
      [5, 2, 3],
      [1, 12, 3],
      [1, 12, 4],
      [1, 24],
    ],
    [int("hidden_size", 4)],
    { outputs: 2 },
  ),
  of(
    "GRU",
    [
      [5, 2, 3],
      [1, 12, 3],
      [1, 12, 4],
      [1, 24],
    ],
    [int("hidden_size", 4), int("linear_before_reset", 1), text("direction", "reverse")],
    { outputs: 2 },
  ),
];

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

/** The case as a file, and its inputs. */
function built({
  op,
  inputs,
  attributes = [],
  integers = [],
  constants = [],
  outputs = 1,
  opset = 13,
  domain = (x) => x,
}: Case) {
  const names = inputs.map((_, index) => `x${index}`);
  const whole = integers.map((values, index) => (values ? `i${index}` : ""));
  const real = constants.map((_, index) => `c${index}`);
  const made = Array.from({ length: outputs }, (_, index) => `y${index}`);
  const integerTensors = integers.flatMap((values, index) =>
    values
      ? [
          {
            name: `i${index}`,
            dims: dimsOf(op, values),
            dataType: 7,
            int64Data: values.length ? values.map(BigInt) : [1n],
          },
        ]
      : [],
  );
  const file = modelOf(
    {
      initializer: [
        ...integerTensors,
        ...constants.map(({ dims, values }, index) => weight(`c${index}`, dims, values)),
      ],
      input: inputs.map((shape, index) => value(`x${index}`, 1, [...shape])),
      output: made.map((name) => ({ name })),
      node: [node(op, [...names, ...whole, ...real], made, { attribute: [...attributes] })],
    } as never,
    [],
    opset,
  );
  const data = inputs.map((shape, index) => new Random(index + 1).uniform(product(shape)).map(domain));
  return { file, names, data, made };
}

/** GatherElements reads indices of the data's rank; CumSum an axis that is one number. */
const dimsOf = (op: string, values: readonly number[]): bigint[] =>
  op === "GatherElements" ? [1n, BigInt(values.length)] : op === "CumSum" ? [] : [BigInt(values.length)];

const titled = CASES.map((each) => {
  const words = (each.attributes ?? []).map((attribute) =>
    JSON.stringify(attribute, (_, v) => (typeof v === "bigint" ? Number(v) : v)),
  );
  return [
    `${each.op} ${each.inputs.map((shape) => `[${shape}]`).join(" ")} ${words.join(" ")}`,
    each,
  ] as const;
});

/** Relative to the largest. */
function distance(found: Tensor, expected: ort.Tensor): number {
  expect([...found.shape]).toEqual([...expected.dims]);
  let [most, worst] = [1e-30, 0];
  const values = expected.data as unknown as ArrayLike<number | bigint>;
  for (let at = 0; at < values.length; at++) {
    most = Math.max(most, Math.abs(Number(values[at])));
    worst = Math.max(worst, Math.abs(Number(values[at]) - found.data[at]));
    expect(Number.isNaN(found.data[at])).toBe(false);
  }
  return worst / most;
}

describe("an operator gives what onnxruntime-web gives", () => {
  test.each(titled)("%s", async (_, each) => {
    const { file, names, data, made } = built(each);
    const feeds = Object.fromEntries(
      names.map((name, index) => [name, new ort.Tensor("float32", data[index], [...each.inputs[index]])]),
    );
    const expected = await run(file, feeds);
    const core = openSync();
    const net = model(core, readOnnxGraph(file));
    const inputs = Object.fromEntries(names.map((name, index) => [name, data[index]]));
    for (const outputs of [
      net.run(inputs),
      model(core, readOnnxGraph(file), { simplify: false }).run(inputs),
    ])
      for (const name of made) expect(distance(outputs[name], expected[name])).toBeLessThan(2e-6);
    core.dispose();
  });
});
