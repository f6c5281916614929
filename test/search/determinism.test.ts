/** Runs in Node and in Chromium: the same seed must give the same bytes in both, so the hash stands here. */
import { expect, test } from "vitest";
import type { Job, LabelledInputs, Protocol, Samples } from "../../src/search/contract.js";
import { type JobContext, openJobContext, runJob } from "../../src/search/run-job.js";
import { Random } from "../harness/random.js";

const EXPECTED = "44de608c8d7f4a9ff60da87c85babf333882a595c6eee1786c931ef0821f1432";

const PROTOCOL: Protocol = {
  sizes: [100, 60, 30, 10],
  init: "glorot-normal",
  optimizer: "adam",
  learningRate: 1.2e-3,
  momentum: 0,
  weightDecay: 0,
  batch: 60,
  iterations: 100,
  evaluateEvery: 50,
  rewindTo: 0,
  rates: [0.2, 0.2, 0.1],
};

function labelled(count: number, seed: number): LabelledInputs {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(10));
  const isOwn = (i: number) => Math.floor((i % 100) / 10) === labels[Math.floor(i / 100)];
  return {
    inputs: Uint8Array.from({ length: count * 100 }, (_, i) => random.below(isOwn(i) ? 256 : 128)),
    labels,
  };
}

async function hash(context: JobContext): Promise<string> {
  const job: Job = {
    id: "a",
    trial: 0,
    round: 0,
    role: "ticket",
    seed: 7,
    masks: [],
    start: [],
    isFrozen: false,
    kept: [],
  };
  const dense = await runJob(context, job, PROTOCOL);
  const ticket = await runJob(context, { ...job, round: 1, masks: dense.nextMasks }, PROTOCOL);
  const control = await runJob(
    context,
    { ...job, role: "shuffled", seed: 8, masks: ticket.nextMasks },
    PROTOCOL,
  );
  expect(ticket.evaluation.accuracy).toBeGreaterThan(0.6);
  const arrays = [...ticket.trained, ...ticket.nextMasks, ...control.trained];
  const bytes = arrays.flatMap((array) => [
    ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  ]);
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("a ticket has the same bytes on every engine", async () => {
  const samples: Samples = {
    features: 100,
    classes: 10,
    train: labelled(600, 1),
    validation: labelled(100, 2),
    test: labelled(100, 3),
  };
  expect(await hash(await openJobContext(samples, "simd"))).toBe(EXPECTED);
});
