import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, FormatError } from "../../src/errors.js";
import { type OnnxModel, readOnnx } from "../../src/io/onnx/onnx.js";
import type { OnnxPruneOptions, OnnxPruning } from "../../src/onnx/contract.js";
import { layerRows } from "../../src/onnx/layer-rows.js";
import { planOnnx, pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { float, run } from "../io/onnx/run.js";
import { FLOAT, modelOf, node, sample, value, weight } from "../io/onnx/sample.js";
import { halves, network, pictures, recurrent, shared } from "./models.js";

async function pruned(file: Uint8Array, options: OnnxPruneOptions): Promise<OnnxPruning> {
  using core = openSync();
  return await pruneOnnx(core, file, { workers: 0, ...options });
}

const calibration = pictures(20);
const zerosIn = (values: Float32Array) => values.reduce((count, value) => count + Number(value === 0), 0);
const layerNamed = ({ layers }: OnnxPruning, name: string) => layers.find((layer) => layer.name === name)!;

/** Where two files differ. */
function differences(a: Uint8Array, b: Uint8Array): number[] {
  expect(a.length).toBe(b.length);
  return [...a.keys()].filter((i) => a[i] !== b[i]);
}

/** ‖W′X − WX‖² / ‖WX‖² of a layer, from its activations as the runtime gives them. */
async function naiveError(file: Uint8Array, after: OnnxModel, name: string, x: Parameters<typeof float>) {
  const before = readOnnx(file);
  const layer = before.layers.find((one) => one.name === name)!;
  const { columns, groups, rows } = layer;
  const outputs = await run(before.withOutputs([layer.input!]), { x: float(...x) });
  const { data, dims } = outputs[layer.input!] ?? { data: x[1], dims: x[0] };
  const all = layerRows(layer, columns, groups, data as Float32Array, dims, (n) => [...Array(n).keys()]);
  const [w, v] = [before.weights(name), after.weights(name)];
  let [error, energy] = [0, 0];
  all.forEach((values, g) => {
    for (let row = 0; row < values.length / columns; row++) {
      for (let output = (g * rows) / groups; output < ((g + 1) * rows) / groups; output++) {
        let [own, difference] = [0, 0];
        for (let c = 0; c < columns; c++) {
          own += w[output * columns + c] * values[row * columns + c];
          difference += (v[output * columns + c] - w[output * columns + c]) * values[row * columns + c];
        }
        error += difference ** 2;
        energy += own ** 2;
      }
    }
  });
  return error / energy;
}

describe("a model pruned", () => {
  test.each<OnnxPruneOptions>([
    { method: "exact-obs" },
    { method: "exact-obs", budget: "uniform" },
    { method: "exact-obs", budget: "global" },
    { method: "sparsegpt" },
    { method: "wanda", budget: "erdos-renyi" },
    { method: "magnitude" },
    { method: "random", seed: 3 },
  ])("by %j has its zeros, and differs in its weights alone", async (options) => {
    const file = network();
    const result = await pruned(file, { sparsity: 0.5, calibration, ...options });
    const [before, after] = [readOnnx(file), readOnnx(result.bytes)];
    expect(result.parameters).toBe(8 * 18 + 72 + 32 + 384 + 48);
    let [zeros, weights] = [0, 0];
    for (const { name, rows, columns, kept, sparsity, skipped, relativeError } of result.layers) {
      const values = after.weights(name);
      expect(zerosIn(values)).toBe(rows * columns - kept);
      expect(sparsity).toBe((rows * columns - kept) / (rows * columns));
      expect(values.every((value) => !Object.is(value, -0))).toBe(true);
      if (skipped) {
        expect([name, skipped]).toEqual(["depth", "depthwise"]);
        expect(values).toEqual(before.weights(name));
        continue;
      }
      zeros += rows * columns - kept;
      weights += rows * columns;
      const x: Parameters<typeof float> = [[...calibration.x.dims], calibration.x.data as Float32Array];
      expect(relativeError).toBeCloseTo(await naiveError(file, after, name, x), 4);
    }
    expect(zeros).toBe(weights / 2);
    expect(result.sparsity).toBe(0.5);
    // Put back the old weights, and it is the old file.
    const old = new Map(before.layers.map(({ name }) => [name, before.weights(name)]));
    expect(differences(after.withWeights(old), file)).toEqual([]);
    const x = float([...calibration.x.dims], calibration.x.data as Float32Array);
    const [y, other] = [
      (await run(file, { x })).y.data,
      (await run(result.bytes, { x })).y.data,
    ] as Float32Array[];
    const distance = y.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0);
    const energy = y.reduce((sum, value) => sum + value ** 2, 0);
    expect(result.outputs).toEqual([{ name: "y", relativeError: expect.closeTo(distance / energy, 5) }]);
  });
  test("is the same again, and close whatever a run takes", async () => {
    const options: OnnxPruneOptions = { sparsity: 0.5, calibration };
    const { bytes, outputs } = await pruned(network(), options);
    expect(differences(bytes, (await pruned(network(), options)).bytes)).toEqual([]);
    const single = await pruned(network(), { ...options, batch: 1 });
    expect(single.outputs![0].relativeError).toBeCloseTo(outputs![0].relativeError, 3);
  });
  test("by second order is nearer to what it was than by magnitude", async () => {
    const errorBy = async (options: OnnxPruneOptions) =>
      (await pruned(network(), { sparsity: 0.5, calibration, ...options })).outputs![0].relativeError;
    const magnitude = await errorBy({ method: "magnitude" });
    expect(await errorBy({ method: "sparsegpt" })).toBeLessThan(magnitude / 2);
    expect(await errorBy({})).toBeLessThan(magnitude / 2);
  });
  test("by N:M, in blocks, and layers that they do not fit", async () => {
    const nm = await pruned(network(), {
      method: "sparsegpt",
      pattern: { kind: "n:m", n: 2, m: 4 },
      calibration,
    });
    const after = readOnnx(nm.bytes);
    expect(layerNamed(nm, "wide").skipped).toBe("18 columns are no multiple of 4");
    for (const name of ["grouped", "dense", "last"]) {
      const values = after.weights(name);
      for (let i = 0; i < values.length; i += 4) expect(zerosIn(values.subarray(i, i + 4))).toBe(2);
    }
    for (const method of ["exact-obs", "magnitude"] as const) {
      const blocks = await pruned(network(), {
        method,
        pattern: { kind: "block", columns: 4 },
        sparsity: 0.5,
        calibration,
      });
      const values = readOnnx(blocks.bytes).weights("dense");
      for (let i = 0; i < values.length; i += 4) expect([0, 4]).toContain(zerosIn(values.subarray(i, i + 4)));
      expect(blocks.sparsity).toBe(0.5);
    }
  });
  test("without samples, by what needs none, and with depthwise layers", async () => {
    const result = await pruned(network(), { method: "magnitude", sparsity: 0.5, depthwise: true });
    expect(result).not.toHaveProperty("outputs");
    for (const { rows, columns, groups, sparsity, skipped, ...layer } of result.layers) {
      expect(skipped).toBe(undefined);
      expect(layer).not.toHaveProperty("relativeError");
      const each = (rows * columns) / groups;
      expect(sparsity).toBe(Math.round(each / 2) / each);
    }
    const values = readOnnx(result.bytes).weights("depth");
    for (let g = 0; g < 8; g++) expect(zerosIn(values.subarray(9 * g, 9 * g + 9))).toBe(5);
    expect((await pruned(network(), { sparsity: 0.5, calibration, depthwise: true })).sparsity).toBe(0.5);
  });
  test("without samples also where a Hessian would not fit in memory", async () => {
    const columns = 40_000;
    const file = modelOf({
      initializer: [weight("W", [columns, 2], new Random(1).uniform(2 * columns))],
      input: [value("x", FLOAT, ["n", columns])],
      output: [value("y", FLOAT, ["n", 2])],
      node: [node("MatMul", ["x", "W"], ["y"], { name: "wide" })],
    });
    expect((await pruned(file, { method: "magnitude", sparsity: 0.5 })).sparsity).toBe(0.5);
  });
  test("tells how many rows its errors are of", async () => {
    const { layers } = await pruned(network(), { method: "wanda", sparsity: 0.5, calibration });
    expect(layers.map(({ samples }) => samples)).toEqual([180, undefined, 80, 20, 20]);
  });
  test("to nothing, and to everything", async () => {
    expect(
      differences((await pruned(network(), { method: "magnitude", sparsity: 0 })).bytes, network()),
    ).toEqual([]);
    const all = await pruned(network(), { sparsity: 1, calibration });
    expect(all).toMatchObject({ sparsity: 1, outputs: [{ name: "y", relativeError: 1 }] });
  });
  test("keeps layers that are skipped by name", async () => {
    const result = await pruned(network(), { method: "magnitude", sparsity: 0.5, skip: ["d*", "*t"] });
    expect(result.layers.map(({ skipped }) => skipped)).toEqual([
      ...[undefined, "as asked for", undefined, "as asked for", "as asked for"],
    ]);
    expect(() => planOnnx(network(), { method: "magnitude", sparsity: 0.5, skip: ["den"] })).toThrow(
      'expected names of layers, got "den"; there are "wide", "depth", "grouped", "dense", "last"',
    );
  });
  test("tells how many are right before and after", async () => {
    const x = float([...calibration.x.dims], calibration.x.data as Float32Array);
    const { y } = await run(network(), { x });
    const values = y.data as Float32Array;
    const labels = Uint8Array.from({ length: 20 }, (_, i) => {
      const own = values.subarray(4 * i, 4 * i + 4);
      return own.indexOf(Math.max(...own));
    });
    labels[3] = (labels[3] + 1) % 4;
    const options: OnnxPruneOptions = { method: "magnitude", calibration, labels };
    expect((await pruned(network(), { ...options, sparsity: 0 })).accuracy).toMatchObject({
      before: 0.95,
      after: 0.95,
    });
    const zero = labels.filter((label) => label === 0).length / 20;
    expect((await pruned(network(), { ...options, sparsity: 1 })).accuracy).toMatchObject({
      before: 0.95,
      after: zero,
    });
  });
});

