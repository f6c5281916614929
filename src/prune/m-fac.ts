/** M-FAC: Optimal Brain Surgeon on all weights at once, by the gradients that the Fisher matrix is made of. */
import { globalZeros } from "../budget/global.js";
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import type { Network } from "../net/network.js";
import { pacer } from "../runtime/turn.js";
import { type Target, UNSTRUCTURED } from "../select/pattern.js";
import { pruneToTarget } from "../select/select.js";
import type { Mask } from "../tensor/mask.js";
import { neededData } from "./calibration.js";
import type { NetworkMethod } from "./contract.js";
import { flatWeights, sampleGradients } from "./sample-gradients.js";
import { checkTargets, masksOf } from "./whole.js";

/** What `mFac` takes. */
export interface MFacOptions {
  /** λ, added to the Fisher matrix's diagonal; above 0. Default 1e-5. */
  readonly damping?: number;
  /** The first so many samples give one gradient each. Default 100. */
  readonly gradients?: number;
}

/** The inverse of λI + Σ g gᵀ / m as products with vectors: m·d numbers for d weights, never d². */
export class FisherInverse {
  readonly #damping: number;
  /** F⁻¹ of the gradients before, times each gradient; and m + g·(that). */
  readonly #products: Float64Array[] = [];
  readonly #divisors: number[] = [];

  /**
   * Time m²·d.
   *
   * @param gradients  m vectors of one length
   * @param damping  λ > 0
   * @param pace  awaited between gradients
   */
  static async of(
    gradients: readonly Float64Array[],
    damping: number,
    pace: () => Promise<void>,
  ): Promise<FisherInverse> {
    const inverse = new FisherInverse(damping);
    for (const gradient of gradients) {
      const product = inverse.times(gradient);
      inverse.#divisors.push(gradients.length + dot(gradient, product));
      inverse.#products.push(product);
      await pace();
    }
    return inverse;
  }

  private constructor(damping: number) {
    this.#damping = damping;
  }

  /** F⁻¹x. */
  times(x: Float64Array): Float64Array {
    const out = x.map((value) => value / this.#damping);
    for (const [k, h] of this.#products.entries()) {
      const factor = dot(h, x) / this.#divisors[k];
      for (let i = 0; i < h.length; i++) out[i] -= factor * h[i];
    }
    return out;
  }

  /** The diagonal of F⁻¹ for so many weights. */
  diagonal(length: number): Float64Array {
    const out = new Float64Array(length).fill(1 / this.#damping);
    for (const [k, h] of this.#products.entries()) {
      for (let i = 0; i < length; i++) out[i] -= (h[i] * h[i]) / this.#divisors[k];
    }
    return out;
  }
}

/**
 * One-shot pruning by w² / (2 [F⁻¹]_qq), F the damped empirical Fisher matrix of all weights together; kept weights
 * move by the sum of what each removal alone would want. All patterns; within layers or over all of them.
 *
 * Time m²·d and memory 8·m·d bytes, for m gradients of d weights.
 *
 * Source: Frantar, Kurtic & Alistarh, "M-FAC", 2021, section 3 (static algorithm).
 *
 * @param options  damping and gradients
 * @returns the method. Its `solve` rejects with an ArgumentTypeError without samples, a ShapeError when there is not
 *   one target a layer, a NonFiniteError when a score is NaN, or the signal's reason
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 */
export function mFac(options?: MFacOptions): NetworkMethod {
  const { damping = 1e-5, gradients = 100 } = checkOptions("options", options, ["damping", "gradients"]);
  checkNumber("options.damping", damping, Number.MIN_VALUE);
  checkInteger("options.gradients", gradients, 1);
  return {
    kind: "network",
    name: "m-fac",
    needs: "labels",
    squares: true,
    compensates: true,
    async solve(net, data, targets, work) {
      const samples = neededData(data, "m-fac");
      checkTargets(net, targets);
      const pace = pacer(work.signal);
      const masks = masksOf(net);
      for (const layer of net.layers) layer.applyMask();
      const vectors = await sampleGradients(net, masks, samples, gradients, pace);
      const inverse = await FisherInverse.of(vectors, damping, pace);
      pruneBy(net, masks, inverse, targets);
      work.onProgress?.({ done: 1, total: 1 });
    },
  };
}

function pruneBy(
  net: Network,
  masks: readonly Mask[],
  inverse: FisherInverse,
  targets: readonly Target[] | number,
): void {
  const weights = flatWeights(net);
  const diagonal = inverse.diagonal(weights.length);
  selectByScores(
    net,
    masks,
    weights.map((w, i) => (w * w) / (2 * diagonal[i])),
    targets,
  );
  const bits = masks.flatMap((mask) => Array.from(mask.toArray()));
  const moves = inverse.times(weights.map((w, i) => (bits[i] ? 0 : w / diagonal[i])));
  let at = 0;
  for (const [l, layer] of net.layers.entries()) {
    const end = at + layer.outputs * layer.inputs;
    layer.weights.copyFrom(Float32Array.from(weights.subarray(at, end), (w, i) => w - moves[at + i]));
    layer.changed();
    layer.setMask(masks[l]);
    layer.applyMask();
    at = end;
  }
}

/** Prunes masks by the scores of all layers' weights in one vector. */
function selectByScores(
  net: Network,
  masks: readonly Mask[],
  scores: Float64Array,
  targets: readonly Target[] | number,
): void {
  const { core } = net;
  core.scoped(() => {
    let at = 0;
    const scored = masks.map((mask) => {
      const end = at + mask.rows * mask.columns;
      const part = core.matrix(mask.rows, mask.columns, Float32Array.from(scores.subarray(at, end)));
      at = end;
      return { mask, scores: part };
    });
    const each =
      typeof targets === "number"
        ? globalZeros(scored, targets).map((zeros) => ({ pattern: UNSTRUCTURED, zeros }))
        : targets;
    for (const [l, target] of each.entries()) pruneToTarget(masks[l], scored[l].scores, target, "layer");
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
