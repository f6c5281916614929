/**
 * Walking an activation set in panels (dense/panels.ts) four samples, the lanes of a vector, at a time; or one
 * alone where the panel's width is 1.
 */

/** Bytes from the start of the set to feature 0 of sample `first`. */
// @ts-ignore: decorator
@inline
export function offset_of_sample(features: u32, first: u32): usize {
  return (<usize>(first & ~31) * features + (first & 31)) << 2;
}

/** All ones in the lanes that hold a sample, when `samples` are left. */
// @ts-ignore: decorator
@inline
export function lanes_of_samples(samples: u32): v128 {
  return i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(samples));
}

/** The u32 labels of up to four samples as i32 lanes; lanes without a sample hold 0. */
// @ts-ignore: decorator
@inline
export function load_labels(at: usize, samples: u32): v128 {
  if (samples >= 4) return v128.load(at);
  return i32x4(
    load<i32>(at),
    samples > 1 ? load<i32>(at + 4) : 0,
    samples > 2 ? load<i32>(at + 8) : 0,
    0,
  );
}
