/**
 * Which subsets have a sum: found again from the sum alone, because sums in fixed point are exact.
 *
 * The h magnitudes are split into two parts; the sums of each in the order of their subsets are a table of plain
 * doublings, and every sum of the upper part asks the lower part for the rest, four at a time.
 */

/** Bytes of the two tables of h magnitudes, h ≤ 12. */
export const MASK_TABLES_BYTES: usize = 512;

// @ts-ignore: decorator
@inline
function low_count(h: u32): u32 {
  return max<u32>(2, (h + 1) >> 1);
}

/** tables := sums of the lower part and of the upper part, in the order of subsets. */
export function make_mask_tables(h: u32, magnitudes: usize, tables: usize): void {
  const low = low_count(h);
  double(low, magnitudes, tables);
  double(h - low, magnitudes + (<usize>low << 2), tables + 256);
}

function double(count: u32, magnitudes: usize, table: usize): void {
  store<i32>(table, 0);
  for (let k: u32 = 0; k < count; k++) {
    const x = load<i32>(magnitudes + (<usize>k << 2));
    const bytes = <usize>4 << k;
    for (let at: usize = 0; at < bytes; at += 4) store<i32>(table + bytes + at, load<i32>(table + at) + x);
  }
}

/**
 * The first subset of the h magnitudes after another one with a sum.
 *
 * @param from  subsets from this number on
 * @returns its number, 2ʰ when there is none
 */
export function subset_with_sum(h: u32, tables: usize, sum: i32, from: u32): u32 {
  const low = low_count(h);
  const end: u32 = 1 << h;
  let group = from & ~3;
  // Of the first group the subsets before `from` do not count.
  let skip: u32 = -1 << (from & 3);
  while (group < end) {
    const rest = i32x4.splat(sum - load<i32>(tables + 256 + (<usize>(group >> low) << 2)));
    const stop = ((group >> low) + 1) << low;
    for (; group < stop; group += 4) {
      const at = tables + (<usize>(group & ((1 << low) - 1)) << 2);
      const hits = <u32>i32x4.bitmask(i32x4.eq(v128.load(at), rest)) & skip;
      if (hits != 0) return group + ctz(hits);
      skip = -1;
    }
  }
  return end;
}
