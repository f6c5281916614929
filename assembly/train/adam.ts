/**
 * One step of Adam (Kingma & Ba 2015, Algorithm 1), f32, in place
 *
 *   g' = g + weight_decay · w
 *   m := β₁ m + (1 − β₁) g'
 *   v := β₂ v + (1 − β₂) g'²
 *   w := w − step_size · m / (√(v · second_correction) + ε)
 *
 *   w, g, m, v   n   contiguous; g is read only
 *
 * The caller passes step_size = learning rate / (1 − β₁ᵗ) and second_correction = 1 / (1 − β₂ᵗ) of step t.
 *
 * Pointers are in bytes, 4-byte aligned; the operands overlap nowhere. 0 ≤ β₁, β₂ < 1, ε > 0.
 * w, m and v never hold a denormal: what falls below 2⁻¹²⁶ becomes +0. A gradient whose share of v, and
 * an update of w, that would be denormal count as 0 (denormal products cost a hundred times as much).
 * Where w, g, m and v are 0 all stay +0: pruned weights stay pruned. NaN and infinities spread by the
 * formulas above.
 * Never fused, the tail in lanes as well: the same bits in every variant and at every position.
 * Work 13 flops, traffic 28 bytes per weight (memory-bound outside cache).
 */
import { flush_below, flush_denormals, MIN_NORMAL } from "../math";
import { load_lanes, store_lanes } from "./lanes";

export function f32_adam(
  n: u32, w: usize, g: usize, m: usize, v: usize,
  step_size: f32, beta1: f32, beta2: f32, epsilon: f32, second_correction: f32, weight_decay: f32,
): void {
  assert(((w | g | m | v) & 3) == 0);
  assert(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0);

  const decay = f32x4.splat(weight_decay), step = f32x4.splat(step_size);
  const b1 = f32x4.splat(beta1), c1 = f32x4.splat(1 - beta1);
  const b2 = f32x4.splat(beta2), c2 = f32x4.splat(1 - beta2);
  const correction = f32x4.splat(second_correction), eps = f32x4.splat(epsilon);
  const least_gradient = sqrt<f32>(MIN_NORMAL / (1 - beta2)), least_ratio = MIN_NORMAL / step_size;
  const quads = (<usize>(n & ~3)) << 2, end = (<usize>n) << 2;
  let at: usize = 0;
  for (; at < quads; at += 16) {
    update(
      w + at, g + at, m + at, v + at, 4, decay, step, b1, c1, b2, c2, correction, eps, least_gradient, least_ratio,
    );
  }
  for (; at < end; at += 4) {
    update(
      w + at, g + at, m + at, v + at, 1, decay, step, b1, c1, b2, c2, correction, eps, least_gradient, least_ratio,
    );
  }
}

/** 4 weights, or 1. `lanes` is a constant at each call: a test of it at every load would double the time. */
// @ts-ignore: decorator
@inline
function update(
  w: usize, g: usize, m: usize, v: usize, lanes: u32, decay: v128, step: v128,
  b1: v128, c1: v128, b2: v128, c2: v128, correction: v128, eps: v128,
  least_gradient: f32, least_ratio: f32,
): void {
  const weight = load_lanes(w, lanes);
  const gradient = f32x4.add(load_lanes(g, lanes), f32x4.mul(decay, weight));
  const large = flush_below(gradient, least_gradient);
  const first = flush_denormals(f32x4.add(f32x4.mul(b1, load_lanes(m, lanes)), f32x4.mul(c1, gradient)));
  const square = f32x4.mul(c2, f32x4.mul(large, large));
  const second = flush_denormals(f32x4.add(f32x4.mul(b2, load_lanes(v, lanes)), square));
  const root = f32x4.sqrt(f32x4.mul(second, correction));
  const ratio = flush_below(f32x4.div(first, f32x4.add(root, eps)), least_ratio);
  store_lanes(m, lanes, first);
  store_lanes(v, lanes, second);
  store_lanes(w, lanes, flush_denormals(f32x4.sub(weight, f32x4.mul(step, ratio))));
}
