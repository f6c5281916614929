/** `golden-ticket find`: searches for tickets and writes what it found into a folder. */
import { join } from "node:path";
import { type Found, open, type Samples, searchTickets } from "../index.js";
import type { Command } from "./command.js";
import { filesOf, picturesOf, resultOf, summaryOf, tableOf, verdictOf } from "./find-output.js";
import { checkResumed, type FindOptions, findSpecs, type Plan, planOf, protocolOf } from "./find-plan.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { digestOf, mnistSamples } from "./mnist-samples.js";
import { readOptions, refusal } from "./options.js";
import { bar } from "./progress.js";
import { openRunFolder, type RunFolder, readPlan } from "./run-folder.js";
import { shellWord } from "./shell.js";

export const find: Command = {
  summary:
    "Finds lottery tickets: trains a network, prunes the smallest weights, takes the rest back to where " +
    "they started, trains again, round after round. Controls train the same masks from new weights " +
    "(reinitialised) and as many weights in random places (shuffled).",
  specs: findSpecs,
  notes: [
    "Presets: quick trains 3,000 steps a round, 10 rounds down to 10.8% of the weights, one trial, controls " +
      "at four densities: about a minute on two cores. paper is the protocol of Frankle & Carbin 2019, " +
      "figure 3: 50,000 steps a round, 20 rounds down to 1.2%, five trials, controls at seven densities: hours.",
    "The folder gets network.safetensors (the best sparse network, trained: evaluate runs it), ticket.safetensors " +
      "(its masks, and the weights to start from), result.json (every figure) and report.html (plots). Ctrl-C " +
      "keeps the trainings that have ended; --resume goes on to the same bytes. The same options and seed give " +
      "the same files on any host, with any number of workers.",
  ],
  examples: [
    ["find", "the quick preset on MNIST"],
    ["find --preset paper --out runs/paper", "the paper's experiment"],
    ["find --method one-shot --controls 3,7 --seed 2", "one-shot pruning, controls at two densities"],
    ["find --method edge-popup", "good networks in random weights, none of them trained"],
    ["find --method snip", "masks by a criterion, before any training"],
    ["find --train-size 8000 --trials 3", "a few pictures, where early stopping shows best"],
    ["find --resume runs/paper", "goes on after an interruption"],
  ],
  run: (args) => run(readOptions(findSpecs, args)),
};

async function run(given: FindOptions): Promise<number> {
  const started = performance.now();
  const asked = await askedFor(given);
  const samples = mnistSamples(asked["train-size"]);
  using core = await open({ variant: asked.variant });
  const plan: Plan = { ...asked, variant: core.variant };
  const path = given.resume ?? given.out ?? defaultFolder(plan);
  const folder = await openRunFolder(path, plan, digestOf(samples), given.resume !== undefined);
  try {
    const found = await search(samples, plan, folder, given.workers);
    if (!found) return INTERRUPTED;
    const { ticket, network } = filesOf(found, plan);
    const result = resultOf(found, plan, {
      seconds: Number(((performance.now() - started) / 1000).toFixed(3)),
      ticketSha256: ticket.sha256,
      networkSha256: network.sha256,
      host: `Node ${process.versions.node}, ${process.platform} ${process.arch}`,
    });
    const { reportHtml } = await import("../report/html.js");
    await folder.finish([
      [ticket.name, ticket.bytes],
      [network.name, network.bytes],
      ["report.html", reportHtml({ result, pictures: picturesOf(core, found) })],
      ["result.json", `${JSON.stringify(result, null, 2)}\n`],
    ]);
    if (given.json) process.stdout.write(`${JSON.stringify(summaryOf(result, path))}\n`);
    else {
      const { rounds } = found;
      const names = `${network.name} (trained), ${ticket.name} (mask and start)`;
      const files = `Written to ${shellWord(path)}: report.html, result.json, ${names}.`;
      process.stdout.write(`${tableOf(rounds)}\n${verdictOf(rounds)}\n${files}\n`);
    }
    return 0;
  } finally {
    folder.release();
  }
}

async function askedFor(given: FindOptions): Promise<Plan> {
  if (given.resume === undefined) return planOf(given);
  if (given.out !== undefined) throw refusal("--out", "no folder beside that of --resume", given.out);
  const begun = await readPlan(given.resume);
  checkResumed(given, begun);
  return begun;
}

/** @returns undefined when it was interrupted, after telling how to go on */
async function search(
  samples: Samples,
  plan: Plan,
  folder: RunFolder,
  workers: number | undefined,
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
      variant: plan.variant,
      workers,
      signal: interruption.signal,
      finished: folder.finished,
      onProgress: (progress) => line.update(progress),
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

/** Local time, so that folders sort by when they were made. */
function defaultFolder({ method, seed }: Plan): string {
  const now = new Date();
  const local = new Date(now.getTime() - 60_000 * now.getTimezoneOffset()).toISOString();
  const time = local.slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  return join("runs", `${method}-seed${seed}-${time}`);
}
