/** What a search found, as files, as JSON and in words. */
import { createHash } from "node:crypto";
import {
  type Control,
  type Core,
  chosenRound,
  encodeTicket,
  type Found,
  type JobResult,
  jobId,
  type Round,
} from "../index.js";
import { pictureOf } from "../report/pictures.js";
import type { Picture, Result } from "../report/result.js";
import { density, accuracy as percent, stop } from "../report/words.js";
import type { FindData } from "./find-data.js";
import type { Plan } from "./find-plan.js";
import { packageVersion } from "./package.js";

/** Rows of neurons in the report. */
const PICTURES = 4;
const PICTURE_INPUTS = 784;

/** A file of the results. */
export interface NamedFile {
  readonly name: string;
  /** What it is for. */
  readonly does: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/**
 * The chosen round as files: the ticket, and the network that the first trial trained from it.
 *
 * @param found  by the search
 * @param plan  what was asked for, with the variant that ran
 * @param data  what it was found with
 */
export function filesOf(
  found: Found,
  plan: Plan,
  { labels, heldBack }: Pick<FindData, "labels" | "heldBack">,
): { ticket: NamedFile; network: NamedFile; heldBack?: NamedFile } {
  const { method, seed, variant } = plan;
  const { round } = chosenRound(found.rounds);
  const ticket = found.tickets[round];
  const { evaluation, trained } = found.results.get(jobId(0, round, "ticket")) as JobResult;
  const origin = { method, seed, variant, protocol: found.protocol, labels };
  const file = (name: string, does: string, bytes: Uint8Array): NamedFile => {
    return { name, does, bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  };
  const { accuracy } = evaluation;
  const trainedTicket = { ...ticket, weights: trained };
  const does = plan.trials > 1 ? `trained, of the first trial: ${percent(accuracy)}` : "trained";
  return {
    ticket: file("ticket.safetensors", "mask and start", encodeTicket(ticket, origin)),
    network: file("network.safetensors", does, encodeTicket(trainedTicket, { ...origin, accuracy })),
    ...(heldBack ? { heldBack: file("test.safetensors", "samples of the accuracies", heldBack) } : {}),
  };
}

/**
 * The content of result.json.
 *
 * @param found  by the search
 * @param plan  what was asked for
 * @param facts  what the search itself does not know
 */
export function resultOf(
  found: Found,
  plan: Plan,
  facts: Pick<Result, "seconds" | "ticketSha256" | "networkSha256" | "host">,
): Result {
  const { method, seed, variant, preset, data, iterations, trials, controls } = plan;
  const { rate, batch, optimizer, rewind } = plan;
  return {
    method,
    seed,
    variant,
    version: packageVersion(),
    preset,
    data,
    sizes: found.protocol.sizes,
    ...(plan.network ? { network: plan.network } : {}),
    iterations,
    trials,
    settings: {
      rate,
      "output-rate": plan["output-rate"],
      "train-size": plan["train-size"],
      batch,
      optimizer,
      "learning-rate": plan["learning-rate"],
      rewind,
      controls: controls.join(",") || "none",
      ...(plan["control-roles"] ? { "control-roles": plan["control-roles"].join(",") } : {}),
      ...plan.source,
    },
    rounds: found.rounds,
    ...facts,
  };
}

/**
 * The one object that `--json` prints.
 *
 * @param result  of the search
 * @param out  folder of the results
 */
export function summaryOf(result: Result, out: string): object {
  const { method, seed, variant, version, seconds, ticketSha256, networkSha256 } = result;
  const control = (measured: Control | null) =>
    measured && { accuracy: measured.accuracy, earlyStopIteration: measured.earlyStopIteration };
  const rounds = result.rounds.map((round) => ({
    round: round.round,
    density: round.density,
    accuracy: round.accuracy,
    earlyStopIteration: round.earlyStopIteration,
    control: {
      reinitialised: control(round.control.reinitialised),
      shuffled: control(round.control.shuffled),
      ...(round.control.signs ? { signs: control(round.control.signs) } : {}),
    },
  }));
  const { round, trials } = chosenRound(result.rounds);
  const ticket = { round };
  const network = { round, accuracy: trials[0].accuracy };
  const hashes = { ticketSha256, networkSha256 };
  return { method, seed, variant, version, rounds, ticket, network, seconds, ...hashes, out };
}

/**
 * The first layer of some rounds, for the report; none when its weights are not one for each of 28 × 28 pixels.
 *
 * @param core  to unpack masks in
 * @param found  by the search
 */
export function picturesOf(core: Core, found: Found): Picture[] {
  const [inputs, neurons] = found.protocol.sizes;
  if (inputs !== PICTURE_INPUTS || found.protocol.network) return [];
  const last = found.tickets.length - 1;
  const rounds = new Set(Array.from({ length: PICTURES }, (_, i) => Math.round((last * i) / (PICTURES - 1))));
  return [...rounds].map((round) => {
    const ticket = found.tickets[round];
    const bits = core.scoped(() => core.mask(neurons, inputs, ticket.masks[0]).toArray());
    const trained = found.results.get(jobId(0, round, "ticket"))?.trained[0] ?? ticket.weights[0];
    return pictureOf(trained, bits, inputs, ticket.density);
  });
}

/**
 * All rounds as a table.
 *
 * @param rounds  from dense to sparse
 */
export function tableOf(rounds: readonly Round[]): string {
  const roles = ["reinitialised", "shuffled", "signs"] as const;
  const controls = roles.filter((role) => rounds.some(({ control }) => control[role]));
  const head = ["round", "kept", "test accuracy", "early stop", ...controls];
  const rows = rounds.map((round) => [
    String(round.round),
    density(round.density),
    percent(round.accuracy),
    stop(round.earlyStopIteration),
    ...controls.map((role) => {
      const control = round.control[role];
      return control ? percent(control.accuracy) : "";
    }),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padStart(widths[i]))
      .join("  ")
      .trimEnd();
  return [head, ...rows].map((row) => `${line(row)}\n`).join("");
}

/**
 * What was found, in one sentence.
 *
 * @param rounds  from dense to sparse
 */
export function verdictOf(rounds: readonly Round[]): string {
  const [dense] = rounds;
  const chosen = chosenRound(rounds);
  if (chosen === dense) return `The dense network ends at ${percent(dense.accuracy)}; nothing was pruned.`;
  const end = `ends at ${percent(chosen.accuracy)} with ${density(chosen.density)} of the weights`;
  if (chosen.accuracy < dense.accuracy) {
    const all = percent(dense.accuracy);
    return `No ticket reaches the dense network's ${all}: the best one, round ${chosen.round}, ${end}.`;
  }
  const parts = [`The ticket of round ${chosen.round} ${end}`];
  parts.push(`the dense network at ${percent(dense.accuracy)}`);
  const { reinitialised, shuffled, signs } = chosen.control;
  if (reinitialised) parts.push(`the same mask with new weights at ${percent(reinitialised.accuracy)}`);
  if (shuffled) parts.push(`a shuffled mask at ${percent(shuffled.accuracy)}`);
  if (signs) parts.push(`the signs of its weights alone at ${percent(signs.accuracy)}`);
  return `${parts.join(", ")}.`;
}
