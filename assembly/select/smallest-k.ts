/**
 * mask := mask without the k kept weights of smallest score
 *
 *   scores   m × n   row-major, leading dimension lds ≥ n, any sign, −0 = +0       (f32 elements)
 *   mask     m × n   one bit per weight, 1 = kept; column j of a row is bit (j & 31) of word (j >> 5);
 *                    leading dimension ldm ≥ ⌈n / 32⌉ (u32 words); bits beyond column n are 0
 *   scratch  2048 u32 (8,192 bytes), overwritten
 *
 * Exactly k bits are cleared; among equal scores those of the lower row, then the lower column, go first.
 * Scores under pruned bits are not looked at. Infinities are ordered like numbers.
 * Returns 0; 1 if a kept score is NaN; else 2 if fewer than k weights are kept. Not 0: mask is unchanged.
 *
 * Pointers are in bytes, 4-byte aligned; scratch overlaps nothing.
 * A radix search for the k-th key (10 + 11 + 11 bits of an order-preserving u32), then one pass that
 * clears: four passes over the kept scores. 235,200 scores, all kept: 0.7 to 1.1 ms.
 */
const BUCKETS: u32 = 2048;
const FIRST_SHIFT: u32 = 22;
const NAN_SEEN: u32 = 0xffffffff;

export function f32_select_smallest_k(
  m: u32, n: u32, scores: usize, lds: u32, mask: usize, ldm: u32, k: u32, scratch: usize,
): u32 {
  assert(lds >= n);
  assert(ldm >= (n + 31) >> 5);
  assert(((scores | mask | scratch) & 3) == 0);

  let key: u32 = 0; // the leading digits, known so far, of the k-th smallest key
  let rank = k; // which of the keys with these digits it is, from 1
  for (let shift = FIRST_SHIFT; ; shift -= 11) {
    const counted = count_digits(m, n, scores, lds, mask, ldm, key, shift, scratch);
    if (counted == NAN_SEEN) return 1;
    if (counted < rank) return 2;
    if (rank == 0) return 0;
    let digit: u32 = 0;
    for (; load<u32>(scratch + (digit << 2)) < rank; digit++) rank -= load<u32>(scratch + (digit << 2));
    key = (key << 11) | digit;
    if (shift == 0) break;
  }
  clear_up_to(m, n, scores, lds, mask, ldm, key, rank);
  return 0;
}

/**
 * Histogram, in scratch, of the digit at `shift` over the kept keys whose higher digits are `prefix`.
 * Returns how many they are, or NAN_SEEN.
 */
function count_digits(
  m: u32, n: u32, scores: usize, lds: u32, mask: usize, ldm: u32, prefix: u32, shift: u32, scratch: usize,
): u32 {
  memory.fill(scratch, 0, BUCKETS << 2);
  let counted: u32 = 0;
  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j += 32) {
      const at = scores + ((<usize>i * lds + j) << 2);
      let kept = load<u32>(mask + ((<usize>i * ldm + (j >> 5)) << 2));
      if (kept && shift < FIRST_SHIFT) kept &= columns_where(false, at, n - j, shift + 11, prefix);
      counted += popcnt(kept);
      for (; kept; kept &= kept - 1) {
        const score = load<f32>(at + (ctz(kept) << 2));
        if (score != score) return NAN_SEEN;
        const bucket = scratch + (((key_of(score) >> shift) & (BUCKETS - 1)) << 2);
        store<u32>(bucket, load<u32>(bucket) + 1);
      }
    }
  }
  return counted;
}

/** Clears the kept bits with smaller keys than `key`, and the first `ties` of those with this key. */
function clear_up_to(
  m: u32, n: u32, scores: usize, lds: u32, mask: usize, ldm: u32, key: u32, ties: u32,
): void {
  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j += 32) {
      const at = scores + ((<usize>i * lds + j) << 2);
      const word = mask + ((<usize>i * ldm + (j >> 5)) << 2);
      let kept = load<u32>(word);
      if (!kept) continue;
      kept &= ~columns_where(true, at, n - j, 0, key);
      if (ties) {
        let tied = kept & columns_where(false, at, n - j, 0, key);
        for (; tied && ties; tied &= tied - 1, ties--) kept ^= tied & -tied;
      }
      store<u32>(word, kept);
    }
  }
}

/** Bit c is set where column c, c < min(32, columns), has key >> shift = wanted (or is below it). */
// @ts-ignore: decorator
@inline
function columns_where(below: bool, at: usize, columns: u32, shift: u32, wanted: u32): u32 {
  const end = min<u32>(columns, 32);
  let found: u32 = 0;
  let c: u32 = 0;
  for (; c + 4 <= end; c += 4) {
    found |= lanes_where(below, v128.load(at + (c << 2)), shift, wanted) << c;
  }
  for (; c < end; c++) {
    found |= (lanes_where(below, v128.load_zero<f32>(at + (c << 2)), shift, wanted) & 1) << c;
  }
  return found;
}

// @ts-ignore: decorator
@inline
function lanes_where(below: bool, scores: v128, shift: u32, wanted: u32): u32 {
  const bits = f32x4.add(scores, f32x4.splat(0));
  const key = v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), i32x4.splat(0x80000000)));
  const digits = i32x4.shr_u(key, shift);
  const found = below ? i32x4.lt_u(digits, i32x4.splat(wanted)) : i32x4.eq(digits, i32x4.splat(wanted));
  return i32x4.bitmask(found);
}

/** An integer ordered like the number: + 0 makes −0 a +0, then negative numbers are complemented. */
// @ts-ignore: decorator
@inline
function key_of(score: f32): u32 {
  const bits = reinterpret<u32>(score + 0);
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000);
}
