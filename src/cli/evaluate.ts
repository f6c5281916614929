/** `golden-ticket evaluate`: how well a model does, and by which kernels. */
import { dataset, open, evaluate as score } from "../index.js";
import { type Command, columns, common } from "./command.js";
import { loadModel, networkOf } from "./model-file.js";
import { choice, file, readOptions, refusal } from "./options.js";
import { readInputs, readLabels, TENSOR_NOTE } from "./tensor-file.js";

/** Samples that a chunk of an evaluation has. */
const BATCH = 256;

const specs = {
  inputs: file("FILE[:TENSOR]", "the samples"),
  labels: file("FILE[:TENSOR]", "their classes"),
  variant: choice("simd gives the same bytes everywhere. Default simd", "simd", "relaxed", "fastest"),
  ...common,
};

export const evaluate: Command = {
  summary: "Runs a model over labelled samples: accuracy, and the kernel and density of each layer.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between. What find and prune write is one.",
    TENSOR_NOTE,
  ],
  examples: [
    ["evaluate pruned.safetensors --inputs mnist-test --labels mnist-test", "on MNIST's test pictures"],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const model = loadModel(operands[0]);
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
    const net = networkOf(core, model);
    const data = dataset(core, inputs, labels, { features, classes });
    const started = performance.now();
    const { accuracy } = score(net, data);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(4));
    const kernels = net.layers.map((layer, l) => ({
      name: model.layers[l].name,
      format: layer.kernelFor(Math.min(BATCH, labels.length)),
      density: layer.mask?.density ?? 1,
    }));
    const result = { accuracy, samples: labels.length, seconds, kernels };
    if (given.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const rows = kernels.map(
        ({ name, format, density }) => [name, `${format}, ${(100 * density).toFixed(2)} % kept`] as const,
      );
      process.stdout.write(
        `${(100 * accuracy).toFixed(2)} % of ${labels.length} samples right, in ${seconds} s\n${columns(rows)}`,
      );
    }
    return 0;
  },
};
