/**
 * Exact Optimal Brain Surgeon on one row of a layer: the order in which its weights go, and what each costs.
 *
 *   h          the inverse of the damped Hessian, n × n, as f32_obs_pack leaves it; read only
 *   diagonal   n, f32: the diagonal of the damped Hessian itself, > 0
 *   weights    n, f32; read only
 *   unit       weights that go together: aligned runs of `unit` columns, n a multiple of it; ≤ 64
 *   group      0, or M of N:M (unit 1, n a multiple of it): at most `quota` = M − N weights of each aligned group go
 *   order      ⌈n / unit⌉, u32: the columns (first ones of runs) in the order in which they go
 *   loss       the same length, f32: half the increase of the row's (w′ − w) H (w′ − w)ᵀ by each
 *   scratch    2·p·(p + 8) + (148 + 4·unit)·p + 16,640 bytes, p = n rounded up to 8;
 *              16-byte aligned
 *
 * Returns how many entries of order and loss are filled: all n / unit, or (n / M)·(M − N). Each step takes the weight,
 * or run, whose removal with all others adjusted costs least: w² / (2·[H⁻¹]_qq), or ½ w_B ([H⁻¹]_BB)⁻¹ w_Bᵀ; of equal
 * ones the first in the working order, in which the last column moves to where one has gone. Weights that are 0 already
 * go first, at no cost. [H⁻¹]_qq, which rounding would let fall to nothing, is kept at 1 / H_qq at least: what it is
 * when all others are gone. Operands overlap nowhere. NaN in the operands gives an order that means nothing.
 *
 * n³/3 flops at the speed of gemm: see obs-matrix.ts. Source: Hassibi & Stork 1993; Frantar & Alistarh, "Optimal Brain
 * Compression", 2022, algorithm 1 (whose downdate after each step takes 2n³).
 */
import {
  BLOCK, eliminate_last, exchange, exchange_columns, strip_at, subtract_waiting, waiting,
} from "./obs-matrix";

/** h, n × n row-major f64 (ldh ≥ n, symmetric, both triangles there), into strips; p·(p + 8)·2 bytes. */
export function f32_obs_pack(n: u32, h: usize, ldh: u32, packed: usize): void {
  assert(ldh >= n);
  assert((h & 7) == 0 && (packed & 15) == 0);
  const padded = (n + 7) & ~7;
  for (let j: u32 = 0; j < n; j += 8) {
    const strip = packed + strip_at(j >> 3, padded);
    for (let i = j; i < padded; i++) {
      const to = strip + ((<usize>i) << 5), from = h + ((<usize>i * ldh + j) << 3);
      for (let c: u32 = 0; c < 8; c++) {
        const isInside = i < n && j + c < n;
        store<f32>(to + ((<usize>c) << 2), isInside ? <f32>load<f64>(from + ((<usize>c) << 3)) : 0);
      }
    }
  }
}

