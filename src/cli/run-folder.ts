/**
 * The folder of a search: results when it is done, and until then what it can be resumed from:
 *
 *   checkpoint/search.json             what was asked for, by which version, on which data
 *   checkpoint/trial-0-round-03-ticket.safetensors, …    one for each training that has ended
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeResult, encodeResult, FormatError, type JobResult } from "../index.js";
import { lockFolder, writeWhole } from "./files.js";
import type { Plan } from "./find-plan.js";
import { refusal } from "./options.js";
import { packageVersion } from "./package.js";

/** What must be the same for a search to go on. */
interface Search {
  readonly version: string;
  readonly samplesSha256: string;
  readonly plan: Plan;
}

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
  const search = await readSearch(path);
  if (search) return search.plan;
  throw refusal("--resume", "the folder of an interrupted search", `${path}, which has no ${searchFile("")}`);
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
  const release = await lockFolder(path);
  const checkpoint = join(path, "checkpoint");
  try {
    const begun = await readSearch(path);
    if (begun && !resumes) {
      throw refusal(
        "--out",
        "a folder without an interrupted search",
        `${path}: go on with --resume ${path}`,
      );
    }
    if (resumes) checkSearch(path, begun, samplesSha256);
    else await rm(checkpoint, { recursive: true, force: true });
    await mkdir(checkpoint, { recursive: true });
    const search: Search = { version: packageVersion(), samplesSha256, plan };
    if (!begun) await writeWhole(searchFile(path), `${JSON.stringify(search, null, 2)}\n`);
    return {
      path,
      finished: await readResults(checkpoint),
      save: (result) =>
        writeWhole(join(checkpoint, `${result.id.replaceAll("/", "-")}.safetensors`), encodeResult(result)),
      async finish(files) {
        for (const [name, data] of files) await writeWhole(join(path, name), data);
        await rm(searchFile(path), { force: true });
        await rm(checkpoint, { recursive: true, force: true });
      },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

const searchFile = (path: string) => join(path, "checkpoint", "search.json");

async function readSearch(path: string): Promise<Search | undefined> {
  try {
    const search = JSON.parse(await readFile(searchFile(path), "utf8"));
    if (typeof search?.plan === "object") return search;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FormatError(`${searchFile(path)} expected the options of a search, found something else`);
}

function checkSearch(path: string, begun: Search | undefined, samplesSha256: string): void {
  const version = packageVersion();
  if (begun?.version !== version) {
    throw refusal(
      "--resume",
      `a search begun by version ${version}`,
      `one of version ${begun?.version} in ${path}`,
    );
  }
  if (begun.samplesSha256 !== samplesSha256) {
    throw refusal(
      "--resume",
      "the data that the search was begun with",
      `other data than ${path} was begun with`,
    );
  }
}

async function readResults(checkpoint: string): Promise<Map<string, JobResult>> {
  const names = (await readdir(checkpoint)).filter((name) => /^[^.].*\.safetensors$/.test(name));
  const results = new Map<string, JobResult>();
  for (const name of names.sort()) {
    const path = join(checkpoint, name);
    const bytes = await readFile(path);
    try {
      const result = decodeResult(bytes);
      results.set(result.id, result);
    } catch (error) {
      throw new FormatError(`${path}: ${(error as Error).message}`, { cause: error });
    }
  }
  return results;
}
