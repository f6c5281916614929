import { expect, test } from "vitest";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { Job, Protocol, Samples } from "../../src/search/contract.js";
import { searchTickets } from "../../src/search/iterative-magnitude.js";
import { countKept, keptAfter } from "../../src/search/masks.js";
import { openJobContext, pruneByMagnitude, runJob } from "../../src/search/run-job.js";
import { Random } from "../harness/random.js";

const LENET = [784, 300, 100, 10];
const RATES = [0.2, 0.2, 0.1];

test("the ladder of densities is the published one, exact to the weight, and masks only shrink", () => {
  const core = openSync();
  const net = network(core, LENET, { seed: 1 });
  const expected = [235_200, 30_000, 1000];
  for (let round = 1; round <= 20; round++) {
    const masks = pruneByMagnitude(net, RATES);
    for (const [l, layer] of net.layers.entries()) {
      const next = core.mask(layer.outputs, layer.inputs, masks[l]);
      expected[l] -= Math.round(RATES[l] * expected[l]);
      expect(next.count).toBe(expected[l]);
      if (layer.mask) {
        const before = layer.mask.words();
        expect(next.words().every((word, i) => (word & ~before[i]) === 0)).toBe(true);
      }
      layer.mask = next;
    }
    const kept = net.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const published = (265_200 * 0.8 ** round + 1000 * 0.9 ** round) / 266_200;
    expect(kept / 266_200).toBeCloseTo(published, 4);
  }
});

test("the smallest weights go, ties by lower index", () => {
  const core = openSync();
  const net = network(core, [4, 2]);
  net.layers[0].weights.copyFrom([3, -1, 1, 2, -1, 4, 0.5, 1]);
  const [words] = pruneByMagnitude(net, [0.5]);
  expect(core.mask(2, 4, words).toArray()).toEqual(Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 1));
});

const PROTOCOL: Protocol = {
  sizes: [16, 12, 4],
  init: "glorot-normal",
  optimizer: "sgd",
  learningRate: 0,
  momentum: 0,
  weightDecay: 0,
  batch: 20,
  iterations: 1,
  evaluateEvery: 1,
  rewindTo: 0,
  rates: [0.3, 0.2],
};

function samples(count: number): Samples {
  const random = new Random(4);
  const labels = Uint8Array.from({ length: count }, () => random.below(4));
  const inputs = Uint8Array.from({ length: count * 16 }, (_, i) =>
    random.below((i % 16) >> 2 === labels[i >> 4] ? 256 : 100),
  );
  const part = { inputs, labels };
  return { features: 16, classes: 4, train: part, validation: part, test: part };
}

test("the control of signs keeps those of the start, at the deviation of the initialisation", async () => {
  const context = await openJobContext(samples(40), "simd");
  const job: Job = {
    id: "a",
    trial: 0,
    round: 1,
    role: "ticket",
    seed: 7,
    masks: [],
    start: [],
    isFrozen: false,
    kept: [],
  };
  // A learning rate of 0 leaves what a training starts from.
  const ticket = await runJob(context, job, PROTOCOL);
  const signs = await runJob(context, { ...job, role: "signs", masks: ticket.nextMasks }, PROTOCOL);
  for (const [l, [inputs, outputs]] of [
    [16, 12],
    [12, 4],
  ].entries()) {
    const size = Math.fround(Math.sqrt(2 / (inputs + outputs)));
    const bits = context.core.mask(outputs, inputs, ticket.nextMasks[l]).toArray();
    const expected = ticket.trained[2 * l].map((w, i) => (bits[i] === 1 ? size * Math.sign(w) : 0));
    expect(signs.trained[2 * l]).toEqual(expected);
  }
});

