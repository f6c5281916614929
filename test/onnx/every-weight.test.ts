/** Every constant of a file is in the report: pruned, or with the reason why not. */
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import { planOnnx, pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { FLOAT, int, ints, modelOf, node, raw, type TensorInit, value, weight } from "../io/onnx/sample.js";

const random = (seed: number, ...dims: number[]) =>
  weight(`w${seed}`, dims, new Random(seed).uniform(dims.reduce((all, size) => all * size, 1)));
const bytes: TensorInit = { name: "q", dims: [4n, 8n], dataType: 3, rawData: new Uint8Array(32).fill(3) };
const doubles: TensorInit = {
  ...{ name: "d", dims: [2n, 4n], dataType: 11 },
  rawData: raw(new BigInt64Array(Float64Array.of(0, -0, 3, 4, 5, 6, 7, 8).buffer)),
};
const unread = weight("unread", [2, 2], [1, 0, 0, 1]);

/** x [n, 8] → MatMul "fc" (w1) → much else that reads constants of two axes. */
const crowded = () =>
  modelOf({
    initializer: [
      ...[random(1, 8, 8), random(2, 8, 6), random(3, 5, 8), random(4, 2, 8, 4), random(5, 3, 3)],
      ...[random(6, 4, 8), random(7, 8, 8), bytes, doubles, unread, random(8, 8, 2)],
      weight("scale", [], [0.1]),
    ],
    input: [value("x", FLOAT, ["n", 8]), value("ids", 7, ["n"])],
    output: [value("y", FLOAT, ["n", 8])],
    node: [
      node("MatMul", ["x", "w1"], ["y"], { name: "fc" }),
      node("Einsum", ["x", "w2"], ["e"], { name: "ein" }),
      node("Gather", ["w3", "ids"], ["g"], { name: "embed" }),
      node("MatMul", ["x", "w4"], ["b"], { name: "batched" }),
      node("MatMul", ["rgb", "w5"], ["c"], { name: "colours" }),
      node("Gather", ["w6", "ids"], ["t"]),
      node("Gemm", ["x", "w6"], ["l"], { name: "tied", attribute: [int("transB", 1)] }),
      node("Transpose", ["w7"], ["w7t"], { attribute: [ints("perm", 1, 0)] }),
      node("Concat", ["w7t", "x"], ["k"], { name: "join", attribute: [int("axis", 0)] }),
      node("DequantizeLinear", ["q", "scale"], ["qf"]),
      node("MatMul", ["x2", "qf"], ["m"], { name: "quantized" }),
      node("Cast", ["d"], ["df"], { attribute: [int("to", FLOAT)] }),
      node("MatMul", ["x3", "df"], ["m2"], { name: "double" }),
      node("MatMul", ["x", "w8"], ["m3"], { name: "both" }),
      node("MatMul", ["w8", "x"], ["m4"], { name: "ways" }),
    ],
  });

describe("the report", () => {
  const options = { method: "magnitude", sparsity: 0.5 } as const;
  const expected = {
    fc: undefined,
    colours: "3 × 3: looks fixed",
    tied: "read by Gather too",
    both: "read by MatMul too",
    ein: "operator Einsum",
    embed: "operator Gather",
    batched: "operator MatMul, which takes [2, 8, 4] as no matrix of weights",
    join: "reached through Transpose by Concat",
    quantized: "int8, reached through DequantizeLinear by MatMul",
    double: "float64, reached through Cast by MatMul",
    unread: "read by no node",
  };

  test("says of each constant why it stays as it is", () => {
    const plan = planOnnx(crowded(), options);
    expect(Object.fromEntries(plan.map(({ name, skipped }) => [name, skipped]))).toEqual(expected);
    expect(planOnnx(crowded(), { ...options, skip: ["colours", "emb*"] })).toHaveLength(11);
  });
  test("counts zeros over what was pruned and over all", async () => {
    using core = openSync();
    const { layers, sparsity, sparsityOfAll, bytes: after } = await pruneOnnx(core, crowded(), options);
    expect(layers.map(({ name }) => name)).toEqual(Object.keys(expected));
    const weights = [64, 9, 32, 16, 48, 40, 64, 64, 32, 8, 4];
    expect(layers.map(({ rows, columns }) => rows * columns)).toEqual(weights);
    const zeros = layers.map(({ rows, columns, kept }) => rows * columns - kept);
    expect(zeros).toEqual([32, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
    expect(sparsity).toBe(0.5);
    expect(sparsityOfAll).toBeCloseTo(36 / weights.reduce((sum, count) => sum + count), 12);
    const [before, written] = [readOnnx(crowded()), readOnnx(after)];
    for (const { name } of before.layers)
      if (name !== "fc") expect(written.weights(name)).toEqual(before.weights(name));
  });
  test("of a model without a layer names its weights", () => {
    const file = modelOf({
      initializer: [random(1, 4, 6)],
      input: [value("x", FLOAT, ["n", 4])],
      output: [value("y", FLOAT, ["n", 6])],
      node: [node("Einsum", ["x", "w1"], ["y"], { name: "only" })],
    });
    expect(() => planOnnx(file, options)).toThrow("found none of 1 weights: only (operator Einsum)");
  });
  test("prunes what looks fixed where there is nothing else", () => {
    const file = modelOf({
      initializer: [random(1, 3, 3)],
      input: [value("x", FLOAT, ["n", 3])],
      output: [value("y", FLOAT, ["n", 3])],
      node: [node("MatMul", ["x", "w1"], ["y"], { name: "only" })],
    });
    expect(planOnnx(file, options).map(({ skipped }) => skipped)).toEqual([undefined]);
  });
});