describe("an error instead of a sparsity", () => {
  test.each([0.001, 0.02])("is kept to, and a step more is beyond it: %f", async (maxError) => {
    const { outputs, sparsity } = await pruned(network(), { maxError, calibration });
    expect(outputs![0].relativeError).toBeLessThanOrEqual(maxError);
    expect(sparsity).toBeGreaterThan(0.05);
    const steps = Math.round(sparsity * 1024);
    const next = await pruned(network(), { sparsity: (steps + 1) / 1024, calibration });
    expect(next.outputs![0].relativeError).toBeGreaterThan(maxError * 0.99);
  });
  test("that nothing exceeds prunes all, and one that all exceeds nothing", async () => {
    expect((await pruned(network(), { maxError: 1, calibration })).sparsity).toBe(1);
    expect((await pruned(network(), { maxError: 0, calibration })).sparsity).toBeLessThan(0.01);
  });
});

describe("layers out of reach", () => {
  const states = { x: { data: new Random(1).uniform(15), dims: [5, 1, 3] } };
  test("are skipped, or pruned by magnitude", async () => {
    const skipped = await pruned(recurrent(), { sparsity: 0.5, calibration: states });
    expect(skipped.layers.map((layer) => layer.skipped)).toEqual([
      undefined,
      "its activations are out of reach",
    ]);
    const all = await pruned(recurrent(), {
      sparsity: 0.5,
      calibration: states,
      unreached: "magnitude",
      budget: "uniform",
    });
    expect(all.layers.map((layer) => [layer.skipped, layer.sparsity])).toEqual([
      [undefined, 0.5],
      [undefined, 0.5],
    ]);
    expect(all.layers[0].relativeError).toBeGreaterThan(0);
    expect(all.layers[1].relativeError).toBe(undefined);
    const plain = await pruned(recurrent(), { method: "magnitude", sparsity: 0.5 });
    expect(readOnnx(all.bytes).weights("lstm.R")).toEqual(readOnnx(plain.bytes).weights("lstm.R"));
  });
  test("because no sample takes their branch, and those of halves", async () => {
    const options = (which: number): OnnxPruneOptions => ({
      sparsity: 0.5,
      calibration: {
        x: { data: new Random(2).uniform(24), dims: [6, 4] },
        which: { data: Uint8Array.of(which), dims: [] },
      },
    });
    const no = await pruned(sample(), options(0));
    expect(no.layers.map(({ name, skipped }) => [name, skipped])).toEqual([
      ["first", undefined],
      ["W2", undefined],
      ["half", "no sample reaches it"],
    ]);
    expect(readOnnx(no.bytes).weights("half")).toEqual(readOnnx(sample()).weights("half"));
    const yes = await pruned(sample(), options(1));
    expect(yes.layers.map(({ skipped }) => skipped)).toEqual([undefined, undefined, undefined]);
    expect(yes.sparsity).toBeCloseTo(0.5, 1);
  });
  test("none is left: that is an error", async () => {
    const nothing = pruned(network(), { method: "magnitude", sparsity: 0.5, skip: ["*"] });
    await expect(nothing).rejects.toThrow(FormatError);
    await expect(nothing).rejects.toThrow("expected a model with layers to prune, found none of 5");
  });
});

