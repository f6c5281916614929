/** The zeros that were asked for are in the file, whatever was pruned, 0 or dead before: a reader counts them. */
import { describe, expect, test } from "vitest";
import { writeModel } from "../../src/io/model.js";
import { Hessian } from "../../src/linalg/hessian.js";
import type { Linear } from "../../src/net/linear.js";
import { type Network, network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { LayerTraces } from "../../src/prune/contract.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { outputEnergy } from "../../src/prune/layer-error.js";
import { METHOD_NAMES, type MethodName } from "../../src/prune/methods.js";
import { prune } from "../../src/prune/prune.js";
import type { PruneOptions } from "../../src/prune/prune-options.js";
import type { Pruned } from "../../src/prune/pruned.js";
import { repairWeights } from "../../src/prune/repair.js";
import type { Pattern } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [16, 12, 4];
const DEAD = [1, 2, 3, 6, 7, 12, 13, 14];

interface Before {
  dead?: boolean;
  /** Shares of weights that are masked, and that are 0, of each layer. */
  masked?: readonly number[];
  zero?: readonly number[];
}

const BEFORE: [string, Before][] = [
  ["nothing", {}],
  ["dead inputs", { dead: true }],
  ["masks", { masked: [0.4, 0.3] }],
  ["zero weights", { zero: [0.3, 0.4] }],
  ["masks, zero weights and dead inputs", { dead: true, masked: [0.25, 0.1], zero: [0.2, 0.2] }],
  ["one layer beyond its share", { dead: true, masked: [0.66, 0.1], zero: [0.03, 0] }],
];

const PATTERNS: Pattern[] = [
  { kind: "unstructured" },
  { kind: "n:m", n: 2, m: 4 },
  { kind: "block", columns: 4 },
];

function made(core: Core, { dead = false, masked = [0, 0], zero = [0, 0] }: Before): [Network, PruneOptions] {
  const random = new Random(7);
  const net = network(core, SIZES, { seed: 3 });
  for (const [l, layer] of net.layers.entries()) {
    const size = layer.inputs * layer.outputs;
    const chances = random.uniform(size, 0, 1);
    layer.weights.copyFrom(layer.weights.toArray().map((w, i) => (chances[i] > 1 - zero[l] ? 0 : w)));
    const bits = Uint8Array.from(chances, (chance) => Number(chance >= masked[l]));
    if (masked[l] > 0) layer.mask = core.mask(layer.outputs, layer.inputs, bits);
    layer.changed();
  }
  const calibration = random
    .uniform(90 * 16, -1, 1)
    .map((x, i) => (dead && DEAD.includes(i % 16) ? 0 : x));
  const labels = Uint8Array.from({ length: 90 }, (_, i) => i % 4);
  return [net, { calibration, labels, workers: 0 }];
}

/** The numbers of a tensor, by the format's definition alone. */
function tensorIn(file: Uint8Array, name: string): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const length = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const { dtype, data_offsets: [from, to] } = header[name];
  const width = dtype === "F32" ? 4 : 1;
  return Array.from({ length: (to - from) / width }, (_, i) => {
    const at = 8 + length + from + i * width;
    return dtype === "F32" ? view.getFloat32(at, true) : view.getUint8(at);
  });
}

/**
 * Zeros of each layer in the file, which must be those of the mask beside it and of the report. Weights that are 0
 * without being pruned were so before, and a pattern has no room for them.
 */
function zerosIn(net: Network, { layers }: Pruned, was: readonly Float32Array[], isFree: boolean): number[] {
  const parameters = net.parameters();
  const file = writeModel({
    layers: layers.map(({ rows, columns, mask }, l) => {
      const [weights, bias] = [parameters[2 * l], parameters[2 * l + 1]];
      return { name: `fc${l}`, rows, columns, weights, bias, mask: mask.toArray() };
    }),
  });
  return layers.map(({ rows, columns, kept, sparsity }, l) => {
    const [weights, mask] = [tensorIn(file, `fc${l}.weight`), tensorIn(file, `fc${l}.mask`)];
    expect(weights.map((weight, i) => Number(weight !== 0 || (!isFree && mask[i] && was[l][i] === 0)))).toEqual(mask);
    const zeros = mask.filter((bit) => bit === 0).length;
    expect([kept, sparsity]).toEqual([rows * columns - zeros, zeros / (rows * columns)]);
    return zeros;
  });
}

const fits = (method: MethodName, { kind }: Pattern) =>
  kind === "unstructured" || (!["fisher", "obs"].includes(method) && (kind !== "block" || method !== "sparsegpt"));
