/**
 * Number of samples whose largest logit is that of their label.
 *
 *   z       classes × batch   panels of 32 samples (see panel.ts)        (f32 elements)
 *   labels  batch             one u32 each, < classes
 *
 * Pointers are in bytes, 4-byte aligned. Padding lanes are not looked at.
 * Ties go to the lower class. NaN never wins; a sample with nothing but NaN is wrong.
 * Traffic 4·classes bytes a sample (memory-bound).
 */
import { load_lanes } from "./lanes";
import { panel_width } from "../dense/panels";
import { lanes_of_samples, load_labels, offset_of_sample } from "./panel";

export function f32_count_correct(classes: u32, batch: u32, z: usize, labels: usize): u32 {
  assert(((z | labels) & 3) == 0);
  let count: u32 = 0;
  for (let first: u32 = 0; first < batch; first += 4) {
    const samples = min<u32>(4, batch - first);
    const width = panel_width(batch - (first & ~31));
    const step = (<usize>width) << 2;

    let best = f32x4.splat(NaN);
    let winner = i32x4.splat(-1);
    for (let c: u32 = 0, at = z + offset_of_sample(classes, first); c < classes; c++, at += step) {
      const value = load_lanes(at, width);
      const better = v128.andnot(f32x4.eq(value, value), f32x4.le(value, best)); // any number beats NaN
      best = v128.bitselect(value, best, better);
      winner = v128.bitselect(i32x4.splat(c), winner, better);
    }
    const correct = i32x4.eq(winner, load_labels(labels + (first << 2), samples));
    count += popcnt<u32>(i32x4.bitmask(v128.and(correct, lanes_of_samples(samples))));
  }
  return count;
}
