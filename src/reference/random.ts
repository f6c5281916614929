/** Plain twin of assembly/random.ts: the same bits. */
import { cosTurn, log, sinTurn } from "./math.js";

export function u32_random_bits(
  n: number,
  seedLow: number,
  seedHigh: number,
  stream: number,
  substream: number,
  out: Uint32Array,
): void {
  for (let i = 0; i < n; i++) out[i] = word(i, seedLow, seedHigh, stream, substream);
}

export function f32_random_uniform(
  n: number,
  low: number,
  high: number,
  seedLow: number,
  seedHigh: number,
  stream: number,
  substream: number,
  out: Float32Array,
): void {
  const { fround } = Math;
  const from = fround(low);
  const to = fround(high);
  const range = fround(to - from);
  for (let i = 0; i < n; i++) {
    const u = (word(i, seedLow, seedHigh, stream, substream) >>> 8) / 2 ** 24;
    const value = fround(from + fround(u * range));
    out[i] = value < to ? value : nextBelow(to);
  }
}

export function f32_random_normal(
  n: number,
  mean: number,
  deviation: number,
  seedLow: number,
  seedHigh: number,
  stream: number,
  substream: number,
  out: Float32Array,
): void {
  for (let i = 0; i < n; i++) {
    const first = i & ~1;
    const length = (word(first, seedLow, seedHigh, stream, substream) + 1) / 2 ** 32;
    const turn = word(first + 1, seedLow, seedHigh, stream, substream) / 2 ** 32;
    const radius = Math.fround(deviation) * Math.sqrt(-2 * log(length));
    out[i] = Math.fround(mean) + radius * (i & 1 ? sinTurn(turn) : cosTurn(turn));
  }
}

export function f32_random_signs(
  n: number,
  magnitude: number,
  seedLow: number,
  seedHigh: number,
  stream: number,
  substream: number,
  out: Float32Array,
): void {
  for (let i = 0; i < n; i++) {
    const bit = (word(i >>> 5, seedLow, seedHigh, stream, substream) >>> (i & 31)) & 1;
    out[i] = bit ? magnitude : -magnitude;
  }
}

export function u32_random_permutation(
  n: number,
  seedLow: number,
  seedHigh: number,
  stream: number,
  substream: number,
  out: Uint32Array,
): void {
  let drawn = 0;
  for (let i = 0; i < n; i++) out[i] = i;
  for (let bound = n; bound > 1; bound--) {
    const biased = 2 ** 32 % bound;
    let low: number;
    let high: number;
    do {
      const x = word(drawn++, seedLow, seedHigh, stream, substream);
      low = Math.imul(x, bound) >>> 0;
      high = multiplyHigh(x, bound);
    } while (low < biased);
    [out[bound - 1], out[high]] = [out[high], out[bound - 1]];
  }
}

/** Word `index` of a stream: Philox4x32-10 of the counter (index >> 2, 0, stream, substream). */
function word(index: number, seedLow: number, seedHigh: number, stream: number, substream: number): number {
  return philox([index >>> 2, 0, stream, substream], [seedLow, seedHigh])[index & 3];
}

/** Ten rounds of Philox over four counter words and two key words. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    [c0, c1, c2, c3] = [
      (multiplyHigh(0xcd9e8d57, c2) ^ c1 ^ k0) >>> 0,
      Math.imul(0xcd9e8d57, c2) >>> 0,
      (multiplyHigh(0xd2511f53, c0) ^ c3 ^ k1) >>> 0,
      Math.imul(0xd2511f53, c0) >>> 0,
    ];
    k0 = (k0 + 0x9e3779b9) >>> 0;
    k1 = (k1 + 0xbb67ae85) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** The upper half of the 64-bit product of two u32, by 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  return (
    (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(((middle % 65536) + aLow * bHigh) / 65536)) >>> 0
  );
}

/** The largest f32 below x, x finite and not 0. */
function nextBelow(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  view.setInt32(0, view.getInt32(0) + (x > 0 ? -1 : 1));
  return view.getFloat32(0);
}
