/** Weights that reach their layers through other nodes, other operators and local functions. */
import { describe, expect, test } from "vitest";
import { f16FromF32 } from "../../../src/io/half.js";
import { readOnnx } from "../../../src/io/onnx/onnx.js";
import { Random } from "../../harness/random.js";
import { float, run } from "./run.js";
import {
  constant,
  FLOAT,
  HALF,
  int,
  ints,
  modelOf,
  type NodeInit,
  node,
  raw,
  type TensorInit,
  value,
  weight,
} from "./sample.js";

const [rows, columns, count] = [5, 3, 4];
/** rows × columns, exact in float16. */
const matrix = Float32Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 15) - 7);
/** columns × rows. */
const turned = Float32Array.from(matrix, (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]);
const x = new Random(3).uniform(count * columns);
const shape = (name: string, ...sizes: number[]): TensorInit => ({
  ...{ name, dims: [BigInt(sizes.length)], dataType: 7 },
  rawData: raw(BigInt64Array.from(sizes, BigInt)),
});

/** x · Wᵀ with W rows × columns. */
const naive = (weights: Float32Array) =>
  Array.from({ length: count * rows }, (_, i) => {
    const [sample, row] = [Math.floor(i / rows), i % rows];
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += x[sample * columns + c] * weights[row * columns + c];
    return sum;
  });
const matmul = node("MatMul", ["x", "v"], ["y"], { name: "fc" });
const gemm = (transB: number) =>
  node("Gemm", ["x", "v"], ["y"], { name: "fc", attribute: [int("transB", transB)] });
const fused = (op: string, inputs: string[], ...attribute: ReturnType<typeof int>[]) =>
  node(op, inputs, ["y"], { name: "fc", domain: "com.microsoft", attribute });
const of = (op: string, ...more: (string | ReturnType<typeof int> | ReturnType<typeof ints>)[]) => {
  const inputs = more.filter((one) => typeof one === "string");
  return node(op, ["w", ...inputs], ["v"], { attribute: more.filter((one) => typeof one !== "string") });
};
/** A model whose nodes lead from x and w to y. */
const model = (nodes: NodeInit[], ...initializer: TensorInit[]) =>
  modelOf({
    ...{ initializer, node: nodes },
    input: [value("x", FLOAT, [count, columns])],
    output: [{ name: "y", type: { value: { case: "tensorType", value: { elemType: FLOAT } } } }],
  });

const rowsFirst = weight("w", [rows, columns], matrix);
const columnsFirst = weight("w", [columns, rows], turned);

