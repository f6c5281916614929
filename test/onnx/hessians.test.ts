/** Hessians of layers, and what two models give, from ONNX Runtime. */
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import { layerHessians } from "../../src/onnx/hessians.js";
import { ModelOutputs } from "../../src/onnx/outputs.js";
import type { Runtime } from "../../src/onnx/runtime.js";
import { type OnnxArray, Samples } from "../../src/onnx/samples.js";
import { compareModels } from "../../src/onnx/verify.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { FLOAT, int, modelOf, node, value, weight } from "../io/onnx/sample.js";

ort.env.wasm.numThreads = 1;
const runtime: Runtime = ort;
const INT64 = 7;

/** x [n, places, 2] → MatMul. */
const model = readOnnx(
  modelOf({
    initializer: [weight("W", [2, 3], new Random(1).uniform(6))],
    input: [value("x", FLOAT, ["n", "places", 2])],
    output: [value("y", FLOAT, ["n", "places", 3])],
    node: [node("MatMul", ["x", "W"], ["y"], { name: "layer" })],
  }),
);

async function hessianOf(x: OnnxArray, batch?: number) {
  using core = openSync();
  const samples = new Samples(model.inputs, { x }, batch);
  const told: number[] = [];
  const wanted = model.layers.map((layer) => ({ layer, isDiagonal: false }));
  const outputs = new ModelOutputs(["y"], []);
  const [inputs] = await layerHessians(core, model, wanted, outputs, samples, runtime, (done, total) => {
    told.push(done, total);
  });
  expect(told.slice(-2)).toEqual([samples.runs, samples.runs]);
  return { samples: inputs?.samples, hessian: [...(inputs?.hessians[0].view() ?? [])] };
}

describe("the Hessian of a layer's inputs", () => {
  test.each([
    [7, 3, 2],
    [50, 11, 8],
    [300, 1, 7],
  ])("is that of all rows of %i samples of %i, %i a run", async (count, places, batch) => {
    const data = new Random(2).uniform(count * places * 2);
    const sums = [0, 0, 0, 0];
    for (let i = 0; i < data.length; i += 2)
      for (let a = 0; a < 4; a++) sums[a] += data[i + (a >> 1)] * data[i + (a & 1)];
    const { samples, hessian } = await hessianOf({ data, dims: [count, places, 2] }, batch);
    expect(samples).toBe(count * places);
    hessian.forEach((each, a) => {
      expect(each).toBeCloseTo((2 * sums[a]) / (count * places), 5);
    });
  });
  test("is that of some rows where there are many, of odd and even places alike", async () => {
    const [count, places] = [64, 1024];
    const data = Float32Array.from({ length: count * places * 2 }, (_, i) =>
      i % 2 === 0 ? 1 : (i >> 1) % 2,
    );
    for (const batch of [1, 8]) {
      const { samples, hessian } = await hessianOf({ data, dims: [count, places, 2] }, batch);
      expect(samples).toBe((count * places) / 4);
      expect(hessian[0]).toBe(2);
      expect(Math.abs(hessian[3] / 2 - 0.5)).toBeLessThan(0.02);
    }
  });
  test("is none where no row is", async () => {
    const { samples, hessian } = await hessianOf({ data: new Float32Array(0), dims: [3, 0, 2] });
    expect({ samples, hessian }).toEqual({ samples: undefined, hessian: [] });
  });
});

describe("two models on the same samples", () => {
  /** x [n, 2] → y = x W, and k, the place of its largest value. */
  const file = (weights: number[]) =>
    modelOf({
      initializer: [weight("W", [2, 2], weights)],
      input: [value("x", FLOAT, ["n", 2])],
      output: [value("y", FLOAT, ["n", 2]), value("k", INT64, ["n", 1])],
      node: [
        node("MatMul", ["x", "W"], ["y"]),
        node("ArgMax", ["y"], ["k"], { attribute: [int("axis", 1)] }),
      ],
    });
  const files = [file([1, 0, 0, 1]), file([1, 0, 0, 0])] as const;
  const { inputs } = readOnnx(files[0]);
  const x = { data: Float32Array.of(1, 2, 3, 0, 0, -4), dims: [3, 2] };

  test.each([1, 2, 3])("are compared in what is real, %i a run, and by labels", async (batch) => {
    const samples = new Samples(inputs, { x }, batch);
    const compared = await compareModels(
      runtime,
      files,
      new ModelOutputs(["y", "k"], [], "y"),
      samples,
      Uint16Array.of(1, 0, 0),
    );
    expect(compared).toEqual({
      outputs: [
        { name: "y", relativeError: 20 / 30 },
        { name: "k", relativeError: 1 / 3, by: "agreement" },
      ],
      accuracy: { before: 1, after: 2 / 3, samples: 3, heldBack: false },
    });
  });
  test("that are one have no error, and stop when they are told to", async () => {
    const samples = new Samples(inputs, { x }, 1);
    const same = await compareModels(runtime, [files[0], files[0]], new ModelOutputs(["y"], []), samples);
    expect(same).toEqual({
      outputs: [{ name: "y", relativeError: 0 }],
    });
    const tell = (done: number) => {
      if (done === 2) throw new Error("enough");
    };
    await expect(
      compareModels(runtime, files, new ModelOutputs(["y"], []), samples, undefined, tell),
    ).rejects.toThrow("enough");
  });
});
