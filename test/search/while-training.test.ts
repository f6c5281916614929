import { describe, expect, test } from "vitest";
import type {
  LabelledInputs,
  Protocol,
  SampleInputs,
  Samples,
  WhileTraining,
} from "../../src/search/contract.js";
import { searchTickets } from "../../src/search/iterative-magnitude.js";
import { countKept, keptAfter, maskedParameters } from "../../src/search/masks.js";
import { jobId } from "../../src/search/plan.js";
import { Random } from "../harness/random.js";

const FEATURES = 21;
const CLASSES = 4;

/** Points around the corners of a square, in noise. */
function labelled(count: number, seed: number): LabelledInputs<Uint8Array> {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(CLASSES));
  const inputs = Uint8Array.from({ length: FEATURES * count }, (_, i) => {
    const label = labels[Math.floor(i / FEATURES)];
    const side = i % 2 === 0 ? label & 1 : label >> 1;
    return random.below(140) + 100 * side;
  });
  return { inputs, labels };
}

const bytes: Samples<Uint8Array> = {
  ...{ features: FEATURES, classes: CLASSES },
  ...{ train: labelled(400, 1), validation: labelled(80, 2), test: labelled(300, 3) },
};
const withInputs = <I extends SampleInputs>(change: (inputs: Uint8Array) => I): Samples<I> => ({
  ...bytes,
  train: { ...bytes.train, inputs: change(bytes.train.inputs) },
  validation: { ...bytes.validation, inputs: change(bytes.validation.inputs) },
  test: { ...bytes.test, inputs: change(bytes.test.inputs) },
});
const floats = () => withInputs((inputs) => Float32Array.from(inputs, (byte) => byte * Math.fround(1 / 255)));

const sizes = [FEATURES, 30, CLASSES];
const protocol: Partial<Protocol> = {
  sizes,
  iterations: 120,
  batch: 20,
  learningRate: 0.02,
  rates: [0.6, 0.3],
};

describe("samples of floats", () => {
  test("give the tickets of the bytes that they are", async () => {
    const options = { protocol, rounds: 1, workers: 0, controlRounds: [1] };
    const [a, b] = [await searchTickets(bytes, options), await searchTickets(floats(), options)];
    expect(b.tickets).toEqual(a.tickets);
    expect(b.rounds).toEqual(a.rounds);
    expect(a.rounds[1].accuracy).toBeGreaterThan(0.6);
  });
  test("are refused by name and place when one is not finite, or a label is no class", async () => {
    const broken = floats();
    broken.validation.inputs[FEATURES + 2] = Number.NaN;
    await expect(searchTickets(broken)).rejects.toThrow(
      '"samples.validation.inputs" expected finite numbers, got NaN at row 1, column 2',
    );
    const labels = Uint8Array.from(bytes.test.labels).fill(CLASSES, 5, 6);
    await expect(searchTickets({ ...bytes, test: { ...bytes.test, labels } })).rejects.toThrow(
      '"labels" expected classes below 4, got 4 at index 5',
    );
  });
});

describe.each(["rigl", "gradual", "static"] as const)("%s", (method: WhileTraining) => {
  test("keeps as many weights as iterative pruning, and its controls train its masks", async () => {
    const found = await searchTickets(bytes, {
      ...{ method, protocol, rounds: 2, seed: 3, workers: 0 },
      ...{ controlRounds: [2], controlRoles: ["reinitialised", "signs"] },
    });
    for (const [round, { masks, weights }] of found.tickets.entries()) {
      expect(masks.map(countKept)).toEqual(keptAfter(sizes, [0.6, 0.3], round));
      const trained = found.results.get(jobId(0, round, "ticket"))?.trained ?? [];
      // A weight that has grown may still be 0; what is pruned is +0.
      expect(maskedParameters(trained, masks, sizes)).toEqual(trained);
      expect(weights[0].filter((weight) => weight !== 0).length).toBe(countKept(masks[0]));
    }
    expect(found.rounds[1].accuracy).toBeGreaterThan(0.6);
    expect(found.rounds[2].control.signs?.accuracy).toBeGreaterThan(0.3);
    const history = found.results.get(jobId(0, 2, "ticket"))?.evaluation.history ?? [];
    expect(history.map(({ iteration }) => iteration)).toEqual(
      Array.from({ length: 10 }, (_, i) => 12 * (i + 1)),
    );
    const start = found.results.get(jobId(0, 0, "ticket"));
    expect(start?.evaluation.accuracy).toBe(found.rounds[0].accuracy);
  });
});

test("masks that move differ from those that stay, and refuse a later start", async () => {
  const options = { protocol, rounds: 1, workers: 0 } as const;
  const [moved, stayed] = [
    await searchTickets(bytes, { ...options, method: "rigl" }),
    await searchTickets(bytes, { ...options, method: "static" }),
  ];
  expect(moved.tickets[1].masks).not.toEqual(stayed.tickets[1].masks);
  const later = { ...protocol, rewindTo: 1 };
  await expect(searchTickets(bytes, { method: "gradual", protocol: later })).rejects.toThrow(
    '"options.protocol.rewindTo" expected 0 for gradual, got 1',
  );
  const short = { ...protocol, iterations: 1 };
  await expect(searchTickets(bytes, { method: "gradual", protocol: short })).rejects.toThrow("≥ 2");
});