describe("layers whose weights come", () => {
  test.each<[string, Uint8Array]>([
    ["through Transpose", model([of("Transpose"), matmul], rowsFirst)],
    ["through Transpose with an order", model([of("Transpose", ints("perm", 1, 0)), matmul], rowsFirst)],
    ["through Identity", model([of("Identity"), gemm(1)], rowsFirst)],
    [
      "through Reshape of one axis",
      model([of("Reshape", "s"), gemm(1)], weight("w", [15], matrix), shape("s", -1, 3)),
    ],
    [
      "through Transpose and Reshape that adds an axis",
      model(
        [node("Transpose", ["w"], ["t"]), node("Reshape", ["t", "s"], ["v"]), matmul],
        ...[rowsFirst, shape("s", 1, 3, -1)],
      ),
    ],
    [
      "through a Transpose of three axes and Squeeze",
      model(
        [
          node("Transpose", ["w"], ["t"], { attribute: [ints("perm", 2, 1, 0)] }),
          ...[node("Squeeze", ["t", "s"], ["v"]), matmul],
        ],
        ...[weight("w", [rows, 1, columns], matrix), shape("s", -2)],
      ),
    ],
    [
      "through Flatten and Unsqueeze",
      model(
        [
          node("Flatten", ["w"], ["t"], { attribute: [int("axis", 1)] }),
          node("Unsqueeze", ["t", "s"], ["v"]),
          matmul,
        ],
        ...[weight("w", [columns, rows, 1], turned), shape("s", 0)],
      ),
    ],
    [
      "through Cast from float16",
      model([of("Cast", int("to", FLOAT)), gemm(1)], {
        ...{ name: "w", dims: [5n, 3n], dataType: HALF },
        rawData: raw(f16FromF32(matrix)),
      }),
    ],
    ["from a Constant node through Transpose", model([constant("w", rowsFirst), of("Transpose"), matmul])],
    ["to FusedMatMul", model([fused("FusedMatMul", ["x", "w"])], columnsFirst)],
    ["to FusedMatMul transposed", model([fused("FusedMatMul", ["x", "w"], int("transB", 1))], rowsFirst)],
  ])("%s", async (_, file) => {
    const read = readOnnx(file);
    expect(read.layers).toMatchObject([{ name: "fc", rows, columns, input: "x" }]);
    expect(read.others).toEqual([]);
    expect([...read.weights("fc")]).toEqual([...matrix]);
    const other = matrix.map((one, i) => (i % 3 === 1 ? 0 : one * 2));
    const written = read.withWeights(new Map([["fc", other]]));
    expect(readOnnx(written).kept("fc")).toBe(other.filter((one) => one !== 0).length);
    const { y } = await run(written, { x: float([count, columns], x) });
    naive(other).forEach((expected, i) => {
      expect(y.data[i]).toBeCloseTo(expected, 3);
    });
  });

  test.each<[string, NodeInit, number[], Float32Array, number]>([
    ["as Gemm's A", node("Gemm", ["w", "x"], ["y"], { name: "fc" }), [rows, columns], matrix, -2],
    [
      "as Gemm's A, both transposed",
      node("Gemm", ["w", "x"], ["y"], { name: "fc", attribute: [int("transA", 1), int("transB", 1)] }),
      ...([[columns, rows], turned, -1] as [number[], Float32Array, number]),
    ],
    ["as FusedMatMul's A", fused("FusedMatMul", ["w", "x"], int("transA", 1)), [columns, rows], turned, -2],
  ])("%s", async (_, last, sizes, values, featureAxis) => {
    const dims = featureAxis === -2 ? [columns, count] : [count, columns];
    const file = modelOf({
      ...{ initializer: [weight("w", sizes, values)], node: [last] },
      ...{ input: [value("x", FLOAT, dims)], output: [value("y", FLOAT, [rows, count])] },
    });
    const read = readOnnx(file);
    expect(read.layers).toMatchObject([{ name: "fc", rows, columns, input: "x", featureAxis }]);
    expect([...read.weights("fc")]).toEqual([...matrix]);
    const data =
      featureAxis === -1
        ? x
        : Float32Array.from(x, (__, i) => x[(i % count) * columns + Math.floor(i / count)]);
    const { y } = await run(file, { x: float(dims, data) });
    naive(matrix).forEach((expected, i) => {
      expect(y.data[(i % rows) * count + Math.floor(i / rows)]).toBeCloseTo(expected, 3);
    });
  });
});

