/** `golden-ticket evaluate`: how well a model does, and by which kernels. */
import { type Core, dataset, open, evaluate as score, TicketNetwork } from "../index.js";
import type { Model } from "../io/index.js";
import { type Command, columns, common, variant } from "./command.js";
import { isTicket, loadAny, networkOf, type Ticket } from "./model-file.js";
import { file, readOptions, refusal } from "./options.js";
import { printable } from "./shell.js";
import { readInputs, readLabels, TENSOR_NOTE } from "./tensor-file.js";

/** Samples that a chunk of an evaluation has. */
const BATCH = 256;

const specs = {
  inputs: file("FILE[:TENSOR]", "the samples"),
  labels: file("FILE[:TENSOR]", "their classes"),
  variant,
  ...common,
};

export const evaluate: Command = {
  summary: "Runs a model over labelled samples: accuracy, and the kernel and density of each layer.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between. What find and prune write is one, in any format; the sparse layers " +
      "that strong-ticket writes are run too.",
    TENSOR_NOTE,
  ],
  examples: [
    ["evaluate pruned.safetensors --inputs mnist-test --labels mnist-test", "on MNIST's test pictures"],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const model = loadAny(operands[0]);
    const [features, classes] = [model.layers[0].columns, model.layers[model.layers.length - 1].rows];
    if (!given.inputs) throw refusal("--inputs", "samples", "nothing");
    if (!given.labels) throw refusal("--labels", "one class a sample", "nothing");
    const inputs = readInputs("--inputs", given.inputs, features);
    const labels = readLabels("--labels", given.labels, classes);
    if (labels.length === 0) throw refusal("--labels", "at least one sample", `none in ${given.labels}`);
    if (inputs.length !== labels.length * features) {
      throw refusal("--labels", `${inputs.length / features} labels, one a sample`, String(labels.length));
    }
    using core = await open({ variant: given.variant ?? "simd" });
    const { net, formats } = runnable(core, model, Math.min(BATCH, labels.length));
    const data = dataset(core, inputs, labels, { features, classes });
    const started = performance.now();
    const { accuracy } = score(net, data);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(4));
    const kernels = formats.map((kernel, l) => ({ name: model.layers[l].name, ...kernel }));
    const result = { accuracy, samples: labels.length, seconds, kernels };
    if (given.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const rows = kernels.map(
        ({ name, format, density }) =>
          [printable(name), `${format}, ${(100 * density).toFixed(2)} % kept`] as const,
      );
      process.stdout.write(
        `${(100 * accuracy).toFixed(2)} % of ${labels.length} samples right, in ${seconds} s\n${columns(rows)}`,
      );
    }
    return 0;
  },
};

/** A network for the model, and by which kernels it runs. */
function runnable(core: Core, model: Model | Ticket, batch: number) {
  if (isTicket(model)) {
    const formats = model.layers.map(({ rows, columns, values }) => ({
      format: "csr",
      density: values.length / Math.max(1, rows * columns),
    }));
    return { net: new TicketNetwork(core, model.layers), formats };
  }
  const net = networkOf(core, model);
  const formats = net.layers.map((layer) => ({
    format: layer.kernelFor(batch),
    density: layer.mask?.density ?? 1,
  }));
  return { net, formats };
}
