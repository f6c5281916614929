/**
 * Times the implementations of one case against each other, in one process or page: each is verified first, then
 * warmed up past the engine's tiers, then all take turns, so that a slow minute of the machine hits all.
 */
import { Bench } from "tinybench";
import { isClose } from "../test/harness/tolerance.js";

/** Thrown when an implementation cannot run here: it is reported by name, never left out silently. */
export class Skip extends Error {}

export interface Prepared {
  /** One call of what is timed; a promise when the implementation is asynchronous. */
  run(): unknown;
  /** What a call computes, read back outside of the timed part. */
  output(): ArrayLike<number> | Promise<ArrayLike<number>>;
  close?(): void;
  /** How many times a call's work the case has, for those too slow to do all of it; times are multiplied. Default 1. */
  scale?: number;
}

export interface Expected {
  values: ArrayLike<number>;
  /** The largest error allowed at an index, derived from the roundings behind it. */
  bound(index: number): number;
}

/** How long and how often to time, for all implementations of a case alike. */
export interface Pace {
  /** At least; V8 compiles a hot function again within the first tenths of a second. */
  warmUpMs: number;
  samples: number;
  /** Slow calls get fewer samples: what fits this time. */
  budgetMs: number;
}

export interface Case {
  suite: string;
  name: string;
  /** Default `PACE`. */
  pace?: Pace;
  /** Whether this is a case of `--quick`: each bench file has at least one small one. */
  quick?: boolean;
  flops?: number;
  /** Traffic of one call, for GB/s. */
  bytes?: number;
  expected(): Expected | Promise<Expected>;
  implementations: Record<string, () => Prepared | Promise<Prepared>>;
}

/** A size in bytes instead of a time. */
export interface Size {
  suite: string;
  name: string;
  implementation: string;
  quick?: boolean;
  lengthBytes(): number | Promise<number>;
}

export interface Row {
  suite: string;
  case: string;
  implementation: string;
  /** Median time of one call; null in a row that states a size. */
  medianMs: number | null;
  /** Median absolute deviation from it. */
  madMs: number | null;
  samples: number;
  gflops?: number;
  gigabytesPerSecond?: number;
  bytes?: number;
}

export interface Results {
  rows: Row[];
  failures: string[];
}

export interface Options {
  quick?: boolean;
  /** Implementations to run; all when absent. */
  accept?(implementation: string): boolean;
  log(message: string): void;
}

interface Entrant {
  name: string;
  prepared: Prepared;
  isAsync: boolean;
  firstMs: number;
  repetitions: number;
  samples: number;
  times: number[];
}

/** A sample of several calls, after an untimed one: what a slow rival left in the caches does not show. */
const SAMPLE_MS = 10;
const SHORTEST_SAMPLE_MS = 0.1;
/** At least 30 samples below 160 ms a call. */
const PACE: Pace = { warmUpMs: 500, samples: 60, budgetMs: 5000 };
/** Times the warm-up, for calls that do not settle. */
const LONGEST_WARM_UP = 6;
const SETTLED = 0.05;