const bitsOf = ({ mask, inputs, outputs }: Linear) => mask?.toArray() ?? new Uint8Array(inputs * outputs).fill(1);

/** Weights as the network multiplies by them. */
const weightsOf = (net: Network) =>
  net.layers.map((layer) => {
    const bits = bitsOf(layer);
    return layer.weights.toArray().map((w, i) => (bits[i] ? w : 0));
  });

/** Pruned weights of each group. */
const groupsOf = (bits: Uint8Array, size: number) =>
  Array.from({ length: bits.length / size }, (_, g) =>
    bits.subarray(g * size, (g + 1) * size).reduce((gone, bit) => gone + 1 - bit, 0),
  );
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe.each(BEFORE)("with %s before", (_name, before) => {
  test.each(METHOD_NAMES)("%s leaves what was asked for", async (method) => {
    for (const pattern of PATTERNS.filter((each) => fits(method, each))) {
      using core = openSync();
      const [net, options] = made(core, before);
      const was = weightsOf(net);
      const masked = net.layers.map(bitsOf);
      const share = pattern.kind === "n:m" ? {} : { sparsity: 0.6 };
      const pruned = await prune(net, { ...options, ...share, method, pattern });
      const zeros = zerosIn(net, pruned, was, pattern.kind === "unstructured");
      if (pattern.kind === "unstructured") expect(sum(zeros)).toBe(Math.round(0.6 * 192) + Math.round(0.6 * 48));
      const inGroups = (bits: Uint8Array) => sum(groupsOf(bits, 4).map((gone) => Math.max(2, gone)));
      if (pattern.kind === "n:m") expect(zeros).toEqual(masked.map(inGroups));
      if (pattern.kind === "block") {
        const least = 4 * (Math.round(28.8) + Math.round(7.2));
        const isWhole = masked.every((bits) => groupsOf(bits, 4).every((gone) => gone % 4 === 0));
        expect(sum(zeros)).toBeGreaterThanOrEqual(least);
        // Less than a block more in each layer, or in each row where those share what is asked for.
        expect(sum(zeros)).toBeLessThan(least + (isWhole ? 1 : 8));
      }
      const seen = [16, 12].map((inputs, l) => [inputs, pruned.layers[l].deadInputs?.length ?? 0]);
      expect(pruned.deadShare).toBe((seen[0][1] + seen[1][1]) / 28);
      if (before.dead) expect(pruned.layers[0].deadInputs).toEqual(DEAD);
      // Weights of dead inputs that are kept are the given ones.
      const { deadInputs = [] } = pruned.layers[0];
      if (method === "exact-obs" || method === "sparsegpt") {
        const [weights, bits] = [net.layers[0].weights.toArray(), pruned.layers[0].mask.toArray()];
        for (const [i, weight] of weights.entries())
          if (deadInputs.includes(i % 16)) expect(weight).toBe(bits[i] ? was[0][i] : 0);
      }
    }
  });
});

describe("budgets by losses and scores", () => {
  test.each<[MethodName, PruneOptions["budget"] & string]>([
    ["exact-obs", "global"],
    ["exact-obs", "optimal"],
    ["exact-obs", "erdos-renyi"],
    ["fisher", "global"],
    ["magnitude", "global"],
    ["obd", "global"],
    ["m-fac", "global"],
    ["wanda", "erdos-renyi"],
  ])("%s by %s leaves what was asked for", async (method, budget) => {
    for (const [, before] of BEFORE) {
      using core = openSync();
      const [net, options] = made(core, before);
      const was = net.layers.map(({ weights }) => weights.toArray());
      const pruned = await prune(net, { ...options, method, budget, sparsity: 0.65 });
      expect(sum(zerosIn(net, pruned, was, true))).toBe(Math.round(0.65 * 240));
    }
  });

  test("a layer beyond its share leaves the others what is left", async () => {
    using core = openSync();
    const [net, options] = made(core, { masked: [0.5, 0] });
    const before = net.layers.map(({ inputs, outputs, kept }) => inputs * outputs - kept);
    const { layers } = await prune(net, { ...options, method: "magnitude", sparsity: 0.4 });
    const zeros = layers.map(({ rows, columns, kept }) => rows * columns - kept);
    expect(zeros).toEqual([before[0], 96 - before[0]]);
  });
});