test("the shuffled control trains as many weights of each layer, in other places", async () => {
  const protocol = { ...PROTOCOL, learningRate: 0.1, rates: [0.9, 0.9] };
  const context = await openJobContext(samples(40), "simd");
  const job: Job = {
    ...{ id: "a", trial: 0, round: 1, role: "ticket", seed: 7, masks: [], start: [] },
    ...{ isFrozen: false, kept: [] },
  };
  const { nextMasks: masks } = await runJob(context, job, protocol);
  const { trained } = await runJob(context, { ...job, role: "shuffled", masks }, protocol);
  for (const [l, [inputs, outputs]] of [
    [16, 12],
    [12, 4],
  ].entries()) {
    const bits = context.core.mask(outputs, inputs, masks[l]).toArray();
    const places = trained[2 * l].map((weight) => Number(weight !== 0));
    expect(places.reduce((sum, place) => sum + place, 0)).toBe(countKept(masks[l]));
    expect(places.some((place, i) => place > bits[i])).toBe(true);
  }
});

test.each(["random", "magnitude", "snip", "grasp", "synflow"] as const)(
  "tickets of %s keep as many weights as iterative pruning, and learn",
  async (method) => {
    const protocol = { ...PROTOCOL, learningRate: 0.5, iterations: 100 };
    const options = { rounds: 3, protocol, workers: 0, controlRounds: [3], controlRoles: ["signs"] } as const;
    const { tickets, rounds } = await searchTickets(samples(200), { ...options, method });
    for (const { round, masks, weights } of tickets) {
      const kept = masks.map(countKept);
      const expected = keptAfter(PROTOCOL.sizes, PROTOCOL.rates, round);
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
      expect(sum(kept)).toBe(sum(expected));
      if (method === "random" || method === "magnitude") expect(kept).toEqual(expected);
      expect(weights[0]).toEqual(weights[0].map((w, i) => (tickets[0].weights[0][i] === w ? w : 0)));
    }
    expect(rounds[3].accuracy).toBeGreaterThan(0.8);
    expect(rounds[3].control.signs?.accuracy).toBeGreaterThan(0.6);
    const again = await searchTickets(samples(200), { ...options, method });
    expect(again.tickets).toEqual(tickets);
  },
);

test("tickets of edge-popup do the task with the weights they were drawn with; their controls are chance", async () => {
  const protocol = { ...PROTOCOL, init: "kaiming-constant", batch: 20, iterations: 305 } as const;
  const options = {
    ...({ method: "edge-popup", rounds: 3, protocol } as const),
    ...{ workers: 0, seed: 3, controlRounds: [2] },
  } as const;
  const { tickets, rounds, results } = await searchTickets(samples(200), options);
  const drawn = network(openSync(), PROTOCOL.sizes, { init: "kaiming-constant", seed: 3 }).parameters();
  for (const { round, masks, weights } of tickets.slice(1)) {
    const kept = keptAfter(PROTOCOL.sizes, PROTOCOL.rates, round);
    expect(masks.map(countKept)).toEqual(kept);
    const [inputs, outputs] = PROTOCOL.sizes;
    const factor = Math.sqrt((inputs * outputs) / kept[0]);
    for (const [i, weight] of weights[0].entries()) {
      if (weight !== 0) expect(weight).toBeCloseTo(factor * drawn[0][i], 5);
    }
    expect(weights[1].every((bias) => bias === 0)).toBe(true);
  }
  const { accuracy, trials, control } = rounds[2];
  expect(accuracy).toBeGreaterThan(0.8);
  expect(trials[0].history.map(({ iteration }) => iteration).at(-1)).toBe(305);
  expect(trials[0].earlyStopIteration).toBe(null);
  expect(control.reinitialised?.accuracy).toBeLessThan(0.6);
  expect(control.shuffled?.accuracy).toBeLessThan(0.6);
  const finished = new Map([...results].filter(([id]) => !id.includes("round-02")));
  expect((await searchTickets(samples(200), { ...options, finished })).tickets).toEqual(tickets);
});

test("a search that is aborted while a criterion is at work rejects with the reason", async () => {
  const stop = new AbortController();
  const searching = searchTickets(samples(200), {
    method: "synflow",
    rounds: 3,
    workers: 0,
    protocol: { ...PROTOCOL, iterations: 100_000 },
    signal: stop.signal,
  });
  setTimeout(() => stop.abort(new Error("enough")), 30);
  await expect(searching).rejects.toThrow("enough");
});
