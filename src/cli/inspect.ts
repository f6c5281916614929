/** `golden-ticket inspect`: what is in a model, without running it. */
import { inspectModel, type ModelSummary } from "../graph/index.js";
import { type Command, common, tableLines } from "./command.js";
import { inWords, MODEL_NOTE, modelFile, shapesOf } from "./model-source.js";
import { many, readOptions } from "./options.js";
import { printable } from "./shell.js";

const specs = {
  shape: many("[NAME=]SIZES", "sizes of an input that the file leaves open, with commas between", "sizes"),
  ...common,
};

export const inspect: Command = {
  summary:
    "Tells what is in a model: inputs, layers, how sparse they are, what they cost, what cannot be run.",
  specs,
  operands: ["MODEL"],
  notes: [MODEL_NOTE],
  examples: [["inspect recogniser.onnx --shape x=1,3,48,320", "multiply-adds for lines of 48 × 320"]],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const { format, graph } = await modelFile(operands[0]);
    const summary = inspectModel(graph, shapesOf(graph, given.shape));
    if (given.json) {
      const { multiplyAdds = null, layers, unsupported, ...rest } = summary;
      const listed = layers.map((layer) => ({ ...layer, multiplyAdds: layer.multiplyAdds ?? null }));
      const result = { format, ...rest, multiplyAdds, layers: listed, unsupported: [...unsupported.keys()] };
      process.stdout.write(`${JSON.stringify(result)}\n`);
    } else process.stdout.write(text(format, summary));
    return 0;
  },
};

const millions = (count: number): string => `${(count / 1e6).toFixed(2)} million`;

function text(
  format: string,
  { inputs, outputs, parameters, multiplyAdds, layers, unsupported }: ModelSummary,
): string {
  const cost =
    multiplyAdds === undefined ? "sizes left open: give --shape" : `${millions(multiplyAdds)} multiply-adds`;
  const lines = [
    `${format}: ${millions(parameters)} parameters, ${cost}`,
    `Inputs: ${inputs.map(inWords).map(printable).join(", ")}`,
    `Outputs: ${outputs.map(printable).join(", ")}`,
    "",
    ...tableOf(layers),
  ];
  if (unsupported.size > 0) lines.push("", "Cannot be run here:");
  for (const [op, nodes] of unsupported) lines.push(`  ${op}: ${nodes.map(printable).join(", ")}`);
  return `${lines.join("\n")}\n`;
}

function tableOf(layers: ModelSummary["layers"]): string[] {
  const rows = layers.map(({ name, op, rows: outputs, columns, sparsity, multiplyAdds }) => [
    `${outputs} × ${columns}`,
    `${(100 * sparsity).toFixed(1)} %`,
    multiplyAdds === undefined ? "" : (multiplyAdds / 1e6).toFixed(2),
    op,
    printable(name),
  ]);
  return tableLines([["weights", "zeros", "million MACs", "operator", "layer"], ...rows], 3);
}
