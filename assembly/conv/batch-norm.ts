/**
 * Batch normalisation without affine parameters, f32 (images.ts): per channel, over positions and samples.
 *
 *   x, y, dy, dx   images of `positions` and `channels`; lanes without a sample count for nothing
 *   mean, factor   channels, f32; factor = 1 / √(variance + ε)
 *
 * Pointers 4-byte aligned (f64: 8). NaN and infinities of a channel spread over that channel.
 * Source: Ioffe & Szegedy, "Batch normalization", 2015, algorithm 1.
 */
import { lanes_below } from "./images";

/**
 * mean[c] := Σ x / n and variance[c] := Σ (x − mean)² / n, in f64, n = positions·batch; 0 when n is 0.
 *
 *   mean, variance   channels, f64, overwritten
 */
export function f64_batch_statistics(
  channels: u32, positions: u32, batch: u32, x: usize, mean: usize, variance: usize,
): void {
  assert((x & 3) == 0 && ((mean | variance) & 7) == 0);
  memory.fill(mean, 0, (<usize>channels) << 3);
  memory.fill(variance, 0, (<usize>channels) << 3);
  const share = 1 / (<f64>positions * <f64>batch);
  if (positions * batch == 0) return;
  for (let pass = 0; pass < 2; pass++) {
    const sums = pass == 0 ? mean : variance;
    let row = x;
    for (let s: u32 = 0; s < batch; s += 32) {
      const samples = min<u32>(32, batch - s);
      for (let i: u32 = 0; i < positions; i++) {
        for (let c: u32 = 0; c < channels; c++, row += 128) {
          const at = (<usize>c) << 3;
          const center = pass == 0 ? 0 : load<f64>(mean + at);
          const sum = row_sum(row, samples, center, pass == 1);
          store<f64>(sums + at, load<f64>(sums + at) + sum);
        }
      }
    }
    for (let c: u32 = 0; c < channels; c++) {
      const at = sums + ((<usize>c) << 3);
      store<f64>(at, load<f64>(at) * share);
    }
  }
}

/** y := (x − mean)·factor; y may be x. Lanes without a sample as well. flags bit 1: ReLU, NaN kept. */
export function f32_normalise(
  channels: u32, positions: u32, batch: u32, x: usize, mean: usize, factor: usize, flags: u32, y: usize,
): void {
  assert(((x | mean | factor | y) & 3) == 0);
  const zero = f32x4.splat(0);
  const rows = (batch + 31) / 32 * positions;
  for (let i: u32 = 0; i < rows; i++) {
    for (let c: u32 = 0; c < channels; c++) {
      const center = v128.load32_splat(mean + ((<usize>c) << 2));
      const by = v128.load32_splat(factor + ((<usize>c) << 2));
      for (let at: usize = 0; at < 128; at += 16) {
        const value = f32x4.mul(f32x4.sub(v128.load(x + at), center), by);
        v128.store(y + at, flags & 2 ? f32x4.pmax(value, zero) : value);
      }
      x += 128;
      y += 128;
    }
  }
}

/**
 * The gradient through mean and variance, with x̂ = (x − mean)·factor and n = positions·batch:
 *
 *   dx := factor·(dy − Σ dy / n − x̂·Σ dy·x̂ / n), +0 in lanes without a sample
 *
 *   x      what was normalised, with its own mean and factor
 *   dy     by y before ReLU; dx may be dy
 *   sums   scratch, 16·channels bytes, 8-byte aligned
 *
 * Sums in f64.
 */
export function f32_batch_norm_gradient(
  channels: u32, positions: u32, batch: u32, x: usize, mean: usize, factor: usize, dy: usize, sums: usize,
  dx: usize,
): void {
  assert(((x | mean | factor | dy | dx) & 3) == 0 && (sums & 7) == 0);
  memory.fill(sums, 0, (<usize>channels) << 4);
  let at: usize = 0;
  for (let s: u32 = 0; s < batch; s += 32) {
    const samples = min<u32>(32, batch - s);
    for (let i: u32 = 0; i < positions; i++) {
      for (let c: u32 = 0; c < channels; c++, at += 128) {
        const center = v128.load32_splat(mean + ((<usize>c) << 2));
        const by = v128.load32_splat(factor + ((<usize>c) << 2));
        add_sums(x + at, dy + at, samples, center, by, sums + ((<usize>c) << 4));
      }
    }
  }
  const share = 1 / (<f64>positions * <f64>batch);
  at = 0;
  for (let s: u32 = 0; s < batch; s += 32) {
    const samples = min<u32>(32, batch - s);
    for (let i: u32 = 0; i < positions; i++) {
      for (let c: u32 = 0; c < channels; c++, at += 128) {
        const center = v128.load32_splat(mean + ((<usize>c) << 2));
        const by = v128.load32_splat(factor + ((<usize>c) << 2));
        const even = f32x4.splat(<f32>(load<f64>(sums + ((<usize>c) << 4)) * share));
        const along = f32x4.splat(<f32>(load<f64>(sums + ((<usize>c) << 4), 8) * share));
        for (let lane: u32 = 0; lane < 32; lane += 4) {
          const here = at + ((<usize>lane) << 2);
          const normal = f32x4.mul(f32x4.sub(v128.load(x + here), center), by);
          const rest = f32x4.sub(f32x4.sub(v128.load(dy + here), even), f32x4.mul(normal, along));
          v128.store(dx + here, v128.and(f32x4.mul(by, rest), lanes_below(samples, lane)));
        }
      }
    }
  }
}

/** Σ (x − center), or of its squares, over the first `samples` lanes of a row. */
// @ts-ignore: decorator
@inline
function row_sum(row: usize, samples: u32, center: f64, squared: bool): f64 {
  const c = f64x2.splat(center);
  let sum = f64x2.splat(0);
  let lane: u32 = 0;
  for (; lane + 2 <= samples; lane += 2) {
    const value = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(row + ((<usize>lane) << 2))), c);
    sum = f64x2.add(sum, squared ? f64x2.mul(value, value) : value);
  }
  let rest: f64 = 0;
  if (lane < samples) {
    const value = <f64>load<f32>(row + ((<usize>lane) << 2)) - center;
    rest = squared ? value * value : value;
  }
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1) + rest;
}

/** Adds Σ dy and Σ dy·x̂ over the first `samples` lanes of a row to two f64. */
// @ts-ignore: decorator
@inline
function add_sums(x: usize, dy: usize, samples: u32, center: v128, by: v128, sums: usize): void {
  let plain = f64x2.splat(0), along = plain;
  for (let lane: u32 = 0; lane < samples; lane += 4) {
    const at = (<usize>lane) << 2;
    const real = lanes_below(samples, lane);
    const gradient = v128.and(v128.load(dy + at), real);
    const normal = v128.and(f32x4.mul(f32x4.sub(v128.load(x + at), center), by), real);
    const low = f64x2.promote_low_f32x4(gradient);
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(gradient, gradient, 2, 3, 2, 3));
    const upper = f64x2.promote_low_f32x4(v128.shuffle<f32>(normal, normal, 2, 3, 2, 3));
    plain = f64x2.add(plain, f64x2.add(low, high));
    along = f64x2.add(along, f64x2.mul(low, f64x2.promote_low_f32x4(normal)));
    along = f64x2.add(along, f64x2.mul(high, upper));
  }
  const total = f64x2(
    f64x2.extract_lane(plain, 0) + f64x2.extract_lane(plain, 1),
    f64x2.extract_lane(along, 0) + f64x2.extract_lane(along, 1),
  );
  v128.store(sums, f64x2.add(v128.load(sums), total));
}
