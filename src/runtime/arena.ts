/** Hands out bytes of a WebAssembly memory: a pointer that only moves up, and back to a mark. */
import { OutOfMemoryError } from "../errors.js";

const PAGE_BYTES = 65536;
/** Every pointer is a multiple of this: one v128 lane group. */
const ALIGNMENT_BYTES = 16;
/** Nothing is handed out below, so that 0 and small numbers are never valid pointers. */
const FIRST_BYTE = 1024;
/** A whole memory has 65,536 pages. The last is left out, so that the end of any operand fits in 32 bits. */
const MOST_BYTES = 65535 * PAGE_BYTES;
/** Growing a little at a time detaches all views each time. */
const GROWTH = 1.25;

/** Owns a memory and gives out its bytes. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  /** The size up to which the memory may grow. */
  readonly limitBytes: number;
  #top: number;

  /**
   * @param memory  nobody else may grow it or write above `base`
   * @param base  first byte that the module does not use itself
   * @param limitMiB  size up to which the memory may grow; 4096 stands for all pages but the last
   */
  constructor(memory: WebAssembly.Memory, base: number, limitMiB: number) {
    this.memory = memory;
    this.limitBytes = limitBytesOf(limitMiB);
    this.#top = align(Math.max(base, FIRST_BYTE));
  }

  /** Bytes that are free without growing. */
  get freeBytes(): number {
    return Math.max(0, this.memory.buffer.byteLength - this.#top);
  }

  /**
   * Grows the memory when it has to, which detaches every view on it.
   *
   * @param lengthBytes  an integer ≥ 0
   * @returns the address of that many bytes, a multiple of 16; they hold whatever was there before
   * @throws {OutOfMemoryError} above the limit, or when the host gives no more; nothing has changed then
   */
  allocate(lengthBytes: number): number {
    const start = this.#top;
    const end = start + align(lengthBytes);
    if (end > this.memory.buffer.byteLength) this.#growTo(end, lengthBytes);
    this.#top = end;
    return start;
  }

  /** @returns what `release` goes back to */
  mark(): number {
    return this.#top;
  }

  /**
   * Gives back all that was allocated after a mark. The memory keeps its size: WebAssembly cannot shrink it.
   *
   * @param mark  from `mark`; what was allocated after it must not be used any more
   */
  release(mark: number): void {
    this.#top = mark;
  }

  #growTo(end: number, requestedBytes: number): void {
    if (end > this.limitBytes) throw this.#shortage(requestedBytes, '"memoryLimitMiB" allows no more');
    const wanted = Math.min(Math.max(end, this.memory.buffer.byteLength * GROWTH), this.limitBytes);
    try {
      this.#grow(wanted);
    } catch {
      try {
        this.#grow(end);
      } catch (cause) {
        throw this.#shortage(requestedBytes, "the host gives no more now", cause);
      }
    }
  }

  #grow(lengthBytes: number): void {
    this.memory.grow(Math.ceil((lengthBytes - this.memory.buffer.byteLength) / PAGE_BYTES));
  }

  #shortage(requestedBytes: number, reason: string, cause?: unknown): OutOfMemoryError {
    const { freeBytes, limitBytes } = this;
    const possible = limitBytes - this.#top;
    const parts = `${inWords(freeBytes)} free now, the rest by growing to the limit of ${inWords(limitBytes)}`;
    const message =
      `"memory" expected a request of at most ${inWords(possible)} (${parts}), ` +
      `got ${inWords(requestedBytes)}: ${reason}`;
    const options = cause === undefined ? undefined : { cause };
    return new OutOfMemoryError(message, { requestedBytes, freeBytes, limitBytes }, options);
  }
}

/**
 * @param limitMiB  from 1 to 4096
 * @returns the size up to which a memory may grow
 */
export function limitBytesOf(limitMiB: number): number {
  return Math.min(limitMiB * 2 ** 20, MOST_BYTES);
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
}

function inWords(bytes: number): string {
  return `${bytes.toLocaleString("en-US")} bytes`;
}
