/** One step of edge-popup over all layers. */
import type { Dataset } from "../net/dataset.js";
import type { Network } from "../net/network.js";
import { Passes } from "../net/passes.js";
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
    const columns = net.stages.find((stage) => stage.layer === layer)?.columns?.(batch) ?? batch;
    layer.setMask(core.mask(outputs, inputs, bits), popupKernel(layer, kept[l], columns));
  }
}

/** Trains scores step by step. All its memory is taken at the start, so a run of any length stays flat. */
export class PopupTrainer {
  readonly #passes: Passes<PopupLayer>;

  /**
   * @param net  with masks of `reserveMasks`
   * @param batch  samples a step, at most 65,536
   * @param seed  of the first scores, U(−1 / √inputs, 1 / √inputs): Kaiming uniform with a = √5
   */
  constructor(net: Network, batch: number, seed: number) {
    this.#passes = new Passes(
      net,
      batch,
      (layer, columns, isFirst, l) => new PopupLayer(layer, firstScores(net, l, seed), columns, isFirst),
    );
  }

  get layers(): readonly PopupLayer[] {
    return this.#passes.layers;
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
    let changed = 0;
    const loss = this.#passes.step(data, indices, (layer) => {
      layer.update(step);
      changed += layer.select();
    });
    return { loss, changed };
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
