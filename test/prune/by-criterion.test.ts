import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { type Network, network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { byCriterion } from "../../src/prune/by-criterion.js";
import type { WorkDone } from "../../src/prune/contract.js";
import { prune } from "../../src/prune/prune.js";
import type { Criterion } from "../../src/saliency/contract.js";
import { CRITERIA } from "../../src/saliency/index.js";
import { type Pattern, type Target, targetFor, UNSTRUCTURED } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import * as oracle from "../saliency/oracle.js";

const SIZES = [32, 24, 16, 4];
const table = Object.entries<Criterion>(CRITERIA);
const some = (core: Core): [Network, ReturnType<typeof oracle.dataOf>] => {
  const net = network(core, SIZES, { seed: 4 });
  return [net, oracle.dataOf(net, oracle.someSamples(100, SIZES))];
};
const targetsFor = (net: Network, pattern: Pattern, sparsity: number) =>
  net.layers.map(({ outputs, inputs }) => targetFor(pattern, outputs, inputs, sparsity));
const zerosOf = (values: Iterable<number>) => [...values].filter((value) => Object.is(value, 0)).length;

describe.each(table)("%s", (name, criterion) => {
  const patterns: Pattern[] = [UNSTRUCTURED, { kind: "n:m", n: 2, m: 4 }, { kind: "block", columns: 4 }];

  test.each(patterns)("reaches its targets to the weight: $kind", async (pattern) => {
    using core = openSync();
    const [net, data] = some(core);
    const before = net.layers.map(({ weights }) => weights.toArray());
    const targets = targetsFor(net, pattern, 0.7);
    await byCriterion(criterion).solve(net, data, targets, {});
    for (const [l, layer] of net.layers.entries()) {
      const bits = layer.mask?.toArray() ?? new Uint8Array(0);
      expect(zerosOf(bits)).toBe(targets[l].zeros);
      expect(layer.weights.toArray()).toEqual(before[l].map((w, i) => (bits[i] ? w : 0)));
      const unit = pattern.kind === "n:m" ? pattern.m : 4;
      for (let first = 0; first < bits.length && pattern.kind !== "unstructured"; first += unit) {
        const kept = unit - zerosOf(bits.subarray(first, first + unit));
        expect(pattern.kind === "n:m" ? kept === pattern.n : kept === 0 || kept === unit).toBe(true);
      }
    }
  });

  test.skipIf(!criterion.comparable)("reaches a number of zeros over all layers to the weight", async () => {
    using core = openSync();
    for (const zeros of [0, 1, 700, 1216]) {
      const [net, data] = some(core);
      await byCriterion(criterion).solve(net, data, zeros, {});
      expect(net.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(1216 - zeros);
    }
  });

  test("leaves pruned what is pruned, and prunes nothing when that is enough", async () => {
    using core = openSync();
    const [net, data] = some(core);
    for (const layer of net.layers) {
      const { outputs, inputs } = layer;
      layer.mask = core.mask(outputs, inputs, new Uint8Array(outputs * inputs).map((_, i) => Number(i % 2)));
    }
    const masks = () => net.layers.map(({ mask }) => mask?.toArray() ?? new Uint8Array(0));
    const before = masks();
    await byCriterion(criterion).solve(net, data, targetsFor(net, UNSTRUCTURED, 0.2), {});
    expect(masks()).toEqual(before);
    await byCriterion(criterion).solve(net, data, targetsFor(net, UNSTRUCTURED, 0.75), {});
    for (const [l, bits] of masks().entries()) {
      expect(zerosOf(bits)).toBe(0.75 * bits.length);
      expect(bits.filter((bit, i) => bit > before[l][i])).toHaveLength(0);
    }
  });

  test("gives the same bytes for the same seed", async () => {
    using core = openSync();
    const run = async () => {
      const [net, data] = some(core);
      await byCriterion(criterion).solve(net, data, targetsFor(net, UNSTRUCTURED, 0.5), { seed: 9 });
      return net.parameters();
    };
    expect(await run()).toEqual(await run());
  });

  test("asks for what it needs, and for nothing else", async () => {
    using core = openSync();
    const [net] = some(core);
    const method = byCriterion(criterion);
    const solving = method.solve(net, undefined, targetsFor(net, UNSTRUCTURED, 0.5), {});
    if (method.needs === "nothing") await solving;
    else {
      await expect(solving).rejects.toThrow(ArgumentTypeError);
      await expect(solving).rejects.toThrow(name);
      expect(net.layers.map(({ mask }) => mask)).toEqual([undefined, undefined, undefined]);
    }
  });
});

test("what needs labels, what inputs, and what nothing", () => {
  const needs = table.map(([name, criterion]) => [name, byCriterion(criterion).needs]);
  expect(Object.fromEntries(needs)).toEqual({
    magnitude: "nothing",
    random: "nothing",
    "first-order": "labels",
    wanda: "inputs",
    obd: "inputs",
    "diagonal-fisher": "labels",
    snip: "labels",
    grasp: "labels",
    synflow: "nothing",
  });
});

test("blocks of which parts are pruned already go whole, as many as the zeros take", async () => {
  using core = openSync();
  const net = network(core, [8, 4]);
  net.layers[0].mask = core.mask(4, 8, new Uint8Array(32).map((_, i) => Number(i % 4 > 1)));
  for (const [zeros, kept] of [
    [8, 16],
    [16, 16],
    [20, 12],
    [24, 8],
  ]) {
    const target: Target = { pattern: { kind: "block", columns: 4 }, zeros };
    await byCriterion(CRITERIA.magnitude).solve(net, undefined, [target], {});
    expect(net.layers[0].kept).toBe(kept);
  }
});

describe("Wanda", () => {
  test("prunes every row alike, each layer by the inputs that the pruned ones before it make", async () => {
    using core = openSync();
    const net = network(core, SIZES, { seed: 4 });
    const samples = oracle.someSamples(100, SIZES);
    const plain = oracle.plainOf(net);
    const wanted = plain.weights.map((w) => w.slice());
    for (const [l, weights] of wanted.entries()) {
      const squares = oracle.inputSquares(oracle.withWeights(plain, wanted), samples)[l];
      const columns = SIZES[l];
      for (let i = 0; i < SIZES[l + 1]; i++) {
        const scoreOf = (j: number) => weights[i * columns + j] ** 2 * squares[j];
        const order = [...Array(columns).keys()].sort((a, b) => scoreOf(a) - scoreOf(b) || a - b);
        for (const j of order.slice(0, columns / 2)) weights[i * columns + j] = 0;
      }
    }
    const data = oracle.dataOf(net, samples);
    await byCriterion(CRITERIA.wanda).solve(net, data, targetsFor(net, UNSTRUCTURED, 0.5), {});
    for (const [l, { weights }] of net.layers.entries()) {
      expect(weights.toArray()).toEqual(Float32Array.from(wanted[l]));
    }
  });

  test("refuses to compare layers", async () => {
    using core = openSync();
    const [net, data] = some(core);
    const solving = byCriterion(CRITERIA.wanda).solve(net, data, 100, {});
    await expect(solving).rejects.toThrow(ArgumentRangeError);
    await expect(solving).rejects.toThrow("wanda");
  });
});

describe("SynFlow", () => {
  const sizes = [40, 60, 60, 60, 60, 60, 10];
  const weights = 40 * 60 + 4 * 60 * 60 + 60 * 10;
  const least = async (criterion: Criterion, sparsity: number) => {
    using core = openSync();
    const net = network(core, sizes, { seed: 1 });
    await byCriterion(criterion).solve(net, undefined, Math.round(sparsity * weights), {});
    return Math.min(...net.layers.map(({ kept }) => kept));
  };

  test.each([0.99, 0.995, 0.999])("leaves no layer empty at a sparsity of %f", async (sparsity) => {
    expect(await least(CRITERIA.synflow, sparsity)).toBeGreaterThan(0);
  });

  test("in one round instead of a hundred empties a layer", async () => {
    expect(await least({ ...CRITERIA.synflow, rounds: 1 }, 0.99)).toBe(0);
  });

  test("tells each of its rounds", async () => {
    using core = openSync();
    const [net] = some(core);
    const seen: WorkDone[] = [];
    const onProgress = (progress: WorkDone) => void seen.push(progress);
    await byCriterion(CRITERIA.synflow).solve(net, undefined, 600, { onProgress });
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => ({ done: i + 1, total: 100 })));
  });
});

