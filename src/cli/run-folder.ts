/** The folder of a search: results when it is done, and until then each training that has ended. */
import { join } from "node:path";
import { decodeResult, encodeResult, FormatError, type JobResult } from "../index.js";
import { openCheckpointFolder, partFile, readRun } from "./checkpoint-folder.js";
import { writeWhole } from "./files.js";
import type { Plan } from "./find-plan.js";

/** A folder held by this process. */
export interface RunFolder {
  readonly path: string;
  /** Results of trainings that had ended when the search was interrupted. */
  readonly finished: ReadonlyMap<string, JobResult>;
  save(result: JobResult): Promise<void>;
  /** Writes files in this order, then drops the checkpoint. */
  finish(files: readonly (readonly [name: string, data: string | Uint8Array])[]): Promise<void>;
  release(): void;
}

/**
 * Reads what an interrupted search was begun with. A folder without one is refused with a UsageError.
 *
 * @param path  of its folder
 * @throws {FormatError} when its options cannot be read
 */
export async function readPlan(path: string): Promise<Plan> {
  return (await readRun(path)).options as unknown as Plan;
}

/**
 * Takes a folder for a search. One that another process holds, or whose checkpoint does not fit, is refused
 * with a UsageError.
 *
 * @param path  made when it is not there
 * @param plan  what is asked for
 * @param samplesSha256  tells the data from other data
 * @param resumes  whether to go on with what is there
 * @throws {FormatError} when a file of the checkpoint is damaged
 */
export async function openRunFolder(
  path: string,
  plan: Plan,
  samplesSha256: string,
  resumes: boolean,
): Promise<RunFolder> {
  const begun = { command: "find", options: { ...plan }, inputs: samplesSha256 };
  const folder = await openCheckpointFolder({ path, option: "--out", resumes }, begun);
  try {
    return {
      path,
      finished: resultsOf(path, folder.parts),
      save: (result) => folder.save(result.id.replaceAll("/", "-"), encodeResult(result)),
      async finish(files) {
        for (const [name, data] of files) await writeWhole(join(path, name), data);
        await folder.remove();
      },
      release: folder.release,
    };
  } catch (error) {
    folder.release();
    throw error;
  }
}

function resultsOf(path: string, parts: ReadonlyMap<string, Uint8Array>): Map<string, JobResult> {
  const results = new Map<string, JobResult>();
  for (const [name, bytes] of parts) {
    try {
      const result = decodeResult(bytes);
      results.set(result.id, result);
    } catch (error) {
      throw new FormatError(`${partFile(path, name)}: ${(error as Error).message}`, { cause: error });
    }
  }
  return results;
}