export function f32_obs_sweep(
  n: u32, h: usize, diagonal: usize, weights: usize, unit: u32, group: u32, quota: u32,
  order: usize, loss: usize, scratch: usize,
): u32 {
  assert(unit > 0 && unit <= 64 && n % unit == 0);
  assert(group == 0 || (unit == 1 && n % group == 0 && quota <= group));
  assert(((diagonal | weights | order | loss) & 3) == 0 && ((h | scratch) & 15) == 0);
  const padded = (n + 7) & ~7;
  const vector = (<usize>padded) << 2;
  const w = scratch, d = w + vector, floor = d + vector, places = floor + vector;
  const counts = places + vector;
  const runs = counts + vector;
  const small = runs + vector * unit;
  const u = small + 16640;
  const a = u + ((<usize>padded * BLOCK) << 2);
  memory.copy(a, h, ((<usize>padded * (padded + 8)) << 1));
  start(n, padded, a, diagonal, weights, w, d, floor, places, counts);
  if (unit > 1) start_runs(n, padded, a, unit, runs);

  let active = n, k: u32 = 0, found: u32 = 0;
  if (group && quota == 0) return 0;
  while (active > 0) {
    const p = unit == 1 ? least_place(active, w, d, small) : least_run(active, unit, w, runs, small);
    const last = active - unit;
    store<u32>(order + ((<usize>found) << 2), load<u32>(places + ((<usize>p) << 2)));
    store<f32>(loss + ((<usize>found) << 2), cost(p, unit, w, d, runs, small) * 0.5);
    found++;
    for (let c: u32 = 0; c < unit; c++) {
      bring(p + c, last + c, a, padded, active, u, k, w, d, floor, places);
      if (unit > 1) bring_runs(p + c, last + c, unit, runs);
    }
    for (let c: u32 = 0; c < unit; c++) {
      active--;
      eliminate_last(a, padded, active, u, k, w, d, floor);
      if (unit > 1) update_runs(last, unit, u, k, runs);
      if (++k < BLOCK) continue;
      subtract_waiting(a, padded, active, u, k);
      k = 0;
    }
    if (group == 0) continue;
    const own = load<u32>(places + ((<usize>last) << 2)) / group;
    const count = counts + ((<usize>own) << 2);
    store<u32>(count, load<u32>(count) + 1);
    if (load<u32>(count) < quota) continue;
    // What is left of a group that has given all it may stays for good: nothing needs it any more.
    for (let i = active; i-- > 0;) {
      if (load<u32>(places + ((<usize>i) << 2)) / group != own) continue;
      active--;
      bring(i, active, a, padded, active + 1, u, k, w, d, floor, places);
    }
  }
  return found;
}

function start(
  n: u32, padded: u32, a: usize, diagonal: usize, weights: usize,
  w: usize, d: usize, floor: usize, places: usize, counts: usize,
): void {
  for (let i: u32 = 0; i < padded; i++) {
    const at = (<usize>i) << 2;
    const isInside = i < n;
    store<f32>(w + at, isInside ? load<f32>(weights + at) : 0);
    store<f32>(d + at, isInside ? load<f32>(a + strip_at(i >> 3, padded) + ((<usize>i) << 5) + (at & 28)) : 1);
    store<f32>(floor + at, isInside ? 1 / load<f32>(diagonal + at) : 1);
    store<u32>(places + at, i);
    store<u32>(counts + at, 0);
  }
}

/** The place, below `active`, of the least w² / d. */
function least_place(active: u32, w: usize, d: usize, small: usize): u32 {
  let best = f32x4.splat(Infinity), place = i32x4.splat(0), here = i32x4(0, 1, 2, 3);
  const four = i32x4.splat(4);
  const vectors = active & ~3;
  for (let i: u32 = 0; i < vectors; i += 4) {
    const at = (<usize>i) << 2;
    const x = v128.load(w + at);
    const score = f32x4.div(f32x4.mul(x, x), v128.load(d + at));
    const less = f32x4.lt(score, best);
    best = v128.bitselect(score, best, less);
    place = v128.bitselect(here, place, less);
    here = i32x4.add(here, four);
  }
  let least: f32 = Infinity, p: u32 = 0;
  for (let i = vectors; i < active; i++) {
    const at = (<usize>i) << 2;
    const x = load<f32>(w + at);
    const score = x * x / load<f32>(d + at);
    if (score < least) { least = score; p = i; }
  }
  v128.store(small, best);
  v128.store(small, place, 16);
  for (let lane: usize = 0; lane < 16; lane += 4) {
    const score = load<f32>(small + lane), other = load<u32>(small + lane, 16);
    if (score < least || (score == least && other < p)) { least = score; p = other; }
  }
  return p;
}

