/** Where the work stands, stopping it, and going on with what was kept. */
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { NonFiniteError, ShapeError } from "../../src/errors.js";
import type { OnnxProgress, OnnxPruneOptions } from "../../src/onnx/contract.js";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import type { Runtime } from "../../src/onnx/runtime.js";
import { openSync } from "../../src/open.js";
import type { LayerRecord } from "../../src/prune/prune-options.js";
import { network, pictures } from "./models.js";

const file = network();
const calibration = pictures(20);

async function pruned(options: OnnxPruneOptions) {
  using core = openSync();
  return await pruneOnnx(core, file, { workers: 0, calibration, ...options });
}

const ways: OnnxPruneOptions[] = [
  { sparsity: 0.5 },
  { sparsity: 0.5, budget: "uniform" },
  { method: "sparsegpt", sparsity: 0.5 },
  { method: "magnitude", sparsity: 0.5, depthwise: true },
  { maxError: 0.01 },
];

describe.each(ways)("%j", (options) => {
  test("goes on from every point to the same bytes", async () => {
    const records: LayerRecord[] = [];
    const whole = await pruned({ ...options, onLayer: (record) => void records.push(record) });
    expect(records.length).toBeGreaterThan(3);
    for (let kept = 0; kept <= records.length; kept++) {
      const told: LayerRecord[] = [];
      const again = await pruned({
        ...options,
        finished: records.slice(0, kept),
        onLayer: async (record) => void told.push(record),
      });
      expect(Buffer.compare(again.bytes, whole.bytes)).toBe(0);
      expect(again.layers).toEqual(whole.layers);
      expect(told).toEqual(records.slice(kept));
    }
  });

  test("tells stages in order, and stops in each of them", async () => {
    const seen: OnnxProgress[] = [];
    await pruned({ ...options, onProgress: (progress) => void seen.push(progress) });
    const stages = [...new Set(seen.map(({ stage }) => stage))];
    const byLosses = options.method === undefined && options.budget === undefined;
    expect(stages).toEqual([
      ...["calibrate"],
      ...(byLosses ? ["curves"] : []),
      ...(options.maxError === undefined ? [] : ["search"]),
      ...["prune", "verify"],
    ]);
    for (const { layer = 0, layers, done, total } of seen) {
      expect(layer).toBeLessThan(layers);
      expect(done).toBeLessThanOrEqual(total);
    }
    for (const stage of stages) {
      const controller = new AbortController();
      const onProgress = (progress: OnnxProgress) => {
        if (progress.stage === stage) controller.abort(new Error(`in ${stage}`));
      };
      const stopped = pruned({ ...options, signal: controller.signal, onProgress });
      // Only what comes after the last step of all has nothing to stop.
      if (stage === "verify") await stopped.catch(() => {});
      else await expect(stopped).rejects.toThrow(`in ${stage}`);
    }
  });
});

test("does not begin when it is stopped already, and rejects with what `onLayer` throws", async () => {
  await expect(pruned({ sparsity: 0.5, signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
  const onLayer = () => Promise.reject(new Error("disk full"));
  await expect(pruned({ sparsity: 0.5, onLayer })).rejects.toThrow("disk full");
});

test("records of another layer are refused", async () => {
  const arrays = { weights: new Float32Array(3), mask: new Uint8Array(3) };
  const finished: LayerRecord[] = [{ stage: "prune", layer: 0, arrays }];
  await expect(pruned({ method: "magnitude", sparsity: 0.5, finished })).rejects.toThrow(ShapeError);
});

test("activations that are no numbers stop it, and memory is given back", async () => {
  using core = openSync();
  const x = {
    dims: calibration.x.dims,
    data: Float32Array.from({ length: calibration.x.data.length }, (_, i) => (i === 0 ? 2e38 : 3e38)),
  };
  await pruneOnnx(core, file, { sparsity: 0.5, workers: 0, calibration });
  const free = core.freeBytes;
  const failed = pruneOnnx(core, file, { sparsity: 0.5, workers: 0, calibration: { x } });
  await expect(failed).rejects.toThrow(NonFiniteError);
  expect(core.freeBytes).toBe(free);
});

test("samples that tell nothing are refused, and dead inputs are told and lose no more than is asked for", async () => {
  const { dims, data } = calibration.x;
  const of = (value: (x: number, i: number) => number) => ({
    x: { dims, data: Float32Array.from(data as Float32Array, value) },
  });
  const features = data.length / dims[0];
  const refused = (samples: typeof calibration, message: string) =>
    expect(pruned({ method: "magnitude", sparsity: 0.5, calibration: samples })).rejects.toThrow(message);
  await refused(
    of(() => 0),
    "not all 0",
  );
  await refused(
    of((_, i) => Number(data[i % features])),
    "samples that differ",
  );
  const half = of((x, i) => (i % features < features / 2 ? 0 : x));
  for (const method of ["exact-obs", "sparsegpt", "wanda", "magnitude"] as const) {
    const { layers, sparsity, deadShare = 0 } = await pruned({ method, sparsity: 0.2, calibration: half });
    const weights = layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    expect(Math.abs(sparsity * weights - 0.2 * weights)).toBeLessThan(layers.length);
    const known = layers.flatMap(({ columns, groups, deadInputs }) =>
      deadInputs ? [{ inputs: columns * groups, dead: deadInputs.length }] : [],
    );
    // One of two channels is dark: half of what the first convolution sees.
    expect(known[0].dead).toBe(known[0].inputs / 2);
    const [inputs, dead] = known.reduce(([n, d], layer) => [n + layer.inputs, d + layer.dead], [0, 0]);
    expect(deadShare).toBe(dead / inputs);
  }
});

test("the runtime that is given has at most two sessions at a time, and none afterwards", async () => {
  let [open, most] = [0, 0];
  const runtime: Runtime = {
    Tensor: ort.Tensor,
    InferenceSession: {
      async create(model, settings) {
        const session = await ort.InferenceSession.create(model, settings);
        most = Math.max(most, ++open);
        return {
          run: (feeds, fetches) => session.run(feeds as Record<string, ort.Tensor>, fetches),
          async release() {
            open--;
            await session.release();
          },
        };
      },
    },
  };
  await pruned({ sparsity: 0.5, runtime });
  expect({ open, most }).toEqual({ open: 0, most: 2 });
  for (const stage of ["calibrate", "verify"]) {
    const onProgress = (progress: OnnxProgress) => {
      if (progress.stage === stage) throw new Error(stage);
    };
    await expect(pruned({ sparsity: 0.5, runtime, onProgress })).rejects.toThrow(stage);
    expect(open).toBe(0);
  }
});
