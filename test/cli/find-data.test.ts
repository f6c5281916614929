import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeTicket } from "../../src/index.js";
import { type Tensor, writeNpy, writeSafetensors } from "../../src/io/index.js";
import { Random } from "../harness/random.js";
import { cli, newFolder, removeFolders } from "./cli.js";

afterAll(removeFolders);

const [COUNT, FEATURES, CLASSES] = [1300, 64, 26];
const random = new Random(7);
const centres = random.uniform(CLASSES * FEATURES);
/** Sorted by class. */
const classes = Array.from({ length: COUNT }, (_, i) => Math.floor((i * CLASSES) / COUNT));
const noise = random.uniform(COUNT * FEATURES);
const inputs = noise.map(
  (value, i) => 0.5 * value + centres[FEATURES * classes[Math.floor(i / FEATURES)] + (i % FEATURES)],
);
const floats = (data: Float32Array, ...shape: number[]): Tensor => ({ dtype: "F32", shape, data });
const some = (every: number) => classes.map((_, i) => i).filter((i) => i % every === 0);
const picked = (indices: readonly number[]) => ({
  inputs: floats(
    Float32Array.from(indices.flatMap((i) => [...inputs.subarray(i * FEATURES, (i + 1) * FEATURES)])),
    indices.length,
    8,
    8,
  ),
  labels: {
    dtype: "U8",
    shape: [indices.length],
    data: Uint8Array.from(indices, (i) => classes[i]),
  } as Tensor,
});

const folder = newFolder();
const run = (...args: string[]) => cli(args, folder);
const asJson = async (...args: string[]) => {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
};
const few = ["--rounds", "1", "--controls", "none", "--workers", "0"];

beforeAll(() => {
  const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
  write("x.npy", writeNpy(floats(inputs, COUNT, FEATURES)));
  write(
    "letters.npy",
    writeNpy({ dtype: "I64", shape: [COUNT, 1], data: BigInt64Array.from(classes, (c) => BigInt(c + 97)) }),
  );
  write("short.npy", writeNpy({ dtype: "U8", shape: [3], data: Uint8Array.of(0, 1, 2) }));
  write("odd.csv", "first,second\n1,2\n3,0.5\n");
  write("thin.csv", "1\n2\n");
  write("half.npy", writeNpy(floats(new Float32Array(COUNT).fill(0.5), COUNT)));
  const broken = inputs.slice();
  broken[FEATURES * 3 + 5] = Number.POSITIVE_INFINITY;
  write("broken.npy", writeNpy(floats(broken, COUNT, FEATURES)));
  const [train, held] = [picked(some(1)), picked(some(5))];
  write(
    "all.safetensors",
    writeSafetensors(
      new Map([
        ["x_train", train.inputs],
        ["y_train", train.labels],
        ["x_test", held.inputs],
        ["y_test", held.labels],
      ]),
    ),
  );
  const layers = [
    { kind: "conv", outputs: 4, padding: 1 },
    { kind: "batch-norm" },
    { kind: "pool" },
    { kind: "dense", outputs: 30 },
  ];
  // Four classes more than there are labels.
  write(
    "net.json",
    JSON.stringify({ input: [1, 8, 8], layers: [...layers, { kind: "dense", outputs: 30 }] }),
  );
  write("wide.json", JSON.stringify({ input: [1, 9, 9], layers: [{ kind: "dense", outputs: 26 }] }));
  write(
    "odd.json",
    JSON.stringify({ input: [64], layers: [{ kind: "dense", outputs: 30 }, { kind: "lstm" }] }),
  );
});