/** Moves column p to place l, and what stood there to p. */
function bring(
  p: u32, l: u32, a: usize, padded: u32, active: u32, u: usize, k: u32,
  w: usize, d: usize, floor: usize, places: usize,
): void {
  if (p == l) return;
  exchange_columns(a, padded, active, u, k, p, l);
  const at = (<usize>p) << 2, to = (<usize>l) << 2;
  exchange(w + at, w + to);
  exchange(d + at, d + to);
  exchange(floor + at, floor + to);
  exchange(places + at, places + to);
}

/** The blocks of h on its diagonal, `unit` elements a row. */
function start_runs(n: u32, padded: u32, a: usize, unit: u32, runs: usize): void {
  for (let i: u32 = 0; i < n; i++) {
    const first = i - i % unit;
    for (let j = first; j <= i; j++) {
      const from = a + strip_at(j >> 3, padded) + ((<usize>i) << 5) + ((<usize>(j & 7)) << 2);
      store<f32>(runs + ((<usize>(i * unit + j - first)) << 2), load<f32>(from));
    }
  }
}

function bring_runs(p: u32, l: u32, unit: u32, runs: usize): void {
  for (let c: u32 = 0; c < unit; c++) {
    exchange(runs + ((<usize>(p * unit + c)) << 2), runs + ((<usize>(l * unit + c)) << 2));
  }
}

/** The same downdate as that of the matrix, for the blocks of the first `end` columns. */
function update_runs(end: u32, unit: u32, u: usize, k: u32, runs: usize): void {
  const vector = (<usize>k) << 5;
  for (let i: u32 = 0; i < end; i++) {
    const first = i - i % unit;
    const x = load<f32>(waiting(u, i) + vector);
    for (let j = first; j <= i; j++) {
      const at = runs + ((<usize>(i * unit + j - first)) << 2);
      store<f32>(at, load<f32>(at) - x * load<f32>(waiting(u, j) + vector));
    }
  }
}

function least_run(active: u32, unit: u32, w: usize, runs: usize, small: usize): u32 {
  let least: f32 = Infinity, p: u32 = 0;
  for (let i: u32 = 0; i < active; i += unit) {
    const score = run_cost(i, unit, w, runs, small);
    if (score < least) { least = score; p = i; }
  }
  return p;
}

// @ts-ignore: decorator
@inline
function cost(p: u32, unit: u32, w: usize, d: usize, runs: usize, small: usize): f32 {
  if (unit > 1) return run_cost(p, unit, w, runs, small);
  const x = load<f32>(w + ((<usize>p) << 2));
  return x * x / load<f32>(d + ((<usize>p) << 2));
}

/** w_B ([H⁻¹]_BB)⁻¹ w_Bᵀ by the Cholesky factor of the block. */
function run_cost(p: u32, unit: u32, w: usize, runs: usize, small: usize): f32 {
  let sum: f32 = 0;
  const y = small + ((<usize>(unit * unit)) << 2);
  for (let i: u32 = 0; i < unit; i++) {
    const row = small + ((<usize>(i * unit)) << 2);
    let rest = load<f32>(w + ((<usize>(p + i)) << 2));
    for (let j: u32 = 0; j <= i; j++) {
      const other = small + ((<usize>(j * unit)) << 2);
      let value = load<f32>(runs + ((<usize>((p + i) * unit + j)) << 2));
      for (let c: u32 = 0; c < j; c++) {
        value -= load<f32>(row + ((<usize>c) << 2)) * load<f32>(other + ((<usize>c) << 2));
      }
      if (j < i) {
        const factor = value / load<f32>(other + ((<usize>j) << 2));
        store<f32>(row + ((<usize>j) << 2), factor);
        rest -= factor * load<f32>(y + ((<usize>j) << 2));
      } else {
        const pivot = sqrt<f32>(max<f32>(value, 1e-30));
        store<f32>(row + ((<usize>i) << 2), pivot);
        rest /= pivot;
        store<f32>(y + ((<usize>i) << 2), rest);
      }
    }
    sum += rest * rest;
  }
  return sum;
}
