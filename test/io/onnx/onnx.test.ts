import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../../src/io/onnx/onnx.js";
import { bool, float, run } from "./run.js";
import {
  constant,
  FLOAT,
  int,
  ints,
  modelOf,
  node,
  raw,
  sample,
  type TensorInit,
  value,
  weight,
} from "./sample.js";

const count = (length: number) => Float32Array.from({ length }, (_, index) => index + 1);

/** The places at which two files differ. */
const differences = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length ? [...a.keys()].filter((at) => a[at] !== b[at]) : undefined;

describe("the sample", () => {
  const file = sample();
  const model = readOnnx(file);

  test("has its layers", () => {
    expect(model.layers.map(({ uses, ...layer }) => layer)).toEqual([
      {
        ...{ name: "first", op: "Gemm", path: "", weight: "W1", rows: 3, columns: 4, groups: 1 },
        ...{ isDepthwise: false, isHalf: false, input: "x", isReachable: true, featureAxis: -1 },
      },
      {
        ...{ name: "W2", op: "MatMul", path: "", weight: "W2", rows: 2, columns: 3, groups: 1 },
        ...{ isDepthwise: false, isHalf: false, input: "h", isReachable: true, featureAxis: -1 },
      },
      {
        ...{
          name: "half",
          op: "MatMul",
          path: "fork.then_branch",
          weight: "V",
          rows: 2,
          columns: 2,
          groups: 1,
        },
        ...{ isDepthwise: false, isHalf: true, input: "tap2:m16", isReachable: true, featureAxis: -1 },
      },
    ]);
    expect(model.parameters).toBe(12 + 3 + 6 + 4);
    expect(model.inputs).toEqual([
      { name: "x", type: 1, dims: [1, 4] },
      { name: "which", type: 9, dims: [] },
    ]);
    expect(model.outputs).toEqual([{ name: "y", type: 1, dims: [1, 2] }]);
  });
  test("has a weight of two nodes once", () => {
    expect(model.layers[1].uses.map(({ node, path, input }) => ({ node, path, input }))).toEqual([
      { node: "", path: "", input: "h" },
      { node: "again", path: "fork.else_branch", input: "h" },
    ]);
  });
  test("gives weights row by row of outputs", () => {
    expect([...model.weights("first")]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, -9, -10, -11, -12]);
    expect([...model.weights("W2")]).toEqual([1, 0.5, 3, -2, 0.25, -1]);
    expect([...model.weights("half")]).toEqual([1, 0, -0.5, 3]);
  });
  test("stays byte for byte when it gets its own weights, and no outputs", () => {
    const own = new Map(model.layers.map(({ name }) => [name, model.weights(name)]));
    expect(model.withWeights(own)).toEqual(file);
    expect(model.withWeights(new Map())).toEqual(file);
    expect(model.withOutputs([])).toEqual(file);
    expect(model.withOutputs(["y"])).toEqual(file);
  });
  test("changes the bytes of the new weights alone", () => {
    const weights = model.weights("W2");
    weights[1] = 0;
    const at = differences(model.withWeights(new Map([["W2", weights]])), file)!;
    expect(at).toHaveLength(1);
    const shorter = model.withWeights(new Map([["half", new Float32Array(4)]]));
    expect(shorter.length).toBe(file.length - 5);
    expect([...readOnnx(shorter).weights("half")]).toEqual([0, 0, 0, 0]);
  });
  test("gets any weights, and only those", () => {
    const floats = fc.float({ noNaN: true, min: -60000, max: 60000 });
    const matrix = (length: number) => fc.array(floats, { minLength: length, maxLength: length });
    fc.assert(
      fc.property(
        fc.subarray(["first", "W2", "half"]),
        matrix(12),
        matrix(6),
        matrix(4),
        (names, a, b, c) => {
          const all = { first: a, W2: b, half: c } as Record<string, number[]>;
          const written = readOnnx(
            model.withWeights(new Map(names.map((name) => [name, Float32Array.from(all[name])]))),
          );
          for (const { name, isHalf } of written.layers) {
            const expected = names.includes(name) ? Float32Array.from(all[name]) : model.weights(name);
            const found = written.weights(name);
            if (!isHalf) expect(found).toEqual(expected);
            else
              found.forEach((got, index) => {
                expect(Math.abs(got - expected[index])).toBeLessThanOrEqual(
                  Math.max(Math.abs(expected[index]) * 2 ** -11, 2 ** -25),
                );
              });
          }
          expect(written.parameters).toBe(model.parameters);
        },
      ),
    );
  });
  test("runs in ONNX Runtime and gives the activations of the branch that runs", async () => {
    const names = model.layers.flatMap(({ input }) => input ?? []);
    const tapped = model.withOutputs([...names, "m", "m"]);
    expect(readOnnx(tapped).outputs.map(({ name }) => name)).toEqual(["y", "x", "h", "tap2:m16", "m"]);
    const x = float([1, 4], [1, -1, 2, 0.5]);
    const plain = await run(file, { x, which: bool(true) });
    const then = await run(tapped, { x, which: bool(true) });
    expect(then.y.data).toEqual(plain.y.data);
    expect([...then.h.data]).toEqual([7.5, 17, -27.5]);
    expect([...then.m.data]).toEqual([7.5 + 8.5 - 82.5, -15 + 4.25 + 27.5]);
    expect(then["tap2:m16"].dims).toEqual([1, 2]);
    const otherwise = await run(tapped, { x, which: bool(false) });
    expect([...otherwise.y.data]).toEqual([...otherwise.m.data]);
    expect(otherwise["tap2:m16"].dims).toEqual([0]);
  });
  test.each<[string, () => unknown, string]>([
    ["weights of no layer", () => model.withWeights(new Map([["V", count(4)]])), 'names of layers, got "V"'],
    ["too few weights", () => model.withWeights(new Map([["half", count(3)]])), '"half" expected 4 values'],
    ["NaN", () => model.withWeights(new Map([["half", count(4).fill(NaN)]])), "finite numbers, got NaN"],
    ["what float16 has not", () => model.withWeights(new Map([["half", count(4).fill(65520)]])), "float16"],
    ["an unknown output", () => model.withOutputs(["z"]), 'values of the model, got "z"'],
    ["an output inside a branch by its inner name", () => model.withOutputs(["m16"]), 'got "m16"'],
  ])("refuses %s", (_, act, message) => {
    expect(act).toThrow(message);
  });
});

