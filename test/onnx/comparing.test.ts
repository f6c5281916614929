/** What is compared, what cannot be, and that nothing else is called a success. */
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, OutOfMemoryError } from "../../src/errors.js";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import type { OnnxPruneOptions } from "../../src/onnx/contract.js";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { rowDistance } from "../../src/onnx/row-sets.js";
import type { Runtime } from "../../src/onnx/runtime.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { constant, FLOAT, int, modelOf, type NodeInit, node, raw, value, weight } from "../io/onnx/sample.js";

const INT64 = 7;
const samples = { data: new Random(5).uniform(40 * 6), dims: [40, 6] };

/** x [n, 6] → MatMul "one" (6 × 8) → Relu → MatMul "two" (8 × 3) → l, and what is done with it. */
function ending(nodes: NodeInit[], output: ReturnType<typeof value>[], input = "x", first: NodeInit[] = []) {
  return modelOf({
    initializer: [
      weight("W", [6, 8], new Random(1).uniform(48)),
      weight("V", [8, 3], new Random(2).uniform(24)),
    ],
    input: [value("x", FLOAT, ["n", 6])],
    output,
    node: [
      ...first,
      node("MatMul", [input, "W"], ["h"], { name: "one" }),
      node("Relu", ["h"], ["r"]),
      node("MatMul", ["r", "V"], ["l"], { name: "two" }),
      ...nodes,
    ],
  });
}

const classes = () =>
  ending(
    [node("ArgMax", ["l"], ["k"], { attribute: [int("axis", 1), int("keepdims", 0)] })],
    [value("k", INT64, ["n"])],
  );

/** Rows whose first logit is above 0: as many as the data has. */
const rows = () =>
  ending(
    [
      constant("zero", { dims: [], dataType: FLOAT, rawData: raw(Float32Array.of(0)) }),
      constant("place", { dims: [1n], dataType: INT64, rawData: raw(BigInt64Array.of(0n)) }),
      node("Gather", ["l", "place"], ["g"], { attribute: [int("axis", 1)] }),
      node("Greater", ["g", "zero"], ["b"]),
      constant("flat", { dims: [1n], dataType: INT64, rawData: raw(BigInt64Array.of(-1n)) }),
      node("Reshape", ["b", "flat"], ["mask"]),
      node("Compress", ["l", "mask"], ["boxes"], { attribute: [int("axis", 0)] }),
    ],
    [value("boxes", FLOAT, ["m", 3])],
  );

async function pruned(file: Uint8Array, options: OnnxPruneOptions) {
  using core = openSync();
  return await pruneOnnx(core, file, { workers: 0, calibration: { x: samples }, ...options });
}

describe("outputs of whole numbers", () => {
  test("are compared by agreement, and keep an error", async () => {
    const { outputs, sparsity, bytes } = await pruned(classes(), { maxError: 0.05 });
    const [before, after] = await Promise.all([classes(), bytes].map(classesOf));
    const differing = before.filter((one, i) => one !== after[i]).length;
    expect(outputs).toEqual([{ name: "k", relativeError: differing / 40, by: "agreement" }]);
    expect(differing / 40).toBeLessThanOrEqual(0.05);
    expect(sparsity).toBeLessThan(1);
    expect(sparsity).toBeGreaterThan(0);
  });
  test("are what labels are compared with, in any whole numbers", async () => {
    const right = await classesOf(classes());
    const labels = [Int8Array, Uint16Array, Int32Array].map((array) => array.from(right.map(Number)));
    for (const own of [...labels, BigInt64Array.from(right)]) {
      const { accuracy } = await pruned(classes(), { method: "magnitude", sparsity: 0, labels: own });
      expect(accuracy).toMatchObject({ before: 1, after: 1, heldBack: false });
    }
    const never = Uint32Array.from({ length: 40 }, () => 65_535);
    expect(
      (await pruned(classes(), { method: "magnitude", sparsity: 0, labels: never })).accuracy,
    ).toMatchObject({
      before: 0,
      after: 0,
    });
  });
});

async function classesOf(file: Uint8Array): Promise<bigint[]> {
  const session = await ort.InferenceSession.create(file, { graphOptimizationLevel: "disabled" });
  const { k } = await session.run({ x: new ort.Tensor("float32", samples.data, samples.dims) });
  await session.release();
  return [...(k.data as BigInt64Array)];
}

