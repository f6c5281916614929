/** `golden-ticket evaluate`: how well a model does, and by which kernels. */
import {
  type Core,
  type DecodedTicket,
  dataset,
  type Network,
  networkOf as networkOfTicket,
  open,
  type Runnable,
  evaluate as score,
  TicketNetwork,
} from "../index.js";
import { density as percent } from "../report/words.js";
import { type Command, columns, common, order, variant } from "./command.js";
import { isTicket, labelsIn, loadAny, loadFound, networkOf, orderLine } from "./model-file.js";
import { file, readOptions, refusal } from "./options.js";
import { bytesOfModel, SHARDS_NOTE } from "./shard-files.js";
import { printable } from "./shell.js";
import { readClasses, readInputs, TENSOR_NOTE } from "./tensor-file.js";

/** Samples that a chunk of an evaluation has. */
const BATCH = 256;

const specs = {
  inputs: file("FILE[:TENSOR]", "the samples"),
  labels: file("FILE[:TENSOR]", "their classes"),
  order,
  variant,
  ...common,
};

export const evaluate: Command = {
  summary: "Runs a model over labelled samples: accuracy, and the kernel and density of each layer.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between. What prune writes is one, in any format. The network.safetensors of find is run too, convolutions " +
      "and all; so is its ticket.safetensors, with the weights to start training from, and so are the sparse " +
      "layers that strong-ticket writes.",
    SHARDS_NOTE,
    TENSOR_NOTE,
  ],
  examples: [
    ["evaluate pruned.safetensors --inputs mnist-test --labels mnist-test", "on MNIST's test pictures"],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    const file = loaded(operands[0], given.order);
    const { features, classes } = file;
    if (!given.inputs) throw refusal("--inputs", "samples", "nothing");
    if (!given.labels) throw refusal("--labels", "one class a sample", "nothing");
    const inputs = readInputs("--inputs", given.inputs, features);
    const labels = readClasses("--labels", given.labels, classes, file.labels);
    if (labels.length === 0) throw refusal("--labels", "at least one sample", `none in ${given.labels}`);
    if (inputs.length !== labels.length * features) {
      throw refusal("--labels", `${inputs.length / features} labels, one a sample`, String(labels.length));
    }
    using core = await open({ variant: given.variant ?? "simd" });
    const { net, kernels } = file.run(core, Math.min(BATCH, labels.length));
    const data = dataset(core, inputs, labels, { features, classes });
    const started = performance.now();
    const { accuracy } = score(net, data);
    const seconds = Number(((performance.now() - started) / 1000).toFixed(4));
    const result = { kind: file.kind, accuracy, samples: labels.length, seconds, kernels, ...file.facts };
    if (given.json) process.stdout.write(`${JSON.stringify(result)}\n`);
    else {
      const rows = kernels.map(
        ({ name, format, density }) =>
          [printable(name), `${format}, ${(100 * density).toFixed(2)} % kept`] as const,
      );
      const right = `${(100 * accuracy).toFixed(2)} % of ${labels.length} samples right, in ${seconds} s`;
      process.stdout.write(`${file.words}\n${right}\n${columns(rows)}`);
    }
    return 0;
  },
};

/** A layer and what multiplies by its weights. */
interface LayerKernel {
  readonly name: string;
  readonly format: string;
  readonly density: number;
}

/** A model that can be run. */
interface Loaded {
  readonly kind: "network" | "ticket" | "strong-ticket" | "model";
  /** What it is, in a sentence. */
  readonly words: string;
  readonly features: number;
  readonly classes: number;
  /** Of the search that it comes from. */
  readonly facts?: object;
  /** The label of each class, where labels do not count from 0. */
  readonly labels?: readonly number[] | undefined;
  /** @param batch  samples at a time */
  run(core: Core, batch: number): { net: Runnable; kernels: LayerKernel[] };
}

function loaded(path: string, order: readonly string[] | undefined): Loaded {
  const found = order ? undefined : loadFound(path);
  if (found) return ofSearch(found);
  const bytes = bytesOfModel(path);
  const model = loadAny(path, order, bytes);
  const { layers } = model;
  const classes = layers[layers.length - 1].rows;
  const ends = { features: layers[0].columns, classes, labels: labelsIn(bytes, classes) };
  const names = layers.map(({ name }) => name);
  if (!isTicket(model)) {
    const words = `A model of ${layers.length} layers. ${orderLine(names)}`.trimEnd();
    return {
      kind: "model",
      words,
      ...ends,
      facts: { order: names },
      run: (core, batch) => withKernels(networkOf(core, model, true), names, batch),
    };
  }
  const kernels = model.layers.map(({ name, rows, columns, values }) => ({
    ...{ name, format: "csr", density: values.length / Math.max(1, rows * columns) },
  }));
  const words = "A strong ticket: random weights, none of them trained.";
  return {
    kind: "strong-ticket",
    words,
    ...ends,
    run: (core) => ({ net: new TicketNetwork(core, model.layers), kernels }),
  };
}

function ofSearch({ ticket, origin, layers }: DecodedTicket): Loaded {
  const { round, density, sizes } = ticket;
  const { method, seed, accuracy, labels } = origin;
  const from = `${method}, seed ${seed}, round ${round}: ${percent(density)} of the weights kept`;
  const kind = accuracy === undefined ? "ticket" : "network";
  const words = {
    network: `A trained network of find, ${from}.`,
    ticket: `A ticket of find, not trained, ${from}.`,
  };
  return {
    ...{ kind, words: words[kind], features: sizes[0], classes: sizes[sizes.length - 1] },
    ...{ facts: { method, seed, round, density }, labels },
    run: (core, batch) => withKernels(networkOfTicket(core, ticket), layers, batch),
  };
}

function withKernels(net: Network, names: readonly string[], batch: number) {
  const kernels = net.layers.map((layer, l) => ({
    ...{ name: names[l], format: layer.kernelFor(batch), density: layer.mask?.density ?? 1 },
  }));
  return { net, kernels };
}
