/** Budgets by losses, an error instead of a sparsity, and going on after an interruption. */
import { describe, expect, test } from "vitest";
import { ArgumentTypeError, ShapeError } from "../../src/errors.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { plannedZeros } from "../../src/prune/planned-zeros.js";
import { prune } from "../../src/prune/prune.js";
import type { LayerRecord, PruneOptions, PruneProgress } from "../../src/prune/prune-options.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const small = (core: Core) => network(core, [12, 16, 8, 4], { seed: 3 });
const calibration = new Random(5).uniform(300 * 12);
const bytes = Uint8Array.from(new Random(6).uniform(100 * 12), (value) => 100 + 100 * value);

/** ‖f′(X) − f(X)‖² / ‖f(X)‖². */
function errorOf(outputs: Float32Array, others: Float32Array): number {
  let [distance, energy] = [0, 0];
  outputs.forEach((output, i) => {
    distance += (others[i] - output) ** 2;
    energy += output ** 2;
  });
  return distance / energy;
}

describe("the error of the outputs", () => {
  test.each([
    ["f32", calibration],
    ["bytes", bytes],
  ])("is measured on the samples, %s", async (_, samples) => {
    using core = openSync();
    const net = small(core);
    const rows = samples instanceof Uint8Array ? Float32Array.from(samples, (value) => value / 255) : samples;
    const before = net.forward(rows);
    const { outputError } = await prune(net, { sparsity: 0.6, calibration: samples, workers: 0 });
    expect(outputError).toBeGreaterThan(0);
    expect(outputError).toBeCloseTo(errorOf(before, net.forward(rows)), 5);
  });

  test("is unknown without samples, 0 where nothing is pruned", async () => {
    using core = openSync();
    expect((await prune(small(core), { method: "magnitude", sparsity: 0.5 })).outputError).toBe(undefined);
    expect((await prune(small(core), { method: "magnitude", sparsity: 0, calibration })).outputError).toBe(0);
  });
});

