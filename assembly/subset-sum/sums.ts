/**
 * What all solvers of one target share: their answers, their objectives, and the sum that counts.
 *
 * That sum is taken in f64, in ascending order of index. Two sums of the same elements in different orders are at most
 * (n − 1)·2⁻⁵²·Σ|a| apart; `slack_of` is more than that, with the rounding of target − sum. So a residual that a
 * solver sees decides nothing within the slack: there the sum that counts is asked.
 */
export const FOUND: u32 = 0;
export const IMPOSSIBLE: u32 = 1;
export const GAVE_UP: u32 = 2;

export const NEAREST: u32 = 0;
export const ANY: u32 = 1;
export const FEWEST: u32 = 2;

const EPSILON: f64 = 2.220446049250313e-16;

/** Address of f64 number i. */
// @ts-ignore: decorator
@inline
export function at(base: usize, i: u32): usize {
  return base + ((<usize>i) << 3);
}

/** Address of u32 number i. */
// @ts-ignore: decorator
@inline
export function word_at(base: usize, i: u32): usize {
  return base + ((<usize>i) << 2);
}

/** Σ|a| + |target| */
export function magnitude_of(n: u32, values: usize, target: f64): f64 {
  let sum = abs(target);
  for (let i: u32 = 0; i < n; i++) sum += abs(load<f64>(at(values, i)));
  return sum;
}

/** More than what any two orders of summation, and target − sum, can differ by. */
export function slack_of(n: u32, values: usize, target: f64): f64 {
  return <f64>(n + 4) * EPSILON * magnitude_of(n, values, target);
}

/** sum plus the values under the mask, upwards. */
export function add_masked(sum: f64, values: usize, mask: u64): f64 {
  for (; mask; mask &= mask - 1) sum += load<f64>(values + (<usize>ctz(mask) << 3));
  return sum;
}

/** |target − sum| of the bits of a mask of n ≤ 64 elements. */
export function residual_of_mask(values: usize, target: f64, mask: u64): f64 {
  return abs(target - add_masked(0, values, mask));
}

/** |target − sum| of ⌈n / 32⌉ words of bits. */
export function residual_of(n: u32, values: usize, target: f64, bits: usize): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < n; i += 32) sum = add_masked(sum, at(values, i), <u64>load<u32>(word_at(bits, i >> 5)));
  return abs(target - sum);
}

/**
 * The lowest mask with the residual of the nearest sum beyond all others: where a residual is rounded, values may be
 * missing from that sum. Rounding is monotone, so a subset of those missing never makes a difference that all do not.
 */
export function lightest(n: u32, values: usize, target: f64, mask: u32): u32 {
  const residual = residual_of_mask(values, target, mask);
  for (let bit: u32 = (1 << n) >> 1; bit != 0; bit >>= 1) {
    if ((mask & bit) != 0 && residual_of_mask(values, target, mask ^ bit) == residual) mask ^= bit;
  }
  return mask;
}

/** Writes a mask of n ≤ 64 elements as ⌈n / 32⌉ words. */
export function store_mask(n: u32, bits: usize, mask: u64): void {
  if (n > 0) store<u32>(bits, <u32>mask);
  if (n > 32) store<u32>(bits, <u32>(mask >> 32), 4);
}

/** Bit i changes. */
export function flip_bit(bits: usize, i: u32): void {
  const word = word_at(bits, i >> 5);
  store<u32>(word, load<u32>(word) ^ ((<u32>1) << (i & 31)));
}

/** order (n u32) := the indices by descending magnitude, equal ones by ascending index. */
export function order_by_magnitude(n: u32, values: usize, order: usize): void {
  for (let k: u32 = 0; k < n; k++) {
    const magnitude = abs(load<f64>(at(values, k)));
    let place = k;
    for (; place > 0; place--) {
      const before = load<u32>(word_at(order, place - 1));
      if (!(abs(load<f64>(at(values, before))) < magnitude)) break;
      store<u32>(word_at(order, place), before);
    }
    store<u32>(word_at(order, place), k);
  }
}