describe("weights in local functions", () => {
  const imports = [{ domain: "", version: 13n }];
  /** y = a · wᵀ by a weight of the caller, or of its own. */
  const linear = (transB: NodeInit) => ({
    ...{ name: "Linear", domain: "own", input: ["a", "w"], output: ["r"], opsetImport: imports },
    node: [transB],
  });
  const byArgument = linear(
    node("Gemm", ["a", "w"], ["r"], {
      name: "mm",
      attribute: [{ name: "transB", type: 2, refAttrName: "turned" }],
    }),
  );
  const call = (inputs: string[], output: string, name: string) =>
    node("Linear", inputs, [output], { domain: "own", name, attribute: [int("turned", 1)] });
  const [first, second] = [new Random(1).uniform(9), new Random(2).uniform(15)];
  const twice = modelOf(
    {
      initializer: [weight("w1", [3, 3], first), weight("w2", [5, 3], second)],
      ...{ input: [value("x", FLOAT, [count, 3])], output: [value("y", FLOAT, [count, 5])] },
      node: [call(["x", "w1"], "h", "one"), node("Relu", ["h"], ["g"]), call(["g", "w2"], "y", "two")],
    },
    [{ ...byArgument, attribute: ["turned"] }],
  );

  test("given as arguments are layers of their calls", () => {
    const read = readOnnx(twice);
    expect(read.layers.map(({ name, input, path, weight: own }) => [name, input, path, own])).toEqual([
      ["one/mm", "x", "one", "w1"],
      ["two/mm", "g", "two", "w2"],
    ]);
    expect([...read.weights("two/mm")]).toEqual([...second]);
    expect(read.parameters).toBe(24);
  });

  /** r = relu(a) · C, with C inside; called twice, the second time in another function. */
  const inside = [
    {
      ...{ name: "Inner", domain: "own", input: ["a"], output: ["r", "unused"], opsetImport: imports },
      node: [
        constant("c", weight("", [3, 3], first)),
        node("Relu", ["a"], ["b"]),
        node("MatMul", ["b", "c"], ["r"], { name: "mm" }),
        node("Neg", ["r"], ["unused"]),
      ],
    },
    {
      ...{ name: "Outer", domain: "own", input: ["a"], output: ["r"] },
      opsetImport: [...imports, { domain: "own", version: 1n }],
      node: [node("Neg", ["a"], ["n"]), node("Inner", ["n"], ["r", ""], { domain: "own", name: "in" })],
    },
  ];
  const nested = modelOf(
    {
      ...{ input: [value("x", FLOAT, [count, 3])], output: [value("y", FLOAT, [count, 3])] },
      node: [
        node("Inner", ["x"], ["h", ""], { domain: "own", name: "a" }),
        node("Outer", ["h"], ["y"], { domain: "own", name: "b" }),
      ],
    },
    inside,
  );

  test("of their own are one layer for all calls, whose activations can be had", async () => {
    const read = readOnnx(nested);
    expect(read.layers).toMatchObject([{ name: "a/mm", rows: 3, columns: 3, isReachable: true }]);
    const [{ uses }] = read.layers;
    expect(uses.map(({ path, isProduct }) => [path, isProduct])).toEqual([
      ["a", true],
      ["b/in", true],
    ]);
    const feed = { x: float([count, 3], x) };
    const names = uses.map(({ input }) => input as string);
    const [plain, tapped] = [await run(nested, feed), await run(read.withOutputs(names), feed)];
    expect(tapped.y.data).toEqual(plain.y.data);
    expect([...tapped[names[0]].data]).toEqual([...x].map((one) => Math.max(one, 0)));
    const [only] = [await run(read.withOutputs([names[1]]), feed)];
    expect(only[names[1]].data).toEqual(tapped[names[1]].data);
    const again = readOnnx(read.withWeights(new Map([["a/mm", new Float32Array(9)]])));
    expect(again.kept("a/mm")).toBe(0);
  });
  test("that call each other 2⁴⁰ times, or themselves, are read in no time", () => {
    const doubling = Array.from({ length: 40 }, (_, level) => ({
      ...{ name: `F${level}`, domain: "own", input: ["a"], output: ["r"] },
      opsetImport: [...imports, { domain: "own", version: 1n }],
      node: [
        node(level ? `F${level - 1}` : "F39", ["a"], ["b"], { domain: "own" }),
        node(level ? `F${level - 1}` : "Relu", ["b"], ["r"], { domain: level ? "own" : "" }),
      ],
    }));
    const file = modelOf(
      {
        ...{ input: [value("x", FLOAT, [1])], output: [value("y", FLOAT, [1])] },
        node: [node("F39", ["x"], ["y"], { domain: "own" })],
      },
      doubling,
    );
    const start = process.cpuUsage().user;
    expect(readOnnx(file).layers).toEqual([]);
    expect(process.cpuUsage().user - start).toBeLessThan(2e6);
  });
});
