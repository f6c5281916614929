/** Random weights for a layer of a ticket, a chunk at a time, so that any number of them fits the memory. */
import { checkInteger } from "../check.js";
import { STREAM, seedWords } from "../random.js";
import type { Core } from "../tensor/core.js";

/** Layers that have substreams of their own; chunk c of layer l is substream 256 c + l. */
const LAYERS = 256;

/** The uniform deviates of (seed, layer), one chunk after the other. */
export class Draws {
  readonly core: Core;
  /** Deviates in a chunk. */
  readonly length: number;
  /** Address of the chunk. */
  readonly ptr: number;
  readonly #key: readonly [seedLow: number, seedHigh: number];
  readonly #layer: number;
  readonly #bound: number;
  #chunks = 0;

  /**
   * @param core  takes a chunk in the innermost open scope
   * @param length  deviates in a chunk
   * @param bound  they are uniform in [−bound, bound)
   * @param seed  from 0 to 2⁵³ − 1
   * @param layer  from 0 to 255
   * @throws {ArgumentTypeError | ArgumentRangeError} when seed or layer does not fit
   */
  constructor(core: Core, length: number, bound: number, seed: number, layer: number) {
    this.core = core;
    this.length = length;
    this.#bound = bound;
    this.#key = seedWords(seed);
    this.#layer = checkInteger("options.layer", layer, 0, LAYERS - 1);
    this.ptr = core.allocate(4 * length);
  }

  /** Draws the next chunk, in place of the one before. */
  next(): void {
    const substream = LAYERS * this.#chunks++ + this.#layer;
    const key = [...this.#key, STREAM.tickets, substream] as const;
    this.core.kernels.f32_random_uniform(this.length, -this.#bound, this.#bound, ...key, this.ptr);
  }

  /** The chunk, until the next one or an allocation. */
  view(): Float32Array {
    return this.core.f32(this.ptr, this.length);
  }
}
