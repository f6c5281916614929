/** Memory that outlives the scopes that are open around it: what a job's caller makes while the job is at work. */
import type { Arena } from "./arena.js";

/** When a handle ends; see workspace.ts. */
interface Life {
  readonly ended: boolean;
}

interface Block<L extends Life> {
  readonly start: number;
  readonly end: number;
  readonly lifetime: L;
  /** Up to here it is in use. */
  top: number;
}

/** The first block; each one more is twice as large, because all below it is held as long as it is. */
const FIRST_BYTES = 2 ** 16;

/** Blocks out of the arena of their own, small requests together. */
export class SideBlocks<L extends Life> {
  #blocks: Block<L>[] = [];

  /**
   * @param arena  the blocks are from
   * @param lengthBytes  wanted
   * @param lifetime  how long
   * @returns the address, a multiple of 16
   * @throws {OutOfMemoryError}
   */
  allocate(arena: Arena, lengthBytes: number, lifetime: L): number {
    const length = Math.ceil(lengthBytes / 16) * 16;
    let block = this.#blocks.at(-1);
    if (block?.lifetime !== lifetime || block.top + length > block.end) {
      const possible = arena.limitBytes - arena.mark();
      const size = Math.max(length, Math.min(possible, FIRST_BYTES * 2 ** this.#blocks.length));
      const start = arena.allocate(size);
      block = { start, end: start + size, lifetime, top: start };
      this.#blocks.push(block);
    }
    block.top += length;
    return block.top - length;
  }

  /** @returns where what is still in use ends, 0 where nothing is */
  end(): number {
    this.#blocks = this.#blocks.filter(({ lifetime }) => !lifetime.ended);
    return Math.max(0, ...this.#blocks.map(({ end }) => end));
  }

  /** @returns the lifetime of what is at an address, if that is in a block */
  lifetimeAt(ptr: number): L | undefined {
    return this.#blocks.find(({ start, end }) => ptr >= start && ptr < end)?.lifetime;
  }
}
