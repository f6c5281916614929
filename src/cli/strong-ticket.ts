/** `golden-ticket strong-ticket`: prunes a random network until it computes what a model does. */
import {
  adversarialError,
  type Network,
  open,
  outputDistance,
  type StrongTicket,
  strongTicket as strongTicketOf,
  targetLayers,
} from "../index.js";
import { leave, openCheckpoint } from "./checkpoint.js";
import type { Command } from "./command.js";
import { checkOut, writeWhole } from "./files.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { loadModel, networkOf } from "./model-file.js";
import { readOptions } from "./options.js";
import { type Stage, stageLine } from "./progress.js";
import { SHARDS_NOTE } from "./shard-files.js";
import { blocksIn, type Measured, report, tensorsOf, ticketFile } from "./strong-ticket-output.js";
import { begunOf, type Plan, planOf, specs, type TicketOptions } from "./strong-ticket-plan.js";
import { TENSOR_NOTE } from "./tensor-file.js";
import { type Samples, samplesOf } from "./ticket-samples.js";

/** Nets up to this size are searched for the worst input. */
const TINY = { inputs: 64, weights: 2000, starts: 32, steps: 20 };

export const strongTicket: Command = {
  summary:
    "Draws a random network of twice the depth and prunes it until it computes what a model does, without training: " +
    "every weight within epsilon, the outputs within a certified bound.",
  specs,
  operands: ["MODEL"],
  notes: [
    "MODEL is a .safetensors file: NAME.weight (outputs × inputs) for each layer, NAME.bias, NAME.mask; ReLU " +
      "between. The ticket has two sparse layers for each, 0.inner, 0.outer, 1.inner and so on, that evaluate reads.",
    SHARDS_NOTE,
    TENSOR_NOTE,
    "Ctrl-C keeps the layers that are ready in FILE.checkpoint beside --out; the same command with --resume goes on.",
  ],
  examples: [
    [
      "strong-ticket lenet.safetensors --epsilon 0.001 --inputs mnist-test --out t.safetensors",
      "by subset sums",
    ],
    [
      "strong-ticket small.safetensors --construction malach --epsilon 0.05 --low -1 --out t.safetensors",
      "a neuron for each weight and sign, for inputs from -1 to 1",
    ],
  ],
  async run(args) {
    const operands = ["MODEL"];
    const given = readOptions(specs, args, operands);
    return run(operands[0], given);
  },
};

async function run(path: string, given: TicketOptions): Promise<number> {
  const model = loadModel(path, given.order);
  const out = checkOut(given.out, given.force ? {} : { MODEL: path, "--inputs": given.inputs });
  const plan = planOf(given);
  const started = performance.now();
  using core = await open({ variant: given.variant ?? "simd" });
  const samples = samplesOf(core, given, plan.domain, model.layers[0].columns);
  const checkpoint = await openCheckpoint(out, begunOf(model, given, core.variant), given.resume === true);
  const net = networkOf(core, model);
  const blocks = blocksIn(checkpoint, model);
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  try {
    const ticket = await strongTicketOf(net, {
      ...plan,
      signal,
      done: [...blocks],
      onProgress: (progress) => line.update({ stage: "build", ...progress }),
      onBlock(block) {
        blocks.push(block);
        if (given.checkpoint) checkpoint.save(tensorsOf(blocks));
      },
    });
    const measured = await measure(net, ticket, plan, samples, signal, (stage) => line.update(stage));
    line.end();
    await writeWhole(out, ticketFile(ticket, given, core.variant));
    await checkpoint.remove();
    report(model, ticket, measured, given, Number(((performance.now() - started) / 1000).toFixed(3)));
    return 0;
  } catch (error) {
    line.end();
    if (!signal.aborted) throw error;
    const kept = blocks.length === 0 ? undefined : `${blocks.length} of ${model.layers.length} layers`;
    await leave(checkpoint, kept, () => tensorsOf(blocks));
    await echo();
    return INTERRUPTED;
  } finally {
    end();
  }
}

/** Runs both networks on the samples, and looks for the worst input of a tiny one. */
async function measure(
  net: Network,
  ticket: StrongTicket,
  { domain, seed = 0 }: Plan,
  samples: Samples,
  signal: AbortSignal,
  update: (stage: Stage) => void,
): Promise<Measured> {
  let [sampledOutputError, same] = [0, 0];
  for (let first = 0; first < samples.count; first += samples.chunk) {
    update({ stage: "compare", done: first, total: samples.count });
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    const count = Math.min(samples.chunk, samples.count - first);
    const { maximum, agreement } = outputDistance(net, ticket.network, samples.from(first, count));
    sampledOutputError = Math.max(sampledOutputError, maximum);
    same += agreement * count;
  }
  const agreement = same / samples.count;
  const { inputs, weights, starts, steps } = TINY;
  const isTiny = net.sizes[0] <= inputs && ticket.targets <= weights;
  const options = { seed, starts, steps };
  const adversarialOutputError = isTiny
    ? adversarialError(net.core, targetLayers(net), ticket.blocks, domain, options).maximum
    : null;
  return { sampledOutputError, agreement, samples: samples.count, adversarialOutputError };
}
