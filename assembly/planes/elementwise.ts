/**
 * y := f(x)        one operand, f32
 * z := f(x, y)     two operands, f32
 *
 *   op     f: the numbers of `Map` and `Combine` below
 *   rows × n elements; rows stand x_row, y_row, z_row bytes apart (0 repeats a row)
 *   x_step, y_step   4, or 0 for an operand that is one number a row
 *   a, b   what an f of one operand needs besides
 *
 * The output may be an operand in the same place, and else overlaps none. Pointers 4-byte aligned. NaN gives NaN.
 * No multiply-add is fused, exp is that of math.ts: the same bits in every engine and variant. Within a few ulp; erf,
 * and what is made of it, within 2⁻²² of 1. tanh below 0.625 and erf below 1 are polynomials of Cephes (tanhf.c,
 * ndtrf.c); erf above is the rational Chebyshev fit of Numerical Recipes (erfcc).
 */
import { exp_lanes } from "../math";
import { clamp } from "./finish";

export const enum Map {
  Abs, Neg, Sqrt, Reciprocal, Floor, Ceil, Round, Square, Clamp, Leaky, Affine, Exp, Sigmoid, Swish, Tanh,
  HardSigmoid, HardSwish, Erf, Gelu, GeluTanh, Elu,
}

export const enum Combine { Add, Sub, Mul, Div, Max, Min, PRelu, SquaredDifference }

export function f32_planes_map(
  op: u32, rows: u32, n: u32, x: usize, x_row: usize, y: usize, y_row: usize, a: f32, b: f32,
): void {
  assert(<i32>op <= Map.Elu && ((x | y | x_row | y_row) & 3) == 0);
  const va = f32x4.splat(a), vb = f32x4.splat(b);
  for (let r: u32 = 0; r < rows; r++) {
    switch (op) {
      case Map.Abs: map_row(Map.Abs, n, x, y, va, vb); break;
      case Map.Neg: map_row(Map.Neg, n, x, y, va, vb); break;
      case Map.Sqrt: map_row(Map.Sqrt, n, x, y, va, vb); break;
      case Map.Reciprocal: map_row(Map.Reciprocal, n, x, y, va, vb); break;
      case Map.Floor: map_row(Map.Floor, n, x, y, va, vb); break;
      case Map.Ceil: map_row(Map.Ceil, n, x, y, va, vb); break;
      case Map.Round: map_row(Map.Round, n, x, y, va, vb); break;
      case Map.Square: map_row(Map.Square, n, x, y, va, vb); break;
      case Map.Clamp: map_row(Map.Clamp, n, x, y, va, vb); break;
      case Map.Leaky: map_row(Map.Leaky, n, x, y, va, vb); break;
      case Map.Affine: map_row(Map.Affine, n, x, y, va, vb); break;
      case Map.Exp: map_row(Map.Exp, n, x, y, va, vb); break;
      case Map.Sigmoid: map_row(Map.Sigmoid, n, x, y, va, vb); break;
      case Map.Swish: map_row(Map.Swish, n, x, y, va, vb); break;
      case Map.Tanh: map_row(Map.Tanh, n, x, y, va, vb); break;
      case Map.HardSigmoid: map_row(Map.HardSigmoid, n, x, y, va, vb); break;
      case Map.HardSwish: map_row(Map.HardSwish, n, x, y, va, vb); break;
      case Map.Erf: map_row(Map.Erf, n, x, y, va, vb); break;
      case Map.Gelu: map_row(Map.Gelu, n, x, y, va, vb); break;
      case Map.GeluTanh: map_row(Map.GeluTanh, n, x, y, va, vb); break;
      default: map_row(Map.Elu, n, x, y, va, vb);
    }
    x += x_row;
    y += y_row;
  }
}

/** One row; `op` is a constant at every call. */
// @ts-ignore: decorator
@inline
function map_row(op: u32, n: u32, x: usize, y: usize, a: v128, b: v128): void {
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) {
    const at = (<usize>i) << 2;
    v128.store(y + at, apply(op, v128.load(x + at), a, b));
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    v128.store_lane<f32>(y + at, apply(op, v128.load_zero<f32>(x + at), a, b), 0);
  }
}

// @ts-ignore: decorator
@inline
function apply(op: u32, x: v128, a: v128, b: v128): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (op == Map.Abs) return f32x4.abs(x);
  if (op == Map.Neg) return f32x4.neg(x);
  if (op == Map.Sqrt) return f32x4.sqrt(x);
  if (op == Map.Reciprocal) return f32x4.div(one, x);
  if (op == Map.Floor) return f32x4.floor(x);
  if (op == Map.Ceil) return f32x4.ceil(x);
  if (op == Map.Round) return f32x4.nearest(x);
  if (op == Map.Square) return f32x4.mul(x, x);
  if (op == Map.Clamp) return clamp(x, a, b);
  if (op == Map.Leaky) return v128.bitselect(f32x4.mul(x, a), x, f32x4.lt(x, zero));
  if (op == Map.Affine) return f32x4.add(f32x4.mul(x, a), b);
  if (op == Map.Exp) return exp_lanes(x);
  if (op == Map.Sigmoid) return sigmoid(x);
  if (op == Map.Swish) return f32x4.mul(x, sigmoid(f32x4.mul(x, a)));
  if (op == Map.Tanh) return tanh(x);
  if (op == Map.HardSigmoid) return clamp(f32x4.add(f32x4.mul(x, a), b), zero, one);
  if (op == Map.HardSwish) {
    return f32x4.mul(x, clamp(f32x4.add(f32x4.mul(x, f32x4.splat(1.0 / 6.0)), f32x4.splat(0.5)), zero, one));
  }
  if (op == Map.Erf) return erf(x);
  const half = f32x4.mul(x, f32x4.splat(0.5));
  if (op == Map.Gelu) return f32x4.mul(half, f32x4.add(one, erf(f32x4.mul(x, f32x4.splat(0.70710678118654752)))));
  if (op == Map.GeluTanh) {
    const cube = f32x4.mul(f32x4.mul(f32x4.mul(x, x), x), f32x4.splat(0.044715));
    return f32x4.mul(half, f32x4.add(one, tanh(f32x4.mul(f32x4.add(x, cube), f32x4.splat(0.79788456080286536)))));
  }
  return v128.bitselect(f32x4.mul(a, f32x4.sub(exp_lanes(x), one)), x, f32x4.lt(x, zero));
}

