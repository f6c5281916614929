import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const few = [
  "--train-size",
  "300",
  "--iterations",
  "8",
  "--rounds",
  "1",
  "--controls",
  "none",
  "--workers",
  "0",
];
const digits = ["--inputs", "mnist-test", "--labels", "mnist-test"];

test("evaluate gives the figure of find, and tells network from ticket", async () => {
  const out = join(newFolder(), "run");
  const found = JSON.parse((await cli(["find", "--hidden", "20", ...few, "--out", out, "--json"])).stdout);
  const { rounds } = JSON.parse(readFileSync(join(out, "result.json"), "utf8"));
  const files = ["network", "ticket"].map((name) => join(out, `${name}.safetensors`));
  const [network, ticket] = await Promise.all(
    files.map(async (file) => JSON.parse((await cli(["evaluate", file, ...digits, "--json"])).stdout)),
  );
  const { round } = found.ticket;
  expect(network).toMatchObject({
    kind: "network",
    accuracy: rounds[round].accuracy,
    samples: 10_000,
    round,
  });
  expect(found.network).toEqual({ round, accuracy: network.accuracy });
  expect(network.kernels.map(({ name }: { name: string }) => name).join()).toBe("fc1,output");
  expect(ticket).toMatchObject({ kind: "ticket", method: "imp", seed: 1 });
  expect(ticket.accuracy).not.toBe(network.accuracy);
  const { stdout } = await cli(["evaluate", files[1], ...digits]);
  expect(stdout).toMatch(/^A ticket of find, not trained, imp, seed 1, round \d: /);
});
