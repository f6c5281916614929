/** Samples and weights of any scale: the same masks as for ordinary ones, or an error that says why not. */
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NonFiniteError } from "../../src/errors.js";
import { Hessian } from "../../src/linalg/hessian.js";
import { type Network, network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { LayerMethod, LayerTraces } from "../../src/prune/contract.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { METHOD_NAMES } from "../../src/prune/methods.js";
import { prune } from "../../src/prune/prune.js";
import type { PruneOptions } from "../../src/prune/prune-options.js";
import { sparsegpt } from "../../src/prune/sparsegpt.js";
import type { Pattern } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const COUNT = 80;
/** Powers of two: what is scaled by them is the same problem to the bit. */
const SCALES = [2 ** -100, 2 ** -67, 2 ** -30, 2 ** 30, 2 ** 66, 2 ** 100];

/** Without biases, so that outputs scale as inputs do; inputs that go together. */
function made(core: Core, scale: number): [Network, PruneOptions] {
  const net = network(core, [12, 8, 4], { seed: 2 });
  const random = new Random(9);
  const calibration = random.uniform(COUNT * 12, -1, 1);
  calibration.forEach((x, i) => {
    if (i % 12 > 0) calibration[i] = 0.6 * calibration[i - 1] + x;
  });
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 4);
  return [net, { calibration: calibration.map((x) => x * scale), labels, workers: 0 }];
}

const OPTIONS: [string, PruneOptions][] = [
  ["exact OBS", { method: "exact-obs", sparsity: 0.6 }],
  ["exact OBS in blocks", { method: "exact-obs", sparsity: 0.5, pattern: { kind: "block", columns: 4 } }],
  ["exact OBS by all losses", { method: "exact-obs", sparsity: 0.6, budget: "global" }],
  ["exact OBS within an error", { method: "exact-obs", maxError: 0.05 }],
  ["SparseGPT", { method: "sparsegpt", sparsity: 0.6 }],
  ["SparseGPT with swaps", { method: "sparsegpt", sparsity: 0.6, refine: "swaps" }],
  ["Wanda", { method: "wanda", sparsity: 0.6 }],
  ["Wanda 2:4", { method: "wanda", pattern: { kind: "n:m", n: 2, m: 4 } }],
  ["Wanda, repaired", { method: "wanda", sparsity: 0.6, repair: true }],
];

describe.each(OPTIONS)("%s", (_name, own) => {
  test("does the same whatever the scale of the samples", async () => {
    using core = openSync();
    const [net, options] = made(core, 1);
    const { layers, outputError } = await prune(net, { ...options, ...own });
    for (const scale of SCALES) {
      const [other, others] = made(core, scale);
      const found = await prune(other, { ...others, ...own });
      for (const [l, { mask, relativeError }] of found.layers.entries()) {
        expect(mask.toArray()).toEqual(layers[l].mask.toArray());
        expect(other.layers[l].weights.toArray()).toEqual(net.layers[l].weights.toArray());
        expect(relativeError).toBeCloseTo(layers[l].relativeError as number, 9);
      }
      expect(found.outputError).toBeCloseTo(outputError as number, 9);
    }
  });
});

test.each(METHOD_NAMES)("%s refuses by name what it cannot do", async (method) => {
  for (const scale of [1e-20, 1e20]) {
    using core = openSync();
    const [net, options] = made(core, scale);
    const before = net.parameters();
    const pruning = prune(net, { ...options, method, sparsity: 0.5 });
    if (["exact-obs", "sparsegpt", "wanda", "magnitude", "random", "synflow"].includes(method)) {
      expect((await pruning).layers.map(({ kept }) => kept)).toEqual([48, 16]);
      continue;
    }
    await expect(pruning).rejects.toThrow(ArgumentRangeError);
    await expect(pruning).rejects.toThrow(`"calibration" expected a largest magnitude from 2⁻³⁰ to 2³⁰`);
    await expect(pruning).rejects.toThrow(`in "${method}"`);
    expect(net.parameters()).toEqual(before);
  }
});

test("outputs beyond f32 are refused, not compared", async () => {
  using core = openSync();
  const [net, options] = made(core, 1e38);
  net.layers[0].weights.copyFrom(net.layers[0].weights.toArray().map((w) => 100 * w));
  net.layers[0].changed();
  await expect(prune(net, { ...options, sparsity: 0.5 })).rejects.toThrow(NonFiniteError);
});

describe("a Hessian of inputs of very different scales", () => {
  test("holds their products in f64", () => {
    using core = openSync();
    const scales = [1, 2 ** -120, 2 ** 120, 2 ** -45, 0, 2 ** 50];
    const random = new Random(4);
    const unit = random.uniform(300 * 6, -1, 1);
    const hessian = new Hessian(core, 6);
    hessian.addRows(unit.map((x, i) => x * scales[i % 6]));
    const values = hessian.finish().toArray();
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        let sum = 0;
        for (let s = 0; s < 300; s++) sum += unit[6 * s + i] * unit[6 * s + j];
        const wanted = (2 * sum) / 300;
        const scale = scales[i] * scales[j];
        expect(scale === 0 ? values[6 * i + j] : values[6 * i + j] / scale).toBeCloseTo(scale === 0 ? 0 : wanted, 6);
      }
    }
  });

  test("adds chunks of ordinary samples and others", () => {
    using core = openSync();
    const [small, large] = [2 ** -100, 2 ** 100];
    const hessian = new Hessian(core, 1);
    for (const x of [small, 1, large]) hessian.addRows(Float32Array.of(x));
    expect(hessian.finish().toArray()[0]).toBe((2 * (small ** 2 + 1 + large ** 2)) / 3);
  });
});

describe("layers whose weights are of any scale", () => {
  const methods: [string, LayerMethod, Pattern][] = [
    ["exact OBS", exactObs(), { kind: "unstructured" }],
    ["exact OBS 2:4", exactObs(), { kind: "n:m", n: 2, m: 4 }],
    ["SparseGPT", sparsegpt(), { kind: "unstructured" }],
  ];
  test.each(methods)("%s", async (_name, method, pattern) => {
    using core = openSync();
    const random = new Random(6);
    const [w, x] = [random.uniform(5 * 12, -1, 1), random.uniform(50 * 12, -1, 1)];
    const solved = async (ofWeights: number, ofSamples: number) => {
      const hessian = new Hessian(core, 12);
      hessian.addRows(x.map((value) => value * ofSamples));
      const weights = core.matrix(5, 12, w.map((value) => value * ofWeights));
      const problem = { weights, hessian: hessian.finish() };
      const solution = await method.solve(problem, { pattern, zeros: 30 }, { workers: 0 });
      const traces = (await method.traces?.(problem, pattern, { workers: 0 })) as LayerTraces | undefined;
      return {
        bits: solution.mask.toArray(),
        weights: solution.weights.toArray().map((value) => value / ofWeights),
        loss: (traces?.lossAt(30) ?? 0) / ofWeights ** 2 / ofSamples ** 2,
      };
    };
    const wanted = await solved(1, 1);
    for (const scale of [2 ** -80, 2 ** 80])
      for (const other of [1, 1 / scale]) expect(await solved(scale, other)).toEqual(wanted);
  });
});
