/** Hands for a search that train nothing: a result tells what its job started from. */
import type { BeforeTraining, Job, JobResult, Samples } from "../../src/search/contract.js";
import type { Engine } from "../../src/search/engine.js";

/** What a job started from, as one number that changes with everything a job has. */
export function fingerprint(job: Job): number {
  let hash = job.seed + 7 * job.round;
  const mix = (value: number) => {
    hash = (Math.imul(hash ^ value, 0x01000193) + 1) >>> 0;
  };
  for (const letter of job.id) mix(letter.charCodeAt(0));
  for (const mask of job.masks) mask.forEach(mix);
  for (const array of job.start) for (const value of array) mix(value * 1000);
  return hash;
}

export interface FakeOptions {
  readonly size?: number;
  /** Step at which the fake takes its snapshot; 0 = none. */
  readonly rewindTo?: number;
  /** Waits before it answers, in turns of the event loop. */
  delay?(job: Job): number;
  fail?(job: Job): Error | undefined;
}

export class FakeEngine implements Engine {
  readonly size: number;
  /** In the order of starting. */
  readonly jobs: Job[] = [];
  /** In the order of finishing. */
  readonly finished: string[] = [];
  running = 0;
  mostRunning = 0;
  closed = false;
  pruned = 0;
  readonly scored: { criterion: BeforeTraining; start: number; kept: readonly number[]; seed: number }[] = [];
  scoring = 0;
  mostScoring = 0;
  readonly #options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.size = options.size ?? 1;
  }

  async run(job: Job, { signal, onProgress }: Parameters<Engine["run"]>[1]): Promise<JobResult> {
    this.jobs.push(job);
    this.mostRunning = Math.max(this.mostRunning, ++this.running);
    onProgress?.({ step: 5, validationLoss: 1, validationAccuracy: 0.5 });
    for (let turn = 0; turn < (this.#options.delay?.(job) ?? 1); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.closed) throw new Error("closed");
      signal?.throwIfAborted();
    }
    this.running--;
    const failure = this.#options.fail?.(job);
    if (failure) throw failure;
    this.finished.push(job.id);
    const hash = fingerprint(job);
    const isTicket = job.role === "ticket";
    return {
      id: job.id,
      evaluation: {
        accuracy: (hash % 1000) / 1000,
        earlyStopIteration: hash % 10,
        earlyStopAccuracy: 0.5,
        history: [{ iteration: 10, validationLoss: 0.1, validationAccuracy: 0.9 }],
      },
      nextMasks: isTicket ? masks(2 * job.round + 1) : [],
      rewound: isTicket && job.round === 0 && this.#options.rewindTo ? parameters(job.seed + 0.5) : [],
      trained: parameters(hash % 97),
    };
  }

  initialWeights(seed: number): Float32Array[] {
    return parameters(seed);
  }

  prune(from: readonly Float32Array[], before: readonly Uint32Array[]): Uint32Array[] {
    this.pruned++;
    return masks(100 * from[0][0] + (before[0]?.[0] ?? 0) + 1);
  }

  async score(
    criterion: BeforeTraining,
    from: readonly Float32Array[],
    kept: readonly number[],
    seed: number,
  ): Promise<Uint32Array[]> {
    this.scored.push({ criterion, start: from[0][0], kept, seed });
    this.mostScoring = Math.max(this.mostScoring, ++this.scoring);
    await new Promise((resolve) => setImmediate(resolve));
    this.scoring--;
    return masks(kept[0]);
  }

  close(): void {
    this.closed = true;
  }
}

/** For the sizes 4, 3, 2: any mask with these bits in its first row. */
export function masks(bits: number): Uint32Array[] {
  return [Uint32Array.of(bits & 15, 15, 15), Uint32Array.of(7, 7)];
}

/** For the sizes 4, 3, 2: everything has this value. */
export function parameters(value: number): Float32Array[] {
  return [12, 3, 6, 2].map((length) => new Float32Array(length).fill(value));
}

export const samples: Samples = {
  features: 4,
  classes: 2,
  train: { inputs: new Uint8Array(40), labels: new Uint8Array(10) },
  validation: { inputs: new Uint8Array(4), labels: new Uint8Array(1) },
  test: { inputs: new Uint8Array(4), labels: new Uint8Array(1) },
};
