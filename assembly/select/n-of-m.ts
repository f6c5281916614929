/**
 * mask := mask without the smallest kept scores of each aligned group, so that at most `keep` of it are left
 *
 *   scores   m × n   row-major, leading dimension lds ≥ n, −0 = +0                 (f32 elements)
 *   mask     m × n   one bit per weight, 1 = kept; column j of a row is bit (j & 31) of word (j >> 5);
 *                    leading dimension ldm ≥ ⌈n / 32⌉ (u32 words)
 *   keep     ≤ group; n is a multiple of group
 *
 * Among equal scores the lower column goes first. Scores under pruned bits are not looked at, and a group that keeps
 * `keep` or fewer is left as it is.
 * Returns 0; 1 if a kept score is NaN: mask is unchanged then.
 *
 * Pointers are in bytes, 4-byte aligned, no overlap. Work: a pass over the scores, then (group − keep) over each group.
 */
export function f32_select_n_of_m(
  m: u32, n: u32, scores: usize, lds: u32, mask: usize, ldm: u32, keep: u32, group: u32,
): u32 {
  assert(lds >= n);
  assert(ldm >= (n + 31) >> 5);
  assert(group > 0 && keep <= group && n % group == 0);
  assert(((scores | mask) & 3) == 0);

  for (let i: u32 = 0; i < m; i++) {
    for (let j: u32 = 0; j < n; j++) {
      const score = load<f32>(scores + ((<usize>i * lds + j) << 2));
      if (score != score && is_kept(mask + ((<usize>i * ldm) << 2), j)) return 1;
    }
  }
  for (let i: u32 = 0; i < m; i++) {
    const row = scores + ((<usize>i * lds) << 2), bits = mask + ((<usize>i * ldm) << 2);
    for (let first: u32 = 0; first < n; first += group) {
      let kept: u32 = 0;
      for (let j = first; j < first + group; j++) kept += <u32>is_kept(bits, j);
      for (; kept > keep; kept--) clear_smallest(row, bits, first, first + group);
    }
  }
  return 0;
}

/** Clears the bit of the smallest kept score, the first of equal ones; there is one. */
// @ts-ignore: decorator
@inline
function clear_smallest(row: usize, bits: usize, first: u32, end: u32): void {
  let smallest = first;
  while (!is_kept(bits, smallest)) smallest++;
  for (let j = smallest + 1; j < end; j++) {
    const is_less = load<f32>(row + ((<usize>j) << 2)) < load<f32>(row + ((<usize>smallest) << 2));
    if (is_less && is_kept(bits, j)) smallest = j;
  }
  const word = bits + ((<usize>(smallest >> 5)) << 2);
  store<u32>(word, load<u32>(word) & ~(<u32>1 << (smallest & 31)));
}

// @ts-ignore: decorator
@inline
function is_kept(bits: usize, j: u32): bool {
  return <bool>((load<u32>(bits + ((<usize>(j >> 5)) << 2)) >> (j & 31)) & 1);
}
