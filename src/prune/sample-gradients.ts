/** Gradients of single samples by all weights of a network, and weights of all layers in one vector. */
import { ShapeError } from "../errors.js";
import { CHUNK } from "../linalg/hessian.js";
import { panelsBytes } from "../linalg/panels.js";
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { SamplePasses } from "../saliency/sample-passes.js";
import type { Mask } from "../tensor/mask.js";

/**
 * The gradient of each sample's softmax cross-entropy by the weights of all layers, biases left out.
 *
 * @param net  as it is now, masks and all
 * @param masks  one a layer: where a bit is 0, gradients are 0
 * @param data  in the network's core
 * @param count  the first so many samples, at most all
 * @param pace  awaited between chunks
 * @returns one vector a sample: layer after layer, row after row
 * @throws {ShapeError} when samples do not have the network's inputs
 */
export async function sampleGradients(
  net: Network,
  masks: readonly Mask[],
  data: Dataset,
  count: number,
  pace: () => Promise<void>,
): Promise<Float64Array[]> {
  const { core, layers } = net;
  if (data.features !== net.sizes[0]) {
    throw new ShapeError(`"data" expected samples of ${net.sizes[0]}, got ${data.features}`);
  }
  using _scope = core.scope();
  const bits = masks.map((mask) => mask.toArray());
  const length = bits.reduce((sum, each) => sum + each.length, 0);
  const passes = new SamplePasses(net);
  const dy = passes.buffers();
  const gradients: Float64Array[] = [];
  for (let first = 0; first < Math.min(count, data.count); first += CHUNK) {
    passes.forward(data, first, layers.length);
    passes.gradientsInto(dy);
    for (let s = 0; s < passes.batch && gradients.length < count; s++) {
      const gradient = new Float64Array(length);
      let at = 0;
      for (const [l, { inputs, outputs }] of layers.entries()) {
        const x = lane(net, passes.inputs[l], inputs, passes.batch, s);
        for (const d of lane(net, dy[l], outputs, passes.batch, s)) {
          for (const value of x) gradient[at++] = d * value;
        }
        bits[l].forEach((bit, i) => {
          if (!bit) gradient[at - bits[l].length + i] = 0;
        });
      }
      gradients.push(gradient);
    }
    await pace();
  }
  return gradients;
}

/** One sample of features × batch in panels (assembly/dense/panels.ts). */
function lane({ core }: Network, ptr: number, features: number, batch: number, s: number): Float32Array {
  const values = core.f32(ptr, panelsBytes(features, batch) / 4);
  const first = s & ~31;
  const width = panelsBytes(1, Math.min(32, batch - first)) / 4;
  return Float32Array.from({ length: features }, (_, i) => values[first * features + i * width + (s & 31)]);
}

/** The weights of all layers, layer after layer, row after row. */
export function flatWeights(net: Network): Float64Array {
  return Float64Array.from(net.layers.flatMap(({ weights }) => Array.from(weights.toArray())));
}
