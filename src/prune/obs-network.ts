/** OBS over a whole small network as a method of `prune`. */
import { checkNumber, checkOptions } from "../check.js";
import { checkPerceptron } from "../net/description.js";
import { forEachInput } from "../net/layer-inputs.js";
import type { Network } from "../net/network.js";
import { type SmallNetwork, type SmallSamples, smallNetwork } from "../net/small-network.js";
import { pacer } from "../runtime/turn.js";
import { neededData } from "./calibration.js";
import type { NetworkMethod } from "./contract.js";
import { deleteByObs, inverseByRecursion, obsSaliencies } from "./obs.js";
import { zerosByLayer } from "./whole.js";

/** What `obs` takes. */
export interface ObsOptions {
  /** α > 0, added to the Gauss–Newton Hessian. Default 1e-4. */
  readonly alpha?: number;
}

/**
 * Optimal Brain Surgeon over all weights at once, for networks of at most 4,096 parameters: one inverse of the
 * Gauss–Newton Hessian of the softmax cross-entropy, then deletions that move all other parameters, biases too.
 * Biases are never deleted. Unstructured. d² flops a sample and output, and again a deletion.
 *
 * Source: Hassibi & Stork, "Optimal Brain Surgeon", 1993.
 *
 * @param options  α
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit; `solve` rejects with one when the
 *   network is too large, the pattern is not unstructured, or there are no samples
 */
export function obs(options?: ObsOptions): NetworkMethod {
  const given = checkOptions("options", options, ["alpha"]);
  const alpha = checkNumber("options.alpha", given.alpha ?? 1e-4, Number.MIN_VALUE);
  return {
    kind: "network",
    name: "obs",
    needs: "inputs",
    squares: true,
    compensates: true,
    async solve(net, data, targets, work) {
      const samples = neededData(data, "obs");
      const wanted = zerosByLayer(net, targets, "obs");
      for (const layer of net.layers) layer.applyMask();
      const small = smallCopy(net);
      const inputs: number[] = [];
      forEachInput(net, 0, samples, (batch, x) => {
        const rows = net.core.scoped(() => {
          const to = net.core.allocate(4 * batch * samples.features);
          net.core.kernels.f32_rows_from_panels(samples.features, batch, x, to, samples.features);
          return net.core.f32(to, batch * samples.features).slice();
        });
        for (const value of rows) inputs.push(value);
      });
      const targetsOfAll = new Float64Array(samples.count * samples.classes);
      const all: SmallSamples = { inputs: Float64Array.from(inputs), targets: targetsOfAll };
      const inverse = inverseByRecursion(small, all, alpha);
      const layerOf = layersOf(net);
      const zeros = zerosOf(small, layerOf, net.layers.length);
      const isOpen = (l: number) =>
        l >= 0 && (typeof wanted === "number" ? total(zeros) < wanted : zeros[l] < wanted[l]);
      const end = typeof wanted === "number" ? wanted : total(wanted);
      const turn = pacer(work.signal, () => work.onProgress?.({ done: total(zeros), total: end }));
      while (net.layers.some((_, l) => isOpen(l))) {
        await turn();
        let [least, q] = [Infinity, -1];
        for (const [i, saliency] of obsSaliencies(small, inverse).entries()) {
          if (isOpen(layerOf[i]) && saliency < least) [least, q] = [saliency, i];
        }
        if (q < 0) break;
        deleteByObs(small, inverse, q);
        zeros[layerOf[q]]++;
      }
      writeBack(net, small);
    },
  };
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The layer of each parameter; −1 of biases. */
function layersOf(net: Network): Int32Array {
  return Int32Array.from(
    net.layers.flatMap(({ outputs, inputs }, l) => [
      ...new Array<number>(outputs * inputs).fill(l),
      ...new Array<number>(outputs).fill(-1),
    ]),
  );
}

function zerosOf(small: SmallNetwork, layerOf: Int32Array, layers: number): number[] {
  const zeros = new Array<number>(layers).fill(0);
  small.mask.forEach((bit, q) => {
    if (!bit) zeros[layerOf[q]]++;
  });
  return zeros;
}

function smallCopy(net: Network): SmallNetwork {
  checkPerceptron(net.description, "obs");
  const small = smallNetwork(net.sizes, { hidden: "relu", loss: "cross-entropy" });
  small.parameters.set(net.parameters().flatMap((each) => [...each]));
  let at = 0;
  for (const { mask, outputs, inputs } of net.layers) {
    if (mask) small.mask.set(mask.toArray(), at);
    at += outputs * (inputs + 1);
  }
  return small;
}

function writeBack(net: Network, small: SmallNetwork): void {
  let at = 0;
  for (const layer of net.layers) {
    const { outputs, inputs } = layer;
    const bits = small.mask.subarray(at, at + outputs * inputs);
    layer.weights.copyFrom(Float32Array.from(small.parameters.subarray(at, at + outputs * inputs)));
    at += outputs * inputs;
    layer.bias.copyFrom(Float32Array.from(small.parameters.subarray(at, at + outputs)));
    at += outputs;
    layer.changed();
    layer.setMask(net.core.mask(outputs, inputs, Uint8Array.from(bits)));
  }
}
