import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { dataset } from "../../src/net/dataset.js";
import { conv, dense, pool } from "../../src/net/description.js";
import { evaluate } from "../../src/net/evaluate.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { type EdgePopupOptions, edgePopup } from "../../src/search/edge-popup.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

const SIZES = [16, 40, 4];

/** Four classes of 16-pixel pictures that can be told apart. */
function samples(core: Core, count: number, seed: number) {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const isOwn = (i % 16) >> 2 === labels[i >> 4];
    return random.below(isOwn ? 256 : 64);
  });
  return dataset(core, inputs, labels, { features: 16, classes: 4 });
}

async function run(options: Partial<EdgePopupOptions> = {}) {
  const core = openSync();
  const found = await edgePopup(SIZES, samples(core, 400, 1), {
    kept: 0.5,
    batch: 20,
    epochs: 3,
    seed: 9,
    ...options,
  });
  return { core, ...found };
}

const bytesOf = ({ masks, scores }: Awaited<ReturnType<typeof run>>) => [
  ...masks.map((mask) => [...mask.words()]),
  ...scores.map((values) => [...new Uint32Array(values.buffer)]),
];

test("finds a subnetwork that does the task, of weights that were never trained", async () => {
  const { core, network: net, history } = await run({ epochs: 20 });
  expect(evaluate(net, samples(core, 500, 2)).accuracy).toBeGreaterThan(0.9);
  expect(history.map(({ iteration }) => iteration)).toEqual(
    Array.from({ length: 20 }, (_, i) => 20 * (i + 1)),
  );
  expect(history[19].loss).toBeLessThan(history[0].loss / 2);
  const drawn = network(core, SIZES, { init: "kaiming-constant", seed: 9 });
  for (const [l, layer] of net.layers.entries()) {
    const scaled = drawn.layers[l].weights.toArray().map((w) => w * Math.sqrt(2));
    expect(layer.weights.toArray()).toEqual(scaled);
    expect(layer.bias.toArray().every((b) => b === 0)).toBe(true);
  }
});

test.each([0, 0.013, 0.1, 0.3, 0.77, 0.9, 1])("keeps exactly its share of each layer: %d", async (kept) => {
  const { masks, network: net } = await run({ kept });
  expect(masks.map((mask) => mask.count)).toEqual([640, 160].map((n) => n - Math.round((1 - kept) * n)));
  expect(net.layers.map((layer) => layer.kept)).toEqual(masks.map((mask) => mask.count));
});

test("another share for each layer", async () => {
  const { masks } = await run({ kept: [0.25, 1] });
  expect(masks.map((mask) => mask.count)).toEqual([160, 160]);
});

test("all kept: the random network itself", async () => {
  const { core, network: net } = await run({ kept: 1 });
  const input = new Random(4).uniform(5 * 16);
  const drawn = network(core, SIZES, { init: "kaiming-constant", seed: 9 });
  expect(net.forward(input)).toEqual(drawn.forward(input));
});

test("no epochs: the mask of the first scores, as uniform as they are", async () => {
  const { scores, masks, history } = await run({ epochs: 0 });
  expect(history).toEqual([]);
  expect(Math.max(...scores[0].map(Math.abs))).toBeLessThanOrEqual(0.25);
  expect(Math.max(...scores[1].map(Math.abs))).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(40)));
  for (const [l, values] of scores.entries()) {
    const sorted = [...values].map(Math.abs).sort((a, b) => b - a);
    const least = sorted[masks[l].count - 1];
    expect([...masks[l].toArray()]).toEqual([...values].map((s) => (Math.abs(s) >= least ? 1 : 0)));
  }
});

describe("same seed, same bytes", () => {
  test("twice, watched or not", async () => {
    const first = bytesOf(await run());
    expect(bytesOf(await run())).toEqual(first);
    const core = openSync();
    const watched = {
      onProgress() {},
      validation: samples(core, 50, 3),
      signal: new AbortController().signal,
    };
    const data = samples(core, 400, 1);
    const found = await edgePopup(SIZES, data, { kept: 0.5, batch: 20, epochs: 3, seed: 9, ...watched });
    expect(bytesOf({ core, ...found })).toEqual(first);
    expect(found.history.every(({ validationAccuracy }) => validationAccuracy !== undefined)).toBe(true);
  });
  test("another seed, others", async () => {
    expect(bytesOf(await run({ seed: 8 }))).not.toEqual(bytesOf(await run()));
  });
});

