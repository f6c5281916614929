/** `golden-ticket run`: runs a model that people bring, and tells where the time goes. */
import { inspectModel, type Model, model } from "../graph/index.js";
import { open } from "../index.js";
import { type Command, common, tableLines, variant } from "./command.js";
import { writeWhole } from "./files.js";
import { checkSupported, inputsOf, MODEL_NOTE, modelFile, npzOf } from "./model-source.js";
import { file, flag, integer, many, readOptions } from "./options.js";
import { printable } from "./shell.js";
import { TENSOR_NOTE } from "./tensor-file.js";

const specs = {
  input: many("[NAME=]FILE[:TENSOR]", "a value for an input; once for each", "a file"),
  out: file("FILE.npz", "where the outputs go"),
  repeat: integer("N", "how often it is run, for the median. Default 1", 1, 100_000),
  profile: flag("a table of what each layer takes"),
  variant,
  ...common,
};

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
const rounded = (value: number): number => Number(value.toFixed(4));

export const run: Command = {
  summary: "Runs a model: its outputs, how long it takes, and which kernels its layers run on.",
  specs,
  operands: ["MODEL"],
  notes: [MODEL_NOTE, TENSOR_NOTE],
  examples: [
    [
      "run hand.onnx --input image.npy --out hands.npz --repeat 20 --profile",
      "outputs, and where the time goes",
    ],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const started = performance.now();
    const { graph } = await modelFile(operands[0]);
    checkSupported(operands[0], inspectModel(graph).unsupported);
    const inputs = inputsOf(graph, given.input ?? []);
    using core = await open({ variant: given.variant ?? "simd" });
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
    const net = model(core, graph, { shapes });
    const outputs = net.run(inputs);
    const times = Array.from({ length: given.repeat ?? 1 }, () => {
      const start = performance.now();
      net.run(inputs);
      return performance.now() - start;
    });
    const layers = given.profile || given.json ? profileOf(net, inputs, Math.min(given.repeat ?? 1, 20)) : [];
    if (given.out) await writeWhole(given.out, npzOf(outputs));
    const result = {
      outputs: Object.entries(outputs).map(([name, { shape, dtype }]) => ({ name, shape, dtype })),
      medianMs: rounded(median(times)),
      peakBytes: net.peakBytes,
      layers,
      seconds: rounded((performance.now() - started) / 1000),
      ...(given.out ? { out: given.out } : {}),
    };
    process.stdout.write(given.json ? `${JSON.stringify(result)}\n` : inWords(result));
    return 0;
  },
};

type Layer = ReturnType<typeof profileOf>[number];

/** Medians of a few runs, layer by layer. */
function profileOf(net: Model, inputs: Parameters<Model["run"]>[0], runs: number) {
  const times = Array.from({ length: runs }, () => net.profile(inputs, () => performance.now()));
  return net.layers.map(({ name, op, kernel, density = null, multiplyAdds }, index) => {
    const ms = rounded(median(times.map((one) => one[index])));
    return { name, op, kernel, density, multiplyAdds, ms };
  });
}

interface Result {
  readonly outputs: readonly { name: string; shape: readonly number[]; dtype: string }[];
  readonly medianMs: number;
  readonly peakBytes: number;
  readonly layers: readonly Layer[];
  readonly out?: string;
}

function inWords({ outputs, medianMs, peakBytes, layers, out }: Result): string {
  const lines = outputs.map(
    ({ name, shape, dtype }) => `${printable(name)}: ${dtype} ${shape.join(" × ") || "one number"}`,
  );
  lines.push(`${medianMs} ms a run (median), ${(peakBytes / 2 ** 20).toFixed(1)} MiB`);
  if (out) lines.push(`Written to ${printable(out)}`);
  if (layers.length > 0) lines.push("", ...tableOf(layers));
  return `${lines.join("\n")}\n`;
}

/** The steps that take longest first. */
function tableOf(layers: readonly Layer[]): string[] {
  const total = layers.reduce((sum, { ms }) => sum + ms, 0) || 1;
  const rows = [...layers]
    .sort((a, b) => b.ms - a.ms)
    .map(({ name, op, kernel, density, multiplyAdds, ms }) => [
      ms.toFixed(3),
      `${((100 * ms) / total).toFixed(1)} %`,
      multiplyAdds > 0 && ms > 0 ? ((2 * multiplyAdds) / ms / 1e6).toFixed(1) : "",
      density === null ? "" : `${(100 * density).toFixed(1)} %`,
      kernel,
      op,
      printable(name),
    ]);
  return tableLines([["ms", "share", "GFLOP/s", "kept", "kernel", "operator", "layer"], ...rows], 4);
}