describe("find on one's own samples", () => {
  test("64-128-64-26 of floats: report, trained network, and the figure again on what was held back", async () => {
    const own = ["--inputs", "x.npy", "--labels", "letters.npy", "--hidden", "128,64", "--epochs", "6"];
    const found = await asJson("find", ...own, ...few, "--batch", "50", "--out", "run");
    const result = JSON.parse(readFileSync(join(folder, "run/result.json"), "utf8"));
    expect(result).toMatchObject({ sizes: [64, 128, 64, 26], data: "x.npy", iterations: Math.round(6 * 20) });
    expect(result.settings).toMatchObject({
      inputs: "x.npy",
      labels: "letters.npy",
      validation: 0.1,
      test: 0.1,
    });
    expect(result.settings["train-size"]).toBe(1040);
    const { accuracy } = found.network;
    expect(accuracy).toBeGreaterThan(0.9);
    expect(accuracy).toBe(result.rounds[found.network.round].accuracy);
    const test = "run/test.safetensors";
    // Of a file of both, each option takes its own.
    for (const [x, y] of [
      [`${test}:inputs`, `${test}:labels`],
      [test, test],
    ]) {
      const again = await asJson("evaluate", "run/network.safetensors", "--inputs", x, "--labels", y);
      expect(again).toMatchObject({ kind: "network", accuracy, samples: 130 });
    }
    const prune = ["prune", "run/network.safetensors", "--sparsity", "0.5", "--out", "pruned.safetensors"];
    const samples = ["--calibration", "x.npy", "--labels", "letters.npy", "--workers", "0"];
    expect((await asJson(...prune, ...samples)).accuracy.before).toBeGreaterThan(0.9);
    const whole = ["--inputs", "x.npy", "--labels", "letters.npy"];
    expect((await asJson("evaluate", "pruned.safetensors", ...whole)).kind).toBe("model");
    const { origin } = decodeTicket(new Uint8Array(readFileSync(join(folder, "run/network.safetensors"))));
    expect(origin.labels).toEqual(Array.from({ length: 26 }, (_, i) => 97 + i));
    const report = readFileSync(join(folder, "run/report.html"), "utf8");
    expect(report).toContain("64–128–64–26 network on x.npy");
    expect(report).toContain("--inputs x.npy --labels letters.npy");
    expect(report).not.toContain("--data");
  });

  test.each([
    ["the last column", undefined, FEATURES],
    ["a column by name", "Label", 3],
  ])("a .csv file of samples with labels in %s", async (_, name, at) => {
    const names = Array.from({ length: FEATURES }, (_, i) => `f${i}`);
    const lines = classes.map((label, i) => {
      const row: (string | number)[] = [...inputs.subarray(FEATURES * i, FEATURES * (i + 1))];
      return row.toSpliced(at, 0, label + 97).join(",");
    });
    const head = name === undefined ? [] : [names.toSpliced(at, 0, name).join(",")];
    writeFileSync(join(folder, "table.csv"), [...head, ...lines].join("\n"));
    const how = ["--hidden", "20", "--epochs", "2", ...few];
    const table = await asJson("find", "--data", "table.csv", ...how, "--out", "table");
    const arrays = await asJson(
      "find",
      "--inputs",
      "x.npy",
      "--labels",
      "letters.npy",
      ...how,
      "--out",
      "arrays",
    );
    expect(table.ticketSha256).toBe(arrays.ticketSha256);
    expect(table.rounds).toEqual(arrays.rounds);
    const held = ["test.safetensors", "network.safetensors"].map((file) => join("table", file));
    const again = await asJson("evaluate", held[1], "--inputs", held[0], "--labels", held[0]);
    expect(again.accuracy).toBe(table.network.accuracy);
  });

  test("one file with Keras's names, a network from a file, masks that move, signs", async () => {
    const shape = ["--data", "all.safetensors", "--network", "net.json", "--method", "rigl"];
    const roles = ["--controls", "1", "--control-roles", "signs"];
    const found = await asJson("find", ...shape, ...few, ...roles, "--iterations", "60", "--out", "conv");
    expect(found).toMatchObject({ method: "rigl" });
    expect(found.rounds[1].control.signs.accuracy).toBeGreaterThanOrEqual(0);
    const held = ["--inputs", "all.safetensors:x_test", "--labels", "all.safetensors:y_test"];
    const again = await asJson("evaluate", "conv/network.safetensors", ...held);
    expect(again.accuracy).toBe(found.network.accuracy);
    expect(again.kernels.map(({ name }: { name: string }) => name)).toEqual(["conv1", "fc1", "output"]);
    const report = readFileSync(join(folder, "conv/report.html"), "utf8");
    expect(report).toContain("Same mask, signs alone");
    expect(report).toContain("--control-roles signs");
  });

  const own = (labels: string, ...more: string[]) => ["--inputs", "x.npy", "--labels", labels, ...more];
  test.each([
    [["--inputs", "x.npy"], '"--labels" expected a file, as --inputs is one, got nothing'],
    [own("short.npy"), '"--labels" expected 1300 labels, one a sample of x.npy, got 3'],
    [own("half.npy"), '"--labels" expected whole numbers, got 0.5 at index 0 of half.npy'],
    [
      ["--inputs", "broken.npy", "--labels", "letters.npy"],
      '"--inputs" expected finite numbers, got Infinity at index 197 of broken.npy',
    ],
    [
      own("letters.npy", "--network", "wide.json"),
      '"--network" expected 64 numbers and 26 classes, as the samples have, got 81 and 26 of wide.json',
    ],
    [
      own("letters.npy", "--network", "conv-2"),
      '"--network" expected 64 numbers and 26 classes, as the samples have, got 784 and 10 of conv-2',
    ],
    [
      own("letters.npy", "--network", "odd.json"),
      'odd.json: layer 2: "kind" expected conv or batch-norm or pool or dense, got "lstm"',
    ],
    [
      own("letters.npy", "--train-size", "2000"),
      '"--train-size" expected at most 1040, the training samples, got 2000',
    ],
    [
      ["--data", "x.npy"],
      '"--data" expected mnist, or a file with tensors inputs and labels, got none in x.npy',
    ],
    [
      ["--data", "all.safetensors", "--test", "0.2"],
      '"--test" expected none beside all.safetensors:x_test, got 0.2',
    ],
    [
      ["--data", "odd.csv"],
      '"--inputs" expected whole numbers, the labels, in column 2, second, got 0.5 in odd.csv',
    ],
    [["--data", "thin.csv"], '"--inputs" expected columns of inputs and one of labels, got 1 in thin.csv'],
    [
      own("letters.npy", "--test", "0"),
      '"--test" expected a share above 0, or --test-inputs and -labels, got 0',
    ],
    [["--epochs", "2", "--iterations", "5"], '"--epochs" expected none beside --iterations 5, got 2'],
  ])("%j is refused by name before the work", async (args, message) => {
    const ended = await run("find", ...args, "--out", "none");
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: `golden-ticket find: ${message}\n` });
  });
});
