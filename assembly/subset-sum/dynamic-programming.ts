/**
 * Subset sum by dynamic programming on a grid of step h = 2·tolerance / n: which sums can be reached, a bit each.
 *
 *   n              from 1 to 4096
 *   values         n, f64, finite, any sign; Σ|a| + |target| is finite too
 *   tolerance      ≥ 0: how far the sum may be from the target
 *   objective      1: any
 *   limit          n: subsets of any size
 *   bits           ⌈n / 32⌉ u32 words: element i is bit i & 31 of word i >> 5; written only when found
 *   scratch        at least 8 + 8·n bytes, and 2⅛ for each cell of the grid; 8-byte aligned
 *   node_budget    not looked at
 *
 * Returns 0 found, 1 impossible, 2 gave up: no subset that the grid leads to is within the tolerance, the tolerance is
 * 0 and no grid fine enough, or the grid does not fit the scratch. The sum of a subset is what its values add up to in
 * f64 in ascending order of index.
 * A value is rounded to q cells and is off by at most h/2, so a sum by at most the tolerance. Hence a subset within the
 * tolerance is at most n cells from the target's: when none there can be reached, it is impossible. A negative value is
 * one that is in the subset at first and may leave it, so all steps go upwards; each cell keeps the element that
 * reached it first, which is the way back. values are no NaN; bits is 4-byte aligned. Cost: n / 64 words a cell.
 * Source: Bellman, "Dynamic Programming", 1957; by words: Pisinger, "Dynamic programming on the word RAM", 2003.
 */
import { ANY, at, flip_bit, FOUND, GAVE_UP, IMPOSSIBLE, residual_of, word_at } from "./sums";

/** More cells than the rounding of up to 4096 quotients of less than 2²⁸ cells, and of their sums, can make. */
const MARGIN: f64 = 0.0009765625;
/** Beyond this a grid is not begun. */
const MOST_CELLS: f64 = 268435456;

export function f64_subset_sum_dynamic_programming(
  n: u32, values: usize, target: f64, tolerance: f64, objective: u32, limit: u32, bits: usize, scratch: usize,
  scratch_bytes: u32, node_budget: f64,
): u32 {
  assert(n > 0 && n <= 4096 && limit == n && objective == ANY);
  assert((scratch & 7) == 0 && scratch_bytes >= 8 + 8 * n);
  const words = (<usize>(n + 31) >> 5) << 2;
  if (abs(target) <= tolerance) {
    memory.fill(bits, 0, words);
    return FOUND;
  }
  const h = 2 * tolerance / <f64>n;
  let reach: f64 = 0, base: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const cells = nearest(load<f64>(at(values, i)) / h);
    reach += abs(cells);
    base += min<f64>(cells, 0);
  }
  if (!(reach < MOST_CELLS)) return GAVE_UP;
  // n cells, and more where h is so small that it is rounded itself.
  const aim = target / h - base, window = tolerance / h + 0.5 * <f64>n + MARGIN;
  if (aim < -window || aim > reach + window) return IMPOSSIBLE;
  const cells = (<u32>min<f64>(reach, aim + window) + 64) & ~63;
  const steps = scratch, subset = word_at(steps, n), reached = (subset + words + 7) & ~7;
  const firsts = reached + (<usize>cells >> 3);
  if (firsts + (<usize>cells << 1) > scratch + scratch_bytes) return GAVE_UP;
  for (let i: u32 = 0; i < n; i++) store<i32>(word_at(steps, i), <i32>nearest(load<f64>(at(values, i)) / h));
  fill_grid(n, steps, reached, cells, firsts);
  let answer = IMPOSSIBLE;
  const middle = <i32>nearest(aim);
  for (let k: u32 = 0; <f64>k <= 2 * window + 2; k++) {
    const cell = middle + (k & 1 ? <i32>((k + 1) >> 1) : -<i32>(k >> 1));
    if (cell < 0 || <u32>cell >= cells || abs(<f64>cell - aim) > window) continue;
    if (!(load<u8>(reached + (cell >> 3)) & (1 << (cell & 7)))) continue;
    trace(n, steps, firsts, cell, subset);
    if (residual_of(n, values, target, subset) <= tolerance) {
      memory.copy(bits, subset, words);
      return FOUND;
    }
    answer = GAVE_UP;
  }
  return answer;
}

/** The cells that can be reached (a bit each), and for each the element that did it first (u16). */
function fill_grid(n: u32, steps: usize, reached: usize, cells: u32, firsts: usize): void {
  memory.fill(reached, 0, <usize>cells >> 3);
  store<u64>(reached, 1);
  let highest: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const step = <u32>abs(load<i32>(word_at(steps, i)));
    if (step == 0 || step >= cells) continue;
    highest = min(highest + step, cells - 1);
    const lag = step >> 6, shift = <u64>(step & 63);
    for (let w = highest >> 6; <i32>w >= <i32>lag; w--) {
      let moved = load<u64>(at(reached, w - lag)) << shift;
      if (shift && w > lag) moved |= load<u64>(at(reached, w - lag - 1)) >> (64 - shift);
      const old = load<u64>(at(reached, w));
      let fresh = moved & ~old;
      if (!fresh) continue;
      store<u64>(at(reached, w), old | fresh);
      const first = firsts + (<usize>w << 7);
      for (; fresh; fresh &= fresh - 1) store<u16>(first + (<usize>ctz(fresh) << 1), <u16>i);
    }
  }
}

/** subset := the elements on the way back from a cell, and the negative ones that are not on it. */
function trace(n: u32, steps: usize, firsts: usize, cell: u32, subset: usize): void {
  memory.fill(subset, 0, (<usize>(n + 31) >> 5) << 2);
  for (let i: u32 = 0; i < n; i++) if (load<i32>(word_at(steps, i)) < 0) flip_bit(subset, i);
  while (cell > 0) {
    const i = <u32>load<u16>(firsts + (<usize>cell << 1));
    flip_bit(subset, i);
    cell -= <u32>abs(load<i32>(word_at(steps, i)));
  }
}
