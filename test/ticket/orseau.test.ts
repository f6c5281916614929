import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { goldenEdges, orseauBlock, orseauNeurons } from "../../src/ticket/orseau.js";
import { Random } from "../harness/random.js";
import { checkBlock, checkHooks, checkOutputs, checkSeeds, checkTicket, randomTarget } from "./blocks.js";

const core = openSync();
const options = { epsilon: 0.01, delta: 0.01, layers: 2, nonNegative: false, seed: 1, layer: 0 };

describe("the intervals", () => {
  test("are as many as the theorem has", () => {
    for (const [epsilon, intervals] of [
      [1e-2, 13],
      [1e-3, 19],
      [1e-4, 24],
      [1e-5, 30],
      [1e-6, 36],
      [1, 1],
      [9, 1],
    ]) {
      const edges = goldenEdges(1, epsilon);
      expect(edges.length - 1).toBe(intervals);
      expect(edges[0]).toBe(1);
      for (let i = 1; i < edges.length; i++) expect(edges[i] / edges[i - 1]).toBeCloseTo(2 / 3, 14);
      expect(edges[intervals - 1]).toBeLessThanOrEqual(Math.max(1, epsilon));
    }
  });
  test("fall with the largest weight", () => {
    expect(goldenEdges(0.25, 0.0025)).toEqual(goldenEdges(1, 0.01).map((edge) => edge / 4));
    expect(() => goldenEdges(1, 1e-12)).toThrow(ArgumentRangeError);
    expect(() => goldenEdges(1, 1e-12)).toThrow(
      '"options.epsilon" expected at least 1e-11 of the largest weight, 1',
    );
  });
  test("the bound on neurons of a layer", () => {
    expect(orseauNeurons(300 * 784, 13, 3, 0.01)).toBe(48_923_465);
    expect(orseauNeurons(1, 1, 1, 0.5)).toBe(Math.ceil(16 * (1 + Math.log(4))));
  });
});

test("a 16-8-4 net is approximated, each weight by one neuron an interval and sign at most", async () => {
  const random = new Random(1);
  for (const [layer, [rows, columns]] of [
    [8, 16],
    [4, 8],
  ].entries()) {
    for (const nonNegative of [false, true]) {
      for (const [scale, epsilon, relu] of [
        [1, 0.01, true],
        [3, 1e-4, false],
        [0.02, 1e-3, true],
        [0.5, 2, false],
      ] as const) {
        const target = { ...randomTarget(random, rows, columns, scale), relu };
        const block = await orseauBlock(core, target, { ...options, epsilon, nonNegative, layer });
        const kept = checkBlock(target, block, epsilon, nonNegative);
        const intervals =
          goldenEdges(Math.max(...[...target.weights, ...target.bias].map(Math.abs)), epsilon).length - 1;
        expect(Math.max(...kept.flat())).toBeLessThanOrEqual(intervals);
        expect(block.failures).toBe(0);
        expect(block.neurons).toBeLessThanOrEqual(orseauNeurons(rows * (columns + 1), intervals, 2, 0.01));
        checkOutputs(core, target, block, epsilon, nonNegative ? 0 : -1);
      }
    }
  }
});

test("blocks one after the other compute a 16-8-4 net", async () => {
  const random = new Random(11);
  const targets = [{ ...randomTarget(random, 8, 16), relu: true }, randomTarget(random, 4, 8)];
  const first = await orseauBlock(core, targets[0], options);
  const second = await orseauBlock(core, targets[1], { ...options, nonNegative: true, layer: 1 });
  checkTicket(core, targets, [first, second]);
});

test("greedy takes one product an interval, the first that fits, from the largest on", async () => {
  const target = randomTarget(new Random(2), 6, 10);
  const { inner, outer } = await orseauBlock(core, target, { ...options, nonNegative: true });
  const edges = goldenEdges(Math.max(...[...target.weights, ...target.bias].map(Math.abs)), 0.01);
  const intervalOf = (product: number) =>
    edges.findIndex((edge, i) => product <= edge && product > edges[i + 1]);
  for (let i = 0; i < 6; i++) {
    const left = [...target.weights.subarray(10 * i, 10 * i + 10), target.bias[i]].map(Math.abs);
    const before = new Array(11).fill(-1);
    for (let p = outer.rowStarts[i]; p < outer.rowStarts[i + 1]; p++) {
      const start = inner.rowStarts[p];
      const isBias = start === inner.rowStarts[p + 1];
      const j = isBias ? 10 : inner.columnIndices[start];
      const product = Math.abs((isBias ? inner.bias[p] : inner.values[start]) * outer.values[p]);
      const interval = intervalOf(product);
      expect(interval).toBeGreaterThan(before[j]);
      expect(product).toBeLessThanOrEqual(left[j]);
      before[j] = interval;
      left[j] -= product;
    }
    for (const rest of left) expect(rest).toBeLessThanOrEqual(edges[edges.length - 2]);
  }
});

test("the largest interval is hit as often as the law says", async () => {
  // Whether 30 neurons have one for the largest of 13 intervals and the right signs, which a weight of 1 then takes.
  // ln |w u| is the sum of two uniforms on 13 intervals, the largest interval the one from 18.5 to 19.5.
  const chance = 1 - (1 - (26 - 19) / 13 ** 2 / 4) ** 30;
  const target = { rows: 1, columns: 1, weights: Float32Array.of(1), bias: Float32Array.of(0), relu: false };
  const trials = 2000;
  let found = 0;
  for (let seed = 0; seed < trials; seed++) {
    const { inner, outer } = await orseauBlock(core, target, {
      ...options,
      seed,
      nonNegative: true,
      neurons: 30,
    });
    if (outer.values.some((u, h) => inner.values[h] * u > 2 / 3)) found++;
  }
  expect(Math.abs(found / trials - chance)).toBeLessThan(3.5 * Math.sqrt((chance * (1 - chance)) / trials));
});

