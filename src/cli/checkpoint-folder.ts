/**
 * What a command with many parts goes on from: a folder that one process at a time works in.
 *
 *   lock                          who works in it
 *   checkpoint/run.json           what was asked for, by which version, on which data
 *   checkpoint/NAME.safetensors   one for each part of the work that is done
 */
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../index.js";
import { type Begun, checkBegun } from "./checkpoint.js";
import { lockFolder, writeWhole } from "./files.js";
import { folder, refusal } from "./options.js";
import { packageVersion } from "./package.js";
import { shellWord } from "./shell.js";

/** Options of commands that keep each layer that is done. */
export const keeping = {
  checkpoint: folder("keeps each layer that is done in this folder, to go on from after an interruption"),
  resume: folder("goes on with what is kept in this folder, to the same bytes"),
};

/** Where parts are kept, and which option said so. */
export interface Place {
  readonly path: string;
  /** Named when the folder holds a run that nobody asked to go on with. */
  readonly option: string;
  readonly resumes: boolean;
}

/** A folder held by this process. */
export interface CheckpointFolder {
  readonly path: string;
  /** The files of the parts that were done when the run was interrupted, in the order of their names. */
  readonly parts: ReadonlyMap<string, Uint8Array>;
  /** Keeps a part, whole or not at all. */
  save(name: string, bytes: Uint8Array): Promise<void>;
  /** When the work is done: leaves nothing to go on from. */
  remove(): Promise<void>;
  /** Lets others work in the folder. */
  release(): void;
}

/**
 * Where to keep what is done, by `keeping`; throws a UsageError when two folders are given.
 *
 * @param given  the options
 * @returns undefined for nowhere
 */
export function placeOf({ checkpoint, resume }: { checkpoint?: string; resume?: string }): Place | undefined {
  if (checkpoint !== undefined && resume !== undefined && checkpoint !== resume) {
    throw refusal("--checkpoint", `the folder of --resume, ${resume}`, checkpoint);
  }
  const path = resume ?? checkpoint;
  return path === undefined ? undefined : { path, option: "--checkpoint", resumes: resume !== undefined };
}

/**
 * Takes a folder for a run. One that another process holds, that holds a run that nobody asked to go on with, or one of
 * other options or inputs, is refused with a UsageError.
 *
 * @param place  made when it is not there, unless it is to be gone on with
 * @param begun  what is asked for
 * @throws {FormatError} when run.json is damaged
 */
export async function openCheckpointFolder(place: Place, begun: Begun): Promise<CheckpointFolder> {
  const { path, option, resumes } = place;
  if (resumes) await readRun(path);
  const release = await lockFolder(path);
  const checkpoint = join(path, "checkpoint");
  try {
    if (resumes) checkBegun(runFile(path), await readRun(path), begun);
    else if (await findRun(path)) {
      const hint = `go on with --resume ${shellWord(path)}`;
      throw refusal(option, "a folder without an interrupted run", `${path}: ${hint}`);
    } else {
      await rm(checkpoint, { recursive: true, force: true });
      await mkdir(checkpoint, { recursive: true });
      const run = { version: packageVersion(), ...begun };
      await writeWhole(runFile(path), `${JSON.stringify(run, null, 2)}\n`);
    }
    return {
      path,
      parts: await readParts(checkpoint),
      save: (name, bytes) => writeWhole(join(checkpoint, name + SUFFIX), bytes),
      async remove() {
        await rm(runFile(path), { force: true });
        await rm(checkpoint, { recursive: true, force: true });
      },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Reads what an interrupted run was begun with. A folder without one is refused with a UsageError.
 *
 * @param path  of its folder
 * @throws {FormatError} when that cannot be read
 */
export async function readRun(path: string): Promise<Begun & { readonly version: string }> {
  const run = await findRun(path);
  if (run) return run;
  throw refusal("--resume", "the folder of an interrupted run", `${path}, which has no ${runFile("")}`);
}

/**
 * The place of a part's file, for messages.
 *
 * @param path  of the folder
 * @param name  of the part
 */
export const partFile = (path: string, name: string): string => join(path, "checkpoint", name + SUFFIX);

const SUFFIX = ".safetensors";
const runFile = (path: string) => join(path, "checkpoint", "run.json");

async function findRun(path: string): Promise<(Begun & { readonly version: string }) | undefined> {
  try {
    const run = JSON.parse(await readFile(runFile(path), "utf8"));
    if (typeof run?.options === "object" && run.options !== null) return run;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new FormatError(`${runFile(path)} expected the options of a run, found something else`);
}

async function readParts(checkpoint: string): Promise<Map<string, Uint8Array>> {
  const names = (await readdir(checkpoint)).filter((name) => !name.startsWith(".") && name.endsWith(SUFFIX));
  const parts = new Map<string, Uint8Array>();
  for (const name of names.sort()) {
    parts.set(name.slice(0, -SUFFIX.length), new Uint8Array(await readFile(join(checkpoint, name))));
  }
  return parts;
}
