import { expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { malachBlock, malachPairs } from "../../src/ticket/malach.js";
import { Random } from "../harness/random.js";
import { checkBlock, checkHooks, checkOutputs, checkSeeds, checkTicket, randomTarget } from "./blocks.js";

const core = openSync();
const options = { epsilon: 0.1, delta: 0.01, nonNegative: false, seed: 1, layer: 0 };

test("the bound on pairs of one weight", () => {
  expect(malachPairs(0.1, 0.01)).toBe(8478);
  expect(malachPairs(0.01, 0.01)).toBe(847_731);
  expect(malachPairs(0.1, 0.01, 2)).toBe(33_910);
});

test("a 3-2-1 net is approximated, each weight by one neuron a sign", async () => {
  const random = new Random(1);
  for (const [layer, [rows, columns]] of [
    [2, 3],
    [1, 2],
  ].entries()) {
    for (const nonNegative of [false, true]) {
      for (const [scale, relu] of [
        [1, true],
        [2.5, false],
        [0.05, true],
      ] as const) {
        const target = { ...randomTarget(random, rows, columns, scale), relu };
        const block = await malachBlock(core, target, { ...options, nonNegative, layer });
        const kept = checkBlock(target, block, 0.1, nonNegative);
        expect(Math.max(...kept.flat())).toBeLessThanOrEqual(1);
        expect(block.failures).toBe(0);
        expect(block.neurons).toBe(
          malachPairs(0.1, 0.01, Math.max(1, ...target.weights.map(Math.abs), ...target.bias.map(Math.abs))) *
            rows *
            (columns + 1),
        );
        checkOutputs(core, target, block, 0.1, nonNegative ? 0 : -1);
      }
    }
  }
});

test("blocks one after the other compute a 3-2-1 net", async () => {
  const random = new Random(11);
  const targets = [{ ...randomTarget(random, 2, 3), relu: true }, randomTarget(random, 1, 2)];
  const first = await malachBlock(core, targets[0], options);
  const second = await malachBlock(core, targets[1], { ...options, nonNegative: true, layer: 1 });
  checkTicket(core, targets, [first, second]);
});

test("the neuron kept is the nearest of its pool", async () => {
  const target = {
    rows: 1,
    columns: 1,
    weights: Float32Array.of(0.3),
    bias: Float32Array.of(0),
    relu: false,
  };
  const one = await malachBlock(core, target, { ...options, pairs: 40_000 });
  // The pools of 40 weights of 1000 pairs are that of one weight of 40,000.
  const many = { ...target, columns: 40, weights: new Float32Array(40).fill(0.3) };
  const parts = await malachBlock(core, many, { ...options, pairs: 1000 });
  const products = (sign: number, { inner, outer }: typeof one) =>
    Array.from(outer.values, (u, h) => ({ w: inner.values[h], p: inner.values[h] * u }))
      .filter(({ w }) => Math.sign(w) === sign)
      .map(({ p }) => Math.abs(p - 0.3));
  for (const sign of [1, -1]) {
    expect(products(sign, parts)).toHaveLength(40);
    expect(products(sign, one)).toEqual([Math.min(...products(sign, parts))]);
  }
});

test("inputs that are never below 0 need half of the neurons; weights of 0 none", async () => {
  const target = randomTarget(new Random(2), 4, 5, 1, 4);
  target.bias.fill(0);
  const both = await malachBlock(core, target, options);
  const half = await malachBlock(core, target, { ...options, nonNegative: true });
  const there = target.weights.filter((w) => w !== 0).length;
  expect(there).toBeLessThan(20);
  expect([both.inner.rows, half.inner.rows]).toEqual([2 * there, there]);
  checkBlock(target, both, 0.1, false);
  const nothing = { ...target, weights: new Float32Array(20) };
  const empty = await malachBlock(core, nothing, options);
  expect([empty.neurons, empty.inner.rows, empty.failures]).toEqual([0, 0, 0]);
  checkOutputs(core, nothing, empty, 0, -1);
});

test("the same seed gives the same bytes, another seed or layer others", async () => {
  const target = randomTarget(new Random(3), 3, 4);
  await checkSeeds((change) => malachBlock(openSync(), target, { ...options, ...change }));
});

test("pools that are too small fail, and say so", async () => {
  const target = randomTarget(new Random(4), 6, 6);
  const block = await malachBlock(core, target, { ...options, epsilon: 0.01, pairs: 20 });
  expect(block.failures).toBeGreaterThan(10);
  checkBlock(target, block, 0.01, false);
});

test("weights fail at most as often as the bound allows, over 200 seeds", async () => {
  const target = randomTarget(new Random(5), 1, 3);
  const [epsilon, delta] = [0.2, 0.1];
  let failures = 0;
  for (let seed = 0; seed < 200; seed++) {
    failures += (await malachBlock(core, target, { ...options, epsilon, delta, seed })).failures;
  }
  expect(failures).toBeLessThanOrEqual(delta * 200 * 4);
});

test("tells how far it is, and stops when told to", async () => {
  const target = randomTarget(new Random(6), 10, 10);
  const build = (change: object) => malachBlock(core, target, { ...options, ...change });
  await checkHooks(core, 110, build, (hooks) => build({ epsilon: 0.01, ...hooks }));
});

const target = randomTarget(new Random(7), 2, 2);
test.each<[string, object, object, new (...rest: never[]) => Error, string]>([
  ["an epsilon of 0", {}, { epsilon: 0 }, ArgumentRangeError, '"options.epsilon" expected'],
  ["a delta of 2", {}, { delta: 2 }, ArgumentRangeError, '"options.delta" expected'],
  ["no pairs", {}, { pairs: 0 }, ArgumentRangeError, '"options.pairs" expected an integer ≥ 1, got 0'],
  [
    "pools of 10¹⁰ pairs",
    {},
    { pairs: 2e9 },
    ArgumentRangeError,
    "got 12000000000 (2000000000 for each of 6 weights)",
  ],
  [
    "a layer of 256",
    {},
    { layer: 256 },
    ArgumentRangeError,
    '"options.layer" expected an integer from 0 to 255, got 256',
  ],
  ["an unknown option", {}, { pair: 3 }, ArgumentTypeError, 'did you mean "pairs"'],
  [
    "too few weights",
    { weights: new Float32Array(3) },
    {},
    ShapeError,
    '"target.weights" expected 4 values (2 × 2), got 3',
  ],
  ["too few biases", { bias: new Float32Array(1) }, {}, ShapeError, '"target.bias" expected 2 values'],
  [
    "a NaN",
    { bias: Float32Array.of(0, Number.NaN) },
    {},
    NonFiniteError,
    '"target.bias" expected finite numbers',
  ],
])("refuses %s", async (_, part, change, kind, message) => {
  const built = malachBlock(core, { ...target, ...part }, { ...options, ...change });
  await expect(built).rejects.toThrow(kind);
  await expect(built).rejects.toThrow(message);
});
