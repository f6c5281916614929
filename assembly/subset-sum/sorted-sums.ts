/**
 * out := all 2ʰ subset sums of h magnitudes, sorted        i32, two lists at a time
 *
 * Merge-doubling: S and S + x, both sorted, are merged into the list of twice the size, by a bitonic network of four
 * lanes. What is loaded next is the list with the smaller head: a chain of some 10 cycles, so two lists of the same
 * size go side by side (measured: 1.5 cycles a sum each against 2.6 one after the other).
 *
 *   h          2 ≤ h ≤ 12
 *   left       h magnitudes ≥ 0, i32; with those of `right` they add up to less than 2³⁰
 *   right      h magnitudes ≥ 0
 *   out        left list, right list: 2ʰ sums, with 4 words before and after each that are overwritten: the right list
 *              begins 4 · (2ʰ + 8) bytes after the left one; both begin with 4 words before their first sum
 *   scratch    SCRATCH_BYTES(h), as out 16-byte aligned
 *
 * After the call the words before each list hold −2³⁰, those behind it 2³⁰.
 * Work: 2ʰ⁺² merged sums. Source: Horowitz & Sahni 1974, section 3.
 */
export const SENTINEL: i32 = 1 << 30;

/** Bytes of a list of 2ʰ sums with its margins. */
// @ts-ignore: decorator
@inline
export function list_bytes(h: u32): usize {
  return (<usize>4 << h) + 32;
}

export function i32_sorted_sums(h: u32, left: usize, right: usize, out: usize, scratch: usize): void {
  assert(h >= 2 && h <= 12);
  assert(((left | right) & 3) == 0);
  assert(((out | scratch) & 15) == 0);
  const apart = list_bytes(h);
  // Lists change places at each doubling; the last one must end in `out`.
  let from = (h & 1 ? scratch : out) + 16;
  let to = (h & 1 ? out : scratch) + 16;
  const added = scratch + 2 * apart + 16;
  first_four<i32>(load<i32>(left), load<i32>(left, 4), from);
  first_four<i32>(load<i32>(right), load<i32>(right, 4), from + apart);
  for (let k: u32 = 2; k < h; k++) {
    const x = load<i32>(left + (<usize>k << 2));
    const y = load<i32>(right + (<usize>k << 2));
    add(from, k, x, added);
    add(from + apart, k, y, added + apart);
    merge_two(from, added, to, apart, k);
    const next = from;
    from = to;
    to = next;
  }
  close(out + 16, h);
  close(out + apart + 16, h);
}

/** Sentinels before and behind a list. */
function close(list: usize, h: u32): void {
  v128.store(list - 16, i32x4.splat(-SENTINEL));
  v128.store(list + (<usize>4 << h), i32x4.splat(SENTINEL));
}

/** list := the sums of two values ≥ 0, sorted. */
export function first_four<T>(x: T, y: T, list: usize): void {
  store<T>(list, <T>0);
  store<T>(list + sizeof<T>(), min<T>(x, y));
  store<T>(list + 2 * sizeof<T>(), max<T>(x, y));
  store<T>(list + 3 * sizeof<T>(), x + y);
}

/** to := list + x, and a sentinel behind both. */
function add(list: usize, k: u32, x: i32, to: usize): void {
  const bytes = <usize>4 << k;
  const step = i32x4.splat(x);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, i32x4.add(v128.load(list + at), step));
  v128.store(list + bytes, i32x4.splat(SENTINEL));
  v128.store(to + bytes, i32x4.splat(SENTINEL));
}

/** Merges p with q, and the lists `apart` bytes behind them, each of 2ᵏ sums. */
function merge_two(p: usize, q: usize, to: usize, apart: usize, k: u32): void {
  let p1 = p + apart;
  let q1 = q + apart;
  let a = v128.load(p);
  let b = v128.load(q);
  let a1 = v128.load(p1);
  let b1 = v128.load(q1);
  p += 16;
  q += 16;
  p1 += 16;
  q1 += 16;
  const end = to + (<usize>8 << k) - 32;
  for (; to < end; to += 16) {
    // a := the four smallest of both, sorted; b := the others
    b = v128.shuffle<i32>(b, b, 3, 2, 1, 0);
    b1 = v128.shuffle<i32>(b1, b1, 3, 2, 1, 0);
    let low = i32x4.min_s(a, b);
    let high = i32x4.max_s(a, b);
    let low1 = i32x4.min_s(a1, b1);
    let high1 = i32x4.max_s(a1, b1);
    a = v128.shuffle<i32>(low, high, 0, 1, 4, 5);
    b = v128.shuffle<i32>(low, high, 2, 3, 6, 7);
    a1 = v128.shuffle<i32>(low1, high1, 0, 1, 4, 5);
    b1 = v128.shuffle<i32>(low1, high1, 2, 3, 6, 7);
    low = i32x4.min_s(a, b);
    high = i32x4.max_s(a, b);
    low1 = i32x4.min_s(a1, b1);
    high1 = i32x4.max_s(a1, b1);
    a = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
    b = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
    a1 = v128.shuffle<i32>(low1, high1, 0, 2, 4, 6);
    b1 = v128.shuffle<i32>(low1, high1, 1, 3, 5, 7);
    low = i32x4.min_s(a, b);
    high = i32x4.max_s(a, b);
    low1 = i32x4.min_s(a1, b1);
    high1 = i32x4.max_s(a1, b1);
    a = v128.shuffle<i32>(low, high, 0, 4, 1, 5);
    b = v128.shuffle<i32>(low, high, 2, 6, 3, 7);
    a1 = v128.shuffle<i32>(low1, high1, 0, 4, 1, 5);
    b1 = v128.shuffle<i32>(low1, high1, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(to + apart, v128.shuffle<i64>(a1, b1, 0, 2));
    b = v128.shuffle<i64>(a, b, 1, 3);
    b1 = v128.shuffle<i64>(a1, b1, 1, 3);
    const take = <usize>(load<i32>(p) <= load<i32>(q));
    const take1 = <usize>(load<i32>(p1) <= load<i32>(q1));
    a = v128.load(q + ((p - q) & (0 - take)));
    a1 = v128.load(q1 + ((p1 - q1) & (0 - take1)));
    p += take << 4;
    q += (1 - take) << 4;
    p1 += take1 << 4;
    q1 += (1 - take1) << 4;
  }
  merge_eight(a, b, to);
  merge_eight(a1, b1, to + apart);
}

/** Two sorted vectors as one run of eight. */
// @ts-ignore: decorator
@inline
function merge_eight(a: v128, b: v128, to: usize): void {
  b = v128.shuffle<i32>(b, b, 3, 2, 1, 0);
  let low = i32x4.min_s(a, b);
  let high = i32x4.max_s(a, b);
  a = v128.shuffle<i32>(low, high, 0, 1, 4, 5);
  b = v128.shuffle<i32>(low, high, 2, 3, 6, 7);
  low = i32x4.min_s(a, b);
  high = i32x4.max_s(a, b);
  a = v128.shuffle<i32>(low, high, 0, 2, 4, 6);
  b = v128.shuffle<i32>(low, high, 1, 3, 5, 7);
  low = i32x4.min_s(a, b);
  high = i32x4.max_s(a, b);
  a = v128.shuffle<i32>(low, high, 0, 4, 1, 5);
  b = v128.shuffle<i32>(low, high, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(to + 16, v128.shuffle<i64>(a, b, 1, 3));
}