describe("layers", () => {
  const layersOf = (graph: Parameters<typeof modelOf>[0]) => readOnnx(modelOf(graph)).layers;
  const one = (nodes: ReturnType<typeof node>[], ...initializer: ReturnType<typeof weight>[]) =>
    layersOf({ initializer, node: nodes, input: [value("x", FLOAT, [1])] });

  test.each<[string, ReturnType<typeof node>, number[], object]>([
    ["Gemm", node("Gemm", ["x", "w"], ["y"]), [3, 2], { rows: 2, columns: 3, featureAxis: -1 }],
    [
      "Gemm with both transposed",
      node("Gemm", ["x", "w"], ["y"], { attribute: [int("transA", 1), int("transB", 1)] }),
      [3, 2],
      { rows: 3, columns: 2, featureAxis: -2 },
    ],
    [
      "MatMul from the left",
      node("MatMul", ["w", "x"], ["y"]),
      [3, 2],
      { rows: 3, columns: 2, featureAxis: -2 },
    ],
    ["MatMul with leading ones", node("MatMul", ["x", "w"], ["y"]), [1, 1, 3, 2], { rows: 2, columns: 3 }],
    ["a one-dimensional convolution", node("Conv", ["x", "w"], ["y"]), [4, 2, 3], { rows: 4, columns: 6 }],
    [
      "a grouped convolution",
      node("Conv", ["x", "w"], ["y"], { attribute: [int("group", 2)] }),
      [4, 2, 3, 3],
      { rows: 4, columns: 18, groups: 2, isDepthwise: false },
    ],
    [
      "a depthwise convolution",
      node("Conv", ["x", "w"], ["y"], { attribute: [int("group", 4)] }),
      [4, 1, 3, 3],
      { rows: 4, columns: 9, groups: 4, isDepthwise: true },
    ],
    [
      "GRU in two directions",
      node("GRU", ["x", "w"], ["y"], { name: "gru", attribute: [int("hidden_size", 2)] }),
      [2, 6, 5],
      { name: "gru.W", rows: 12, columns: 5, input: "x" },
    ],
    [
      "recurrent weights",
      node("LSTM", ["x", "", "w"], ["y"], { name: "lstm", attribute: [int("hidden_size", 2)] }),
      [1, 8, 2],
      { name: "lstm.R", rows: 8, columns: 2, input: undefined, isReachable: false },
    ],
  ])("%s", (_, consumer, dims, expected) => {
    const size = dims.reduce((a, b) => a * b);
    expect(one([consumer], weight("w", dims, count(size)))).toEqual([expect.objectContaining(expected)]);
  });
  test.each<[string, ReturnType<typeof node>, number[]]>([
    ["batched matrices", node("MatMul", ["x", "w"], ["y"]), [2, 3, 2]],
    ["a vector", node("MatMul", ["x", "w"], ["y"]), [3]],
    ["an empty matrix", node("MatMul", ["x", "w"], ["y"]), [3, 0]],
    ["another domain's Gemm", node("Gemm", ["x", "w"], ["y"], { domain: "com.microsoft" }), [3, 2]],
    ["groups that do not fit", node("Conv", ["x", "w"], ["y"], { attribute: [int("group", 3)] }), [4, 1, 3]],
    ["no groups", node("Conv", ["x", "w"], ["y"], { attribute: [int("group", 0)] }), [4, 1, 3]],
    [
      "gates that do not fit",
      node("LSTM", ["x", "w"], ["y"], { attribute: [int("hidden_size", 3)] }),
      [1, 8, 2],
    ],
    ["a method of objects", node("toString", ["x", "w"], ["y"]), [3, 2]],
  ])("are not: %s", (_, consumer, dims) => {
    expect(one([consumer], weight("w", dims, count(dims.reduce((a, b) => a * b))))).toEqual([]);
  });
  test("say how a convolution walks", () => {
    const attribute = [ints("strides", 2, 1), ints("pads", 1, 0, 1, 0)];
    const [given, plain] = one(
      [node("Conv", ["x", "w"], ["y"], { attribute }), node("Conv", ["x", "v"], ["z"])],
      weight("w", [1, 1, 3, 2], count(6)),
      weight("v", [1, 1, 2], count(2)),
    );
    expect(given.window).toEqual({
      ...{ kernel: [3, 2], strides: [2, 1], dilations: [1, 1], pads: [1, 0, 1, 0], autoPad: "NOTSET" },
    });
    expect(plain.window).toEqual({
      ...{ kernel: [2], strides: [1], dilations: [1], pads: [0, 0], autoPad: "NOTSET" },
    });
  });
  test("have names of their own", () => {
    const nodes = ["a", "a", "a#2", "", "a"].map((name, index) =>
      node("MatMul", ["x", `w${index}`], [`y${index}`], { name }),
    );
    const weights = nodes.map((_, index) => weight(`w${index}`, [1, 2], count(2)));
    expect(one(nodes, ...weights).map(({ name }) => name)).toEqual(["a", "a#2", "a#2#2", "w3", "a#3"]);
  });
  test("list readers of the weight that turn it another way or only look at it", () => {
    const nodes = [
      node("Gather", ["w", "x"], ["e"]),
      node("Gemm", ["e", "w"], ["y"], { attribute: [int("transB", 1)] }),
      node("MatMul", ["y", "w"], ["z"]),
    ];
    const [layer, ...rest] = one(nodes, weight("w", [2, 2], count(4)));
    expect(rest).toEqual([]);
    expect(layer.uses.map(({ op, input }) => [op, input])).toEqual([
      ["Gemm", "e"],
      ["Gather", undefined],
      ["MatMul", undefined],
    ]);
  });
  test("are found behind the joints that turn a framework's order of gates into ONNX's", () => {
    const long = (name: string, ...values: number[]) => {
      const rawData = raw(BigInt64Array.from(values.map(BigInt)));
      return { name, dims: [BigInt(values.length)], dataType: 7, rawData } as TensorInit;
    };
    const chain = (axis: number) => [
      constant("w", weight("", [4, 3], count(12))),
      constant("axes", long("", axis)),
      node("Slice", ["w", "from", "to", "axes"], ["a"]),
      node("Slice", ["w", "from", "to", "axes"], ["b"]),
      node("Concat", ["a", "b"], ["ab"], { attribute: [int("axis", 0)] }),
      node("Unsqueeze", ["ab", "axes"], ["W"]),
      node("LSTM", ["x", "W"], ["y"], { name: "l", attribute: [int("hidden_size", 1)] }),
    ];
    expect(one(chain(0))).toEqual([
      expect.objectContaining({ name: "l.W", weight: "w", rows: 4, input: "x" }),
    ]);
    expect(one(chain(1))).toEqual([]);
  });
  test("inside a Loop have weights, but no activations of the body's own", () => {
    const body = {
      name: "body",
      input: [{ name: "i" }, { name: "c" }, { name: "s" }],
      node: [
        node("MatMul", ["s", "w"], ["t"], { name: "inner" }),
        node("MatMul", ["x", "v"], ["u"], { name: "outer" }),
      ],
      output: [{ name: "c" }, { name: "t" }],
    };
    const layers = one(
      [
        node("Loop", ["n", "c", "x"], ["y"], {
          name: "loop",
          attribute: [{ name: "body", type: 5, g: body }],
        }),
      ],
      weight("w", [1, 1], [1]),
      weight("v", [1, 1], [1]),
    );
    expect(layers.map(({ name, path, input, isReachable }) => ({ name, path, input, isReachable }))).toEqual([
      { name: "inner", path: "loop.body", input: undefined, isReachable: false },
      { name: "outer", path: "loop.body", input: "x", isReachable: true },
    ]);
  });
});
