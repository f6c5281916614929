/**
 * Protobuf's wire format, read in place and edited by splicing: what is not touched keeps its bytes.
 *
 *   message   fields, one after the other
 *   field     varint of (number · 8 + wire type), then the value
 *   value     wire type 0: varint; 1: 8 bytes; 2: varint length and that many bytes; 5: 4 bytes
 *
 * Source: protobuf.dev/programming-guides/encoding; groups (wire types 3 and 4) have never been part of ONNX.
 */
import { FormatError } from "../../errors.js";
import { bytesOf, unshared } from "../tensor.js";

/** The wire types by what they hold. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Lengths in protobuf are whole numbers of 31 bits. */
export const sizeLimit = 2 ** 31 - 1;

/** As in protobuf's own readers: deeper nesting is an attack on the stack. */
const depthLimit = 100;

/**
 * What is kept of a message or name costs up to 500 bytes. A file may be worth four times its size, a small one some
 * 30 MB, so that no file of many empty messages fills the memory.
 */
const bytesPerPart = 128;
const freeParts = 65_536;

/** A file and how many parts of it may still be kept. */
export interface WireFile {
  readonly bytes: Uint8Array;
  parts: number;
}

/** A message where it stands: `bytes[start, end)`, with its length written from `lengthAt` to `start`. */
export class Message {
  readonly file: WireFile;
  readonly lengthAt: number;
  readonly start: number;
  readonly end: number;
  readonly parent: Message | undefined;
  readonly #depth: number;

  /** @throws {FormatError} when it is nested too deep */
  constructor(file: WireFile, lengthAt: number, start: number, end: number, parent?: Message) {
    this.file = file;
    this.lengthAt = lengthAt;
    this.start = start;
    this.end = end;
    this.parent = parent;
    this.#depth = parent ? parent.#depth + 1 : 0;
    if (this.#depth > depthLimit)
      throw new FormatError(`onnx file expected at most ${depthLimit} nested messages, found more`);
  }

  /** Its fields in the order of the file. */
  fields(): Fields {
    return new Fields(this);
  }
}

/**
 * The message that a file as a whole is.
 *
 * @param given  the file; of a subclass such as Node's Buffer, whose `slice` is a view and no copy, the same memory as
 *   a plain array is kept
 */
export function rootOf(given: Uint8Array): Message {
  const bytes = bytesOf(given);
  const parts = freeParts + Math.floor(bytes.length / bytesPerPart);
  return new Message({ bytes, parts }, 0, 0, bytes.length);
}

/** A cursor on the fields of a message; its properties speak of the field that `next` found. */
export class Fields {
  number = 0;
  type = 0;
  /** The value: `bytes[start, end)`. */
  start = 0;
  end = 0;
  /** Where its length is written, when it has one. */
  lengthAt = 0;
  /** Where the field begins, with its number. */
  fieldAt = 0;
  readonly #message: Message;
  #low = 0;
  #high = 0;

  constructor(message: Message) {
    this.#message = message;
    this.end = message.start;
  }

