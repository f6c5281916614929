/** `golden-ticket find`: searches for tickets and writes what it found into a folder. */
import { join } from "node:path";
import { type Core, type Found, network, open, type Samples, searchTickets } from "../index.js";
import { TRAIN_LIMIT } from "../mnist/samples.js";
import type { Queue } from "../queue/index.js";
import type { Command } from "./command.js";
import { type FindData, readData, sourceOf } from "./find-data.js";
import { filesOf, picturesOf, resultOf, summaryOf, tableOf, verdictOf } from "./find-output.js";
import {
  checkResumed,
  describedBy,
  type FindOptions,
  findSpecs,
  type Plan,
  planOf,
  protocolOf,
} from "./find-plan.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { digestOf } from "./mnist-samples.js";
import { NETWORK_NOTE, readDescription } from "./network-file.js";
import { readOptions, refusal } from "./options.js";
import { bar } from "./progress.js";
import { keptOf, withQueue } from "./queue-options.js";
import { openRunFolder, type RunFolder, readPlan } from "./run-folder.js";
import { shellWord } from "./shell.js";
import { TENSOR_NOTE } from "./tensor-file.js";

export const find: Command = {
  summary:
    "Finds lottery tickets: trains a network, prunes the smallest weights, takes the rest back to where " +
    "they started, trains again, round after round. Controls train the same masks from new weights " +
    "(reinitialised) and as many weights in random places (shuffled).",
  specs: findSpecs,
  notes: [
    "Presets: quick trains 3,000 steps a round, 10 rounds down to 10.8% of the weights, one trial, controls " +
      "at four densities: about a minute on two cores. paper is the protocol of Frankle & Carbin 2019, " +
      "figure 3: 50,000 steps a round, 20 rounds down to 1.2%, five trials, controls at seven densities: hours. " +
      "short trains 800 steps a round, 5 rounds down to 11.7%: about ten seconds.",
    "The folder gets network.safetensors (the best sparse network, trained: evaluate runs it), ticket.safetensors " +
      "(its masks, and the weights to start from), result.json (every figure) and report.html (plots). Ctrl-C " +
      "keeps the trainings that have ended; --resume goes on to the same bytes. The same options and seed give " +
      "the same files on any host, with any number of workers.",
    "Samples of one's own: floats are taken as they are, bytes as value / 255, and labels are any whole numbers, one " +
      "class for each different one. Without --test-inputs, samples that are held back at random stand in " +
      "test.safetensors, for evaluate. " +
      TENSOR_NOTE,
    NETWORK_NOTE,
  ],
  examples: [
    ["find", "the quick preset on MNIST"],
    ["find --preset short", "a first look in ten seconds"],
    ["find --preset paper --out runs/paper", "the paper's experiment"],
    ["find --method one-shot --controls 3,7 --seed 2", "one-shot pruning, controls at two densities"],
    ["find --method edge-popup", "good networks in random weights, none of them trained"],
    [
      "find --inputs x.npy --labels y.npy --hidden 128,64 --epochs 20 --out runs/mine",
      "samples of one's own: 20 passes through them a round",
    ],
    ["find --method rigl --controls none", "masks that move while training"],
    ["find --method snip", "masks by a criterion, before any training"],
    ["find --train-size 8000 --trials 3", "a few pictures, where early stopping shows best"],
    ["find --resume runs/paper", "goes on after an interruption"],
  ],
  run(args) {
    const given = readOptions(findSpecs, args);
    return withQueue(keptOf("find", findSpecs, given), given, (queue) => run(given, queue));
  },
};

async function run(given: FindOptions, queue?: Queue): Promise<number> {
  const started = performance.now();
  const begun = given.resume === undefined ? undefined : await resumed(given, given.resume);
  using core = await open({ variant: begun?.variant ?? given.variant ?? "simd" });
  const { plan: asked, data } = begun ? { plan: begun, data: dataOf(core, begun) } : askedFor(core, given);
  const { samples } = data;
  const plan: Plan = { ...asked, variant: core.variant };
  const path = given.resume ?? given.out ?? defaultFolder(plan);
  const folder = await openRunFolder(path, plan, digestOf(samples), given.resume !== undefined);
  try {
    const found = await search(samples, plan, folder, {
      workers: given.workers,
      ...(queue ? { queue } : {}),
    });
    if (!found) return INTERRUPTED;
    const files = filesOf(found, plan, data);
    const result = resultOf(found, plan, {
      seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
      ticketSha256: files.ticket.sha256,
      networkSha256: files.network.sha256,
      host: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    });
    const { reportHtml } = await import("../report/html.js");
    const all = [files.ticket, files.network, ...(files.heldBack ? [files.heldBack] : [])];
    await folder.finish([
      ...all.map(({ name, bytes }) => [name, bytes] as const),
      ["report.html", reportHtml({ result, pictures: picturesOf(core, found) })],
      ["result.json", `${JSON.stringify(result, null, 2)}\n`],
    ]);
    if (given.json) process.stdout.write(`${JSON.stringify(summaryOf(result, path))}\n`);
    else {
      const { rounds } = found;
      const names = ["report.html", "result.json", ...all.map(({ name, does }) => `${name} (${does})`)];
      const written = `Written to ${shellWord(path)}: ${names.join(", ")}.`;
      const again = `Run it: ${evaluation(plan, path)}\n`;
      process.stdout.write(`${tableOf(rounds)}\n${verdictOf(rounds)}\n${written}\n${again}`);
    }
    return 0;
  } finally {
    folder.release();
  }
}

