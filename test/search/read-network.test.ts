/** Networks from files: the same outputs as the network that was written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import * as gt from "../../src/index.js";
import {
  type Model,
  readSafetensors,
  writeModel,
  writeShards,
  writeTicketModel,
} from "../../src/io/index.js";
import { openSync } from "../../src/open.js";
import { fullMasks } from "../../src/search/masks.js";
import { Random } from "../harness/random.js";

const folder = mkdtempSync(join(tmpdir(), "golden-ticket-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const random = new Random(3);
const model: Model = {
  layers: [
    {
      ...{ name: "encoder", rows: 3, columns: 4, weights: random.uniform(12), bias: random.uniform(3) },
      mask: Uint8Array.from({ length: 12 }, (_, i) => Number(i % 3 > 0)),
    },
    {
      ...{ name: "decoder", rows: 4, columns: 3, weights: random.uniform(12), bias: random.uniform(4) },
      mask: undefined,
    },
  ],
};
const x = random.uniform(8);
/** By plain sums; the mask applied, ReLU between. */
const outputs = ([first, second]: readonly Model["layers"][number][]) =>
  [x.subarray(0, 4), x.subarray(4)].flatMap((sample) => {
    const layer = ({ rows, columns, weights, bias, mask }: Model["layers"][number], input: number[]) =>
      Array.from({ length: rows }, (_, r) =>
        input.reduce((sum, value, c) => {
          const at = r * columns + c;
          return sum + (mask?.[at] === 0 ? 0 : value * weights[at]);
        }, bias[r]),
      );
    return layer(
      second,
      layer(first, [...sample]).map((value) => Math.max(0, value)),
    );
  });
const expectOutputs = (net: gt.Network, expected: number[]) => {
  for (const [i, value] of net.forward(x).entries()) expect(value).toBeCloseTo(expected[i], 5);
};

test("a stack of layers, from bytes, a Buffer, a path and several files", async () => {
  using core = openSync();
  const bytes = writeModel(model);
  const path = write("model.safetensors", bytes);
  const index = new TextEncoder().encode(
    JSON.stringify({
      weight_map: Object.fromEntries(
        [...readSafetensors(bytes).tensors.keys()].map((key) => [
          key,
          `m-${key.startsWith("encoder") ? 1 : 2}.safetensors`,
        ]),
      ),
    }),
  );
  const shards = writeShards(readSafetensors(bytes), index, "sharded");
  for (const [name, shard] of shards.files) write(name, shard);
  const several = write("sharded.safetensors.index.json", shards.index);
  for (const source of [bytes, Buffer.from(bytes), path, several]) {
    const net = await gt.readNetwork(core, source);
    expect(net.sizes).toEqual([4, 3, 4]);
    expect(net.layers.map(({ mask }) => mask?.count)).toEqual([8, undefined]);
    expectOutputs(net, outputs(model.layers));
  }
  const turned = await gt.readNetwork(core, path, { order: ["decoder", "encoder"] }).catch((error) => error);
  // 3 inputs first: other sizes, by which the order can be told.
  expect(turned.sizes).toEqual([3, 4, 3]);
});

test("what a search found, convolutions, batch norm and all", async () => {
  using core = openSync();
  const description = {
    input: [1, 4, 4],
    layers: [gt.conv(2), gt.batchNorm(), gt.pool("max"), gt.dense(3)],
  } as const;
  const net = gt.network(core, description, { seed: 2 });
  const masks = fullMasks(description);
  masks[1][0] &= ~5;
  const ticket = {
    ...{ sizes: net.sizes, network: description, trial: 0, round: 1, density: 0.9, masks },
    weights: net.parameters(),
  };
  const protocol = { sizes: net.sizes, iterations: 1, batch: 1 } as gt.Protocol;
  const origin = { method: "imp", seed: 1, variant: "simd", protocol };
  const read = await gt.readNetwork(core, gt.encodeTicket(ticket, origin));
  expect(read.description).toEqual(description);
  const own = gt.networkOf(core, ticket);
  const images = random.uniform(32);
  expect(read.forward(images)).toEqual(own.forward(images));
  expect(read.layers[1].mask?.count).toBe(net.layers[1].inputs * 3 - 2);
});

test("what is no network is told", async () => {
  using core = openSync();
  const refused = (source: unknown) => expect(gt.readNetwork(core, source as string)).rejects;
  await refused(join(folder, "none.safetensors")).toThrow(/file expected at ".*", found none .*\(ENOENT\)/);
  await refused(write("broken.safetensors", Uint8Array.of(1, 2))).toThrow(
    /broken\.safetensors: safetensors file/,
  );
  await refused(3).toThrow('"source" expected a Uint8Array or a path, got 3');
  await refused(new ArrayBuffer(8)).toThrow(gt.ArgumentTypeError);
  const sparse = {
    ...{ name: "0", rows: 1, columns: 1, rowStarts: Uint32Array.of(0, 1), columnIndices: Uint32Array.of(0) },
    ...{ values: Float32Array.of(1), bias: Float32Array.of(0), relu: true },
  };
  await refused(writeTicketModel([sparse])).toThrow(
    "new TicketNetwork(core, readTicketModel(tensors)) runs them",
  );
  vi.stubGlobal("process", undefined);
  try {
    await refused("model.safetensors").toThrow(
      '"source" expected bytes where there are no files, got a path',
    );
  } finally {
    vi.unstubAllGlobals();
  }
});
