/**
 * Best swaps of a kept and a pruned weight of one row whose kept weights are fitted again after each, until none helps.
 *
 *   m         n × n, f64, row-major, symmetric positive definite: the damped Hessian H, or H⁻¹ where isInverse;
 *             leading dimension ldm ≥ n, a multiple of 4, columns n … ldm − 1 are 0
 *   weights   n, f64: w; on return the least-squares weights w′ of the new mask, +0 where pruned
 *   state     n bytes: 0 = pruned, 1 = kept, 2 = pruned for good; the bytes 0 and 1 change places
 *   group     0: a swap may join any two columns; otherwise both stand in the same aligned group of that many
 *   limit     the most swaps that are done
 *   errors    2, f64: (w′ − w) H (w′ − w)ᵀ with least-squares weights before and after
 *   scratch   8·ld·(12 + c) bytes, ld = n rounded up to 4, c = columns kept (pruned, where isInverse); 16-byte aligned
 *
 * Returns the number of swaps; or −1 − the column whose pivot was not positive, with all operands but the scratch as
 * they were.
 * A swap of pruned i and kept j changes the error by exactly
 *
 *   (c·w′_j² − p·r_i² − 2·b·w′_j·r_i) / (c·p + b²),
 *
 * r = H_SS·w_S less its part in K (see sweep.ts), c the Schur complement's diagonal at i, p that of H_KK⁻¹ at j, b the
 * entry (j, i) of H_KK⁻¹·H_KS: what i gains alone, r_i²/c, less what j costs after it. The least is taken, if it is
 * below −2⁻⁴⁰ of the error. It ends where none is, at the limit, or where rounding has eaten up the gain.
 * m is 8-byte aligned, as are weights and errors; operands overlap nowhere. NaN in m gives a bad pivot, in w no swap.
 * Work c²·n multiply-adds at the start, 3·c·n a swap, and 5 for every pair in a scan.
 * Source: the swaps of SparseSwaps (arXiv 2512.10922), in the measure of exact OBS (Hassibi & Stork 1993).
 */
import { madd } from "../simd";
import {
  diagonal_of, flags_of, found_of, places_of, scan_of, sweep_all, sweep_start, sweep_swap, table_of, values_of,
} from "./sweep";

const LEAST_GAIN: f64 = 9.094947017729282e-13;

export function f64_swap_repaired(
  n: u32, m: usize, ldm: u32, isInverse: u32, weights: usize, state: usize, group: u32, limit: u32,
  errors: usize, scratch: usize,
): i32 {
  const ld = (n + 3) & ~3;
  assert(ldm >= ld && (ldm & 3) == 0);
  assert(group == 0 || n % group == 0);
  assert(((m | weights | errors) & 7) == 0 && (scratch & 15) == 0);
  if (n == 0) {
    memory.fill(errors, 0, 16);
    return 0;
  }
  const isKept = !isInverse;
  sweep_start(n, ld, m, ldm, !isKept, weights, scratch);
  const active = sweep_all(n, ld, m, ldm, isKept, state, scratch);
  if (active < 0) return active;
  const isPrunedActive = !isKept;
  let error = error_of(n, weights, state, scratch);
  store<f64>(errors, error);
  let count: u32 = 0;
  const found = found_of(scratch, ld);
  while (count < limit && find_swap(n, ld, active, isPrunedActive, state, group, -LEAST_GAIN * error, scratch)) {
    const slot = load<u32>(found, 8), column = load<u32>(found, 12);
    const other = load<u32>(places_of(scratch, ld) + ((<usize>slot) << 2));
    if (!sweep_swap(active, slot, column, ld, m, ldm, scratch)) break;
    store<u8>(state + column, isKept);
    store<u8>(state + other, isPrunedActive);
    count++;
    const next = error_of(n, weights, state, scratch);
    if (!(next < error)) break;
    error = next;
  }
  store<f64>(errors, error_of(n, weights, state, scratch), 8);
  for (let i: u32 = 0; i < n; i++) {
    const isPruned = load<u8>(state + i) != 1;
    store<f64>(weights + ((<usize>i) << 3), isPruned ? 0 : load<f64>(values_of(scratch) + ((<usize>i) << 3)));
  }
  return count;
}