async function resumed(given: FindOptions, folder: string): Promise<Plan> {
  if (given.out !== undefined) throw refusal("--out", "no folder beside that of --resume", given.out);
  const begun = await readPlan(folder);
  checkResumed(given, begun);
  return begun;
}

function askedFor(core: Core, given: FindOptions): { plan: Plan; data: FindData } {
  const description = given.network?.endsWith(".json")
    ? readDescription("--network", given.network)
    : undefined;
  const source = sourceOf(given);
  // Options that do not fit are told before files are read.
  if (!source) {
    const plan = planOf(given, { trainCount: TRAIN_LIMIT, description });
    return { plan, data: dataOf(core, plan) };
  }
  const facts = { trainCount: Number.MAX_SAFE_INTEGER, source, description };
  const data = dataOf(core, planOf(given, facts));
  return { plan: planOf(given, { ...facts, trainCount: data.samples.train.labels.length }), data };
}

/** The samples of a plan; a network that does not fit them is refused. */
function dataOf(core: Core, plan: Plan): FindData {
  const description = describedBy(plan);
  const sizes = description && core.scoped(() => network(core, description).sizes);
  const data = readData(core, plan.source, { trainSize: plan["train-size"], outputs: sizes?.at(-1) });
  const { features, classes } = data.samples;
  if (!sizes || (sizes[0] === features && sizes.at(-1) === classes)) return data;
  const found = `${sizes[0]} and ${sizes.at(-1)} of ${plan.network}`;
  throw refusal("--network", `${features} numbers and ${classes} classes, as the samples have`, found);
}

/** @returns undefined when it was interrupted, after telling how to go on */
async function search(
  samples: Samples,
  plan: Plan,
  folder: RunFolder,
  hands: { readonly workers: number | undefined; readonly queue?: Queue },
): Promise<Found | undefined> {
  const line = bar();
  const interruption = interruptible();
  let done = folder.finished.size;
  try {
    const found = await searchTickets(samples, {
      method: plan.method,
      rounds: plan.rounds,
      trials: plan.trials,
      seed: plan.seed,
      protocol: protocolOf(plan, samples.features, samples.classes),
      controlRounds: plan.controls,
      controlRoles: plan["control-roles"],
      variant: plan.variant,
      ...hands,
      signal: interruption.signal,
      finished: folder.finished,
      onProgress: (progress) => line.update(progress, hands.queue?.workers),
      async onResult(_job, result) {
        await folder.save(result);
        done++;
      },
    });
    interruption.end();
    return found;
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    line.end();
    const go = `golden-ticket find --resume ${shellWord(folder.path)}`;
    process.stderr.write(`Interrupted; ${done} finished trainings are kept. Go on with: ${go}\n`);
    await interruption.echo();
    return undefined;
  } finally {
    line.end();
  }
}

/** The command that gives the figure of the network again. */
function evaluation({ source }: Plan, path: string): string {
  const held = join(path, "test.safetensors");
  const { "test-inputs": inputs = held, "test-labels": labels = held } = source ?? {
    "test-inputs": "mnist-test",
    "test-labels": "mnist-test",
  };
  const [network, ...samples] = [join(path, "network.safetensors"), inputs, labels].map(shellWord);
  return `npx golden-ticket evaluate ${network} --inputs ${samples[0]} --labels ${samples[1]}`;
}

/** Local time, so that folders sort by when they were made. */
function defaultFolder({ method, seed }: Plan): string {
  const now = new Date();
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset()).toISOString();
  const time = local.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  return join("runs", `${method}-seed${seed}-${time}`);
}