describe("the optimal budget", () => {
  test("has exactly the zeros that are asked for, and other sparsities at once", async () => {
    using core = openSync();
    const options: PruneOptions = { sparsity: 0.7, budget: "optimal", calibration, workers: 0 };
    const pruned = await prune(small(core), options);
    expect(pruned.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(352 - Math.round(0.7 * 352));
    const first = pruned.layers.map(({ kept }) => kept);
    const other = await pruned.at(0.3);
    expect(other.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(352 - Math.round(0.3 * 352));
    expect((await other.at(0.7)).layers.map(({ kept }) => kept)).toEqual(first);
  });

  test("of blocks prunes whole ones", async () => {
    using core = openSync();
    const pattern = { kind: "block", columns: 4 } as const;
    const { layers } = await prune(small(core), { sparsity: 0.5, budget: "optimal", pattern, calibration, workers: 0 });
    expect(layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(176);
    expect(layers.every(({ kept }) => kept % 4 === 0)).toBe(true);
  });
});

describe("an error instead of a sparsity", () => {
  test.each([0.001, 0.01, 0.1])("is kept to, and one step more would not: %f", async (maxError) => {
    using core = openSync();
    const net = small(core);
    const before = net.forward(calibration);
    const pruned = await prune(net, { maxError, calibration, workers: 0 });
    expect(pruned.outputError).toBeLessThanOrEqual(maxError);
    expect(pruned.outputError).toBeCloseTo(errorOf(before, net.forward(calibration)), 6);
    const zeros = 352 - pruned.layers.reduce((sum, { kept }) => sum + kept, 0);
    expect(pruned.sparsity).toBeGreaterThan(0.1);
    expect((await pruned.at((zeros + 1) / 352)).outputError).toBeGreaterThan(maxError);
    const again = await prune(small(core), { maxError, calibration, workers: 0 });
    expect(352 - again.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(zeros);
  });

  test("finds more zeros by the optimal budget than by the same for all; others, blocks and swaps go", async () => {
    using core = openSync();
    const sparsityOf = async (more: PruneOptions) => {
      const { sparsity, outputError } = await prune(small(core), { maxError: 0.01, calibration, workers: 0, ...more });
      expect(outputError).toBeLessThanOrEqual(0.01);
      return sparsity;
    };
    const optimal = await sparsityOf({});
    expect(await sparsityOf({ budget: "uniform" })).toBeLessThan(optimal);
    expect(await sparsityOf({ budget: "global" })).toBeGreaterThan(0);
    expect(await sparsityOf({ pattern: { kind: "block", columns: 4 } })).toBeLessThan(optimal);
    expect(await sparsityOf({ refine: "swaps" })).toBeGreaterThan(0);
  });

  test("prunes everything where anything will do, and nothing where nothing will", async () => {
    using core = openSync();
    expect((await prune(small(core), { maxError: 1e9, calibration, workers: 0 })).sparsity).toBe(1);
    const { sparsity, outputError } = await prune(small(core), { maxError: 1e-12, calibration, workers: 0 });
    expect(sparsity).toBe(0);
    expect(outputError).toBeLessThan(1e-12);
  });

  test("tells where it stands, and stops", async () => {
    using core = openSync();
    const seen: PruneProgress[] = [];
    const onProgress = (progress: PruneProgress) => void (progress.stage === "search" && seen.push(progress));
    await prune(small(core), { maxError: 0.01, calibration, workers: 0, onProgress });
    expect(seen[0]).toEqual({ stage: "search", layers: 3, done: 1, total: 11 });
    const net = small(core);
    const before = net.parameters();
    const controller = new AbortController();
    const stop = ({ stage }: PruneProgress) => stage === "search" && controller.abort(new Error("enough"));
    const options = { maxError: 0.01, calibration, workers: 0, signal: controller.signal };
    await expect(prune(net, { ...options, onProgress: stop })).rejects.toThrow("enough");
    expect(net.parameters()).toEqual(before);
  });

  const { traces: _, ...noTraces } = exactObs();
  test.each<[PruneOptions, string]>([
    [{ sparsity: 0.5 }, '"options.sparsity" expected none beside "maxError", got 0.5'],
    [{ pattern: { kind: "n:m", n: 2, m: 4 } }, '"options.maxError" expected none beside 2:4, got 0.01'],
    [{ budget: [0.1, 0.1, 0.1] }, '"options.maxError" expected none beside a list of sparsities, got 0.01'],
    [{ maxError: -1 }, '"options.maxError" expected a finite number ≥ 0, got -1'],
    [{ method: "magnitude" }, '"options.maxError" expected none for "magnitude", which has no traces, got 0.01'],
    [{ method: noTraces }, 'which has no traces'],
    [{ calibration: undefined }, 'expected samples for "exact-obs", got undefined'],
    [{ maxError: undefined, sparsity: 0.5, budget: "optimal", method: "wanda" }, '"wanda", got "optimal"'],
    [{ maxError: undefined, sparsity: 0.5, budget: "optimal", method: "sparsegpt" }, '"sparsegpt", got "optimal"'],
  ])("refuses %o", async (more, message) => {
    using core = openSync();
    const work = prune(small(core), { maxError: 0.01, calibration, workers: 0, ...more });
    await expect(work).rejects.toThrow(message);
  });
});

test("what is planned is what is done, as far as it is known before", async () => {
  using core = openSync();
  const known: PruneOptions[] = [
    { sparsity: 0.6 },
    { sparsity: 0.6, budget: "erdos-renyi", method: "magnitude" },
    { sparsity: 0.6, budget: [0.1, 0.2, 0.3] },
    { pattern: { kind: "n:m", n: 1, m: 4 } },
  ];
  for (const how of known) {
    const [net, options] = [small(core), { calibration, workers: 0, ...how }];
    const before = net.parameters();
    const planned = plannedZeros(net, options);
    expect(net.parameters()).toEqual(before);
    const { layers } = await prune(net, options);
    expect(planned).toEqual(layers.map(({ rows, columns, kept }) => rows * columns - kept));
  }
  for (const how of [{ maxError: 0.1 }, { sparsity: 0.5, budget: "global" }, { sparsity: 0.5, budget: "optimal" }]) {
    expect(plannedZeros(small(core), { calibration, ...how } as PruneOptions)).toBe(undefined);
  }
  expect(() => plannedZeros(small(core), { sparsity: 2, calibration })).toThrow('"options.sparsity"');
  // A plan needs no samples.
  const half = { sparsity: 0.5 };
  expect(plannedZeros(small(core), half)).toEqual(plannedZeros(small(core), { ...half, calibration }));
});

describe("going on after an interruption", () => {
  const ways: [string, PruneOptions][] = [
    ["layer by layer", { sparsity: 0.6, refine: "swaps" }],
    ["by losses", { sparsity: 0.6, budget: "optimal" }],
    ["N:M by SparseGPT", { method: "sparsegpt", pattern: { kind: "n:m", n: 2, m: 4 } }],
    ["within an error", { maxError: 0.02 }],
    ["by scores, with swaps", { method: "magnitude", sparsity: 0.6, refine: "swaps" }],
  ];

  test.each(ways)("gives the same bits, wherever it stopped: %s", async (_, how) => {
    using core = openSync();
    const options = { calibration, workers: 0, ...how };
    const whole = small(core);
    const records: LayerRecord[] = [];
    const first = await prune(whole, { ...options, onLayer: (record) => void records.push(structuredClone(record)) });
    expect(records.map(({ layer }) => layer)).toEqual(records.map((_, i) => i % 3));
    for (let count = 0; count <= records.length; count++) {
      const net = small(core);
      const told: LayerRecord[] = [];
      const onLayer = async (record: LayerRecord) => void told.push(record);
      const pruned = await prune(net, { ...options, finished: records.slice(0, count), onLayer });
      expect(net.parameters()).toEqual(whole.parameters());
      expect(told).toEqual(records.slice(count));
      expect(pruned.layers.map(({ relativeError }) => relativeError)).toEqual(
        first.layers.map(({ relativeError }) => relativeError),
      );
      expect(pruned.outputError).toBe(first.outputError);
    }
  });

  test("knows other sparsities still", async () => {
    using core = openSync();
    const options: PruneOptions = { sparsity: 0.6, calibration, workers: 0 };
    const [whole, net, records] = [small(core), small(core), [] as LayerRecord[]];
    await (await prune(whole, { ...options, onLayer: (record) => void records.push(record) })).at(0.8);
    await (await prune(net, { ...options, finished: records })).at(0.8);
    expect(net.parameters()).toEqual(whole.parameters());
  });

  test("a failure to keep a record ends it, with the network as it was", async () => {
    using core = openSync();
    const net = small(core);
    const before = net.parameters();
    const onLayer = () => Promise.reject(new Error("disk full"));
    await expect(prune(net, { sparsity: 0.6, calibration, workers: 0, onLayer })).rejects.toThrow("disk full");
    expect(net.parameters()).toEqual(before);
  });

  const f32 = (length: number) => new Float32Array(length);
  test.each<[LayerRecord, new (...args: never[]) => Error]>([
    [{ stage: "prune", layer: 0, arrays: { weights: f32(3), mask: new Uint8Array(192) } }, ShapeError],
    [{ stage: "prune", layer: 0, arrays: { weights: f32(192), mask: new Uint8Array(3) } }, ShapeError],
    [{ stage: "prune", layer: 0, arrays: {} }, ArgumentTypeError],
    [{ stage: "curves", layer: 1, arrays: {} }, ShapeError],
    [{ stage: "curves", layer: 1, arrays: { order: new Uint32Array(3), loss: f32(3) } }, ShapeError],
    [{ stage: "curves", layer: 1, arrays: { order: new Uint32Array(128).fill(99), loss: f32(128) } }, ShapeError],
  ])("refuses a record that does not fit: %o", async (record, kind) => {
    using core = openSync();
    const net = small(core);
    const before = net.parameters();
    const options: PruneOptions = { sparsity: 0.6, budget: "optimal", calibration, workers: 0 };
    await expect(prune(net, { ...options, finished: [record] })).rejects.toThrow(kind);
    expect(net.parameters()).toEqual(before);
  });
});