  /**
   * @returns false behind the last field
   * @throws {FormatError} when there is something that is no field
   */
  next(): boolean {
    if (this.end === this.#message.end) return false;
    this.fieldAt = this.end;
    const at = this.#varint(this.end);
    this.lengthAt = at;
    this.number = this.#low >>> 3;
    this.type = this.#low & 7;
    if (this.#high !== 0 || this.number === 0) throw this.#refusal("a field number from 1 to 2²⁹ − 1");
    if (this.type === wire.varint) [this.start, this.end] = [at, this.#varint(at)];
    else if (this.type === wire.bytes) {
      this.start = this.#varint(at);
      this.end = this.start + this.#high * 2 ** 32 + this.#low;
    } else if (this.type === wire.fixed32) [this.start, this.end] = [at, at + 4];
    else if (this.type === wire.fixed64) [this.start, this.end] = [at, at + 8];
    else throw this.#refusal("wire type 0, 1, 2 or 5");
    // A length of 64 bits is huge or, read as signed, negative: both end outside.
    if (
      this.end > this.#message.end &&
      this.end < sizeLimit &&
      !this.#message.parent &&
      this.type === wire.bytes
    )
      throw new FormatError(
        `onnx file expected ${this.end} bytes or more, found ${this.#message.end}: it ends early, or is none`,
      );
    if (this.end > this.#message.end || this.end < this.start)
      throw this.#refusal("a value that ends within its message");
    return true;
  }

  /** The value as a whole number; exact up to ± 2⁵³. @throws {FormatError} when it is none */
  integer(): number {
    this.#expect(wire.varint, "a whole number");
    return signed(this.#low, this.#high);
  }

  /** The values of a repeated whole number, packed or single. @throws {FormatError} when it is none */
  *integers(): Generator<number> {
    if (this.type === wire.varint) return yield this.integer();
    this.#expect(wire.bytes, "whole numbers");
    const { end } = this;
    for (let at = this.start; at < end; yield signed(this.#low, this.#high)) at = this.#varint(at, end);
  }

  /** The value as text. @throws {FormatError} when it is none */
  text(): string {
    this.#expect(wire.bytes, "text");
    this.#keep();
    try {
      return utf8.decode(unshared(this.#message.file.bytes.subarray(this.start, this.end)));
    } catch {
      throw this.#refusal("UTF-8");
    }
  }

  /** The value as a message. @throws {FormatError} when it is none, or nested too deep */
  message(): Message {
    this.#expect(wire.bytes, "a message");
    this.#keep();
    return new Message(this.#message.file, this.lengthAt, this.start, this.end, this.#message);
  }

  /** @throws {FormatError} when the value is not of this wire type */
  #expect(type: number, expected: string): void {
    if (this.type !== type) throw this.#refusal(expected);
  }

  #keep(): void {
    if (this.#message.file.parts-- <= 0)
      throw new FormatError(
        "onnx file expected messages and names of a useful size, found too many tiny ones",
      );
  }

  /** Reads a varint into `#low` and `#high`. @returns where it ends */
  #varint(at: number, end = this.#message.end): number {
    const { bytes } = this.#message.file;
    this.#low = 0;
    this.#high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) throw this.#refusal("a whole varint");
      const byte = bytes[at++];
      const bits = byte & 127;
      if (shift < 28) this.#low |= bits << shift;
      else if (shift > 28) this.#high |= bits << (shift - 32);
      else {
        this.#low |= bits << 28;
        this.#high |= bits >>> 4;
      }
      if (byte < 128 && (shift < 63 || bits < 2)) {
        this.#low >>>= 0;
        return at;
      }
    }
    throw this.#refusal("a varint of at most 64 bits");
  }

  #refusal(expected: string): FormatError {
    const found = [...this.#message.file.bytes.subarray(this.fieldAt, this.fieldAt + 4)];
    const shown = found.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return new FormatError(`onnx field at byte ${this.fieldAt} expected ${expected}, found ${shown} …`);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const signed = (low: number, high: number): number => high * 2 ** 32 + low;

/** Bytes to stand in a message instead of `file[start, end)`; start = end inserts. */
export interface Edit {
  readonly within: Message;
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * The file with edits made. Lengths of messages that grow or shrink are written anew, with those of the messages
 * around them; every other byte stays.
 *
 * @param root  the message that the whole file is
 * @param edits  that do not overlap
 * @returns a new file
 */
export function splice(root: Message, edits: readonly Edit[]): Uint8Array {
  const file = root.file.bytes;
  // At one place the inner message's end comes before the outer one's.
  const ordered = [...edits, ...lengthEdits(edits)].sort(
    (a, b) => a.start - b.start || b.within.start - a.within.start,
  );
  const spliced = new Uint8Array(ordered.reduce((size, edit) => size + growthOf(edit), file.length));
  let from = 0;
  let to = 0;
  for (const { start, end, bytes } of ordered) {
    spliced.set(file.subarray(from, start), to);
    to += start - from;
    spliced.set(bytes, to);
    to += bytes.length;
    from = end;
  }
  spliced.set(file.subarray(from), to);
  return spliced;
}

/** New lengths, from the inside out: a message starts behind the one it stands in. */
function lengthEdits(edits: readonly Edit[]): Edit[] {
  const growth = new Map<Message, number>();
  const grow = (message: Message, by: number) => growth.set(message, (growth.get(message) ?? 0) + by);
  for (const edit of edits) {
    for (let message: Message | undefined = edit.within; message; message = message.parent) grow(message, 0);
    grow(edit.within, growthOf(edit));
  }
  const lengths: Edit[] = [];
  for (const message of [...growth.keys()].sort((a, b) => b.start - a.start)) {
    const by = growth.get(message)!;
    const { parent, lengthAt, start, end } = message;
    if (!parent || by === 0) continue;
    const edit = { within: parent, start: lengthAt, end: start, bytes: varint(end - start + by) };
    lengths.push(edit);
    grow(parent, by + growthOf(edit));
  }
  return lengths;
}

const growthOf = ({ start, end, bytes }: Edit): number => bytes.length - (end - start);

/** A whole number from 0 to 2⁵³ as a varint. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}

/** Fields of the wire types that writing needs: text, bytes and messages made of fields, or a whole number ≥ 0. */
export function field(number: number, value: string | number | Uint8Array | Uint8Array[]): Uint8Array {
  if (typeof value === "number") return joined([varint(number * 8 + wire.varint), varint(value)]);
  const bytes =
    typeof value === "string"
      ? new TextEncoder().encode(value)
      : Array.isArray(value)
        ? joined(value)
        : value;
  return joined([varint(number * 8 + wire.bytes), varint(bytes.length), bytes]);
}

/** Pieces one behind the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
