/** Block Fisher: exact OBS inside diagonal blocks of the empirical Fisher matrix, over all layers. */
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import { CHUNK, Hessian } from "../linalg/hessian.js";
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { pacer } from "../runtime/turn.js";
import { SamplePasses } from "../saliency/sample-passes.js";
import { UNSTRUCTURED } from "../select/pattern.js";
import type { Mask } from "../tensor/mask.js";
import { neededData } from "./calibration.js";
import type { LayerProblem, LayerTraces, NetworkMethod, WorkOptions } from "./contract.js";
import { exactObs } from "./exact-obs.js";
import { type CurveOfLayer, zerosByLoss } from "./loss-curves.js";
import { masksOf, zerosByLayer } from "./whole.js";

/** What `fisher` takes. */
export interface FisherOptions {
  /** λ > 0, added to the Fisher matrix. Default 1e-5. */
  readonly damping?: number;
  /** The first so many samples give gradients. Default 2000. */
  readonly gradients?: number;
  /**
   * Weights of a block: neighbours of a row. Default 128: larger ones want more gradients (MLPNet at 95 %, 2,000 of
   * them: 84.3 % right with blocks of 98, 82.9 with 196, 81.3 with 392).
   */
  readonly block?: number;
}

/** Weights of a layer, from `first`, that make a block. */
interface Block {
  readonly layer: number;
  readonly first: number;
  readonly size: number;
}

/** What the gradients of samples by a layer's weights are products of, samples × features, row after row. */
interface Factors {
  /** Inputs. */
  readonly x: Float32Array;
  /** Derivatives of the loss by the pre-activations. */
  readonly dy: Float32Array;
}

/** A gradient below it is 0: its square would be a denormal, which costs a hundred times as much as others. */
const LEAST_GRADIENT = 2 ** -50;

/**
 * WoodFisher's blocks with exact steps: each removal inside a block moves its other weights and downdates its inverse,
 * where the published code sums up the moves of all removals. Blocks get zeros by their losses, of a layer or of all.
 *
 * Time 2·(N·B + B²/3) flops a weight; memory 4·N bytes a unit of the network. Unstructured; biases stay.
 *
 * Source: Singh & Alistarh, "WoodFisher", 2020, section 3 and appendix S1.
 *
 * @param options  λ, samples, size of blocks
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit; `solve` rejects with one for N:M and
 *   blocks, or when there are no samples
 */
export function fisher(options?: FisherOptions): NetworkMethod {
  const given = checkOptions("options", options, ["damping", "gradients", "block"]);
  const damping = checkNumber("options.damping", given.damping ?? 1e-5, Number.MIN_VALUE);
  const count = checkInteger("options.gradients", given.gradients ?? 2000, 1);
  const size = checkInteger("options.block", given.block ?? 128, 1);
  return {
    kind: "network",
    name: "fisher",
    needs: "labels",
    squares: true,
    compensates: true,
    async solve(net, data, targets, work) {
      const samples = neededData(data, "fisher");
      const wanted = zerosByLayer(net, targets, "fisher");
      const pace = pacer(work.signal);
      const masks = masksOf(net);
      for (const layer of net.layers) layer.applyMask();
      const factors = await factorsOf(net, samples, Math.min(count, samples.count), pace);
      const blocks = blocksOf(net, size);
      const problemOf = (block: Block) =>
        blockProblem(net, masks[block.layer], factors[block.layer], block, damping);
      const curves = await blockCurves(net, masks, blocks, problemOf, work);
      const zeros = new Map<Block, number>();
      const divide = (some: readonly Block[], total: number) => {
        const each = zerosByLoss(
          some.map((block) => curves.get(block) as CurveOfLayer),
          total,
        );
        for (const [b, block] of some.entries()) zeros.set(block, each[b]);
      };
      if (typeof wanted === "number") divide(blocks, wanted);
      else {
        for (const [l, total] of wanted.entries())
          divide(
            blocks.filter(({ layer }) => layer === l),
            total,
          );
      }
      await removeFrom(net, masks, blocks, zeros, problemOf, work);
    },
  };
}

