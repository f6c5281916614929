/**
 * One step of edge-popup on the scores of weights that never change, f32, in place
 *
 *   velocity := momentum · velocity + (g · w · sign(s) + weight_decay · s)
 *   s        := s − learning_rate · velocity
 *
 *   s, g, w, velocity   n   contiguous; g = dL/d(w ⊙ mask), of masked weights too, and w are read only
 *
 * An edge is kept for the size of its score, and |s| has the slope sign(s); sign(±0) = 0, as PyTorch has it.
 * Pointers are in bytes, 4-byte aligned; the operands overlap nowhere.
 * s and velocity never hold a denormal: what falls below 2⁻¹²⁶ becomes +0; an update of s that would be
 * denormal counts as 0. NaN and infinities spread by the formulas above; a NaN score makes its velocity NaN.
 * Never fused, the tail in lanes as well: the same bits in every variant and at every position.
 * Work 8 flops, traffic 24 bytes per weight (memory-bound outside cache).
 * Source: Ramanujan et al. 2019 (arXiv 1911.13299), section 3; straight-through: d mask / d|s| counts as 1.
 */
import { flush_below, flush_denormals, MIN_NORMAL } from "../math";
import { load_lanes, store_lanes } from "./lanes";

export function f32_edge_popup(
  n: u32, s: usize, g: usize, w: usize, velocity: usize, learning_rate: f32, momentum: f32, weight_decay: f32,
): void {
  assert(((s | g | w | velocity) & 3) == 0);

  const rate = f32x4.splat(learning_rate), keep = f32x4.splat(momentum), decay = f32x4.splat(weight_decay);
  const least_speed = MIN_NORMAL / learning_rate;
  const quads = (<usize>(n & ~3)) << 2, end = (<usize>n) << 2;
  let at: usize = 0;
  for (; at < quads; at += 16) update(s + at, g + at, w + at, velocity + at, 4, rate, keep, decay, least_speed);
  for (; at < end; at += 4) update(s + at, g + at, w + at, velocity + at, 1, rate, keep, decay, least_speed);
}

/** 4 scores, or 1. `lanes` is a constant at each call. */
// @ts-ignore: decorator
@inline
function update(
  s: usize, g: usize, w: usize, velocity: usize, lanes: u32, rate: v128, keep: v128, decay: v128, least_speed: f32,
): void {
  const score = load_lanes(s, lanes);
  const product = f32x4.mul(load_lanes(g, lanes), load_lanes(w, lanes));
  const signed = v128.xor(product, v128.and(score, i32x4.splat(0x80000000)));
  const slope = v128.and(signed, f32x4.ne(score, f32x4.splat(0)));
  const gradient = f32x4.add(slope, f32x4.mul(decay, score));
  const speed = flush_denormals(f32x4.add(f32x4.mul(keep, load_lanes(velocity, lanes)), gradient));
  const updated = f32x4.sub(score, f32x4.mul(rate, flush_below(speed, least_speed)));
  store_lanes(velocity, lanes, speed);
  store_lanes(s, lanes, flush_denormals(updated));
}