describe("outputs whose number of rows depends on the data", () => {
  test("are compared as sets of rows", async () => {
    const { outputs } = await pruned(rows(), { sparsity: 0.5 });
    expect(outputs).toMatchObject([{ name: "boxes", by: "rows" }]);
    expect(outputs?.[0].relativeError).toBeGreaterThan(0.001);
    expect(outputs?.[0].relativeError).toBeLessThan(2);
    const all = await pruned(rows(), { sparsity: 1 });
    expect(all.outputs).toEqual([{ name: "boxes", relativeError: 1, by: "rows" }]);
    const within = await pruned(rows(), { maxError: 0.01 });
    expect(within.outputs?.[0].relativeError).toBeLessThanOrEqual(0.01);
    expect(within.sparsity).toBeLessThan(1);
  });
  test.each<[string, number[][], number[][], number]>([
    [
      "equal sets in another order",
      [
        [1, 2],
        [3, 4],
      ],
      [
        [3, 4],
        [1, 2],
      ],
      0,
    ],
    [
      "a row that is gone",
      [
        [1, 2],
        [3, 4],
      ],
      [[3, 4]],
      5,
    ],
    [
      "a row that is new",
      [[3, 4]],
      [
        [3, 4],
        [0, 2],
      ],
      4,
    ],
    [
      "one of two equal rows",
      [
        [2, 2],
        [2, 2],
      ],
      [[2, 2]],
      8,
    ],
    [
      "rows that moved",
      [
        [1, 0],
        [5, 0],
      ],
      [
        [5, 1],
        [1, 1],
      ],
      2,
    ],
    ["nothing", [], [], 0],
  ])("%s", (_, a, b, distance) => {
    const tensor = (set: number[][]) => ({ values: set.flat(), dims: [set.length, 2] });
    const energy = a.flat().reduce((sum, one) => sum + one ** 2, 0);
    expect(rowDistance(tensor(a), tensor(b), true)).toEqual({ distance, energy });
    const whole = rowDistance(tensor(a), tensor(b), false);
    expect(whole?.energy).toBe(Math.max(a.length, b.length));
    expect(rowDistance({ values: [], dims: [0, 2] }, { values: [], dims: [0, 3, 1] }, true)).toBe(undefined);
  });
});

describe("nothing to compare", () => {
  const shown = { l: value("l", FLOAT, ["n", 3]) };
  const half = node("Sub", ["l", "l"], ["zero"]);
  test.each<[string, Uint8Array, string]>([
    ["0 alone", ending([half], [value("zero", FLOAT, ["n", 3])]), '"zero" is 0 on all samples'],
    ["NaN", ending([half, node("Log", ["l"], ["y"])], [value("y", FLOAT, ["n", 3])]), '"y" is not finite'],
    [
      "NaN beside numbers",
      ending([node("Log", ["l"], ["y"])], [shown.l, value("y", FLOAT, ["n", 3])]),
      '"y" is not finite',
    ],
  ])("is refused before the search: %s", async (_, file, message) => {
    const stages = new Set<string>();
    const search = pruned(file, { maxError: 0.01, onProgress: ({ stage }) => stages.add(stage) });
    await expect(search).rejects.toThrow(ArgumentRangeError);
    await expect(search).rejects.toThrow(message);
    expect([...stages]).toEqual(["calibrate"]);
    // A sparsity is kept to, and what cannot be compared is told.
    const { outputs, uncompared } = await pruned(file, { sparsity: 0.5 });
    expect(outputs?.some(({ relativeError }) => !Number.isFinite(relativeError))).toBe(false);
    expect(uncompared?.length).toBe(1);
  });
});