test("inputs that are never below 0 need half of the neurons; weights of 0 none", async () => {
  const target = randomTarget(new Random(3), 20, 30, 1, 4);
  target.bias.fill(0);
  const both = await orseauBlock(core, target, options);
  const half = await orseauBlock(core, target, { ...options, nonNegative: true });
  expect(half.inner.rows / both.inner.rows).toBeGreaterThan(0.47);
  expect(half.inner.rows / both.inner.rows).toBeLessThan(0.53);
  checkBlock(target, both, 0.01, false);
  const nothing = { ...target, weights: new Float32Array(600) };
  const empty = await orseauBlock(core, nothing, options);
  expect([empty.neurons, empty.inner.rows, empty.failures]).toEqual([0, 0, 0]);
  checkOutputs(core, nothing, empty, 0, -1);
});

test("the same seed gives the same bytes, another seed or layer others", async () => {
  const target = randomTarget(new Random(4), 3, 4);
  await checkSeeds((change) => orseauBlock(openSync(), target, { ...options, ...change }));
});

test("pools that are too small fail, and say so", async () => {
  const target = randomTarget(new Random(5), 8, 16);
  let before = Infinity;
  for (const neurons of [0, 200, 1000, 4000, 20_000]) {
    const block = await orseauBlock(core, target, { ...options, neurons });
    checkBlock(target, block, 0.01, false);
    expect(block.neurons).toBeLessThanOrEqual(neurons);
    expect(block.failures).toBeLessThanOrEqual(before);
    before = block.failures;
    if (neurons === 0)
      expect(block.failures).toBe(
        [...target.weights, ...target.bias].filter((w) => Math.abs(w) > 0.01).length,
      );
  }
  expect(before).toBe(0);
});

test("over 200 seeds, pools of the bound fail at most as often as delta, of a twentieth nearly always", async () => {
  const target = randomTarget(new Random(6), 8, 16);
  const weights = target.weights.map((w) => Math.sign(w) || 1);
  const hardest = { ...target, weights, bias: new Float32Array(8).fill(1) };
  const delta = 0.05;
  const failed = async (neurons?: number) => {
    let blocks = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { failures } = await orseauBlock(core, hardest, { ...options, delta, layers: 1, seed, neurons });
      if (failures > 0) blocks++;
    }
    return blocks;
  };
  expect(await failed()).toBeLessThanOrEqual(delta * 200);
  expect(await failed(Math.round(orseauNeurons(136, 13, 1, delta) / 20))).toBeGreaterThan(150);
});

test("a layer of many chunks draws far less than the bound and keeps to it", async () => {
  const target = randomTarget(new Random(7), 40, 100);
  const block = await orseauBlock(core, target, options);
  const kept = checkBlock(target, block, 0.01, false);
  expect(block.failures).toBe(0);
  expect(Math.max(...kept.flat())).toBeLessThanOrEqual(13);
  expect(block.neurons).toBeGreaterThan(10 * 4096);
  expect(block.neurons).toBeLessThan(orseauNeurons(4040, 13, 2, 0.01) / 2);
});

test("tells how far it is, and stops when told to", async () => {
  const target = randomTarget(new Random(8), 60, 700);
  await checkHooks(core, 42_060, (hooks) => orseauBlock(core, target, { ...options, ...hooks }));
});

const target = randomTarget(new Random(7), 2, 2);
test.each<[string, object, object, new (...rest: never[]) => Error, string]>([
  ["an epsilon of 0", {}, { epsilon: 0 }, ArgumentRangeError, '"options.epsilon" expected'],
  [
    "an epsilon that f32 cannot tell",
    {},
    { epsilon: 1e-13 },
    ArgumentRangeError,
    '"options.epsilon" expected at least',
  ],
  ["a delta of 2", {}, { delta: 2 }, ArgumentRangeError, '"options.delta" expected'],
  ["no layers", {}, { layers: 0 }, ArgumentRangeError, '"options.layers" expected an integer ≥ 1, got 0'],
  [
    "neurons below 0",
    {},
    { neurons: -1 },
    ArgumentRangeError,
    '"options.neurons" expected an integer ≥ 0, got -1',
  ],
  [
    "a layer of 256",
    {},
    { layer: 256 },
    ArgumentRangeError,
    '"options.layer" expected an integer from 0 to 255, got 256',
  ],
  ["an unknown option", {}, { neuron: 3 }, ArgumentTypeError, 'did you mean "neurons"'],
  [
    "too few weights",
    { weights: new Float32Array(3) },
    {},
    ShapeError,
    '"target.weights" expected 4 values (2 × 2), got 3',
  ],
  [
    "a NaN",
    { bias: Float32Array.of(0, Number.NaN) },
    {},
    NonFiniteError,
    '"target.bias" expected finite numbers',
  ],
])("refuses %s", async (_, part, change, kind, message) => {
  const built = orseauBlock(core, { ...target, ...part }, { ...options, ...change });
  await expect(built).rejects.toThrow(kind);
  await expect(built).rejects.toThrow(message);
});
