/**
 * y := Σ x / divisor, or the largest, least, Σ x², Σ |x|     of each row (reduce)
 * y := e^(x − max) / Σ e^(x − max)                           in each row (softmax)
 * y := (x − mean) / √(variance + ε) · scale + bias           in each row (normalize)
 *
 *   rows × n elements, x_row bytes from row to row and x_step from element to element of a row, likewise y; one of the
 *   two is 4 where speed counts
 *   scale, bias   of normalize: s_row bytes from row to row and s_step from element to element; bias 0 (null) = none
 *
 * y may be x, and else does not overlap it. Pointers 4-byte aligned. Sums of reduce and normalize are f64, in four
 * lanes where elements are contiguous (lane i takes elements i, i + 4, …), upwards where rows are; of softmax f32, in
 * the same order. NaN gives NaN in its row.
 */
import { exp_lanes } from "../math";
import { f32_hsum } from "../simd";

export const enum Reduce { Sum, Max, Min, SumSquare, SumAbs }

export function f32_planes_reduce(
  op: u32, rows: u32, n: u32, x: usize, x_row: usize, x_step: usize, y: usize, y_row: usize, divisor: f64,
): void {
  assert(<i32>op <= Reduce.SumAbs && ((x | x_row | x_step | y | y_row) & 3) == 0);
  let r: u32 = 0;
  if (x_row == 4 && x_step != 4) {
    for (; r + 4 <= rows; r += 4) {
      let low = f64x2.splat(0), high = low, extreme = f32x4.splat(op == Reduce.Max ? -Infinity : Infinity);
      let from = x;
      for (let i: u32 = 0; i < n; i++) {
        const v = v128.load(from);
        if (op == Reduce.Max) extreme = f32x4.max(extreme, v);
        else if (op == Reduce.Min) extreme = f32x4.min(extreme, v);
        else {
          low = f64x2.add(low, term(op, f64x2.promote_low_f32x4(v)));
          high = f64x2.add(high, term(op, f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1))));
        }
        from += x_step;
      }
      for (let lane: u32 = 0; lane < 4; lane++) {
        const wide = lane < 2 ? low : high;
        const sum = lane & 1 ? f64x2.extract_lane(wide, 1) : f64x2.extract_lane(wide, 0);
        const best = lane == 0 ? f32x4.extract_lane(extreme, 0) : lane == 1 ? f32x4.extract_lane(extreme, 1)
          : lane == 2 ? f32x4.extract_lane(extreme, 2) : f32x4.extract_lane(extreme, 3);
        store<f32>(y, op == Reduce.Max || op == Reduce.Min ? best : <f32>(sum / divisor));
        y += y_row;
      }
      x += 16;
    }
  }
  for (; r < rows; r++) {
    store<f32>(y, reduce_row(op, n, x, x_step, divisor));
    x += x_row;
    y += y_row;
  }
}

// @ts-ignore: decorator
@inline
function term(op: u32, v: v128): v128 {
  return op == Reduce.Sum ? v : op == Reduce.SumSquare ? f64x2.mul(v, v) : f64x2.abs(v);
}

function reduce_row(op: u32, n: u32, x: usize, x_step: usize, divisor: f64): f32 {
  if (op == Reduce.Max || op == Reduce.Min) return extreme_row(op == Reduce.Max, n, x, x_step);
  let low = f64x2.splat(0), high = low, i: u32 = 0;
  if (x_step == 4) {
    for (; i + 4 <= n; i += 4) {
      const v = v128.load(x);
      low = f64x2.add(low, term(op, f64x2.promote_low_f32x4(v)));
      high = f64x2.add(high, term(op, f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1))));
      x += 16;
    }
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++) {
    const v = <f64>load<f32>(x);
    sum += op == Reduce.Sum ? v : op == Reduce.SumSquare ? v * v : abs(v);
    x += x_step;
  }
  return <f32>(sum / divisor);
}

function extreme_row(is_max: bool, n: u32, x: usize, x_step: usize): f32 {
  const worst: f32 = is_max ? -Infinity : Infinity;
  let v = f32x4.splat(worst), i: u32 = 0;
  if (x_step == 4) {
    for (; i + 4 <= n; i += 4) {
      const at = v128.load(x);
      v = is_max ? f32x4.max(v, at) : f32x4.min(v, at);
      x += 16;
    }
  }
  const a = f32x4.extract_lane(v, 0), b = f32x4.extract_lane(v, 1);
  const c = f32x4.extract_lane(v, 2), d = f32x4.extract_lane(v, 3);
  let best = is_max ? max(max(a, b), max(c, d)) : min(min(a, b), min(c, d));
  for (; i < n; i++) {
    best = is_max ? max(best, load<f32>(x)) : min(best, load<f32>(x));
    x += x_step;
  }
  return best;
}