describe("an output that is no tensor", () => {
  const sequence = () => {
    const file = ending(
      [node("SequenceConstruct", ["l"], ["s"])],
      [{ name: "s" } as never, value("l", FLOAT, ["n", 3])],
    );
    return file;
  };
  test("is left out, and told", async () => {
    const { outputs, uncompared } = await pruned(sequence(), { sparsity: 0.5 });
    expect(outputs).toMatchObject([{ name: "l" }]);
    expect(uncompared).toEqual([{ name: "s", reason: "no tensor" }]);
    const within = await pruned(sequence(), { maxError: 0.01 });
    expect(within.sparsity).toBeLessThan(1);
  });

  test("does not change how many samples a run takes", async () => {
    const taken = new Set<number>();
    const runtime: Runtime = {
      Tensor: ort.Tensor,
      InferenceSession: {
        async create(model, settings) {
          const session = await ort.InferenceSession.create(model, settings);
          return {
            run(feeds: Record<string, ort.Tensor>, ...more: never[]) {
              taken.add(feeds.x.dims[0]);
              return session.run(feeds, ...more);
            },
            release: () => session.release(),
          } as never;
        },
      },
    };
    await pruned(sequence(), { sparsity: 0.5, runtime });
    expect([...taken]).toEqual([8]);
  });

  test.each(["exact-obs", "magnitude"] as const)(
    "may be the only one: %s prunes, and compares nothing",
    async (method) => {
      const file = ending([node("SequenceConstruct", ["l"], ["s"])], [{ name: "s" } as never]);
      const { outputs, uncompared, compareError } = await pruned(file, { sparsity: 0.5, method });
      expect(compareError).toBeUndefined();
      expect(outputs).toEqual([]);
      expect(uncompared).toEqual([{ name: "s", reason: "no tensor" }]);
    },
  );
});