/** Runs one case. An implementation that computes something wrong has a line in `failures` and no row. */
export async function runCase(benchCase: Case, options: Options): Promise<Results> {
  const failures: string[] = [];
  const entrants: Entrant[] = [];
  let expected: Expected | undefined;
  for (const [name, prepare] of Object.entries(benchCase.implementations)) {
    if (options.accept && !options.accept(name)) continue;
    const title = `${benchCase.suite} ${benchCase.name}, ${name}`;
    try {
      const prepared = await prepare();
      expected ??= await benchCase.expected();
      const start = performance.now();
      const first = prepared.run();
      await first;
      const firstMs = performance.now() - start;
      verify(await prepared.output(), expected);
      const isAsync = first instanceof Promise;
      entrants.push({ name, prepared, isAsync, firstMs, repetitions: 1, samples: 3, times: [] });
    } catch (error) {
      if (error instanceof Skip) options.log(`skipped: ${title}: ${error.message}`);
      else failures.push(`${title}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (!options.quick) for (const entrant of entrants) await warmUp(entrant, benchCase.pace ?? PACE);
  await takeTurns(entrants);
  const rows = entrants.map((entrant) => rowOf(benchCase, entrant));
  for (const { prepared } of entrants) prepared.close?.();
  return { rows, failures };
}

export async function runSize(size: Size, options: Options): Promise<Results> {
  const { suite, name, implementation } = size;
  if (options.accept && !options.accept(implementation)) return { rows: [], failures: [] };
  try {
    const bytes = await size.lengthBytes();
    const row: Row = { suite, case: name, implementation, medianMs: null, madMs: null, samples: 1, bytes };
    return { rows: [row], failures: [] };
  } catch (error) {
    return { rows: [], failures: [`${suite} ${name}: ${(error as Error).message}`] };
  }
}

function verify(got: ArrayLike<number>, { values, bound }: Expected): void {
  if (got.length !== values.length) {
    throw new Error(`output expected ${values.length} values, got ${got.length}`);
  }
  for (let i = 0; i < values.length; i++) {
    if (!isClose(got[i], values[i], bound(i))) {
      throw new Error(`output[${i}] expected ${values[i]} ± ${bound(i)}, got ${got[i]}`);
    }
  }
}

/** Calls until the time of a call settles, then sets the length and the number of the samples. */
async function warmUp(entrant: Entrant, { warmUpMs, samples, budgetMs }: Pace): Promise<void> {
  const start = performance.now() - entrant.firstMs;
  let callMs = entrant.firstMs;
  for (let isSettled = false; ; ) {
    const elapsedMs = performance.now() - start;
    if (elapsedMs > LONGEST_WARM_UP * warmUpMs || (elapsedMs > warmUpMs && isSettled)) break;
    const previousMs = callMs;
    callMs = await time(entrant, Math.max(1, Math.ceil(warmUpMs / 10 / callMs)));
    isSettled = Math.abs(callMs - previousMs) <= SETTLED * callMs;
    // Peers may have work for the event loop.
    await new Promise((resolve) => setTimeout(resolve));
  }
  entrant.repetitions = Math.max(1, Math.ceil(SAMPLE_MS / callMs));
  entrant.samples = Math.max(1, Math.min(samples, Math.floor(budgetMs / callMs)));
}

/** A round times each entrant once, beginning with another one; slow ones sit some rounds out. */
async function takeTurns(entrants: Entrant[]): Promise<void> {
  const rounds = Math.max(0, ...entrants.map(({ samples }) => samples));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entrants.length; i++) {
      const entrant = entrants[(round + i) % entrants.length];
      const due = Math.ceil(((round + 1) * entrant.samples) / rounds);
      if (entrant.times.length < due) entrant.times.push(await sample(entrant));
    }
  }
}

/** Milliseconds a call. Before short calls comes an untimed one that brings the operands into the cache. */
async function sample(entrant: Entrant): Promise<number> {
  for (;;) {
    if (entrant.repetitions > 1) await time(entrant, 1);
    const callMs = await time(entrant, entrant.repetitions);
    if (callMs * entrant.repetitions >= SHORTEST_SAMPLE_MS) return callMs;
    entrant.repetitions *= 2;
  }
}

async function time({ prepared, isAsync }: Entrant, count: number): Promise<number> {
  const start = performance.now();
  if (isAsync) for (let i = 0; i < count; i++) await prepared.run();
  else for (let i = 0; i < count; i++) prepared.run();
  return (performance.now() - start) / count;
}

function rowOf({ suite, name, flops, bytes }: Case, { name: implementation, prepared, times }: Entrant): Row {
  const { p50: medianMs, mad: madMs } = statistics(times.map((callMs) => callMs * (prepared.scale ?? 1)));
  const row: Row = { suite, case: name, implementation, medianMs, madMs, samples: times.length };
  if (flops !== undefined) row.gflops = flops / medianMs / 1e6;
  if (bytes !== undefined) row.gigabytesPerSecond = bytes / medianMs / 1e6;
  return row;
}

/** tinybench runs a task to its end before the next: turns are taken here, and the samples handed over. */
function statistics(times: number[]): { p50: number; mad: number } {
  const bench = new Bench({ iterations: times.length, time: 0, warmup: false, throws: true });
  let next = 0;
  bench.add("samples", () => ({ overriddenDuration: times[next++] }), { async: false });
  const { result } = bench.runSync()[0];
  if (result.state !== "completed") throw new Error(`tinybench expected to complete, got "${result.state}"`);
  return result.latency;
}