describe("exact OBS's curve", () => {
  test.each(PATTERNS)("counts as its solutions do: $kind", async (pattern) => {
    for (const [, before] of BEFORE) {
      using core = openSync();
      const [net, { calibration }] = made(core, before);
      const [layer] = net.layers;
      const hessian = new Hessian(core, 16);
      hessian.addRows(calibration as Float32Array);
      const bits = bitsOf(layer);
      const mask = core.mask(12, 16, bits);
      const problem = { weights: layer.weights, hessian: hessian.finish(), mask };
      const traces = (await exactObs().traces?.(problem, pattern, { workers: 0 })) as LayerTraces;
      const pruned = sum(groupsOf(bits, 4));
      const groups = groupsOf(bits, 4);
      const most = pattern.kind === "n:m" ? 96 : 192;
      const inPattern = (mask: Uint8Array) =>
        pattern.kind === "n:m" ? sum(groupsOf(mask, 4).map((gone) => Math.min(2, gone))) : sum(groupsOf(mask, 4));
      let last = 0;
      for (let zeros = 0; zeros <= most; zeros += 4) {
        const { mask: left, weights } = await traces.at(zeros);
        const own = left.toArray();
        expect(own.every((bit, i) => bit <= bits[i])).toBe(true);
        const got = inPattern(own);
        expect(got).toBeGreaterThanOrEqual(zeros);
        const isExact = pattern.kind !== "block" || groups.every((gone) => gone % 4 === 0);
        expect(got).toBeLessThan(Math.max(inPattern(bits), zeros + (isExact ? 0 : 3)) + 1);
        const loss = traces.lossAt(zeros);
        expect(loss).toBeGreaterThanOrEqual(last);
        last = loss;
        if (zeros <= pruned && pattern.kind !== "n:m") {
          expect(loss).toBe(0);
          expect(weights.toArray()).toEqual(layer.weights.toArray().map((w, i) => (bits[i] ? w : 0)));
        }
      }
    }
  });
});

test.each(METHOD_NAMES)("a sparsity of 0 changes nothing: %s", async (method) => {
  for (const [, { zero: _, ...before }] of BEFORE) {
    for (const refine of [undefined, "swaps"] as const) {
      using core = openSync();
      const [net, options] = made(core, before);
      const was = weightsOf(net);
      const kept = net.layers.map((layer) => layer.kept);
      const repair = refine !== undefined;
      const asked = { method, sparsity: 0, repair, ...(refine ? { refine } : {}) };
      const { layers, outputError } = await prune(net, { ...options, ...asked });
      expect(layers.map((layer) => [layer.kept, layer.relativeError])).toEqual(kept.map((count) => [count, 0]));
      expect(outputError).toBe(0);
      expect(net.layers.map(({ weights }) => weights.toArray())).toEqual(was);
    }
  }
});

test("exact OBS takes the best next weight of all, whatever is pruned, 0 or dead before", async () => {
  const random = new Random(11);
  for (let trial = 0; trial < 30; trial++) {
    using core = openSync();
    const bits = Uint8Array.from(random.uniform(7, 0, 1), (chance) => Number(chance > 0.3));
    const values = random.uniform(7, -1, 1).map((w, i) => (i === trial % 7 && trial % 2 ? 0 : w));
    const samples = random.uniform(40 * 7, -1, 1).map((x, i) => (i % 7 === trial % 5 && trial % 3 === 0 ? 0 : x));
    const hessian = new Hessian(core, 7);
    hessian.addRows(samples);
    const mask = core.mask(1, 7, bits);
    const problem = { weights: core.matrix(1, 7, values), hessian: hessian.finish(), mask };
    const before = sum([...bits].map((bit) => 1 - bit));
    if (before === 7) continue;
    const costOf = async (support: Uint8Array) => {
      const repaired = await repairWeights(problem, core.mask(1, 7, support), 1e-9);
      return outputEnergy(
        core.matrix(1, 7, repaired.toArray().map((w, i) => w - (bits[i] ? values[i] : 0))),
        problem.hessian,
      );
    };
    const costs: number[] = [];
    for (let i = 0; i < 7; i++) if (bits[i]) costs.push(await costOf(bits.map((bit, j) => (i === j ? 0 : bit))));
    const target = { pattern: { kind: "unstructured" }, zeros: before + 1 } as const;
    const solution = await exactObs({ damping: 1e-9 }).solve(problem, target, { workers: 0 });
    expect(solution.mask.count).toBe(7 - before - 1);
    expect(await costOf(solution.mask.toArray())).toBeCloseTo(Math.min(...costs), 6);
  }
});
