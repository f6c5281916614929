/**
 * The numbers of an activation set that are not 0, as compressed rows (csr.ts): one row a feature, one entry a
 * sample; returns how many there are.
 *
 *   x            features × batch in panels (dense/panels.ts); padding lanes are not looked at
 *   row_starts   u32, features + 1
 *   columns      u16, the sample of each entry, rising within a row; batch ≤ 65,536
 *   values       f32 of each entry; room for features · batch of them, as in columns
 *
 * NaN and Inf are entries. Pointers 4-byte aligned (columns: 2), operands overlap nowhere. A product with these
 * rows adds the same numbers in the same order as one with all of x, but for zeros: the same bits, unless a 0
 * meets Inf or NaN. 784 × 128 pixels of MNIST, a fifth of them not 0: 40 µs.
 */
import { panel_width } from "../dense/panels";

export function f32_csr_from_panels_u16(
  features: u32, batch: u32, x: usize, row_starts: usize, columns: usize, values: usize,
): u32 {
  assert(batch <= 65536);
  assert(((x | row_starts | values) & 3) == 0 && (columns & 1) == 0);
  const first = values;
  store<u32>(row_starts, 0);
  for (let f: u32 = 0; f < features; f++) {
    for (let s: u32 = 0; s < batch; s += 32) {
      const width = panel_width(batch - s);
      const run = x + ((<usize>s * features + <usize>f * width) << 2);
      let bits = batch - s >= 32 ? nonzero_32(run) : nonzero(run, batch - s);
      for (; bits; bits &= bits - 1) {
        const i = ctz(bits);
        store<u16>(columns, <u16>(s + i));
        store<f32>(values, load<f32>(run + ((<usize>i) << 2)));
        columns += 2;
        values += 4;
      }
    }
    row_starts += 4;
    store<u32>(row_starts, <u32>((values - first) >> 2));
  }
  return <u32>((values - first) >> 2);
}

/** Bit i is set where the i-th of 32 numbers is not 0. */
// @ts-ignore: decorator
@inline
function nonzero_32(run: usize): u32 {
  return nonzero_16(run) | (nonzero_16(run + 64) << 16);
}

// @ts-ignore: decorator
@inline
function nonzero_16(run: usize): u32 {
  const zero = f32x4.splat(0);
  const low = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(run), zero), f32x4.ne(v128.load(run, 16), zero));
  const high = i16x8.narrow_i32x4_s(f32x4.ne(v128.load(run, 32), zero), f32x4.ne(v128.load(run, 48), zero));
  return i8x16.bitmask(i8x16.narrow_i16x8_s(low, high));
}

/** The same of the last panel, for the numbers that are samples. */
// @ts-ignore: decorator
@inline
function nonzero(run: usize, samples: u32): u32 {
  let bits: u32 = 0;
  for (let i: u32 = 0; i < samples; i++) bits |= u32(load<f32>(run + ((<usize>i) << 2)) != 0) << i;
  return bits;
}
