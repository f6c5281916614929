/** The examples in the help of each command, on small files of the names they use. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterAll, expect, test } from "vitest";
import type { Command } from "../../src/cli/command.js";
import { evaluate } from "../../src/cli/evaluate.js";
import { find } from "../../src/cli/find.js";
import { info } from "../../src/cli/info.js";
import { readOptions } from "../../src/cli/options.js";
import { prune } from "../../src/cli/prune.js";
import { strongTicket } from "../../src/cli/strong-ticket.js";
import { subsetSum } from "../../src/cli/subset-sum.js";
import { writeModel } from "../../src/io/model.js";
import { writeNpy } from "../../src/io/npy.js";
import { Random } from "../harness/random.js";
import { third } from "../harness/size.js";
import { FLOAT, int, modelOf, node, value, weight } from "../io/onnx/sample.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

/** What makes them short; of an option given twice the last counts. */
const SHORT: Record<string, string> = {
  find: "--hidden 8 --iterations 20 --rounds 0 --controls none --trials 1 --train-size 200 --workers 0",
  prune: "--workers 0",
  "strong-ticket": "--workers 0",
  "subset-sum": "--workers 0",
};

function folderOfFiles(): string {
  const [folder, random] = [newFolder(), new Random(1)];
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  const model = (...sizes: number[]) =>
    writeModel({
      layers: sizes.slice(1).map((rows, l) => {
        const weights = random.uniform(rows * sizes[l]);
        return {
          ...{ name: String(2 * l), rows, columns: sizes[l], weights },
          ...{ bias: random.uniform(rows), mask: undefined },
        };
      }),
    });
  const npy = (...shape: number[]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return writeNpy({ dtype: "F32", shape, data: random.uniform(length) });
  };
  for (const name of ["lenet", "pruned"]) write(`${name}.safetensors`, model(784, 4, 4, 10));
  write("small.safetensors", model(4, 3, 2));
  for (const [name, ...shape] of [
    ["x", 50, 784] as const,
    ["pool", 14] as const,
    ["weights", 5, 6] as const,
  ]) {
    write(`${name}.npy`, npy(...shape));
  }
  write(
    "y.npy",
    writeNpy({ dtype: "U8", shape: [50], data: Uint8Array.from({ length: 50 }, (_, i) => i % 10) }),
  );
  write("inputs.npz", zipSync({ "x.npy": npy(50, 784) }));
  write(
    "model.onnx",
    modelOf({
      initializer: [
        weight("w1", [4, 784], random.uniform(4 * 784)),
        weight("w2", [4, 10], random.uniform(40)),
      ],
      input: [value("x", FLOAT, ["n", 784])],
      output: [value("y", FLOAT, ["n", 10])],
      node: [
        node("Gemm", ["x", "w1"], ["h"], { name: "first", attribute: [int("transB", 1)] }),
        node("MatMul", ["h", "w2"], ["y"], { name: "last" }),
      ],
    }),
  );
  write("prune.json", JSON.stringify({ method: "magnitude", sparsity: 0.9 }));
  return folder;
}

const commands = { evaluate, find, info, prune, "strong-ticket": strongTicket, "subset-sum": subsetSum };
const examples = Object.entries<Command>(commands).flatMap(([name, command]) =>
  command.examples.map(([line]) => [name, line, command] as const),
);
// Searches are run in find.test.ts, an interrupted one as well: one is enough here.
const run = third(examples.filter(([name, line]) => name !== "find" || line === "find"));

test.each(examples)(
  "%s: golden-ticket %s has options that there are",
  (name, line, { specs, operands = [] }) => {
    const [first, ...args] = line.split(" ");
    expect(first).toBe(name);
    if (!line.includes("--config")) readOptions(specs, args, [...operands]);
  },
);

test.concurrent.each(run)("%s: golden-ticket %s runs", async (name, line) => {
  const args = `${line} ${SHORT[name] ?? ""}`.trim().split(" ");
  const { code, stdout, stderr } = await cli(args, folderOfFiles());
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).not.toBe("");
});
