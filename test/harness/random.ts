/** A small seeded generator for test data (mulberry32); the tests must not lean on the core's own. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Uniform in [0, n). */
  below(n: number): number {
    return Math.floor((this.u32() / 2 ** 32) * n);
  }

  /** f32 values, uniform in [low, high). */
  uniform(length: number, low = -1, high = 1): Float32Array {
    return Float32Array.from({ length }, () => low + (this.u32() / 2 ** 32) * (high - low));
  }

  /** Random words; about half of the bits are set. */
  bits(length: number): Uint32Array {
    return Uint32Array.from({ length }, () => this.u32());
  }
}
