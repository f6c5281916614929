/** A naive network of convolutions in f64, on one batch: the oracle of forward passes and gradients. */
import type { NetworkDescription } from "../../src/net/description.js";
import { placeLayers } from "../../src/net/description.js";

/** Sample after sample, channel after channel, row after row. */
type Batch = number[][];

function convolve(
  x: number[],
  weights: ArrayLike<number>,
  bias: ArrayLike<number>,
  [channels, height, width]: readonly number[],
  [outputs, rows, columns]: readonly number[],
  { kernel, stride, padding }: { kernel: readonly number[]; stride: number; padding: number },
): number[] {
  const y: number[] = [];
  for (let o = 0; o < outputs; o++)
    for (let oy = 0; oy < rows; oy++)
      for (let ox = 0; ox < columns; ox++) {
        let sum = bias[o];
        for (let c = 0; c < channels; c++)
          for (let u = 0; u < kernel[0]; u++)
            for (let v = 0; v < kernel[1]; v++) {
              const [iy, ix] = [oy * stride + u - padding, ox * stride + v - padding];
              if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
              const weight = weights[((o * channels + c) * kernel[0] + u) * kernel[1] + v];
              sum += weight * x[(c * height + iy) * width + ix];
            }
        y.push(sum);
      }
  return y;
}

function pooled(
  x: number[],
  [, height, width]: readonly number[],
  [channels, rows, columns]: readonly number[],
  { of, size, stride }: { of: string; size: number; stride: number },
): number[] {
  const y: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let oy = 0; oy < rows; oy++)
      for (let ox = 0; ox < columns; ox++) {
        const window: number[] = [];
        for (let i = 0; i < size * size; i++) {
          const [iy, ix] = [oy * stride + Math.floor(i / size), ox * stride + (i % size)];
          window.push(x[(c * height + iy) * width + ix]);
        }
        y.push(of === "max" ? Math.max(...window) : window.reduce((sum, v) => sum + v, 0) / window.length);
      }
  return y;
}

/** Normalises by the batch, or by what `running` holds. */
function normalised(
  batch: Batch,
  [channels, height, width]: readonly number[],
  epsilon: number,
  running?: ArrayLike<number>,
): Batch {
  const area = height * width;
  const out = batch.map((x) => x.slice());
  for (let c = 0; c < channels; c++) {
    const own = batch.flatMap((x) => x.slice(c * area, (c + 1) * area));
    const mean = running ? running[c] : own.reduce((sum, v) => sum + v, 0) / own.length;
    const variance = running
      ? running[channels + c]
      : own.reduce((sum, v) => sum + (v - mean) ** 2, 0) / own.length;
    for (const x of out)
      for (let i = c * area; i < (c + 1) * area; i++) x[i] = (x[i] - mean) / Math.sqrt(variance + epsilon);
  }
  return out;
}

/**
 * Logits of all samples.
 *
 * @param parameters  as `Network.parameters` gives them; running averages are used when `isTrained`
 */
export function logitsOf(
  description: NetworkDescription,
  parameters: readonly ArrayLike<number>[],
  samples: Batch,
  isTrained: boolean,
): Batch {
  const placed = placeLayers(description);
  const weighted = placed.filter(({ description: { kind } }) => kind === "conv" || kind === "dense");
  let [l, states] = [0, 2 * weighted.length];
  let batch = samples;
  for (const { description: layer, input, output, relu } of placed) {
    const [weights, bias] = [parameters[2 * l], parameters[2 * l + 1]];
    if (layer.kind === "conv") {
      batch = batch.map((x) => convolve(x, weights, bias, input, output, layer));
      l++;
    } else if (layer.kind === "dense") {
      batch = batch.map((x) =>
        Array.from({ length: layer.outputs }, (_, i) =>
          x.reduce((sum, v, j) => sum + weights[i * x.length + j] * v, bias[i]),
        ),
      );
      l++;
    } else if (layer.kind === "pool") batch = batch.map((x) => pooled(x, input, output, layer));
    else batch = normalised(batch, input, layer.epsilon, isTrained ? parameters[states++] : undefined);
    if (relu) batch = batch.map((x) => x.map((v) => Math.max(0, v)));
  }
  return batch;
}

/** Mean softmax cross-entropy of a batch in training. */
export function lossOf(
  description: NetworkDescription,
  parameters: readonly ArrayLike<number>[],
  samples: Batch,
  labels: Uint8Array,
): number {
  const losses = logitsOf(description, parameters, samples, false).map((z, s) => {
    const top = Math.max(...z);
    return Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0)) - (z[labels[s]] - top);
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
