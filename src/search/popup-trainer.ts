/** One step of edge-popup over all layers. */
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../linalg/panels.js";
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { STREAM, seedWords } from "../random.js";
import type { Matrix } from "../tensor/matrix.js";
import { PopupLayer, popupKernel, type ScoreStep } from "./popup-layer.js";

/**
 * Gives each layer a mask that keeps some weights, whichever. It and what is packed by it live in the scope that is
 * open now; a trainer changes them in place.
 *
 * @param kept  how many weights a layer keeps
 * @param batch  samples of the products to come
 */
export function reserveMasks(net: Network, kept: readonly number[], batch: number): void {
  for (const [l, layer] of net.layers.entries()) {
    const { core, inputs, outputs } = layer;
    const bits = new Uint8Array(inputs * outputs).fill(1, 0, kept[l]);
    layer.setMask(core.mask(outputs, inputs, bits), popupKernel(layer, kept[l], batch));
  }
}

/** Trains scores step by step. All its memory is taken at the start, so a run of any length stays flat. */
export class PopupTrainer {
  readonly net: Network;
  readonly batch: number;
  readonly layers: readonly PopupLayer[];
  /** Outputs of each layer, outputs × batch in panels. */
  readonly #outputs: readonly number[];
  readonly #x: number;
  readonly #labels: number;
  readonly #scratch: number;

  /**
   * @param net  with masks of `reserveMasks`
   * @param batch  samples a step, at most 65,536
   * @param seed  of the first scores, U(−1 / √inputs, 1 / √inputs): Kaiming uniform with a = √5
   */
  constructor(net: Network, batch: number, seed: number) {
    const { core, layers } = net;
    this.net = net;
    this.batch = batch;
    this.#x = core.allocate(panelsBytes(net.sizes[0], batch));
    this.#labels = core.allocate(batch);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    this.#outputs = layers.map(({ outputs }) => core.allocate(panelsBytes(outputs, batch)));
    this.layers = layers.map((layer, l) => {
      return new PopupLayer(layer, firstScores(net, l, seed), batch, l === 0);
    });
  }

  /**
   * One step on samples of a resident data set: forward with the masked weights, gradients, scores, masks.
   *
   * @param data  in the core of the network
   * @param indices  address of `batch` sample numbers, u32
   * @param step  how the scores move
   * @returns mean loss before the step, in nats, and how many bits of the masks changed
   */
  stepOn(data: Dataset, indices: number, step: ScoreStep): { loss: number; changed: number } {
    const { net, batch } = this;
    const { kernels } = net.core;
    data.gatherInto(batch, indices, this.#x, this.#labels);
    const inputOf = (l: number) => (l === 0 ? this.#x : this.#outputs[l - 1]);
    for (const [l, layer] of net.layers.entries()) {
      layer.forwardPanels(batch, inputOf(l), this.#outputs[l], this.#scratch);
    }
    const last = net.layers.length - 1;
    const logits = this.#outputs[last];
    const classes = net.sizes[last + 1];
    const loss = kernels.f32_softmax_cross_entropy(classes, batch, logits, this.#labels, 1 / batch, logits);
    let dy = logits;
    let changed = 0;
    for (let l = last; l >= 0; l--) {
      const layer = this.layers[l];
      layer.backward(inputOf(l), dy);
      layer.update(step);
      changed += layer.select();
      dy = layer.dx;
    }
    return { loss: loss / batch, changed };
  }
}

function firstScores({ core, layers }: Network, l: number, seed: number): Matrix {
  const { inputs, outputs } = layers[l];
  const scores = core.matrix(outputs, inputs);
  const bound = 1 / Math.sqrt(inputs);
  core.kernels.f32_random_uniform(
    ...([inputs * outputs, -bound, bound, ...seedWords(seed), STREAM.popup, l, scores.ptr] as const),
  );
  return scores;
}
