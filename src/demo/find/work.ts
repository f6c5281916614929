/** Finds a ticket in the worker, and reads digits with what was trained on the way. */
import {
  type Core,
  chosenRound,
  encodeTicket,
  type Job,
  type JobResult,
  type Network,
  network,
  open,
  type Progress,
  type Samples,
  type SearchOptions,
  searchTickets,
} from "../../index.js";
import { pictureOf } from "../../report/pictures.js";
import { digits, LEARNING_RATE, remember } from "../laboratory.js";
import type { Handler } from "../messages.js";
import type { FindEvent, FindOptions, JobName } from "./contract.js";

/** Looks at the validation digits in a training run. */
const LOOKS = 25;

/**
 * The options of the library's search.
 *
 * @param samples  of which the network's inputs and outputs are
 * @param options  as the page has them
 */
export function searchOptions(samples: Samples, options: FindOptions): SearchOptions {
  const { hidden, iterations, seed, rounds, rate, controls } = options;
  return {
    ...{ rounds, seed },
    method: "imp",
    controlRounds: controls ? Array.from({ length: rounds }, (_, round) => round + 1) : [],
    protocol: {
      sizes: [samples.features, ...hidden, samples.classes],
      iterations,
      learningRate: LEARNING_RATE,
      evaluateEvery: Math.ceil(iterations / LOOKS),
      rates: [...hidden.map(() => rate), rate / 2],
    },
  };
}

/** What a search has done so far, so that it can go on after a pause. */
interface Run {
  readonly key: string;
  readonly finished: Map<string, JobResult>;
  /** Parameters that tickets were trained to, by round. */
  readonly trained: Map<number, { parameters: readonly Float32Array[]; density: number }>;
  readonly sizes: readonly number[];
}

let current: Run | undefined;

/** Finds a ticket; the same options again go on where they were stopped. */
export const find: Handler<"find"> = async (options, { signal, emit }) => {
  const samples = await digits();
  const search = searchOptions(samples, options);
  const run = runOf(options, [samples.features, ...options.hidden, samples.classes]);
  using core = await open();
  const found = await searchTickets(samples, {
    ...search,
    ...{ workers: 0, signal, finished: new Map(run.finished) },
    onProgress: (progress) => emit(stepEvent(progress, options.iterations)),
    onResult(job, result) {
      run.finished.set(job.id, result);
      const event = jobEvent(core, run.sizes, job, result);
      if (job.role === "ticket") {
        run.trained.set(job.round, { parameters: result.trained, density: event.density });
        if (job.round === 0) remember(options, result.trained);
      }
      emit(event);
    },
  });
  const { round, density } = chosenRound(found.rounds);
  const origin = { method: "imp", seed: options.seed, variant: core.variant, protocol: found.protocol };
  const file = encodeTicket(found.tickets[round], origin);
  return { round, density, sha256: await sha256(file), file };
};

function runOf(options: FindOptions, sizes: readonly number[]): Run {
  const key = JSON.stringify(options);
  if (current?.key !== key) {
    reader?.core.dispose();
    reader = undefined;
    current = { key, finished: new Map(), trained: new Map(), sizes };
  }
  return current;
}

function stepEvent(
  { job, jobsDone, stepsDone, steps, validationLoss }: Progress,
  iterations: number,
): FindEvent {
  const [, round, role] = job.split("/");
  const every = Math.ceil(iterations / LOOKS);
  const iteration = Math.floor((stepsDone - jobsDone * iterations) / every) * every;
  return {
    kind: "step",
    job: { round: Number(round.replace("round-", "")), role: role as JobName["role"] },
    ...{ done: stepsDone, of: steps },
    look: validationLoss === undefined || iteration === 0 ? undefined : { iteration, loss: validationLoss },
  };
}

function jobEvent(core: Core, sizes: readonly number[], job: Job, { trained, evaluation }: JobResult) {
  const layers = sizes.slice(1).map((rows, l) => {
    const [name, columns] = [l === sizes.length - 2 ? "output" : `fc${l + 1}`, sizes[l]];
    const words = job.masks.length > 0 ? job.masks[l] : undefined;
    const bits = core.scoped(() => {
      const mask = core.mask(rows, columns, words);
      return (words ? mask : mask.fill(1)).toArray();
    });
    return { name, kept: bits.reduce((sum, bit) => sum + bit, 0), size: rows * columns, bits };
  });
  const sum = (key: "kept" | "size") => layers.reduce((total, layer) => total + layer[key], 0);
  const density = sum("kept") / sum("size");
  return {
    kind: "job" as const,
    job: { round: job.round, role: job.role as JobName["role"] },
    ...{ density, evaluation },
    layers: layers.map(({ name, kept, size }) => ({ name, kept, size })),
    picture: job.role === "ticket" ? pictureOf(trained[0], layers[0].bits, sizes[0], density) : undefined,
  };
}

async function sha256(file: Uint8Array): Promise<string | undefined> {
  const digest = await globalThis.crypto?.subtle?.digest("SHA-256", new Uint8Array(file));
  return digest && Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Two networks that read digits while the search goes on in a core of its own. */
let reader: { core: Core; dense: Network; ticket: Network; round: number } | undefined;

/** What the dense network and the ticket of a round make of a picture. */
export const read: Handler<"read"> = async ({ pixels, round }) => {
  const dense = current?.trained.get(0);
  const ticket = current?.trained.get(round);
  if (!current || !dense || !ticket) throw new Error("no network has been trained yet");
  reader ??= await newReader(current.sizes, dense.parameters);
  if (reader.round !== round) reader.ticket.load(ticket.parameters);
  reader.round = round;
  return {
    dense: reader.dense.forward(pixels),
    ticket: reader.ticket.forward(pixels),
    density: ticket.density,
  };
};

async function newReader(sizes: readonly number[], dense: readonly Float32Array[]) {
  const core = await open();
  const reader = { core, dense: network(core, sizes), ticket: network(core, sizes), round: -1 };
  reader.dense.load(dense);
  return reader;
}
