/** Stacks whose names do not tell their order, and stacks in several files: `prune`, `evaluate`, `strong-ticket`. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeNpy } from "../../src/io/npy.js";
import { readSafetensors, writeInOrder } from "../../src/io/safetensors.js";
import { readShards, shardNames } from "../../src/io/shards.js";
import type { Tensor } from "../../src/io/tensor.js";
import { Random } from "../harness/random.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const random = new Random(6);
const square = (): Tensor => ({ dtype: "F32", shape: [6, 6], data: random.uniform(36) });
const folder = newFolder();
const path = (name: string) => join(folder, name);
const weights = new Map(["encoder.weight", "decoder.weight"].map((name) => [name, square()]));
writeFileSync(path("in-file.safetensors"), writeInOrder(weights));
writeFileSync(path("x.npy"), writeNpy({ dtype: "F32", shape: [40, 6], data: random.uniform(240) }));
writeFileSync(
  path("y.npy"),
  writeNpy({ dtype: "I64", shape: [40, 1], data: new BigInt64Array(40).fill(1n) }),
);

const run = async (...args: string[]) => {
  const { code, stdout, stderr } = await cli([...args, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
};
const samples = ["--inputs", path("x.npy"), "--labels", path("y.npy")];
const pruning = ["--sparsity", "0.5", "--calibration", path("x.npy"), "--workers", "0"];
const [file, reverse] = [
  ["encoder", "decoder"],
  ["decoder", "encoder"],
];

test("the order is told, and --order gives the model that a file in that order gives", async () => {
  writeFileSync(path("reversed.safetensors"), writeInOrder(new Map([...weights].reverse())));
  const accuracies = await Promise.all(
    [["in-file"], ["in-file", "--order", "decoder,encoder"], ["reversed"]].map(async ([name, ...order]) => {
      const result = await run("evaluate", path(`${name}.safetensors`), ...samples, ...order);
      expect(result.order).toEqual(name === "in-file" && order.length === 0 ? file : reverse);
      return result.accuracy;
    }),
  );
  expect(accuracies[1]).toBe(accuracies[2]);
  expect(accuracies[0]).not.toBe(accuracies[1]);

  const pruned = async (out: string, name: string, ...order: string[]) => {
    const given = [path(`${name}.safetensors`), ...pruning, ...order, "--out", path(out)];
    const result = await run("prune", ...given);
    return { result, tensors: Object.fromEntries(readSafetensors(readFileSync(path(out))).tensors) };
  };
  const one = await pruned("a.safetensors", "in-file", "--order", "decoder,encoder");
  const two = await pruned("b.safetensors", "reversed");
  const three = await pruned("c.safetensors", "in-file");
  expect([one, two, three].map(({ result }) => result.order)).toEqual([reverse, reverse, file]);
  expect(one.tensors).toEqual(two.tensors);
  expect(three.tensors).not.toEqual(two.tensors);
  // Read again without --order: as in the file, which stayed.
  expect(Object.keys(one.tensors)).toEqual(["encoder.weight", "decoder.weight"]);

  const ticket = ["--epsilon", "0.1", "--low", "-1", "--out", path("t.safetensors"), "--workers", "0"];
  const built = await run(
    "strong-ticket",
    path("in-file.safetensors"),
    ...ticket,
    "--order",
    "decoder,encoder",
  );
  expect(built.order).toEqual(reverse);
  expect(built.layers.map(({ name }: { name: string }) => name)).toEqual(reverse);
});

test("in words", async () => {
  const { stdout } = await cli(["evaluate", path("in-file.safetensors"), ...samples]);
  expect(stdout).toContain("Layers in the order encoder, decoder.\n");
  const dry = await cli(["prune", path("in-file.safetensors"), ...pruning, "--dry-run"]);
  expect(dry.stdout).toContain("Layers in the order encoder, decoder.\n");
});

test("orders that are none", async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await cli(["evaluate", path("in-file.safetensors"), ...samples, ...args]);
    expect(code).toBe(2);
    expect(stderr.split("\n")).toHaveLength(2);
    return stderr;
  };
  expect(await refused("--order", "encoder")).toContain(
    '"--order" expected each of encoder, decoder once, got none of "decoder"',
  );
  expect(await refused("--order", "encoder,decoder,output")).toContain('once, got "output"');
  expect(await refused("--order", "encoder,,decoder")).toContain("names with commas between");
});

test("a model in several files: pruned into as many, or into one", async () => {
  const names = ["m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"];
  const keys = [...weights.keys()];
  for (const [i, key] of keys.entries())
    writeFileSync(path(names[i]), writeInOrder(new Map([[key, weights.get(key)!]]), { format: "pt" }));
  const map = Object.fromEntries(keys.map((key, i) => [key, names[i]]));
  const index = path("m.safetensors.index.json");
  writeFileSync(index, JSON.stringify({ metadata: { total_size: 288 }, weight_map: map }));
  expect((await run("evaluate", index, ...samples)).accuracy).toBe(
    (await run("evaluate", path("in-file.safetensors"), ...samples)).accuracy,
  );

  const outputs = ["one.safetensors", "several.safetensors.index.json"].map(path);
  for (const out of outputs) await run("prune", index, ...pruning, "--out", out);
  const one = readSafetensors(readFileSync(outputs[0]));
  const written = readFileSync(outputs[1]);
  const files = shardNames(written);
  expect(files).toEqual(["several-00001-of-00002.safetensors", "several-00002-of-00002.safetensors"]);
  const several = readShards(written, new Map(files.map((name) => [name, readFileSync(path(name))])));
  expect([...several.tensors]).toEqual([...one.tensors]);
  expect(
    [...one.tensors.values()].every(({ data }) => data.filter((value) => value === 0).length === 18),
  ).toBe(true);
  const { stdout } = await cli(["prune", index, ...pruning, "--out", path("again.safetensors")]);
  expect(stdout).toContain("again.safetensors, one file.\n");

  const before = readdirSync(folder);
  const refused = async (out: string, source = index) => {
    const { code, stderr } = await cli(["prune", source, ...pruning, "--out", out]);
    expect([code, readdirSync(folder)]).toEqual([2, before]);
    return stderr;
  };
  expect(await refused(index)).toContain("--force");
  expect(await refused(outputs[1], path("in-file.safetensors"))).toContain(
    '"--out" expected a .safetensors file',
  );
  writeFileSync(path("other.safetensors.index.json"), readFileSync(index));
  before.push("other.safetensors.index.json");
  before.sort();
  expect(await refused(path("m.safetensors.index.json"), path("other.safetensors.index.json"))).toContain(
    "a name that the files of MODEL do not begin with",
  );
  expect(existsSync(path("m-00001-of-00002.safetensors"))).toBe(true);
});
