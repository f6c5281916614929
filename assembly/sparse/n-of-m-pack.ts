/**
 * N of M (n-of-m.ts) from a dense matrix and its bit mask, and back.
 *
 *   a      m × n row-major, leading dimension lda (f32 elements)
 *   mask   m × n, bit (j & 31) of word (j >> 5) of a row, leading dimension ldm (u32 words); 1 = kept
 *
 * A group's kept weights take its first slots in rising order; fillers follow: +0 at the lowest pruned
 * places, and at place 0 when the last group has fewer than N columns. Pointers 4-byte aligned (u16 codes:
 * 2), no overlap.
 */

/** Returns the number of groups that keep more than N weights: the mask is no 2 of 4 unless it is 0. */
export function f32_pack_2of4(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, codes: usize, values: usize,
): u32 {
  return pack<u8>(2, 4, m, n, a, lda, mask, ldm, codes, values);
}

export function f32_pack_1of4(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, codes: usize, values: usize,
): u32 {
  return pack<u8>(1, 4, m, n, a, lda, mask, ldm, codes, values);
}

export function f32_pack_4of8(
  m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32, codes: usize, values: usize,
): u32 {
  return pack<u16>(4, 8, m, n, a, lda, mask, ldm, codes, values);
}

/** The elements of a at the slots' places := values; all others stay. On a zeroed a: unpacks. */
export function f32_scatter_2of4(m: u32, n: u32, codes: usize, values: usize, a: usize, lda: u32): void {
  scatter<u8>(2, 4, m, n, codes, values, a, lda);
}

export function f32_scatter_1of4(m: u32, n: u32, codes: usize, values: usize, a: usize, lda: u32): void {
  scatter<u8>(1, 4, m, n, codes, values, a, lda);
}

export function f32_scatter_4of8(m: u32, n: u32, codes: usize, values: usize, a: usize, lda: u32): void {
  scatter<u16>(4, 8, m, n, codes, values, a, lda);
}

// @ts-ignore: decorator
@inline
function pack<C>(
  slots: u32, group: u32, m: u32, n: u32, a: usize, lda: u32, mask: usize, ldm: u32,
  codes: usize, values: usize,
): u32 {
  assert(lda >= n && ldm >= (n + 31) >> 5);
  assert(((a | mask | values) & 3) == 0 && (codes & (sizeof<C>() - 1)) == 0);
  let misfits: u32 = 0;
  for (let i: u32 = 0; i < m; i += 4) {
    for (let j: u32 = 0; j < n; j += group) {
      memory.fill(codes, 0, slots * sizeof<C>());
      memory.fill(values, 0, slots << 4);
      for (let r: u32 = 0; r < min<u32>(4, m - i); r++) {
        const places = min(group, n - j);
        const word = load<u32>(mask + ((<usize>(i + r) * ldm + (j >> 5)) << 2));
        const kept = (word >> (j & 31)) & ((1 << places) - 1);
        const row = a + ((<usize>(i + r) * lda + j) << 2);
        if (<u32>popcnt(kept) > slots) misfits++;
        let bits = kept;
        let filler = ~kept & ((1 << places) - 1);
        for (let slot: u32 = 0; slot < slots; slot++) {
          const from = bits ? bits : filler;
          const place = from ? <u32>ctz(from) : 0;
          const code = codes + slot * sizeof<C>();
          store<C>(code, <C>(<u32>load<C>(code) | (place << (r * (group >> 1)))));
          if (bits) {
            store<f32>(values + ((slot * 4 + r) << 2), load<f32>(row + (place << 2)));
            bits &= bits - 1;
          } else filler &= filler - 1;
        }
      }
      codes += slots * sizeof<C>();
      values += slots << 4;
    }
  }
  return misfits;
}

// @ts-ignore: decorator
@inline
function scatter<C>(
  slots: u32, group: u32, m: u32, n: u32, codes: usize, values: usize, a: usize, lda: u32,
): void {
  assert(lda >= n);
  assert(((a | values) & 3) == 0 && (codes & (sizeof<C>() - 1)) == 0);
  for (let i: u32 = 0; i < m; i += 4) {
    for (let j: u32 = 0; j < n; j += group) {
      for (let r: u32 = 0; r < min<u32>(4, m - i); r++) {
        const row = a + ((<usize>(i + r) * lda + j) << 2);
        // Backwards: a filler may share its place with a kept weight, which then has the last word.
        for (let slot = slots; slot-- > 0; ) {
          const place = (<u32>load<C>(codes + slot * sizeof<C>()) >> (r * (group >> 1))) & (group - 1);
          store<f32>(row + (place << 2), load<f32>(values + ((slot * 4 + r) << 2)));
        }
      }
      codes += slots * sizeof<C>();
      values += slots << 4;
    }
  }
}