/** Runs samples through the network, and their losses back. */
async function factorsOf(
  net: Network,
  data: Dataset,
  count: number,
  pace: () => Promise<void>,
): Promise<Factors[]> {
  const { core, layers } = net;
  using _scope = core.scope();
  const factors = layers.map(({ inputs, outputs }) => ({
    x: new Float32Array(count * inputs),
    dy: new Float32Array(count * outputs),
  }));
  const passes = new SamplePasses(net);
  const deltas = passes.buffers();
  const rows = core.allocate(4 * CHUNK * Math.max(...net.sizes));
  for (let first = 0; first < count; first += CHUNK) {
    passes.forward(data, first, layers.length);
    passes.gradientsInto(deltas);
    const batch = Math.min(passes.batch, count - first);
    const take = (features: number, panels: number, to: Float32Array) => {
      core.kernels.f32_rows_from_panels(features, passes.batch, panels, rows, features);
      to.set(core.f32(rows, batch * features), first * features);
    };
    for (const [l, { inputs, outputs }] of layers.entries()) {
      take(inputs, passes.inputs[l], factors[l].x);
      take(outputs, deltas[l], factors[l].dy);
    }
    await pace();
  }
  return factors;
}

function blocksOf(net: Network, size: number): Block[] {
  const blocks: Block[] = [];
  for (const [layer, { outputs, inputs }] of net.layers.entries()) {
    const length = outputs * inputs;
    for (let first = 0; first < length; first += size) {
      blocks.push({ layer, first, size: Math.min(size, length - first) });
    }
  }
  return blocks;
}

/** A block as a layer of one output: its loss ½ δ F δᵀ, F = Σ g gᵀ / N + λI. In the innermost open scope. */
function blockProblem(
  net: Network,
  mask: Mask,
  { x, dy }: Factors,
  { layer, first, size }: Block,
  damping: number,
): LayerProblem {
  const { core } = net;
  const { weights, inputs, outputs } = net.layers[layer];
  const count = x.length / inputs;
  const bits = mask.toArray().subarray(first, first + size);
  const gradients = new Float32Array(count * size);
  for (let s = 0; s < count; s++) {
    for (let c = 0; c < size; c++) {
      if (!bits[c]) continue;
      const [i, j] = [Math.floor((first + c) / inputs), (first + c) % inputs];
      const gradient = dy[s * outputs + i] * x[s * inputs + j];
      if (Math.abs(gradient) >= LEAST_GRADIENT) gradients[s * size + c] = gradient;
    }
  }
  const hessian = new Hessian(core, size);
  hessian.addRows(gradients);
  const matrix = hessian.finish();
  const values = matrix.view();
  for (let at = 0; at < values.length; at++) values[at] /= 2;
  for (let i = 0; i < size; i++) values[i * size + i] += damping;
  const own = weights.toArray().subarray(first, first + size);
  return { weights: core.matrix(1, size, own), hessian: matrix, mask: core.mask(1, size, bits) };
}

/** λ is in the matrix already. */
const inBlock = exactObs({ damping: 0 });

async function blockCurves(
  net: Network,
  masks: readonly Mask[],
  blocks: readonly Block[],
  problemOf: (block: Block) => LayerProblem,
  work: WorkOptions,
): Promise<Map<Block, CurveOfLayer>> {
  const curves = new Map<Block, CurveOfLayer>();
  const bits = masks.map((mask) => mask.toArray());
  for (const [done, block] of blocks.entries()) {
    work.signal?.throwIfAborted();
    using _scope = net.core.scope();
    const options = work.signal ? { workers: 0, signal: work.signal } : { workers: 0 };
    const traces = (await inBlock.traces?.(problemOf(block), UNSTRUCTURED, options)) as LayerTraces;
    const own = bits[block.layer].subarray(block.first, block.first + block.size);
    const pruned = own.reduce((sum, bit) => sum + 1 - bit, 0);
    curves.set(block, { traces, energy: 1, weights: block.size, unit: 1, pruned });
    work.onProgress?.({ done: done + 1, total: 2 * blocks.length });
  }
  return curves;
}

async function removeFrom(
  net: Network,
  masks: readonly Mask[],
  blocks: readonly Block[],
  zeros: ReadonlyMap<Block, number>,
  problemOf: (block: Block) => LayerProblem,
  work: WorkOptions,
): Promise<void> {
  const weights = net.layers.map((layer) => layer.weights.toArray());
  const bits = masks.map((mask) => mask.toArray());
  for (const [done, block] of blocks.entries()) {
    work.signal?.throwIfAborted();
    using _scope = net.core.scope();
    const target = { pattern: UNSTRUCTURED, zeros: zeros.get(block) ?? 0 };
    const solution = await inBlock.solve(problemOf(block), target, { workers: 0 });
    weights[block.layer].set(solution.weights.toArray(), block.first);
    bits[block.layer].set(solution.mask.toArray(), block.first);
    work.onProgress?.({ done: blocks.length + done + 1, total: 2 * blocks.length });
  }
  for (const [l, layer] of net.layers.entries()) {
    masks[l].copyFrom(bits[l]);
    layer.weights.copyFrom(weights[l]);
    layer.changed();
    layer.setMask(masks[l]);
  }
}