export function f32_planes_softmax(
  rows: u32, n: u32, x: usize, x_row: usize, x_step: usize, y: usize, y_row: usize, y_step: usize,
): void {
  assert(((x | x_row | x_step | y | y_row | y_step) & 3) == 0);
  let r: u32 = 0;
  if (x_row == 4 && y_row == 4 && !(x_step == 4 && y_step == 4)) {
    for (; r + 4 <= rows; r += 4) {
      softmax_lanes(n, x, x_step, y, y_step);
      x += 16;
      y += 16;
    }
  }
  for (; r < rows; r++) {
    softmax_row(n, x, x_step, y, y_step);
    x += x_row;
    y += y_row;
  }
}

/** Four rows side by side. */
function softmax_lanes(n: u32, x: usize, x_step: usize, y: usize, y_step: usize): void {
  let most = f32x4.splat(-Infinity), sum = f32x4.splat(0), from = x, to = y;
  for (let i: u32 = 0; i < n; i++, from += x_step) most = f32x4.max(most, v128.load(from));
  from = x;
  for (let i: u32 = 0; i < n; i++) {
    const e = exp_lanes(f32x4.sub(v128.load(from), most));
    v128.store(to, e);
    sum = f32x4.add(sum, e);
    from += x_step;
    to += y_step;
  }
  to = y;
  for (let i: u32 = 0; i < n; i++, to += y_step) v128.store(to, f32x4.div(v128.load(to), sum));
}

function softmax_row(n: u32, x: usize, x_step: usize, y: usize, y_step: usize): void {
  const most = f32x4.splat(extreme_row(true, n, x, x_step));
  let lanes = f32x4.splat(0), from = x, to = y, i: u32 = 0;
  const vectors = x_step == 4 && y_step == 4 ? n & ~3 : 0;
  for (; i < vectors; i += 4) {
    const e = exp_lanes(f32x4.sub(v128.load(from), most));
    v128.store(to, e);
    lanes = f32x4.add(lanes, e);
    from += 16;
    to += 16;
  }
  let sum = f32_hsum(lanes);
  for (; i < n; i++) {
    const e = f32x4.extract_lane(exp_lanes(f32x4.sub(v128.load32_splat(from), most)), 0);
    store<f32>(to, e);
    sum += e;
    from += x_step;
    to += y_step;
  }
  const all = f32x4.splat(sum);
  for (i = 0; i < vectors; i += 4, y += 16) v128.store(y, f32x4.div(v128.load(y), all));
  for (; i < n; i++, y += y_step) store<f32>(y, load<f32>(y) / sum);
}

export function f32_planes_normalize(
  rows: u32, n: u32, x: usize, x_row: usize, y: usize, y_row: usize,
  scale: usize, bias: usize, s_row: usize, s_step: u32, epsilon: f64,
): void {
  assert(((x | x_row | y | y_row | scale | bias | s_row) & 3) == 0);
  for (let r: u32 = 0; r < rows; r++) {
    const mean = sum_row(n, x, 0) / <f64>n;
    const inverse = 1 / sqrt<f64>(squares_row(n, x, mean) / <f64>n + epsilon);
    const centre = f32x4.splat(<f32>mean), factor = f32x4.splat(<f32>inverse);
    let s = scale, b = bias, i: u32 = 0;
    for (; i + 4 <= n; i += 4) {
      const at = (<usize>i) << 2;
      const f = f32x4.mul(factor, s_step ? v128.load(s) : v128.load32_splat(s));
      let v = f32x4.mul(f32x4.sub(v128.load(x + at), centre), f);
      if (b) v = f32x4.add(v, s_step ? v128.load(b) : v128.load32_splat(b));
      v128.store(y + at, v);
      s += s_step << 2;
      if (b) b += s_step << 2;
    }
    for (; i < n; i++) {
      const at = (<usize>i) << 2;
      const v = (load<f32>(x + at) - <f32>mean) * (<f32>inverse * load<f32>(s));
      store<f32>(y + at, b ? v + load<f32>(b) : v);
      s += s_step;
      if (b) b += s_step;
    }
    x += x_row;
    y += y_row;
    scale += s_row;
    if (bias) bias += s_row;
  }
}

function sum_row(n: u32, x: usize, mean: f64): f64 {
  return centred(false, n, x, mean);
}

function squares_row(n: u32, x: usize, mean: f64): f64 {
  return centred(true, n, x, mean);
}

/** Σ x − mean, or of its square. */
// @ts-ignore: decorator
@inline
function centred(is_square: bool, n: u32, x: usize, mean: f64): f64 {
  let low = f64x2.splat(0), high = low, i: u32 = 0;
  const centre = f64x2.splat(mean);
  for (; i + 4 <= n; i += 4) {
    const v = v128.load(x);
    let a = f64x2.sub(f64x2.promote_low_f32x4(v), centre);
    let b = f64x2.sub(f64x2.promote_low_f32x4(v128.shuffle<u64>(v, v, 1, 1)), centre);
    if (is_square) {
      a = f64x2.mul(a, a);
      b = f64x2.mul(b, b);
    }
    low = f64x2.add(low, a);
    high = f64x2.add(high, b);
    x += 16;
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; i < n; i++, x += 4) {
    const v = <f64>load<f32>(x) - mean;
    sum += is_square ? v * v : v;
  }
  return sum;
}