test("a given network keeps its weights and biases, and works after scopes have ended", async () => {
  const core = openSync();
  const net = network(core, SIZES, { seed: 3 });
  net.layers[0].bias.fill(0.125);
  const before = net.parameters();
  const found = await edgePopup(net, samples(core, 400, 1), { kept: 0.3, batch: 20, epochs: 2 });
  expect(found.network).toBe(net);
  expect(net.parameters()).toEqual(before);
  core.scoped(() => core.matrix(200, 200).fill(7));
  const plain = network(core, SIZES);
  plain.load(
    before.map((values, i) => (i % 2 ? values : values.map((w, j) => w * found.masks[i / 2].toArray()[j]))),
  );
  const input = new Random(4).uniform(32 * 16);
  const [got, want] = [net.forward(input), plain.forward(input)];
  for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThan(1e-5);
});

test("stops when aborted", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const running = run({ epochs: 10_000, signal: stop.signal, onProgress: () => stop.abort(reason) });
  await expect(running).rejects.toBe(reason);
});

describe("refuses", () => {
  const core = openSync();
  const data = samples(core, 40, 1);
  const net = network(core, SIZES);
  const call = (options: EdgePopupOptions, target: Parameters<typeof edgePopup>[0] = SIZES) =>
    edgePopup(target, data, options);
  test.each([
    [ArgumentRangeError, '"options.kept" expected', () => call({ kept: 1.5, batch: 20 })],
    [ArgumentRangeError, '"options.kept[1]" expected', () => call({ kept: [0.5, -1], batch: 20 })],
    [ShapeError, '"options.kept" expected an array of 2', () => call({ kept: [0.5], batch: 20 })],
    [ArgumentTypeError, '"options.kept" expected', () => call({ batch: 20 } as never)],
    [ArgumentRangeError, '"options.batch" expected', () => call({ kept: 0.5 })],
    [
      ArgumentRangeError,
      '"options.init" expected nothing',
      () => call({ kept: 0.5, batch: 20, init: "kaiming-normal" }, net),
    ],
    [
      ArgumentRangeError,
      '"options.scaled" expected nothing',
      () => call({ kept: 0.5, batch: 20, scaled: true }, net),
    ],
    [ShapeError, '"net" expected layer sizes 16, …, 4', () => call({ kept: 0.5, batch: 20 }, [16, 3])],
    [
      ArgumentRangeError,
      '"data" expected the core',
      () => call({ kept: 0.5, batch: 20 }, network(openSync(), SIZES)),
    ],
    [ArgumentTypeError, 'did you mean "kept"', () => call({ kepd: 0.5 } as never)],
  ])("%o %s", async (error, message, act) => {
    await expect(act()).rejects.toThrow(error);
    await expect(act()).rejects.toThrow(message);
  });
  test("a loss that is not finite: says at which step", async () => {
    const wild = network(core, SIZES);
    wild.layers[1].weights.fill(Number.NaN);
    await expect(call({ kept: 0.5, batch: 20 }, wild)).rejects.toThrow(NonFiniteError);
    await expect(call({ kept: 0.5, batch: 20 }, wild)).rejects.toThrow("at step 0");
  });
});

test("works on convolutions: exact counts, and better than chance", async () => {
  const core = openSync();
  const layers = [conv(8), pool("max"), dense(24), dense(4)];
  const found = await edgePopup({ input: [1, 4, 4], layers }, samples(core, 400, 1), {
    ...{ kept: 0.4, batch: 20, epochs: 20, seed: 9 },
  });
  expect(found.masks.map((mask) => mask.count)).toEqual([72, 768, 96].map((n) => n - Math.round(0.6 * n)));
  expect(evaluate(found.network, samples(core, 500, 2)).accuracy).toBeGreaterThan(0.8);
});
