/** Forward and backward through a network, whatever is learnt in its layers. */
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../linalg/panels.js";
import type { Dataset } from "./dataset.js";
import type { LayerTrainer } from "./layer-trainer.js";
import type { Linear } from "./linear.js";
import type { Network } from "./network.js";
import type { StageTrainer } from "./stage.js";

/** The buffers of a batch. All memory is taken at the start, so a run of any length stays flat. */
export class Passes<T extends LayerTrainer> {
  /** What `prepare` gave, in the order of the layers. */
  readonly layers: readonly T[];
  readonly #net: Network;
  readonly #batch: number;
  readonly #stages: readonly StageTrainer[];
  /** The layer of each stage that has one. */
  readonly #layerOf: readonly (T | undefined)[];
  /** The first stage with weights: no gradient is needed before it. */
  readonly #first: number;
  /** Outputs of each stage. */
  readonly #outputs: readonly number[];
  readonly #x: number;
  readonly #labels: number;
  readonly #scratch: number;

  /**
   * @param net  its masks as they are to be
   * @param batch  samples a step
   * @param prepare  a layer for training on so many columns at most; its number counts from 0
   */
  constructor(
    net: Network,
    batch: number,
    prepare: (layer: Linear, columns: number, isFirst: boolean, number: number) => T,
  ) {
    const { core, stages } = net;
    const layers: T[] = [];
    const layerOf: (T | undefined)[] = [];
    this.#net = net;
    this.#batch = batch;
    this.#x = core.allocate(panelsBytes(net.sizes[0], batch));
    this.#labels = core.allocate(4 * batch);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    this.#outputs = stages.map((stage) => core.allocate(stage.bytes(batch)));
    this.#first = stages.findIndex(({ layer }) => layer);
    this.#stages = stages.map((stage, i) =>
      stage.trainer(batch, i <= this.#first, (layer, columns, isFirst) => {
        const prepared = prepare(layer, columns, isFirst, layers.length);
        layers.push(prepared);
        layerOf[i] = prepared;
        return prepared;
      }),
    );
    this.layers = layers;
    this.#layerOf = layerOf;
  }

  /**
   * One step on samples of a resident data set.
   *
   * @param data  in the core of the network
   * @param indices  address of `batch` sample numbers, u32
   * @param update  moves what a layer learns, last layer first, once its gradients are there and it is done with
   * @returns mean loss before the step, in nats
   */
  step(data: Dataset, indices: number, update: (layer: T) => void): number {
    const batch = this.#batch;
    const net = this.#net;
    const { kernels } = net.core;
    data.gatherInto(batch, indices, this.#x, this.#labels);
    const inputOf = (i: number) => (i === 0 ? this.#x : this.#outputs[i - 1]);
    for (const [i, stage] of this.#stages.entries()) {
      stage.forward(inputOf(i), this.#outputs[i], this.#scratch);
    }
    const last = this.#stages.length - 1;
    const logits = this.#outputs[last];
    const classes = net.sizes[net.sizes.length - 1];
    const loss = kernels.f32_softmax_cross_entropy(classes, batch, logits, this.#labels, 1 / batch, logits);
    let dy = logits;
    for (let i = last; i >= this.#first; i--) {
      const stage = this.#stages[i];
      const layer = this.#layerOf[i];
      stage.backward(inputOf(i), this.#outputs[i], dy);
      if (layer) update(layer);
      dy = stage.dx;
    }
    return loss / batch;
  }
}