test("halves are read and written", async () => {
  const x = { data: new Random(4).uniform(16 * 8), dims: [16, 8] };
  for (const method of ["exact-obs", "sparsegpt", "magnitude"] as const) {
    const { bytes, layers, outputs } = await pruned(halves(), { method, sparsity: 0.5, calibration: { x } });
    expect(zerosIn(readOnnx(bytes).weights("half"))).toBe(24);
    expect(layers[0].relativeError).toBeCloseTo(outputs![0].relativeError, 2);
    expect(outputs![0].relativeError).toBeGreaterThan(0.001);
  }
});

test("a shared weight is pruned once, by the inputs of all its uses", async () => {
  const random = new Random(4);
  const [x, z] = [random.uniform(40), random.uniform(40)].map((data) => ({ data, dims: [10, 4] }));
  const { layers, outputs } = await pruned(shared(), { sparsity: 0.5, calibration: { x, z } });
  expect(layers).toMatchObject([{ name: "shared", sparsity: 0.5 }]);
  expect(outputs!.map(({ name }) => name)).toEqual(["y", "v"]);
  // Inputs of one use alone would leave the other's columns dead.
  const dead = { data: z.data.map((value, i) => (i % 4 < 2 ? 0 : value)), dims: z.dims };
  const alive = { data: x.data.map((value, i) => (i % 4 < 2 ? value : 0)), dims: x.dims };
  const both = await pruned(shared(), { sparsity: 0.5, calibration: { x: alive, z: dead } });
  expect(Math.max(...both.outputs!.map(({ relativeError }) => relativeError))).toBeLessThan(1);
});

