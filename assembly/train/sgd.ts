/**
 * One step of stochastic gradient descent with momentum, f32, in place
 *
 *   velocity := momentum · velocity + (g + weight_decay · w)
 *   w        := w − learning_rate · velocity
 *
 *   w, g, velocity   n   contiguous; g is read only
 *
 * Pointers are in bytes, 4-byte aligned; the operands overlap nowhere.
 * w and velocity never hold a denormal: what falls below 2⁻¹²⁶ becomes +0; an update of w that would be
 * denormal counts as 0 (denormal products cost a hundred times as much). Where w, g and velocity are 0
 * all stay +0: pruned weights stay pruned. NaN and infinities spread by the formulas above.
 * Never fused, the tail in lanes as well: the same bits in every variant and at every position.
 * Work 6 flops, traffic 20 bytes per weight (memory-bound outside cache).
 */
import { flush_below, flush_denormals, MIN_NORMAL } from "../math";
import { load_lanes, store_lanes } from "./lanes";

export function f32_sgd(
  n: u32, w: usize, g: usize, velocity: usize, learning_rate: f32, momentum: f32, weight_decay: f32,
): void {
  assert(((w | g | velocity) & 3) == 0);

  const least_speed = MIN_NORMAL / learning_rate;
  for (let i: u32 = 0, lanes: u32 = 4; i < n; i += lanes) {
    if (n - i < 4) lanes = 1;
    const at = (<usize>i) << 2;
    const weight = load_lanes(w + at, lanes);
    const decayed = f32x4.mul(f32x4.splat(weight_decay), weight);
    const gradient = f32x4.add(load_lanes(g + at, lanes), decayed);
    const kept = f32x4.mul(f32x4.splat(momentum), load_lanes(velocity + at, lanes));
    const speed = flush_denormals(f32x4.add(kept, gradient));
    const large = flush_below(speed, least_speed);
    const updated = f32x4.sub(weight, f32x4.mul(f32x4.splat(learning_rate), large));
    store_lanes(velocity + at, lanes, speed);
    store_lanes(w + at, lanes, flush_denormals(updated));
  }
}
