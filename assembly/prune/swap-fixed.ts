/**
 * Best swaps of a kept and a pruned weight of one row whose kept weights stay as they are, until none helps.
 *
 *   g        n × n, f64, row-major, symmetric: the Gram matrix or Hessian; leading dimension ldg ≥ n
 *   weights  n, f64: w; read only
 *   state    n bytes: 0 = pruned, 1 = kept, 2 = pruned for good; the bytes 0 and 1 change places
 *   group    0: a swap may join any two columns; otherwise both stand in the same aligned group of that many
 *   limit    the most swaps that are done
 *   errors   2, f64: e G eᵀ before and after, e = w where pruned, 0 where kept
 *   scratch  24·n bytes, 16-byte aligned
 *
 * Returns the number of swaps. Keeping pruned i and pruning kept j changes the error by
 *
 *   2·(w_j·(Ge)_j − w_i·(Ge)_i) + w_i²·G_ii + w_j²·G_jj − 2·w_i·w_j·G_ij;
 *
 * the least is taken, if it is below −2⁻⁴⁰ of the error. It ends where none is, at the limit, or where rounding has
 * eaten up the gain. All operands but state are 8-byte aligned; they overlap nowhere. NaN gives no swap.
 * Work n² multiply-adds at the start, then min(kept, pruned)·n a scan.
 * Source: SparseSwaps (arXiv 2512.10922).
 */
import { nmadd } from "../simd";

const LEAST_GAIN: f64 = 9.094947017729282e-13;

export function f64_swap_fixed(
  n: u32, g: usize, ldg: u32, weights: usize, state: usize, group: u32, limit: u32, errors: usize, scratch: usize,
): u32 {
  assert(ldg >= n);
  assert(group == 0 || n % group == 0);
  assert(((g | weights | errors) & 7) == 0 && (scratch & 15) == 0);
  const gradient = scratch;
  memory.fill(gradient, 0, (<usize>n) << 3);
  for (let k: u32 = 0; k < n; k++) {
    if (load<u8>(state + k) != 1) add_row(n, gradient, load<f64>(at(weights, k)), at(g, k * ldg));
  }
  let error = error_of(n, weights, state, gradient);
  store<f64>(errors, error);
  let count: u32 = 0;
  while (count < limit) {
    const found = find_swap(n, g, ldg, weights, state, group, -LEAST_GAIN * error, scratch);
    if (found == NONE) break;
    const kept = <u32>(found >> 32), pruned = <u32>found;
    add_row(n, gradient, load<f64>(at(weights, pruned)), at(g, pruned * ldg));
    add_row(n, gradient, -load<f64>(at(weights, kept)), at(g, kept * ldg));
    store<u8>(state + kept, 1);
    store<u8>(state + pruned, 0);
    count++;
    const next = error_of(n, weights, state, gradient);
    if (!(next < error)) break;
    error = next;
  }
  store<f64>(errors, error_of(n, weights, state, gradient), 8);
  return count;
}

const NONE: u64 = u64.MAX_VALUE;

// @ts-ignore: decorator
@inline
function at(base: usize, i: u32): usize {
  return base + ((<usize>i) << 3);
}

/** gradient += weight · row */
function add_row(n: u32, gradient: usize, weight: f64, row: usize): void {
  if (weight == 0) return;
  const minus = f64x2.splat(-weight);
  const pairs = n & ~1;
  for (let i: u32 = 0; i < pairs; i += 2) {
    v128.store(at(gradient, i), nmadd<f64>(v128.load(at(gradient, i)), minus, v128.load(at(row, i))));
  }
  if (pairs < n) store<f64>(at(gradient, pairs), load<f64>(at(gradient, pairs)) + weight * load<f64>(at(row, pairs)));
}

/** e·(Ge) */
function error_of(n: u32, weights: usize, state: usize, gradient: usize): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(state + i) != 1) sum += load<f64>(at(weights, i)) * load<f64>(at(gradient, i));
  }
  return sum;
}

/** The swap that lowers the error most, if by more than −least: (who is kept then) << 32 | who is pruned; or NONE. */
function find_swap(
  n: u32, g: usize, ldg: u32, weights: usize, state: usize, group: u32, least: f64, scratch: usize,
): u64 {
  const gradient = scratch, changes = at(gradient, n), others = at(changes, n);
  let kept: u32 = 0, pruned: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(state + i) == 1) kept++;
    else if (load<u8>(state + i) == 0) pruned++;
  }
  // Rows of G for the fewer of them, all columns for the others.
  const own: u32 = kept < pruned ? 1 : 0;
  for (let j: u32 = 0; j < n; j++) {
    const isOther = load<u8>(state + j) == 1 - own;
    store<f64>(at(changes, j), isOther ? change_of(j, own == 0, g, ldg, weights, gradient) : Infinity);
    store<f64>(at(others, j), isOther ? load<f64>(at(weights, j)) : 0);
  }
  let best = least, found = NONE;
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(state + i) != own) continue;
    const row = at(g, i * ldg), double = 2 * load<f64>(at(weights, i));
    const change = change_of(i, own == 1, g, ldg, weights, gradient);
    const from = group ? i - i % group : 0, end = group ? from + group : n;
    const j = find_other(from, end, best - change, double, row, changes, others);
    if (j == end) continue;
    best = change + load<f64>(at(changes, j)) - double * load<f64>(at(others, j)) * load<f64>(at(row, j));
    found = own == 1 ? (<u64>j) << 32 | i : (<u64>i) << 32 | j;
  }
  return found;
}

/** What the error changes by when column i is pruned, or else kept, alone. */
function change_of(i: u32, isPruned: bool, g: usize, ldg: u32, weights: usize, gradient: usize): f64 {
  const w = isPruned ? load<f64>(at(weights, i)) : -load<f64>(at(weights, i));
  return w * (2 * load<f64>(at(gradient, i)) + w * load<f64>(at(g, i * ldg + i)));
}

/** The column, of from … end − 1, of the least change − double · other · row that is below `limit`; `end` for none. */
function find_other(from: u32, end: u32, limit: f64, double: f64, row: usize, changes: usize, others: usize): u32 {
  const pairs = from + ((end - from) & ~1);
  const doubles = f64x2.splat(double);
  let limits = f64x2.splat(limit);
  let found = end;
  for (let j = from; j < pairs; j += 2) {
    const shared = f64x2.mul(doubles, v128.load(at(others, j)));
    const change = nmadd<f64>(v128.load(at(changes, j)), shared, v128.load(at(row, j)));
    if (!v128.any_true(f64x2.lt(change, limits))) continue;
    const low = f64x2.extract_lane(change, 0), high = f64x2.extract_lane(change, 1);
    const isLow = low < limit && !(high < low);
    limit = isLow ? low : high;
    limits = f64x2.splat(limit);
    found = isLow ? j : j + 1;
  }
  if (pairs == end) return found;
  const change = load<f64>(at(changes, pairs)) - double * load<f64>(at(others, pairs)) * load<f64>(at(row, pairs));
  return change < limit ? pairs : found;
}