describe("is refused", () => {
  const magnitude = { method: "magnitude", sparsity: 0.5 } as const;
  test.each<[unknown, new (...args: never[]) => Error, string]>([
    [{}, ArgumentTypeError, "one of sparsity, maxError and an N:M pattern, got none"],
    [{ sparsity: 0.5 }, ArgumentTypeError, 'expected samples for "exact-obs", got undefined'],
    [{ sparsity: 0.5, maxError: 0.1 }, ArgumentTypeError, "got 2 of them"],
    [{ ...magnitude, sparsity: 2 }, ArgumentRangeError, "options.sparsity"],
    [{ ...magnitude, metod: 1 }, ArgumentTypeError, 'did you mean "method"'],
    [
      { ...magnitude, budget: "optimal" },
      ArgumentRangeError,
      'expected method "exact-obs" and no N:M for it, got "magnitude"',
    ],
    [{ method: "magnitude", maxError: 0.1 }, ArgumentRangeError, "options.maxError"],
    [
      { ...magnitude, budget: "erdos-renyi", pattern: { kind: "block", columns: 4 } },
      ArgumentRangeError,
      '"block"',
    ],
    [{ ...magnitude, method: "obd" }, ArgumentRangeError, "options.method"],
    [{ method: "magnitude", pattern: { kind: "n:m", n: 5, m: 4 } }, ArgumentRangeError, "options.pattern.n"],
    [{ ...magnitude, workers: -1 }, ArgumentRangeError, "options.workers"],
    [{ ...magnitude, batch: 0 }, ArgumentRangeError, "options.batch"],
    [{ ...magnitude, unreached: "no" }, ArgumentRangeError, "options.unreached"],
    [
      { ...magnitude, labels: new Uint8Array(2) },
      ArgumentTypeError,
      'expected none without "calibration", got 2',
    ],
    [
      { ...magnitude, calibration, labels: new Uint8Array(2) },
      ArgumentTypeError,
      "expected 20, one a sample, got 2",
    ],
    [{ ...magnitude, labels: [1] }, ArgumentTypeError, "options.labels"],
    [{ maxError: 0.1 }, ArgumentTypeError, "options.calibration"],
    [{ ...magnitude, calibration: {} }, ArgumentTypeError, 'calibration["x"]'],
  ])("%j", async (options, kind, message) => {
    const result = pruned(network(), options as OnnxPruneOptions);
    await expect(result).rejects.toThrow(kind);
    await expect(result).rejects.toThrow(message);
  });
  test("what is no model", async () => {
    await expect(pruned(Uint8Array.of(1, 2, 3), magnitude)).rejects.toThrow(FormatError);
  });
});