describe("refuses", () => {
  test("targets for other layers", async () => {
    using core = openSync();
    const [net] = some(core);
    const targets: Target[] = targetsFor(net, UNSTRUCTURED, 0.5).slice(1);
    await expect(byCriterion(CRITERIA.magnitude).solve(net, undefined, targets, {})).rejects.toThrow(ShapeError);
  });

  test("scores that are NaN, naming where", async () => {
    using core = openSync();
    const [net] = some(core);
    net.layers[1].weights.view()[25] = Number.NaN;
    const solving = byCriterion(CRITERIA.magnitude).solve(net, undefined, 600, {});
    await expect(solving).rejects.toThrow(NonFiniteError);
    await expect(solving).rejects.toThrow("row 1, column 1");
  });

  test("to go on once it is stopped", async () => {
    using core = openSync();
    const [net] = some(core);
    const controller = new AbortController();
    const reason = new Error("enough");
    const seen: number[] = [];
    const onProgress = ({ done }: WorkDone) => {
      seen.push(done);
      if (done === 3) controller.abort(reason);
    };
    const work = { signal: controller.signal, onProgress };
    await expect(byCriterion(CRITERIA.synflow).solve(net, undefined, 600, work)).rejects.toBe(reason);
    expect(seen).toEqual([1, 2, 3]);
  });
});

test("goes through prune, with its budgets, and takes as much memory as its masks", async () => {
  using core = openSync();
  const samples = oracle.someSamples(100, SIZES);
  const calibration = { calibration: samples.x, labels: samples.labels };
  for (const [, criterion] of table) {
    using _scope = core.scope();
    const net = network(core, SIZES, { seed: 4 });
    const budget = criterion.comparable ? "global" : "uniform";
    const pruned = await prune(net, { method: byCriterion(criterion), sparsity: 0.625, budget, ...calibration });
    expect(pruned.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(1216 - 760);
  }
  const net = network(core, SIZES, { seed: 4 });
  const before = core.allocate(0);
  await byCriterion(CRITERIA.synflow).solve(net, undefined, 600, {});
  expect(core.allocate(0) - before).toBeLessThan(20_000);
});
