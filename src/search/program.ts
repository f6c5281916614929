/** What a worker of a search does: opens a core with the samples in it, then runs jobs. */
import type { Program } from "../runtime/serve.js";
import type { Variant } from "../runtime/variant.js";
import type { Job, JobResult, Protocol, Samples } from "./contract.js";
import { openJobContext, runJob } from "./run-job.js";

/** Given to a worker once. */
export interface Setup {
  readonly samples: Samples;
  readonly protocol: Protocol;
  readonly variant: Variant;
}

/** Where a job stands. */
export interface JobReport {
  /** Training steps done. */
  readonly step: number;
  readonly validationLoss?: number;
  readonly validationAccuracy?: number;
}

/** The program of a worker, and of the caller's thread where there is none. */
export const program: Program<Setup, Job, JobResult, JobReport> = async ({ samples, protocol, variant }) => {
  const context = await openJobContext(samples, variant);
  return (job, hooks) => runJob(context, job, protocol, hooks);
};
