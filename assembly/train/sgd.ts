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

  const rate = f32x4.splat(learning_rate), keep = f32x4.splat(momentum), decay = f32x4.splat(weight_decay);
  const least_speed = MIN_NORMAL / learning_rate;
  const quads = (<usize>(n & ~3)) << 2, end = (<usize>n) << 2;
  let at: usize = 0;
  for (; at < quads; at += 16) update(w + at, g + at, velocity + at, 4, rate, keep, decay, least_speed);
  for (; at < end; at += 4) update(w + at, g + at, velocity + at, 1, rate, keep, decay, least_speed);
}

/** 4 weights, or 1. `lanes` is a constant at each call. */
// @ts-ignore: decorator
@inline
function update(
  w: usize, g: usize, velocity: usize, lanes: u32, rate: v128, keep: v128, decay: v128, least_speed: f32,
): void {
  const weight = load_lanes(w, lanes);
  const gradient = f32x4.add(load_lanes(g, lanes), f32x4.mul(decay, weight));
  const speed = flush_denormals(f32x4.add(f32x4.mul(keep, load_lanes(velocity, lanes)), gradient));
  const updated = f32x4.sub(weight, f32x4.mul(rate, flush_below(speed, least_speed)));
  store_lanes(velocity, lanes, speed);
  store_lanes(w, lanes, flush_denormals(updated));
}
