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

  const share1: f32 = 1 - beta1;
  const share2: f32 = 1 - beta2;
  const least_gradient = sqrt<f32>(MIN_NORMAL / share2);
  const least_ratio = MIN_NORMAL / step_size;
  for (let i: u32 = 0, lanes: u32 = 4; i < n; i += lanes) {
    if (n - i < 4) lanes = 1;
    const at = (<usize>i) << 2;
    const weight = load_lanes(w + at, lanes);
    const decayed = f32x4.mul(f32x4.splat(weight_decay), weight);
    const gradient = f32x4.add(load_lanes(g + at, lanes), decayed);
    const large = flush_below(gradient, least_gradient);

    const kept1 = f32x4.mul(f32x4.splat(beta1), load_lanes(m + at, lanes));
    const first = flush_denormals(f32x4.add(kept1, f32x4.mul(f32x4.splat(share1), gradient)));
    const kept2 = f32x4.mul(f32x4.splat(beta2), load_lanes(v + at, lanes));
    const square = f32x4.mul(large, large);
    const second = flush_denormals(f32x4.add(kept2, f32x4.mul(f32x4.splat(share2), square)));

    const root = f32x4.sqrt(f32x4.mul(second, f32x4.splat(second_correction)));
    const ratio = flush_below(f32x4.div(first, f32x4.add(root, f32x4.splat(epsilon))), least_ratio);
    const updated = f32x4.sub(weight, f32x4.mul(f32x4.splat(step_size), ratio));

    store_lanes(m + at, lanes, first);
    store_lanes(v + at, lanes, second);
    store_lanes(w + at, lanes, flush_denormals(updated));
  }
}
