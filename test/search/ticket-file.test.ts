import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import { dataset } from "../../src/net/dataset.js";
import { batchNorm, conv, dense, type NetworkDescription, pool } from "../../src/net/description.js";
import { evaluate } from "../../src/net/evaluate.js";
import { openSync } from "../../src/open.js";
import type { Found, LabelledInputs, Samples, SearchMethod } from "../../src/search/contract.js";
import { searchTickets } from "../../src/search/iterative-magnitude.js";
import { jobId } from "../../src/search/plan.js";
import { decodeTicket, encodeTicket, isTicketFile, networkOf } from "../../src/search/ticket-file.js";
import { Random } from "../harness/random.js";

/** Pictures of 6 × 6 whose class is where the bright half lies. */
function labelled(count: number, seed: number): LabelledInputs {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(3));
  const inputs = Uint8Array.from({ length: 36 * count }, (_, i) => {
    const [at, label] = [i % 36, labels[Math.floor(i / 36)]];
    const isBright = label === 0 ? at < 18 : label === 1 ? at >= 18 : at % 6 < 3;
    return random.below(150) + (isBright ? 60 : 0);
  });
  return { inputs, labels };
}

const samples: Samples = {
  ...{ features: 36, classes: 3 },
  ...{ train: labelled(300, 1), validation: labelled(60, 2), test: labelled(401, 3) },
};
const convNet: NetworkDescription = {
  input: [1, 6, 6],
  layers: [conv(4), batchNorm(), pool("max"), dense(9), dense(3)],
};

async function search(shape: object, method: SearchMethod = "imp"): Promise<Found> {
  const protocol = { ...shape, iterations: 40, batch: 30 };
  return await searchTickets(samples, { method, protocol, rounds: 2, workers: 0, seed: 5 });
}

const originOf = ({ protocol }: Found) => ({ method: "imp", seed: 5, variant: "simd", protocol });

test.each([
  ["a perceptron", { sizes: [36, 40, 3] }, "imp"],
  ["convolutions and batch norm", { network: convNet }, "imp"],
  ["untrained weights", { sizes: [36, 40, 3] }, "edge-popup"],
] as const)(
  "%s: every round's network is read back, and does as well as the search said",
  async (_, shape, method) => {
    const found = await search(shape, method);
    const core = openSync();
    const data = dataset(core, samples.test.inputs, samples.test.labels, { features: 36, classes: 3 });
    for (const [round, ticket] of found.tickets.entries()) {
      const result = found.results.get(jobId(0, round, "ticket"));
      if (!result) return expect.unreachable();
      const network = { ...ticket, weights: result.trained };
      const { accuracy } = result.evaluation;
      const origin = { ...originOf(found), accuracy, labels: [7, -2, 9] };
      const read = decodeTicket(encodeTicket(network, origin));
      expect(read.ticket).toEqual(network);
      expect(read.origin).toEqual(origin);
      expect(evaluate(networkOf(core, read.ticket), data).accuracy).toBe(accuracy);
      expect(decodeTicket(encodeTicket(ticket, originOf(found)))).toEqual({
        ...{ ticket, origin: originOf(found), layers: read.layers },
      });
    }
    core.dispose();
  },
);

test("other files and damaged ones are told by name", async () => {
  const found = await search({ network: convNet });
  const bytes = encodeTicket(found.tickets[1], originOf(found));
  const { tensors, metadata } = readSafetensors(bytes);
  expect([metadata, { format: "pt" }, {}].map(isTicketFile)).toEqual([true, false, false]);
  const changed = (changes: object, without = "") =>
    writeSafetensors(new Map([...tensors].filter(([name]) => name !== without)), { ...metadata, ...changes });
  expect(() => decodeTicket(writeSafetensors(tensors))).toThrow("found another file, version none");
  expect(() => decodeTicket(changed({ version: "2" }))).toThrow("found golden-ticket ticket, version 2");
  expect(() => decodeTicket(changed({}, "conv1.mask"))).toThrow(
    'tensor "conv1.mask" expected U8 [4, 1, 3, 3], found none',
  );
  expect(() => decodeTicket(changed({}, "norm1.mean"))).toThrow('tensor "norm1.mean" expected F32');
  expect(() => decodeTicket(changed({ sizes: "36,3" }))).toThrow("expected the sizes of its network");
  expect(() => decodeTicket(changed({ network: "{" }))).toThrow('metadata "network" expected JSON');
  expect(() => decodeTicket(changed({ network: "{}" }))).toThrow("network.input");
  const masks = new Map(tensors).set("fc1.mask", {
    dtype: "U8",
    shape: [9, 36],
    data: new Uint8Array(324).fill(2),
  });
  expect(() => decodeTicket(writeSafetensors(masks, metadata))).toThrow(
    '"fc1.mask" expected 0 and 1, found 2',
  );
});
