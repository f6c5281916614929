/** Memory of a model's plans: what a plan that is dropped leaves serves the next one. */
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "../tensor/core.js";

/** Memory is taken from a core in pieces of at least this size. */
const CHUNK_BYTES = 2 ** 20;
/** One cache line. */
const ALIGNMENT = 64;

/** A piece of a core's memory. */
interface Chunk {
  readonly start: number;
  readonly bytes: number;
  /** Of the scope that it was allocated in. */
  readonly lifetime: Lifetime;
}

/** Gives memory to plans, and takes it back. */
export class Chunks {
  readonly #core: Core;
  #free: Chunk[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** Memory for one plan. */
  plan(): PlanMemory {
    return new PlanMemory((bytes) => this.#take(bytes));
  }

  /** Takes back what a plan held, which runs no more. */
  release(memory: PlanMemory): void {
    this.#free.push(...memory.chunks);
  }

  #take(bytes: number): Chunk {
    this.#free = this.#free.filter(({ lifetime }) => !lifetime.ended);
    const fitting = this.#free.filter((chunk) => chunk.bytes >= bytes).sort((a, b) => a.bytes - b.bytes)[0];
    if (fitting) {
      this.#free.splice(this.#free.indexOf(fitting), 1);
      return fitting;
    }
    const size = Math.max(bytes, CHUNK_BYTES);
    return { start: this.#core.allocate(size), bytes: size, lifetime: this.#core.lifetime };
  }
}

/** What one plan holds. */
export class PlanMemory {
  readonly chunks: Chunk[] = [];
  readonly #take: (bytes: number) => Chunk;
  #next = 0;
  #end = 0;

  constructor(take: (bytes: number) => Chunk) {
    this.#take = take;
  }

  /** Bytes of all chunks. */
  get bytes(): number {
    return this.chunks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether a scope that part of it was allocated in has ended. */
  get ended(): boolean {
    return this.chunks.some(({ lifetime }) => lifetime.ended);
  }

  /** The address of that many bytes, a multiple of 64; behind them 64 bytes may be read. */
  allocate(bytes: number): number {
    const start = Math.ceil(this.#next / ALIGNMENT) * ALIGNMENT;
    const end = start + bytes + ALIGNMENT;
    if (this.chunks.length > 0 && end <= this.#end) {
      this.#next = end;
      return start;
    }
    const chunk = this.#take(bytes + 2 * ALIGNMENT);
    this.chunks.push(chunk);
    this.#next = chunk.start;
    this.#end = chunk.start + chunk.bytes;
    return this.allocate(bytes);
  }
}
