import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ShapeError } from "../../src/errors.js";
import { type Network, network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { fisher } from "../../src/prune/fisher.js";
import { obs } from "../../src/prune/obs-network.js";
import { prune } from "../../src/prune/prune.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [6, 8, 3];
const COUNT = 80;
const inputs = new Random(5).uniform(COUNT * SIZES[0]);
const labels = Uint8Array.from({ length: COUNT }, (_, s) => (inputs[6 * s] > 0 ? 1 : inputs[6 * s + 1] > 0 ? 2 : 0));
const data = { calibration: inputs, labels, workers: 0 };
const make = (core: Core): Network => network(core, SIZES, { seed: 2 });

describe.each([
  ["fisher", () => fisher({ block: 10 })],
  ["obs", () => obs()],
] as const)("%s", (name, method) => {
  test.each([0, 0.25, 0.6, 1])("prunes exactly as many as asked, of each layer and over all: %d", async (sparsity) => {
    using core = openSync();
    const uniform = await prune(make(core), { ...data, method: method(), sparsity });
    const kept = (weights: number) => weights - Math.round(weights * sparsity);
    expect(uniform.layers.map((layer) => layer.kept)).toEqual([kept(48), kept(24)]);
    const net = make(core);
    const global = await prune(net, { ...data, method: method(), budget: "global", sparsity });
    expect(global.layers.reduce((sum, layer) => sum + layer.kept, 0)).toBe(kept(72));
    for (const [l, { mask }] of global.layers.entries()) {
      const bits = mask.toArray();
      expect(net.layers[l].weights.toArray().every((w, i) => bits[i] === 1 || Object.is(w, 0))).toBe(true);
    }
  });

  test("moves what it keeps, and leaves what is pruned already", async () => {
    using core = openSync();
    const net = make(core);
    const before = net.parameters();
    const mask = core.mask(8, 6, new Uint8Array(48).map((_, i) => Number(i % 5 > 0)));
    net.layers[0].setMask(mask);
    const { layers } = await prune(net, { ...data, method: method(), sparsity: 0.5 });
    const bits = layers[0].mask.toArray();
    for (let i = 0; i < 48; i += 5) expect(bits[i]).toBe(0);
    const after = net.parameters();
    expect(after[0].some((w, i) => bits[i] === 1 && w !== before[0][i])).toBe(true);
  });

  test("refuses patterns other than single weights", async () => {
    using core = openSync();
    const options = { ...data, method: method(), sparsity: 0.5 };
    const work = prune(make(core), { ...options, pattern: { kind: "block", columns: 2 } });
    await expect(work).rejects.toThrow(`"options.pattern" expected "unstructured" for "${name}", got "block"`);
    await expect(method().solve(make(core), undefined, 3, {})).rejects.toThrow("expected samples");
    const reason = new Error("enough");
    const stopped = prune(make(core), { ...options, signal: AbortSignal.abort(reason) });
    await expect(stopped).rejects.toBe(reason);
  });
});

test("one block over all weights of a network without hidden layers is exact OBS on its Fisher matrix", async () => {
  using core = openSync();
  const net = network(core, [4, 2], { seed: 4 });
  const before = net.layers[0].weights.toArray();
  const [bias, lambda] = [net.layers[0].bias.toArray(), 1e-2];
  const xs = new Random(8).uniform(40 * 4);
  const ys = Uint8Array.from({ length: 40 }, (_, s) => s % 2);
  // F = Σ g gᵀ / N + λI, g of softmax cross-entropy.
  const f = new Float64Array(64);
  for (let s = 0; s < 40; s++) {
    const x = xs.subarray(4 * s, 4 * s + 4);
    const logits = [0, 1].map((k) => x.reduce((sum, value, j) => sum + before[4 * k + j] * value, bias[k]));
    const p = logits.map((z) => Math.exp(z) / logits.reduce((sum, each) => sum + Math.exp(each), 0));
    const g = [0, 1].flatMap((k) => [...x].map((value) => (p[k] - Number(ys[s] === k)) * value));
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) f[8 * i + j] += (g[i] * g[j]) / 40;
  }
  for (let i = 0; i < 8; i++) f[9 * i] += lambda;
  await prune(net, {
    method: fisher({ damping: lambda, block: 8, gradients: 40 }),
    ...{ calibration: xs, labels: ys, sparsity: 0.5 },
  });
  const after = net.layers[0].weights.toArray();
  const loss = (w: ArrayLike<number>) => {
    let sum = 0;
    const move = Array.from(w, (value, i) => value - before[i]);
    for (let i = 0; i < 8; i++) for (let j = 0; j < 8; j++) sum += (move[i] * f[8 * i + j] * move[j]) / 2;
    return sum;
  };
  // The best weights on the mask: the gradient by each that is kept is 0.
  for (let i = 0; i < 8; i++) {
    if (after[i] === 0) continue;
    let slope = 0;
    for (let j = 0; j < 8; j++) slope += f[8 * i + j] * (after[j] - before[j]);
    expect(Math.abs(slope)).toBeLessThan(1e-6);
  }
  const smallest = [...before.keys()].sort((a, b) => Math.abs(before[a]) - Math.abs(before[b])).slice(0, 4);
  expect(loss(after)).toBeLessThan(loss(before.map((w, i) => (smallest.includes(i) ? 0 : w))));
});

test("what is not one target a layer is refused, and networks too large for their inverse", async () => {
  using core = openSync();
  await expect(fisher().solve(make(core), undefined, [], {})).rejects.toThrow();
  const net = network(core, [100, 50, 2]);
  const work = prune(net, { method: obs(), sparsity: 0.5, calibration: new Random(1).uniform(300) });
  await expect(work).rejects.toThrow(ArgumentRangeError);
  const { zerosByLayer } = await import("../../src/prune/whole.js");
  expect(() => zerosByLayer(net, [], "obs")).toThrow(ShapeError);
});
