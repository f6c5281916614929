/** What SynFlow needs of a network: how much of the flow of all paths goes through each weight. */
import { checkPerceptron } from "../net/description.js";
import type { Linear } from "../net/linear.js";
import type { Network } from "../net/network.js";
import type { Matrix } from "../tensor/matrix.js";

const MIN_NORMAL = 2 ** -126;
const MAX = (2 - 2 ** -23) * 2 ** 127;

/**
 * The gradient of R = Σ outputs by |weights|, divided by R: of the network with |weights|, no biases, and an input of
 * ones. Times |weights| it sums up to 1 in every layer, the same for all.
 *
 * In f64, scaled layer by layer, so neither depth nor width overflows. In f32 then, at most the largest f32; +0 below
 * 2⁻¹²⁶, and everywhere when no path is left.
 *
 * Source: Tanaka et al. 2020, "Pruning neural networks without any data by iteratively conserving synaptic flow".
 *
 * @param net  its masked weights count as 0
 * @throws {ArgumentRangeError} when it is no perceptron
 * @param out  for each layer its outputs × inputs, overwritten, or undefined where nobody asks
 */
export function pathGradientsInto(net: Network, out: readonly (Matrix | undefined)[]): void {
  const { core, sizes, layers } = net;
  checkPerceptron(net.description, "gradients of paths");
  core.scoped(() => {
    const matrices = layers.map(magnitudesOf);
    // Nothing allocates from here on, so the views last.
    const magnitudes = matrices.map((matrix) => matrix.view());
    const forward = [new Float64Array(sizes[0]).fill(1)];
    const through = magnitudes.map((magnitude, l) => {
      const sums = throughRows(magnitude, forward[l], sizes[l + 1]);
      forward.push(scaled(sums));
      return sums;
    });
    let backward = new Float64Array(sizes[layers.length]).fill(1);
    for (let l = layers.length - 1; l >= 0; l--) {
      const flow = through[l].reduce((sum, value, i) => sum + value * backward[i], 0);
      const gradients = out[l];
      if (gradients) writeOuter(backward, forward[l], flow, gradients);
      backward = scaled(throughColumns(magnitudes[l], backward, sizes[l]));
    }
  });
}

/** |weights|, +0 where pruned. */
function magnitudesOf({ core, weights, mask, outputs, inputs }: Linear): Matrix {
  const magnitudes = core.matrix(outputs, inputs);
  const { ptr, stride } = magnitudes;
  core.kernels.f32_abs(outputs * inputs, weights.ptr, ptr);
  if (mask) core.kernels.f32_mask_apply(outputs, inputs, ptr, stride, mask.ptr, mask.strideWords);
  return magnitudes;
}

/** |W|·x. */
function throughRows(magnitudes: Float32Array, x: Float64Array, rows: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: rows }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += magnitudes[i * x.length + j] * x[j];
    return sum;
  });
}

/** |W|ᵀ·y. */
function throughColumns(
  magnitudes: Float32Array,
  y: Float64Array,
  columns: number,
): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(columns);
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < columns; j++) sums[j] += magnitudes[i * columns + j] * y[i];
  }
  return sums;
}

/** Divided by the largest, unless that is 0. */
function scaled(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return largest > 0 ? values.map((value) => value / largest) : values;
}

/** y·xᵀ / flow. */
function writeOuter(y: Float64Array, x: Float64Array, flow: number, out: Matrix): void {
  const values = out.view();
  if (flow === 0) {
    values.fill(0);
    return;
  }
  for (let i = 0; i < y.length; i++) {
    for (let j = 0; j < x.length; j++) {
      const gradient = (y[i] * x[j]) / flow;
      values[i * x.length + j] = gradient < MIN_NORMAL ? 0 : Math.min(gradient, MAX);
    }
  }
}
