/**
 * loss := Σₛ log Σ_c exp(z_cs) − z_(label s) s        softmax cross-entropy, summed over the batch
 * dz   := scale · (softmax(z) − onehot(labels))       its gradient, when dz is not 0
 *
 *   z, dz   classes × batch   panels of 32 samples (see panel.ts)        (f32 elements)
 *   labels  batch             one u32 each, < classes
 *
 * Pointers are in bytes, 4-byte aligned; dz may be z, and else overlaps nothing.
 * Padding lanes of z are not looked at; those of dz become +0.
 * Probabilities below 2⁻⁶⁴ count as 0 in the gradient, so that no denormals come out of the backward
 * products; −scale at the label stays. A NaN or Infinity among the logits of a sample makes the loss and
 * the gradient of that sample NaN. −Infinity is probability 0.
 * Exponentials and their sum in f32, classes in order; logarithm and losses in f64, samples in order.
 * Work per sample: one exp and one division per class, one f64 log.
 */
import { exp_lanes, log } from "../math";
import { load_lanes, store_lanes } from "./lanes";
import { panel_width } from "../dense/panels";
import { lanes_of_samples, load_labels, offset_of_sample } from "./panel";

const LEAST_PROBABILITY: f32 = 5.421010862427522e-20; // 2⁻⁶⁴

export function f32_softmax_cross_entropy(
  classes: u32, batch: u32, z: usize, labels: usize, scale: f32, dz: usize,
): f64 {
  assert(classes > 0);
  assert(((z | labels | dz) & 3) == 0);

  let loss: f64 = 0;
  for (let first: u32 = 0; first < batch; first += 4) {
    const samples = min<u32>(4, batch - first);
    const width = panel_width(batch - (first & ~31));
    const step = (<usize>width) << 2;
    const offset = offset_of_sample(classes, first);
    const label = load_labels(labels + (first << 2), samples);

    let largest = load_lanes(z + offset, width);
    let chosen = largest;
    for (let c: u32 = 1, at = z + offset + step; c < classes; c++, at += step) {
      const value = load_lanes(at, width);
      largest = f32x4.pmax(largest, value);
      chosen = v128.bitselect(value, chosen, i32x4.eq(label, i32x4.splat(c)));
    }

    let sum = f32x4.splat(0);
    for (let c: u32 = 0, at = offset; c < classes; c++, at += step) {
      const weight = exp_lanes(f32x4.sub(load_lanes(z + at, width), largest));
      sum = f32x4.add(sum, weight);
      if (dz) store_lanes(dz + at, width, weight);
    }
    if (dz) weights_to_gradient(classes, width, dz + offset, label, sum, scale, lanes_of_samples(samples));

    for (let lane: u32 = 0; lane < samples; lane++) {
      const margin = <f64>f32x4.extract_lane(chosen, 0) - <f64>f32x4.extract_lane(largest, 0);
      loss += log(<f64>f32x4.extract_lane(sum, 0)) - margin;
      chosen = v128.shuffle<f32>(chosen, chosen, 1, 2, 3, 0);
      largest = v128.shuffle<f32>(largest, largest, 1, 2, 3, 0);
      sum = v128.shuffle<f32>(sum, sum, 1, 2, 3, 0);
    }
  }
  return loss;
}

/** dz := scale · (dz / sum − onehot), with small probabilities and the lanes that are not real at +0. */
// @ts-ignore: decorator
@inline
function weights_to_gradient(
  classes: u32, width: u32, dz: usize, label: v128, sum: v128, scale: f32, real: v128,
): void {
  const least = f32x4.mul(sum, f32x4.splat(LEAST_PROBABILITY));
  const step = (<usize>width) << 2;
  for (let c: u32 = 0; c < classes; c++, dz += step) {
    const weight = load_lanes(dz, width);
    const probability = f32x4.div(v128.andnot(weight, f32x4.lt(weight, least)), sum);
    const onehot = v128.and(f32x4.splat(1), i32x4.eq(label, i32x4.splat(c)));
    const gradient = f32x4.mul(f32x4.splat(scale), f32x4.sub(probability, onehot));
    store_lanes(dz, width, v128.and(gradient, real));
  }
}