// @ts-ignore: decorator
@inline
function sigmoid(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp_lanes(f32x4.neg(x))));
}

/** 1 − 2 / (1 + e^2|x|) with the sign of x. */
// @ts-ignore: decorator
@inline
function tanh(x: v128): v128 {
  const size = f32x4.abs(x), sign = v128.and(x, f32x4.splat(-0.0)), z = f32x4.mul(x, x), one = f32x4.splat(1);
  const e = exp_lanes(f32x4.add(size, size));
  const far = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(e, one)));
  let p = f32x4.splat(-5.70498872745e-3);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-3.33332819422e-1));
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x);
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)));
}

// @ts-ignore: decorator
@inline
function erf(x: v128): v128 {
  const size = f32x4.abs(x), sign = v128.and(x, f32x4.splat(-0.0)), z = f32x4.mul(x, x), one = f32x4.splat(1);
  let p = f32x4.splat(7.853861353153693e-5);
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-8.010193625184903e-4));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(5.188327685732524e-3));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-2.685381193529856e-2));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.128358514861418e-1));
  p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-3.761262582423300e-1));
  const near = f32x4.mul(f32x4.add(f32x4.mul(p, z), f32x4.splat(1.128379165726710)), x);

  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(size, f32x4.splat(0.5))));
  let q = f32x4.splat(0.17087277);
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-0.82215223));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(1.48851587));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-1.13520398));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.27886807));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-0.18628806));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.09678418));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(0.37409196));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(1.00002368));
  q = f32x4.add(f32x4.mul(q, t), f32x4.splat(-1.26551223));
  const far = f32x4.sub(one, f32x4.mul(t, exp_lanes(f32x4.sub(q, z))));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, one));
}

export function f32_planes_combine(
  op: u32, rows: u32, n: u32, x: usize, x_row: usize, x_step: u32, y: usize, y_row: usize, y_step: u32,
  z: usize, z_row: usize,
): void {
  assert(<i32>op <= Combine.SquaredDifference && ((x | x_row | y | y_row | z | z_row) & 3) == 0);
  for (let r: u32 = 0; r < rows; r++) {
    switch (op) {
      case Combine.Add: combine_row(Combine.Add, n, x, x_step, y, y_step, z); break;
      case Combine.Sub: combine_row(Combine.Sub, n, x, x_step, y, y_step, z); break;
      case Combine.Mul: combine_row(Combine.Mul, n, x, x_step, y, y_step, z); break;
      case Combine.Div: combine_row(Combine.Div, n, x, x_step, y, y_step, z); break;
      case Combine.Max: combine_row(Combine.Max, n, x, x_step, y, y_step, z); break;
      case Combine.Min: combine_row(Combine.Min, n, x, x_step, y, y_step, z); break;
      case Combine.PRelu: combine_row(Combine.PRelu, n, x, x_step, y, y_step, z); break;
      default: combine_row(Combine.SquaredDifference, n, x, x_step, y, y_step, z);
    }
    x += x_row;
    y += y_row;
    z += z_row;
  }
}

/** One row; `op` is a constant at every call. */
// @ts-ignore: decorator
@inline
function combine_row(op: u32, n: u32, x: usize, x_step: u32, y: usize, y_step: u32, z: usize): void {
  if (n == 0) return;
  const x_all = v128.load32_splat(x), y_all = v128.load32_splat(y);
  let i: u32 = 0;
  if (x_step && y_step) {
    for (; i + 4 <= n; i += 4) {
      const at = (<usize>i) << 2;
      v128.store(z + at, combine(op, v128.load(x + at), v128.load(y + at)));
    }
  } else {
    for (; i + 4 <= n; i += 4) {
      const at = (<usize>i) << 2;
      v128.store(z + at, combine(op, x_step ? v128.load(x + at) : x_all, y_step ? v128.load(y + at) : y_all));
    }
  }
  for (; i < n; i++) {
    const at = (<usize>i) << 2;
    const a = x_step ? v128.load_zero<f32>(x + at) : x_all, b = y_step ? v128.load_zero<f32>(y + at) : y_all;
    v128.store_lane<f32>(z + at, combine(op, a, b), 0);
  }
}

// @ts-ignore: decorator
@inline
function combine(op: u32, x: v128, y: v128): v128 {
  if (op == Combine.Add) return f32x4.add(x, y);
  if (op == Combine.Sub) return f32x4.sub(x, y);
  if (op == Combine.Mul) return f32x4.mul(x, y);
  if (op == Combine.Div) return f32x4.div(x, y);
  if (op == Combine.Max) return f32x4.max(x, y);
  if (op == Combine.Min) return f32x4.min(x, y);
  if (op == Combine.PRelu) return v128.bitselect(f32x4.mul(x, y), x, f32x4.lt(x, f32x4.splat(0)));
  const difference = f32x4.sub(x, y);
  return f32x4.mul(difference, difference);
}
