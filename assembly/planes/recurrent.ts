/**
 * What follows the products in a step of an LSTM or a GRU, f32, for n hidden units, with σ = sigmoid:
 *
 *   LSTM   c' := σ(f) c + σ(i) tanh(g),   h' := σ(o) tanh(c')
 *   GRU    h' := (1 − σ(z)) tanh(g + σ(r) late) + σ(z) h
 *
 *   sums     the gates' sums one behind the other, n each: i, o, f, g (LSTM); z, r, g (GRU)
 *   late     n: what the state adds to g behind its reset gate
 *   c, h     n: the state before the step
 *   c_out, h_out, y   n: the state behind it; y is a second place for h', 0 (null) = none
 *
 * c_out may be c and h_out may be h; else outputs overlap no operand. Pointers 4-byte aligned. NaN gives NaN.
 * Exponentials as in math.ts: the same bits in every engine and variant. σ and tanh within 2⁻²² of the true value.
 */
import { exp_lanes } from "../math";

export function f32_lstm_cell(n: u32, sums: usize, c: usize, c_out: usize, h_out: usize, y: usize): void {
  assert(((sums | c | c_out | h_out | y) & 3) == 0);
  const gate = (<usize>n) << 2;
  let i: u32 = 0;
  while (i < n) {
    const wide = n - i >= 4;
    const at = (<usize>i) << 2, own = sums + at;
    const kept = f32x4.mul(sigmoid(read(own + 2 * gate, wide)), read(c + at, wide));
    const next = f32x4.add(kept, f32x4.mul(sigmoid(read(own, wide)), tanh(read(own + 3 * gate, wide))));
    const out = f32x4.mul(sigmoid(read(own + gate, wide)), tanh(next));
    write(c_out + at, next, wide);
    write(h_out + at, out, wide);
    if (y) write(y + at, out, wide);
    i += wide ? 4 : 1;
  }
}

export function f32_gru_cell(n: u32, sums: usize, late: usize, h: usize, h_out: usize, y: usize): void {
  assert(((sums | late | h | h_out | y) & 3) == 0);
  const gate = (<usize>n) << 2;
  let i: u32 = 0;
  while (i < n) {
    const wide = n - i >= 4;
    const at = (<usize>i) << 2, own = sums + at;
    const update = sigmoid(read(own, wide));
    const behind = f32x4.mul(sigmoid(read(own + gate, wide)), read(late + at, wide));
    const candidate = tanh(f32x4.add(read(own + 2 * gate, wide), behind));
    const kept = f32x4.mul(update, read(h + at, wide));
    const out = f32x4.add(f32x4.mul(f32x4.sub(f32x4.splat(1), update), candidate), kept);
    write(h_out + at, out, wide);
    if (y) write(y + at, out, wide);
    i += wide ? 4 : 1;
  }
}

/** Four lanes, or one and zeros. */
// @ts-ignore: decorator
@inline
function read(from: usize, wide: bool): v128 {
  return wide ? v128.load(from) : v128.load32_zero(from);
}

// @ts-ignore: decorator
@inline
function write(to: usize, value: v128, wide: bool): void {
  if (wide) v128.store(to, value);
  else v128.store_lane<f32>(to, value, 0);
}

/** 1 / (1 + e⁻ˣ) */
function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp_lanes(f32x4.neg(x))));
}

/** (1 − e) / (1 + e) with e = e^(−2|x|), and the sign of x. */
function tanh(x: v128): v128 {
  const one = f32x4.splat(1), sign = f32x4.splat(-0.0);
  const e = exp_lanes(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
  const magnitude = f32x4.div(f32x4.sub(one, e), f32x4.add(one, e));
  return v128.or(magnitude, v128.and(x, sign));
}
