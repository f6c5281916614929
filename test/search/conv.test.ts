import { expect, test } from "vitest";
import { readSafetensors } from "../../src/io/safetensors.js";
import { batchNorm, conv, dense, type NetworkDescription, pool } from "../../src/net/description.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { LabelledInputs, Samples, SearchOptions } from "../../src/search/contract.js";
import { findTicket } from "../../src/search/find-ticket.js";
import { searchTickets } from "../../src/search/iterative-magnitude.js";
import { encodeTicket } from "../../src/search/ticket-file.js";
import { Random } from "../harness/random.js";

const NET: NetworkDescription = {
  input: [1, 8, 8],
  layers: [conv(6), batchNorm(), pool("max"), conv(8), pool("average"), dense(20), dense(3)],
};

/** A bright stripe that lies across, stands, or is not there, in noise. */
function labelled(count: number, seed: number): LabelledInputs {
  const random = new Random(seed);
  const labels = Uint8Array.from({ length: count }, () => random.below(3));
  const inputs = new Uint8Array(64 * count);
  for (const [s, label] of labels.entries()) {
    const at = random.below(8);
    for (let i = 0; i < 64; i++) {
      const isOn = label === 0 ? i >> 3 === at : label === 1 ? (i & 7) === at : false;
      inputs[64 * s + i] = random.below(100) + (isOn ? 100 : 0);
    }
  }
  return { inputs, labels };
}

const samples: Samples = {
  features: 64,
  classes: 3,
  train: labelled(600, 1),
  validation: labelled(90, 2),
  test: labelled(300, 3),
};

const OPTIONS: SearchOptions = {
  rounds: 2,
  workers: 0,
  seed: 4,
  controlRounds: [2],
  protocol: { network: NET, iterations: 120, batch: 40, rewindTo: 10 },
};

test("tickets of convolutions: found, the same again, written, trained", async () => {
  const found = await searchTickets(samples, OPTIONS);
  const again = await searchTickets(samples, OPTIONS);
  expect(again.tickets).toEqual(found.tickets);
  const [dense, , sparse] = found.rounds;
  expect(dense.accuracy).toBeGreaterThan(0.9);
  expect(sparse.accuracy).toBeGreaterThan(0.9);
  expect(sparse.layers.map(({ name, kept, size }) => [name, kept, size])).toEqual([
    ["conv1", 44, 54],
    ["conv2", 350, 432],
    ["fc1", 410, 640],
    ["output", 49, 60],
  ]);
  expect(sparse.control.shuffled?.accuracy).toBeGreaterThan(0.3);

  const ticket = found.tickets[2];
  expect(ticket.network).toEqual(NET);
  const core = openSync();
  const net = network(core, ticket.network as NetworkDescription);
  net.load(ticket.weights);
  for (const [l, layer] of net.layers.entries()) {
    const mask = core.mask(layer.outputs, layer.inputs, ticket.masks[l]);
    expect(layer.weights.toArray().every((weight, i) => weight === 0 || mask.toArray()[i] === 1)).toBe(true);
  }
  const origin = { method: "imp", seed: 4, variant: "simd", protocol: found.protocol };
  const { tensors, metadata } = readSafetensors(encodeTicket(ticket, origin));
  expect(tensors.get("conv2.weight")?.shape).toEqual([8, 6, 3, 3]);
  expect(tensors.get("conv1.mask")?.shape).toEqual([6, 1, 3, 3]);
  expect(tensors.get("fc1.weight")?.shape).toEqual([20, 32]);
  expect(tensors.get("norm1.mean")?.data).toEqual(ticket.weights[8].slice(0, 6));
  expect(tensors.get("norm1.variance")?.shape).toEqual([6]);
  expect(JSON.parse(metadata.network)).toEqual(NET);
});

test("findTicket takes description, initialisation and seed from the network", async () => {
  const net = network(openSync(), NET, { seed: 4 });
  const { protocol: _, ...options } = OPTIONS;
  const protocol = { iterations: 120, batch: 40, rewindTo: 10 };
  const { ticket, rounds } = await findTicket(net, samples, { ...options, protocol });
  const found = await searchTickets(samples, OPTIONS);
  expect(rounds).toEqual(found.rounds);
  expect(ticket).toEqual(found.tickets[ticket.round]);
});