describe("a failure of the comparison after the work", () => {
  test("loses nothing, and is told", async () => {
    let created = 0;
    const runtime: Runtime = {
      Tensor: ort.Tensor,
      InferenceSession: {
        create(model, settings) {
          // The trial, the activations, the comparison.
          if (++created === 3) throw new Error("heap lost");
          return ort.InferenceSession.create(model, settings) as never;
        },
      },
    };
    const result = await pruned(classes(), { sparsity: 0.5, runtime });
    expect(result.compareError?.message).toContain("ONNX Runtime loads; it says: heap lost");
    expect(result).not.toHaveProperty("outputs");
    const zeros = readOnnx(result.bytes)
      .weights("one")
      .filter((one) => one === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(result.sparsity).toBe(0.5);
  });
});

describe("labels that do not fit are refused before the work", () => {
  const labels = (label: number) => Uint16Array.from({ length: 40 }, () => label);
  test.each<[string, Uint8Array, OnnxPruneOptions, new (...args: never[]) => Error, string]>([
    [
      "classes that there are not",
      ending([], [value("l", FLOAT, ["n", 3])]),
      { labels: labels(3) },
      ArgumentRangeError,
      'expected classes below 3, as "l" has them, got 3 at index 0',
    ],
    [
      "no output of classes",
      ending([node("ReduceSum", ["l"], ["y"], { attribute: [int("keepdims", 0)] })], [value("y", FLOAT, [])]),
      { labels: labels(0) },
      ArgumentTypeError,
      'for 8 samples found "y" float32 scalar',
    ],
    [
      "negative ones",
      classes(),
      { labels: Int8Array.from(labels(0), () => -1) },
      ArgumentRangeError,
      "classes from 0 to 65535, got -1 at index 0",
    ],
    ["halves", classes(), { labels: new Float32Array(40) as never }, ArgumentTypeError, "whole numbers"],
  ])("%s", async (_, file, options, kind, message) => {
    const told: string[] = [];
    const result = pruned(file, { sparsity: 0.5, onProgress: ({ stage }) => told.push(stage), ...options });
    await expect(result).rejects.toThrow(kind);
    await expect(result).rejects.toThrow(message);
    expect(told).toEqual([]);
  });
});

test("activations that are not finite name the layer whose input they are", async () => {
  const file = ending([], [value("l", FLOAT, ["n", 3])], "lx", [node("Log", ["x"], ["lx"])]);
  const result = pruned(file, { sparsity: 0.5 });
  await expect(result).rejects.toThrow('the input "lx" of layer "one" expected finite numbers, got NaN');
});

test("a model that does not load, or run, is told in words of ours first", async () => {
  const unknown = ending([node("Nonsense", ["l"], ["y"])], [value("y", FLOAT, ["n", 3])]);
  await expect(pruned(unknown, { sparsity: 0.5 })).rejects.toThrow(
    /^"bytes" expected a model that ONNX Runtime loads; it says: .*Nonsense/,
  );
  const reshape = constant("s", { dims: [2n], dataType: INT64, rawData: raw(BigInt64Array.of(7n, 3n)) });
  const stuck = ending([reshape, node("Reshape", ["l", "s"], ["y"])], [value("y", FLOAT, [7, 3])]);
  await expect(pruned(stuck, { sparsity: 0.5 })).rejects.toThrow(
    /^"calibration" expected samples that the model runs on; of sample 0 ONNX Runtime says: .*--batch/,
  );
  const x = { data: samples.data.slice(0, 35 * 6), dims: [35, 6] };
  expect((await pruned(stuck, { sparsity: 0.5, batch: 7, calibration: { x } })).sparsity).toBe(0.5);
});

test("the settings of ONNX Runtime stay as they were, after errors too", async () => {
  const settings = ort.env.wasm as Record<string, unknown>;
  for (const own of [{ numThreads: 3, proxy: false }, { numThreads: undefined }, {}]) {
    const before = { ...settings };
    for (const key of Object.keys(settings)) delete settings[key];
    Object.assign(settings, own);
    await pruned(classes(), { sparsity: 0.5 });
    expect(settings).toStrictEqual(own);
    await expect(pruned(classes(), { sparsity: 0.5, labels: Uint8Array.of(1) })).rejects.toThrow();
    const unknown = ending([node("Nonsense", ["l"], ["y"])], [value("y", FLOAT, ["n", 3])]);
    await expect(pruned(unknown, { sparsity: 0.5 })).rejects.toThrow("Nonsense");
    expect(settings).toStrictEqual(own);
    Object.assign(settings, before);
  }
});

describe("a layer that is too wide for the memory", () => {
  const columns = 1200;
  const file = () =>
    modelOf({
      initializer: [weight("W", [columns, 4], new Random(1).uniform(4 * columns))],
      input: [value("x", FLOAT, ["n", columns])],
      output: [value("y", FLOAT, ["n", 4])],
      node: [node("MatMul", ["x", "W"], ["y"], { name: "wide" })],
    });
  const calibration = { x: { data: new Random(2).uniform(10 * columns), dims: [10, columns] } };
  const small = async (options: OnnxPruneOptions, memoryLimitMiB = 12) => {
    using core = openSync({ memoryLimitMiB });
    return await pruneOnnx(core, file(), { workers: 0, sparsity: 0.5, calibration, ...options });
  };

  test("is named, with advice, before the work", async () => {
    for (const method of ["exact-obs", "sparsegpt"] as const) {
      const result = small({ method });
      await expect(result).rejects.toThrow(OutOfMemoryError);
      await expect(result).rejects.toThrow(
        /layer "wide" \(MatMul, 4 × 1200\).*--skip.*--unreached magnitude/,
      );
    }
    await expect(small({ unreached: "skip" })).rejects.toThrow("found none of 1");
  });
  test("is refused before the work where solving takes more than the Hessian", async () => {
    const stages: string[] = [];
    const onProgress = ({ stage }: { stage: string }) => stages.push(stage);
    const result = small({ method: "exact-obs", onProgress }, 34);
    await expect(result).rejects.toThrow(/layer "wide" .* 17 MiB, and all else, 39 MiB together, got 34 MiB/);
    expect(stages).toEqual([]);
    expect((await small({ method: "sparsegpt" }, 34)).sparsity).toBe(0.5);
  });
  test("is pruned by what needs the diagonal alone as without a limit, and by magnitude when asked to", async () => {
    using core = openSync();
    for (const method of ["wanda", "magnitude"] as const) {
      const free = await pruneOnnx(core, file(), { workers: 0, sparsity: 0.5, calibration, method });
      const tight = await small({ method });
      expect(Buffer.compare(tight.bytes, free.bytes)).toBe(0);
      expect(free.layers[0].relativeError).toBeGreaterThan(0);
      expect(tight.layers[0]).not.toHaveProperty("relativeError");
    }
    const magnitude = await pruneOnnx(core, file(), { workers: 0, sparsity: 0.5, method: "magnitude" });
    const unreached = await small({ unreached: "magnitude" });
    expect(Buffer.compare(unreached.bytes, magnitude.bytes)).toBe(0);
  });
});