/** w_S·r_S = w_S ([H⁻¹]_SS)⁻¹ w_S */
function error_of(n: u32, weights: usize, state: usize, work: usize): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    if (load<u8>(state + i) == 1) continue;
    const at = (<usize>i) << 3;
    sum += load<f64>(weights + at) * load<f64>(values_of(work) + at);
  }
  return sum;
}

/** The swap that lowers the error most, if by more than −least: change, row of the table, column at found_of. */
function find_swap(
  n: u32, ld: u32, active: u32, isPrunedActive: bool, state: usize, group: u32, least: f64, work: usize,
): bool {
  const values = values_of(work), diagonal = diagonal_of(work, ld), table = table_of(work, ld);
  const rest_values = scan_of(work, ld), rest_diagonal = rest_values + ((<usize>ld) << 3);
  for (let i: u32 = 0; i < n; i++) {
    const at = (<usize>i) << 3;
    // A column that is 0 in both changes no error, so it is never taken.
    const isOut = load<u8>(flags_of(work, ld) + i) == 1 || load<u8>(state + i) == 2;
    store<f64>(rest_values + at, isOut ? 0 : load<f64>(values + at));
    store<f64>(rest_diagonal + at, isOut ? 0 : load<f64>(diagonal + at));
  }
  const found = found_of(work, ld);
  store<f64>(found, least);
  const sign: f64 = isPrunedActive ? -1 : 1;
  let isFound = false;
  for (let slot: u32 = 0; slot < active; slot++) {
    const column = load<u32>(places_of(work, ld) + ((<usize>slot) << 2));
    if (load<u8>(state + column) == 2) continue;
    const at = (<usize>column) << 3;
    const x = load<f64>(values + at), d = load<f64>(diagonal + at);
    const from = group ? column - column % group : 0;
    const row = table + ((<usize>slot * ld) << 3);
    const end = group ? from + group : n;
    const factor = sign * x;
    if (scan_row(from, end, row, factor * x, -sign * d, -2 * factor, d, rest_values, rest_diagonal, found)) {
      store<u32>(found, slot, 8);
      isFound = true;
    }
  }
  return isFound;
}

/**
 * Looks among columns from … end − 1 for the least of (kt·t + v·(kv·v + kb·b)) / (d·t + b²), v and t the values and
 * diagonal of the column, b its element of `row`: whether one is below that at `found`, which it replaces, with its
 * column at +12. No division but where there is one.
 */
function scan_row(
  from: u32, end: u32, row: usize, kt: f64, kv: f64, kb: f64, d: f64, v: usize, t: usize, found: usize,
): bool {
  let best = load<f64>(found);
  let isFound = false;
  const kts = f64x2.splat(kt), kvs = f64x2.splat(kv), kbs = f64x2.splat(kb), ds = f64x2.splat(d);
  let bests = f64x2.splat(best);
  const pairs = from + ((end - from) & ~1);
  for (let i = from; i < pairs; i += 2) {
    const at = (<usize>i) << 3;
    const vs = v128.load(v + at), ts = v128.load(t + at), bs = v128.load(row + at);
    const change = madd<f64>(f64x2.mul(kts, ts), vs, madd<f64>(f64x2.mul(kbs, bs), kvs, vs));
    const divisor = madd<f64>(f64x2.mul(ds, ts), bs, bs);
    if (!v128.any_true(f64x2.lt(change, f64x2.mul(bests, divisor)))) continue;
    const ratios = f64x2.div(change, divisor);
    for (let lane: u32 = 0; lane < 2; lane++) {
      const ratio = lane ? f64x2.extract_lane(ratios, 1) : f64x2.extract_lane(ratios, 0);
      if (!(ratio < best)) continue;
      best = ratio;
      store<u32>(found, i + lane, 12);
      isFound = true;
    }
    bests = f64x2.splat(best);
  }
  if (pairs < end) {
    const at = (<usize>pairs) << 3;
    const value = load<f64>(v + at), own = load<f64>(t + at), b = load<f64>(row + at);
    const ratio = (kt * own + value * (kv * value + kb * b)) / (d * own + b * b);
    if (ratio < best) {
      best = ratio;
      store<u32>(found, pairs, 12);
      isFound = true;
    }
  }
  store<f64>(found, best);
  return isFound;
}
