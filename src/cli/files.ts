/** Files that are whole or not there, and folders that one process at a time works in. */
import { accessSync, constants, existsSync, rmSync, statSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { flag, refusal, UsageError } from "./options.js";
import { pathOf } from "./tensor-file.js";

/**
 * Writes a file whole or not at all: into a temporary file beside it, which then takes its name.
 *
 * @param path  its folder is there
 * @param data  text or bytes
 */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The option of commands that write one file. */
export const force = flag("lets a file that is read be replaced");

/** What a file that is written must not be, unless that is forced: option → FILE or FILE:TENSOR that is read. */
export type Read = Readonly<Record<string, string | undefined>>;

/**
 * Whether a file can be written is asked before the work: throws a UsageError unless it is one of this kind in a
 * folder that is there, and none that is read, under whatever name.
 *
 * @param out  value of the option
 * @param read  files that are read; none where replacing them is forced
 * @param suffix  of its name
 * @param option  that names it
 */
export function checkOut(
  out: string | undefined,
  read: Read = {},
  suffix = ".safetensors",
  option = "--out",
): string {
  if (!out?.toLowerCase().endsWith(suffix)) throw refusal(option, `a ${suffix} file`, out ?? "nothing");
  const folder = dirname(out);
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw refusal(option, "a file in a folder that is there", out);
  if (statSync(out, { throwIfNoEntry: false })?.isDirectory())
    throw refusal(option, "a file", `the folder ${out}`);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refusal(option, "a file in a folder that can be written", `${out} (${code})`);
  }
  const same = Object.entries(read).find(
    ([, source]) => source !== undefined && isSameFile(out, pathOf(source)),
  );
  if (same) throw refusal(option, `another file than that of ${same[0]}, or --force`, out);
  return out;
}

/** Links, relative names and names in other cases where those are the same are all one file. */
function isSameFile(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** Who holds a folder. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells two owners with the same pid apart. */
  readonly since: number;
}

/**
 * Takes a folder for this process, until the returned function is called or the process ends. The folder of
 * a process that died is taken over; one that another process holds is refused with a UsageError.
 *
 * @param folder  made when it is not there
 * @returns gives the folder back
 */
export async function lockFolder(folder: string): Promise<() => void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "lock");
  const me: Owner = { pid: process.pid, host: hostname(), since: Date.now() };
  if (!(await create(path, me))) await takeOver(path, me);
  const release = () => {
    process.off("exit", release);
    rmSync(path, { force: true });
  };
  process.on("exit", release);
  return release;
}

/**
 * Replaces the lock of a dead owner. Only who creates the file named after that very owner may do so, and
 * only while the lock is still that owner's: of several processes that find the same dead owner one wins.
 */
async function takeOver(path: string, me: Owner): Promise<void> {
  const owner = await ownerOf(path);
  if (owner && isAlive(owner)) throw heldBy(path, owner);
  const claim = `${path}.${owner?.pid}.${owner?.since}`;
  if (!(await create(claim, me))) throw heldBy(path, owner);
  try {
    const now = await ownerOf(path);
    if (now?.pid !== owner?.pid || now?.since !== owner?.since) throw heldBy(path, now);
    await rm(path, { force: true });
    if (!(await create(path, me))) throw heldBy(path, await ownerOf(path));
  } finally {
    await rm(claim, { force: true });
  }
}

async function create(path: string, owner: Owner): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(owner), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Undefined when the lock has gone or was cut short: one being written is complete a moment later. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return JSON.parse(await readFile(path, "utf8"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      await setTimeout(20);
    }
  }
  return undefined;
}

function isAlive({ pid, host }: Owner): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

function heldBy(path: string, owner: Owner | undefined): UsageError {
  const who = owner ? `process ${owner.pid} on ${owner.host}` : "another process";
  const hint = owner && owner.host !== hostname() ? `; if that has ended, delete ${path}` : "";
  return new UsageError(
    `"${dirname(path)}" expected a folder nobody works in, got one held by ${who}${hint}`,
  );
}
