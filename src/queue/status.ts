/** Looks at a queue from outside, and takes jobs out of it. */
import { Database } from "./database.js";
import { dropJob, type JobRow, jobsOf, rateOf, type WorkerRow, workersOf } from "./jobs.js";

/** What there is. */
export interface QueueStatus {
  /** The oldest first. */
  readonly jobs: readonly JobRow[];
  /** Those that are there. */
  readonly workers: readonly WorkerRow[];
  /** Tasks that were done in the last minute, of jobs that are not finished. */
  readonly doneLastMinute: number;
}

/**
 * What a queue holds and who works for it.
 *
 * @param url  postgres://user:password@host/database
 * @throws {QueueError | ArgumentRangeError} when the database does not answer, or the address is none
 * @throws {MissingPackageError} when pg or pg-boss is not installed
 */
export async function statusOf(url: string): Promise<QueueStatus> {
  const database = await Database.open(url);
  try {
    const [jobs, workers] = [await jobsOf(database), await workersOf(database)];
    return { jobs, workers, doneLastMinute: await rateOf(database) };
  } finally {
    await database.close();
  }
}

/**
 * Cancels a job: what waits is removed, what runs is stopped, its caller is told.
 *
 * @param url  postgres://user:password@host/database
 * @param job  its id
 * @returns whether there was such a job
 * @throws {QueueError | ArgumentRangeError} when the database does not answer, or the address is none
 * @throws {MissingPackageError} when pg or pg-boss is not installed
 */
export async function cancelJob(url: string, job: string): Promise<boolean> {
  const database = await Database.open(url);
  try {
    return await dropJob(database, job);
  } finally {
    await database.close();
  }
}
