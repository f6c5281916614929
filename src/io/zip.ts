/**
 * Zip archives, read: what `numpy.savez` writes, no more. The directory at the end counts; one archive in one file,
 * entries stored or deflated, below 4 GiB.
 *
 * Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16; RFC 1951 through fflate.
 */
import { inflateSync } from "fflate";
import { FormatError } from "../errors.js";
import { crc32 } from "./crc32.js";
import { checkBytes, shown, unshared } from "./tensor.js";

/** What the directory says of a file in an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Where its local header starts, and where entries end. */
  readonly start: number;
  readonly limit: number;
}

/** Deflate makes at most 1,032 bytes of one; what promises more is an attack. */
const MOST_RATIO = 1100;
const MOST_BYTES = 2 ** 32;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22];

/**
 * The directory of an archive.
 *
 * @param file  the whole archive
 * @returns its entries by name, in their order; nothing is unpacked
 * @throws {ArgumentTypeError} when `file` is no Uint8Array
 * @throws {FormatError} when it is no archive of this kind, a name stands twice, or the sizes that it declares are
 *   beyond 4 GiB or 1,100 times what they are packed in
 */
export function zipEntries(file: Uint8Array): Map<string, ZipEntry> {
  checkBytes(file);
  const view = viewOf(file);
  const end = findEnd(view);
  const [count, directoryBytes, limit] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  const parts = view.getUint32(end + 4, true) | (view.getUint16(end + 8, true) - count);
  if (parts !== 0 || limit + directoryBytes !== end) {
    const found = `${directoryBytes} bytes at ${limit}`;
    throw new FormatError(`zip file expected its one directory to end at byte ${end}, found ${found}`);
  }
  const entries = new Map<string, ZipEntry>();
  let at = limit;
  for (let i = 0; i < count; i++) {
    const { entry, next } = readEntry(file, view, at, limit, end);
    if (entries.has(entry.name))
      throw new FormatError(`zip file expected each name once, found ${shown(entry.name)} twice`);
    entries.set(entry.name, entry);
    at = next;
  }
  if (at !== end)
    throw new FormatError(`zip directory expected ${end - limit} bytes of entries, found ${at - limit}`);
  const sum = [...entries.values()].reduce((total, { bytes }) => total + bytes, 0);
  checkSize("zip file", sum, file.length);
  return entries;
}

/**
 * Unpacks a file of an archive.
 *
 * @param file  the whole archive
 * @param entry  of its directory
 * @returns a view of `file` when the entry is stored as it is, else new bytes
 * @throws {FormatError} when the data are damaged, or of another length than declared
 */
export function unzip(file: Uint8Array, entry: ZipEntry): Uint8Array {
  const { name, start, limit, bytes, compressedBytes } = entry;
  const fail = (expected: string, found: string | number) =>
    new FormatError(`zip entry ${shown(name)} expected ${expected}, found ${found}`);
  const view = viewOf(file);
  if (start + LOCAL_BYTES > limit || view.getUint32(start, true) !== LOCAL)
    throw fail("a local header", `none at byte ${start}`);
  const nameBytes = view.getUint16(start + 26, true);
  const dataStart = start + LOCAL_BYTES + nameBytes + view.getUint16(start + 28, true);
  if (dataStart + compressedBytes > limit)
    throw fail(`${compressedBytes} bytes before the directory`, limit - dataStart);
  const localName = textOf(file.subarray(start + LOCAL_BYTES, start + LOCAL_BYTES + nameBytes));
  if (localName !== name) throw fail("the same name in its local header", shown(localName));
  const data = file.subarray(dataStart, dataStart + compressedBytes);
  let unpacked = data;
  try {
    // An output of the declared length is never grown; whatever inflate throws, the data are at fault.
    if (entry.deflated) unpacked = inflateSync(data, { out: new Uint8Array(bytes) });
  } catch (error) {
    throw fail("deflated data", shown((error as Error).message));
  }
  if (unpacked.length !== bytes) throw fail(`${bytes} bytes`, unpacked.length);
  const crc = crc32(unpacked);
  if (crc !== entry.crc) throw fail(`the check sum ${entry.crc}`, crc);
  return unpacked;
}

/** The end record is followed by nothing but its comment, of up to 65,535 bytes. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - 0xffff); at--) {
    if (view.getUint32(at, true) === END && view.getUint16(at + 20, true) === last - at) return at;
  }
  throw new FormatError(`zip file expected the end of a directory, found none in ${view.byteLength} bytes`);
}

function readEntry(file: Uint8Array, view: DataView, at: number, limit: number, end: number) {
  if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL)
    throw new FormatError(`zip directory expected an entry at byte ${at}, found none`);
  const u16 = (offset: number) => view.getUint16(at + offset, true);
  const u32 = (offset: number) => view.getUint32(at + offset, true);
  const nameEnd = at + CENTRAL_BYTES + u16(28);
  const next = nameEnd + u16(30) + u16(32);
  if (next > end) throw new FormatError(`zip directory expected to end at byte ${end}, found ${next}`);
  const name = textOf(file.subarray(at + CENTRAL_BYTES, nameEnd));
  const [flags, method, compressedBytes, bytes] = [u16(8), u16(10), u32(20), u32(24)];
  if (flags & 1 || (method !== 0 && method !== 8)) {
    const found = flags & 1 ? "encrypted data" : `method ${method}`;
    throw new FormatError(
      `zip entry ${shown(name)} expected stored (0) or deflated (8) data, found ${found}`,
    );
  }
  checkSize(`zip entry ${shown(name)}`, bytes, compressedBytes);
  const entry = { name, deflated: method === 8, crc: u32(16), compressedBytes, bytes, start: u32(42), limit };
  return { entry, next };
}

function checkSize(what: string, bytes: number, compressedBytes: number): void {
  const most = Math.min(MOST_BYTES, MOST_RATIO * compressedBytes);
  if (bytes > most)
    throw new FormatError(
      `${what} expected at most ${most} bytes from ${compressedBytes} packed ones, found ${bytes}`,
    );
}

const viewOf = (file: Uint8Array) => new DataView(file.buffer, file.byteOffset, file.length);
const textOf = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(unshared(bytes));
