/** Layers whose Hessian is beyond the memory: refused by name before the work, or pruned without one. */
import { expect, test } from "vitest";
import { OutOfMemoryError } from "../../src/errors.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { tooWide } from "../../src/prune/hessian-memory.js";
import { prune } from "../../src/prune/prune.js";
import type { PruneOptions } from "../../src/prune/prune-options.js";
import { Random } from "../harness/random.js";

const SIZES = [1600, 6, 4];
const calibration = new Random(4).uniform(20 * SIZES[0]);

async function pruned(options: PruneOptions, memoryLimitMiB: number) {
  using core = openSync({ memoryLimitMiB });
  const net = network(core, SIZES, { seed: 2 });
  const { layers, sparsity, outputError } = await prune(net, {
    ...{ sparsity: 0.5, calibration, workers: 0 },
    ...options,
  });
  const zeros = net.layers.map(({ weights }) => weights.toArray().filter((weight) => weight === 0).length);
  return { layers, sparsity, outputError, zeros };
}

test.each<[string, PruneOptions]>([
  ["exact OBS", { method: "exact-obs" }],
  ["SparseGPT", { method: "sparsegpt" }],
  ["swaps", { method: "wanda", refine: "swaps" }],
  ["repair", { method: "magnitude", repair: true }],
])("%s names the layer before the work", async (_, options) => {
  const stages: string[] = [];
  const result = pruned({ ...options, onProgress: ({ stage }) => stages.push(stage) }, 16);
  await expect(result).rejects.toThrow(OutOfMemoryError);
  await expect(result).rejects.toThrow(/^layer 0 \(6 × 1600\) expected memory for the Hessian .*"wanda"/);
  expect(stages).toEqual([]);
});

test.each(["wanda", "magnitude", "random"] as const)("%s goes without that layer's error alone", async (method) => {
  const [tight, free] = [await pruned({ method }, 16), await pruned({ method }, 256)];
  expect(tight.zeros).toEqual([4800, 12]);
  expect(tight.zeros).toEqual(free.zeros);
  expect(tight.outputError).toBe(free.outputError);
  expect(tight.layers[0].relativeError).toBeUndefined();
  expect(tight.layers[1].relativeError).toBe(free.layers[1].relativeError);
  expect(free.layers[0].relativeError).toBeGreaterThan(0);
});

test("the widest do without, as many as have to", () => {
  const layers = [10, 30, 20].map((columns) => ({ rows: 1, columns }));
  // 12 bytes times columns² each; solving takes 16 more of the widest.
  expect(tooWide(layers, "wanda", 12 * 1400)).toEqual([]);
  expect(tooWide(layers, "wanda", 12 * 1400 - 1)).toEqual([{ layer: 1, neededBytes: 12 * 1400 }]);
  expect(tooWide(layers, "exact-obs", 12 * 500).map(({ layer }) => layer)).toEqual([1, 2]);
});
