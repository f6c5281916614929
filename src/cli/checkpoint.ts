/** What an interrupted command goes on from: FILE.checkpoint beside the file it writes, a safetensors file. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { FormatError } from "../index.js";
import { type Dtype, readSafetensors, type Safetensors, type Tensor, writeSafetensors } from "../io/index.js";
import { writeWhole } from "./files.js";
import { flag, refusal } from "./options.js";
import { packageVersion } from "./package.js";
import { shellWord } from "./shell.js";

/** Options of commands that can go on. */
export const resuming = {
  checkpoint: flag("keeps FILE.checkpoint beside --out up to date, not only at Ctrl-C"),
  resume: flag("goes on from there, to the same bytes"),
};

/** What must be the same to go on: the result depends on nothing else. */
export interface Begun {
  readonly command: string;
  /** By name, without the dashes. */
  readonly options: Readonly<Record<string, unknown>>;
  /** SHA-256 of the tensors that are read. */
  readonly inputs: string;
}

/** Where a command stands, as far as it is on disk. */
export interface Checkpoint {
  readonly path: string;
  /** Of the command that was interrupted; empty when there was none. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /**
   * The values of one of them.
   *
   * @throws {FormatError} when it is missing, or of another type or shape
   */
  read<D extends Dtype>(name: string, dtype: D, shape: readonly number[]): Tensor<D>["data"];
  /** Replaces what is on disk, after what is being written already. */
  save(tensors: ReadonlyMap<string, Tensor>): Promise<void>;
  /** When the work is done. */
  remove(): Promise<void>;
}

/**
 * Finds out what there is to go on from. A checkpoint of other options or inputs is refused with a UsageError, and so
 * is one that nobody asked to go on from.
 *
 * @param out  the file that will be written
 * @param begun  what is asked for
 * @param resumes  whether to go on
 * @throws {FormatError} when the checkpoint is damaged
 */
export async function openCheckpoint(out: string, begun: Begun, resumes: boolean): Promise<Checkpoint> {
  const path = `${out}.checkpoint`;
  if (resumes !== existsSync(path)) {
    throw resumes
      ? refusal("--resume", "the checkpoint of an interrupted run", `no ${path}`)
      : refusal(
          "--out",
          "a file without an interrupted run",
          `${out}: go on with --resume, or delete ${path}`,
        );
  }
  const tensors = resumes ? await readCheckpoint(path, begun) : new Map<string, Tensor>();
  const options = JSON.stringify(begun.options);
  const metadata = { format: FORMAT, version: packageVersion(), ...begun, options };
  let last: Promise<void> = Promise.resolve();
  return {
    path,
    tensors,
    read(name, dtype, shape) {
      const tensor = tensors.get(name);
      if (tensor?.dtype === dtype && String(tensor.shape) === String(shape)) return tensor.data as never;
      const found = tensor ? `${tensor.dtype} [${tensor.shape}]` : "none";
      throw new FormatError(`${path}: tensor "${name}" expected ${dtype} [${shape}], found ${found}`);
    },
    save(now) {
      const bytes = writeSafetensors(now, metadata);
      last = last.then(() => writeWhole(path, bytes));
      // Whoever waits for it hears of a failure; until then it is not unhandled.
      last.catch(() => {});
      return last;
    },
    async remove() {
      await last;
      await rm(path, { force: true });
    },
  };
}

/**
 * After an interruption: keeps what there is, and tells how to go on.
 *
 * @param checkpoint  where; absent when nothing is written
 * @param kept  what there is, in words; absent for nothing
 * @param tensors  of it
 */
export async function leave(
  checkpoint: Checkpoint | undefined,
  kept: string | undefined,
  tensors: () => ReadonlyMap<string, Tensor>,
): Promise<void> {
  if (!checkpoint || kept === undefined) {
    process.stderr.write("Interrupted; nothing was written.\n");
    return;
  }
  await checkpoint.save(tensors());
  const where = `${kept} are kept in ${shellWord(checkpoint.path)}`;
  process.stderr.write(`Interrupted; ${where}. Go on with the same command and --resume.\n`);
}

/**
 * SHA-256 of arrays and texts.
 *
 * @param parts  in this order; lengths count
 */
export function sha256(parts: Iterable<string | ArrayBufferView>): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    const bytes =
      typeof part === "string"
        ? new TextEncoder().encode(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    hash.update(`${bytes.length} `).update(bytes);
  }
  return hash.digest("hex");
}

const FORMAT = "golden-ticket checkpoint";

async function readCheckpoint(path: string, begun: Begun): Promise<ReadonlyMap<string, Tensor>> {
  const bytes = new Uint8Array(await readFile(path));
  let read: Safetensors;
  let options: Record<string, unknown>;
  try {
    read = readSafetensors(bytes);
    options = { ...JSON.parse(read.metadata.options) };
  } catch (error) {
    throw new FormatError(`${path}: ${(error as Error).message}`, { cause: error });
  }
  const { format, version, command, inputs } = read.metadata;
  checkBegun(path, { version, command: format === FORMAT ? command : "nothing", options, inputs }, begun);
  return read.tensors;
}

/**
 * Refuses to go on with a run of another command, version, or of other options or inputs, by a UsageError.
 *
 * @param path  of what it left
 * @param found  what it was begun with
 * @param begun  what is asked for
 */
export function checkBegun(path: string, found: Begun & { readonly version: string }, begun: Begun): void {
  const { version, command, options, inputs } = found;
  if (command !== begun.command) {
    throw refusal("--resume", `a checkpoint of ${begun.command}`, `one of ${command} in ${path}`);
  }
  if (version !== packageVersion()) {
    throw refusal("--resume", `a checkpoint of version ${packageVersion()}`, `one of ${version} in ${path}`);
  }
  for (const option of new Set([...Object.keys(begun.options), ...Object.keys(options)])) {
    const [was, is] = [options[option], begun.options[option]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    throw refusal(`--${option}`, `${was ?? "nothing"} as the run was begun with`, String(is ?? "nothing"));
  }
  if (inputs === begun.inputs) return;
  throw refusal("--resume", "the files that the run was begun with", `others than ${path} was begun with`);
}
