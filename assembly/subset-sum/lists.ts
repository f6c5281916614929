/**
 * Sorted lists of subset sums with their masks: entries of 16 bytes, the sum (f64), then the mask (u64), ascending by
 * sum. A list doubles by an element: the sums without it are merged with those with it, from the end, in place.
 */
import { at } from "./sums";

/** log₂ of the bytes of an entry. */
export const ENTRY_SHIFT: u32 = 4;
/** Bytes of an entry. */
export const ENTRY: usize = 16;

/** Address behind the entries of a list. */
// @ts-ignore: decorator
@inline
export function end_of(list: usize, size: u32): usize {
  return list + (<usize>size << ENTRY_SHIFT);
}

/** The list of the empty subset: one entry. */
export function start_list(list: usize): void {
  store<f64>(list, 0);
  store<u64>(list, 0, 8);
}

/** A list of `size` sums becomes one of 2·size, with and without the element of that value and bit. */
export function double_list(list: usize, size: u32, value: f64, bit: u64): void {
  let without = end_of(list, size - 1), withIt = without, to = end_of(list, 2 * size - 1);
  while (without >= list) {
    const sum = load<f64>(withIt) + value;
    if (load<f64>(without) > sum) {
      v128.store(to, v128.load(without));
      without -= ENTRY;
    } else {
      const mask = load<u64>(withIt, 8) | bit;
      store<f64>(to, sum);
      store<u64>(to, mask, 8);
      withIt -= ENTRY;
      if (withIt < list) return;
    }
    to -= ENTRY;
  }
  for (; withIt >= list; withIt -= ENTRY) {
    store<f64>(withIt, load<f64>(withIt) + value);
    store<u64>(withIt, load<u64>(withIt, 8) | bit, 8);
  }
}

/** All 2ᶜᵒᵘⁿᵗ sums of sign · values from `first` on, whose masks have their bits from `first` on. */
export function build_list(list: usize, first: u32, count: u32, values: usize, sign: f64): void {
  start_list(list);
  for (let i: u32 = 0; i < count; i++) {
    double_list(list, (<u32>1) << i, sign * load<f64>(at(values, first + i)), (<u64>1) << (first + i));
  }
}
