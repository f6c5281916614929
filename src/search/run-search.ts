/** Runs the jobs of a search as soon as they can start, and puts the results together. */
import type { BeforeTraining, Found, Job, JobResult, Progress, SearchOptions } from "./contract.js";
import type { Engine } from "./engine.js";
import { keptAfter } from "./masks.js";
import { isBeforeTraining, isFoundOnTheWay, jobId, jobOf, type Slot, slotsOf } from "./plan.js";
import type { JobReport } from "./program.js";
import { roundsOf, ticketsOf } from "./rounds.js";
import type { Settings } from "./settings.js";

/** Whom a search tells, who may stop it, and what it need not do again. */
export type SearchHooks = Pick<SearchOptions, "signal" | "onProgress" | "onResult" | "finished">;

/**
 * Runs a search. What is found does not depend on the number of jobs that run at the same time.
 * Rejects with the signal's reason or the first error of a job or a hook; `onResult` is never cut short.
 *
 * @param engine  does the work; left open
 * @param settings  of the search
 * @param hooks  progress, cancelling, checkpoints
 */
export async function runSearch(engine: Engine, settings: Settings, hooks: SearchHooks = {}): Promise<Found> {
  const slots = slotsOf(settings);
  const results = new Map<string, JobResult>();
  for (const { id } of slots) {
    const result = hooks.finished?.get(id);
    if (result) results.set(id, result);
  }
  const masksOf = maskSource(engine, settings, results, hooks.signal);
  const tell = progressOf(slots, settings, results, hooks);
  const running = new Map<string, Promise<void>>();
  const waiting = slots.filter(({ id }) => !results.has(id));

  async function run(slot: Slot): Promise<void> {
    const masks = await masksOf(slot.trial, slot.round);
    const job = jobOf(slot, masks, settings, results.get(jobId(slot.trial, 0, "ticket")));
    const onProgress = (report: JobReport) => tell(job.id, report);
    const result = withoutExcess(job, await engine.run(job, { signal: hooks.signal, onProgress }));
    await hooks.onResult?.(job, result);
    results.set(job.id, result);
    running.delete(job.id);
    tell(job.id, { ...result.evaluation.history.at(-1), step: settings.protocol.iterations });
  }

  try {
    while (results.size < slots.length) {
      hooks.signal?.throwIfAborted();
      while (running.size < engine.size) {
        const next = waiting.findIndex(({ needs }) => needs === undefined || results.has(needs));
        if (next < 0) break;
        const [slot] = waiting.splice(next, 1);
        running.set(slot.id, run(slot));
      }
      await Promise.race(running.values());
    }
  } catch (error) {
    engine.close();
    await Promise.allSettled(running.values());
    throw error;
  }
  const dense = results.get(jobId(0, 0, "ticket"));
  const start = dense?.rewound.length ? dense.rewound : engine.initialWeights(settings.seed);
  const masks: (readonly Uint32Array[])[] = [];
  for (let round = 0; round <= settings.rounds; round++)
    masks.push(round === 0 ? [] : await masksOf(0, round));
  const weightsOf = (round: number) => {
    if (settings.method !== "edge-popup" || round === 0) return start;
    return (results.get(jobId(0, round, "ticket")) as JobResult).trained;
  };
  return {
    protocol: settings.protocol,
    rounds: roundsOf(settings, results, masks),
    tickets: ticketsOf(settings, weightsOf, masks),
    results: new Map(slots.map(({ id }) => [id, results.get(id) as JobResult])),
  };
}

/** Nothing starts from what a control was trained to, and there may be hundreds of them. */
function withoutExcess(job: Job, result: JobResult): JobResult {
  return job.role === "ticket" ? result : { ...result, trained: [] };
}

/** Masks by trial and round; [] = everything kept. One-shot masks all come from the dense round's weights. */
function maskSource(
  engine: Engine,
  settings: Settings,
  results: ReadonlyMap<string, JobResult>,
  signal: AbortSignal | undefined,
): (trial: number, round: number) => Promise<readonly Uint32Array[]> {
  const { method } = settings;
  if (isFoundOnTheWay(method)) {
    return async (trial, round) => results.get(jobId(trial, round, "ticket"))?.nextMasks ?? [];
  }
  if (isBeforeTraining(method)) return scoredMasks(engine, settings, method, results, signal);
  const ladders = new Map<number, (readonly Uint32Array[])[]>();
  return async (trial, round) => {
    if (round === 0) return [];
    const before = method === "imp" ? round - 1 : 0;
    const result = results.get(jobId(trial, before, "ticket")) as JobResult;
    if (method === "imp") return result.nextMasks;
    const ladder = ladders.get(trial) ?? [[]];
    ladders.set(trial, ladder);
    while (ladder.length <= round) ladder.push(engine.prune(result.trained, ladder[ladder.length - 1]));
    return ladder[round];
  };
}

/** Masks that a criterion makes of the weights that tickets start from: each once, one after the other. */
function scoredMasks(
  engine: Engine,
  { seed, protocol: { sizes, network, rates } }: Settings,
  method: BeforeTraining,
  results: ReadonlyMap<string, JobResult>,
  signal: AbortSignal | undefined,
): (trial: number, round: number) => Promise<readonly Uint32Array[]> {
  const known = new Map<string, Promise<readonly Uint32Array[]>>();
  let last: Promise<unknown> = Promise.resolve();
  return async (trial, round) => {
    if (round === 0) return [];
    const key = jobId(trial, round, "ticket");
    const masks =
      known.get(key) ??
      last.then(() => {
        const rewound = results.get(jobId(trial, 0, "ticket"))?.rewound ?? [];
        const start = rewound.length > 0 ? rewound : engine.initialWeights(seed + trial);
        return engine.score(method, start, keptAfter(network ?? sizes, rates, round), seed + trial, signal);
      });
    known.set(key, masks);
    last = masks;
    return masks;
  };
}

/** Adds up where all jobs stand. */
function progressOf(
  slots: readonly Slot[],
  { protocol }: Settings,
  results: ReadonlyMap<string, JobResult>,
  hooks: SearchHooks,
): (id: string, report: JobReport) => void {
  const stepsOf = new Map<string, number>();
  for (const id of results.keys()) stepsOf.set(id, protocol.iterations);
  return (id, { step, validationLoss, validationAccuracy }) => {
    stepsOf.set(id, step);
    const progress: Progress = {
      jobsDone: results.size,
      jobs: slots.length,
      stepsDone: [...stepsOf.values()].reduce((sum, steps) => sum + steps, 0),
      steps: slots.length * protocol.iterations,
      job: id,
      validationLoss,
      validationAccuracy,
    };
    hooks.onProgress?.(progress);
  };
}
