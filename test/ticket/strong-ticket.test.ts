import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadMnist } from "../../src/cli/mnist-files.js";
import { readModel } from "../../src/io/model.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import type { TicketBlock } from "../../src/ticket/contract.js";
import { adversarialError } from "../../src/ticket/evaluate.js";
import {
  CONSTRUCTIONS,
  outputDistance,
  strongTicket,
  type TicketProgress,
  targetLayers,
} from "../../src/ticket/strong-ticket.js";
import { Random } from "../harness/random.js";

const SIZES = [6, 5, 3];

test.each(CONSTRUCTIONS)("%s: certified, and never farther off than that", async (construction) => {
  using core = openSync();
  const net = network(core, SIZES, { seed: 1 });
  net.layers[0].bias.fill(0.125);
  for (const domain of [
    { kind: "box", low: 0, high: 1 },
    { kind: "box", low: -1, high: 1 },
    { kind: "ball", radius: 1 },
  ] as const) {
    const epsilon = construction === "malach" ? 0.1 : 0.01;
    const ticket = await strongTicket(net, { construction, epsilon, seed: 2, domain });
    expect(ticket.failures).toBe(0);
    expect(ticket.maxWeightError).toBeLessThanOrEqual(epsilon);
    expect(ticket.network.sizes.filter((_, l) => l % 2 === 0)).toEqual(SIZES);
    expect(ticket.targets).toBe(6 * 5 + 5 + 5 * 3 + 3);
    expect(ticket.kept).toBe(ticket.network.kept);
    const targets = targetLayers(net);
    const search = { seed: 1, starts: 24, steps: 20 };
    const { maximum } = adversarialError(core, targets, ticket.blocks, domain, search);
    expect(maximum).toBeGreaterThan(0);
    expect(maximum).toBeLessThanOrEqual(ticket.certificate.maximum);
    if (domain.kind === "ball") continue;
    const inputs = new Random(3).uniform(6 * 1000, domain.low, 1);
    // The certificate is of exact arithmetic: f32 may be off by some more.
    expect(outputDistance(net, ticket.network, inputs).maximum).toBeLessThanOrEqual(
      ticket.certificate.maximum + 1e-5,
    );
  }
});

test("masked weights count as 0 and cost nothing", async () => {
  using core = openSync();
  const net = network(core, SIZES, { seed: 1 });
  const dense = await strongTicket(net, { epsilon: 0.01 });
  const bits = Array.from({ length: 30 }, (_, at) => at % 3 === 0);
  net.layers[0].setMask(core.mask(5, 6, bits));
  const sparse = await strongTicket(net, { epsilon: 0.01 });
  expect(targetLayers(net)[0].weights.filter((weight) => weight !== 0)).toHaveLength(10);
  expect(sparse.kept).toBeLessThan(dense.kept);
  expect(sparse.certificate.maximum).toBeGreaterThan(
    outputDistance(net, sparse.network, new Random(1).uniform(600, 0, 1)).maximum,
  );
});

test("tells how far it is, stops, and goes on to the same ticket", async () => {
  using core = openSync();
  const net = network(core, SIZES, { seed: 1 });
  const reports: TicketProgress[] = [];
  const whole = await strongTicket(net, {
    epsilon: 1e-3,
    onProgress: (progress) => void reports.push(progress),
  });
  expect(reports.at(-1)).toMatchObject({ layer: 1, layers: 2 });
  const controller = new AbortController();
  const done: TicketBlock[] = [];
  const onBlock = (block: TicketBlock) => {
    done.push(block);
    controller.abort();
  };
  const work = strongTicket(net, { epsilon: 1e-3, onBlock, signal: controller.signal });
  await expect(work).rejects.toThrow("abort");
  expect(done).toHaveLength(1);
  const rest = await strongTicket(net, { epsilon: 1e-3, done });
  expect(rest.blocks).toEqual(whole.blocks);
  expect(rest.certificate).toEqual(whole.certificate);
});

test("LeNet-300-100 in a random network: the same predictions on MNIST", async () => {
  using core = openSync();
  const file = new URL("../fixtures/lenet-300-100-mnist.safetensors", import.meta.url);
  const { layers } = readModel(readSafetensors(new Uint8Array(readFileSync(file))).tensors);
  const net = network(core, [784, 300, 100, 10]);
  net.load(layers.flatMap(({ weights, bias }) => [weights, bias]));
  const ticket = await strongTicket(net, { epsilon: 0.001, objective: "fewest", seed: 1, workers: 0 });
  expect(ticket.failures).toBe(0);
  const pictures = Float32Array.from(loadMnist().testImages.subarray(0, 784 * 2000), (byte) => byte / 255);
  const { maximum, agreement } = outputDistance(net, ticket.network, pictures);
  expect(agreement).toBeGreaterThanOrEqual(0.999);
  expect(maximum).toBeLessThan(ticket.certificate.maximum);
}, 60_000);

test.each<[object, string]>([
  [{}, "epsilon"],
  [{ epsilon: 0.1, construction: "random" }, "construction"],
  [{ epsilon: 0.1, construction: "orseau", objective: "any" }, "objective"],
  [{ epsilon: 0.1, domain: { kind: "box", low: 1, high: 0 } }, "domain"],
  [{ epsilon: 0.1, seed: 0.5 }, "seed"],
  [{ epsilon: 0.1, size: 3 }, "size"],
])("refuses %j", async (options, message) => {
  using core = openSync();
  await expect(strongTicket(network(core, SIZES), options as never)).rejects.toThrow(message);
});
