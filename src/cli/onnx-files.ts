/** Files beside an ONNX model that hold values of it: read in parts, and written beside the new model. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { FormatError } from "../index.js";
import type { OnnxDataReader, OnnxPatch } from "../io/index.js";
import { refusal } from "./options.js";

/** Files by the names that the model has for them. */
export type DataFiles = ReadonlyMap<string, OnnxDataReader & { readonly path: string }>;

/**
 * @param model  path of the model
 * @param names  that it has for the files
 * @returns the files; throws a UsageError that names the one that cannot be read
 */
export function filesBeside(model: string, names: readonly string[]): DataFiles {
  return new Map(
    names.map((name) => {
      const path = join(dirname(model), name);
      const found = statSync(path, { throwIfNoEntry: false });
      if (!found?.isFile()) {
        const what = found ? "no file" : "nothing";
        throw refusal("MODEL", `its values in ${path}, a file beside it`, `${what} there`);
      }
      return [
        name,
        { path, size: found.size, read: (start: number, end: number) => bytesIn(path, start, end) },
      ];
    }),
  );
}

/** A part of a file, shorter where the file ends. */
function bytesIn(path: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  const file = openSync(path, "r");
  try {
    let at = 0;
    // One read gives 2 GiB at most.
    for (let read = -1; read !== 0 && at < bytes.length; at += read)
      read = readSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30), start + at);
    return bytes.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

/** Bytes of a file that are in memory together. */
const CHUNK = 2 ** 26;

/** A file in pieces. */
export function* chunksOf({ size, read }: OnnxDataReader): Generator<Uint8Array> {
  for (let at = 0; at < size; at += CHUNK) yield read(at, Math.min(size, at + CHUNK));
}

/**
 * Names for the files beside a new model: its own with ".data"; of several, what was the old model's name becomes the
 * new one's, and others have the new one's in front.
 *
 * @param model  path of the old model
 * @param out  path of the new one
 * @param names  of the files, as the old one has them
 */
export function namesBeside(model: string, out: string, names: readonly string[]): Map<string, string> {
  const [before, after] = [basename(model), basename(out)];
  if (names.length === 1) return new Map([[names[0], `${after}.data`]]);
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const flat = name.replaceAll("/", "_");
      const own = flat.startsWith(before) ? after + flat.slice(before.length) : `${after}.${flat}`;
      let unique = own;
      for (let count = 2; taken.has(unique); count++) unique = `${own}.${count}`;
      taken.add(unique);
      return [name, unique];
    }),
  );
}

/**
 * Refuses to write over a file that is read.
 *
 * @param files  that are read
 * @param out  path of the new model
 * @param names  of the new files, by those of the old ones
 */
export function checkBeside(files: DataFiles, out: string, names: ReadonlyMap<string, string>): void {
  const read = [...files.values()].map(({ path }) => statSync(path, { bigint: true }));
  for (const path of [out, ...[...names.values()].map((name) => join(dirname(out), name))]) {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (there && read.some(({ ino, dev }) => ino === there.ino && dev === there.dev))
      throw refusal("--out", `another name, or --force: ${path} is read`, out);
  }
}

/**
 * Writes the files beside a new model, each whole or not at all.
 *
 * @param files  the old ones
 * @param patches  what changes in them
 * @param out  path of the new model
 * @param names  of the new files, by those of the old ones
 */
export function writeBeside(
  files: DataFiles,
  patches: readonly OnnxPatch[],
  out: string,
  names: ReadonlyMap<string, string>,
): void {
  const written: { readonly path: string; readonly temporary: string }[] = [];
  try {
    for (const [name, file] of files) {
      const path = join(dirname(out), names.get(name) ?? name);
      const temporary = join(dirname(out), `.${basename(path)}.${process.pid}.tmp`);
      written.push({ path, temporary });
      const own = patches.filter((patch) => patch.file === name);
      writePatched(temporary, file, own);
    }
    for (const { path, temporary } of written) renameSync(temporary, path);
  } finally {
    for (const { temporary } of written) if (existsSync(temporary)) rmSync(temporary);
  }
}

function writePatched(path: string, from: OnnxDataReader, patches: readonly OnnxPatch[]): void {
  const file = openSync(path, "w");
  const write = (bytes: Uint8Array, start: number) => {
    for (let at = 0; at < bytes.length; )
      at += writeSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30), start + at);
  };
  try {
    let end = 0;
    for (const chunk of chunksOf(from)) {
      write(chunk, end);
      end += chunk.length;
    }
    for (const { start, bytes } of patches) write(bytes, start);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  for (const { start, bytes } of patches)
    if (Buffer.compare(bytesIn(path, start, start + bytes.length), bytes) !== 0)
      throw new FormatError(`${path} expected the bytes that were written at ${start}, found others`);
}
