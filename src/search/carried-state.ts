/** An optimiser's state that outlives a training, so that masks may change between two. */
import type { Kernels } from "../generated/kernels.js";
import type { Linear } from "../net/linear.js";
import type { Network } from "../net/network.js";
import type { Optimizer, Updates } from "../net/optimizer.js";
import { CsrMatrix } from "../sparse/csr.js";
import type { Mask } from "../tensor/mask.js";
import type { Matrix } from "../tensor/matrix.js";

/**
 * Owns the state of an optimiser for all parameters of a network. While a layer trains on its kept weights alone, the
 * state of its weights lies as they do, entry by entry; between two trainings it has the shape of the layer.
 */
export class CarriedState {
  /** To be given to `train`, as often as wanted: its runs go on from one another. */
  readonly optimizer: Optimizer;
  readonly #net: Network;
  readonly #batch: number;
  /** By layer, then by number of the optimiser: outputs × inputs. */
  readonly #weights: readonly Matrix[][];
  /** 1 × outputs. */
  readonly #biases: readonly Matrix[][];
  /** The entries of layers that train on their kept weights alone, during a training. */
  #entries: (CsrMatrix | undefined)[] = [];

  /**
   * Allocates the state, all 0, in the innermost open scope.
   *
   * @param net  trained with it
   * @param optimizer  whose state it is
   * @param batch  samples a step
   */
  constructor(net: Network, optimizer: Optimizer, batch: number) {
    const { core, layers } = net;
    const zeros = (rows: number, columns: number) =>
      Array.from({ length: optimizer.states }, () => core.matrix(rows, columns));
    this.#net = net;
    this.#batch = batch;
    this.#weights = layers.map(({ outputs, inputs }) => zeros(outputs, inputs));
    this.#biases = layers.map(({ outputs }) => zeros(1, outputs));
    const updates = optimizer.begin();
    this.optimizer = { name: optimizer.name, states: 0, begin: () => this.#begin(updates) };
  }

  /** Lays the state out as the layers will train, and finds it by the addresses of parameters. */
  #begin(updates: Updates): Updates {
    const { layers } = this.#net;
    const states = new Map<number, number[]>();
    const addresses = (matrices: readonly Matrix[]) => matrices.map(({ ptr }) => ptr);
    this.#entries = layers.map((layer) => entriesOf(layer, this.#batch));
    for (const [l, layer] of layers.entries()) {
      const csr = this.#entries[l];
      states.set(layer.bias.ptr, addresses(this.#biases[l]));
      states.set(csr ? csr.values : layer.weights.ptr, addresses(this.#weights[l]));
      if (!csr) continue;
      for (const state of this.#weights[l]) {
        csr.refresh(state);
        state.view().set(this.#valuesOf(csr));
      }
      csr.refresh(layer.weights);
    }
    return {
      advance: () => updates.advance(),
      update: (kernels: Kernels, n, parameters, gradient) =>
        updates.update(kernels, n, parameters, gradient, states.get(parameters) as number[]),
    };
  }

  /** Gives the state the shape of the layers again; called when a training has ended, before masks change. */
  release(): void {
    for (const [l, layer] of this.#net.layers.entries()) {
      const csr = this.#entries[l];
      if (!csr) continue;
      // The values are borrowed: what they hold goes into the layer first, and comes back from there.
      const { weights } = layer;
      for (const state of this.#weights[l]) {
        this.#valuesOf(csr).set(state.view().subarray(0, csr.count));
        csr.unpackInto(state);
      }
      csr.refresh(weights);
    }
    this.#entries = [];
  }

  /** Sets the state of pruned weights of a layer to 0. */
  applyMask(l: number, mask: Mask): void {
    const { kernels } = this.#net.core;
    for (const { rows, columns, ptr, stride } of this.#weights[l]) {
      kernels.f32_mask_apply(rows, columns, ptr, stride, mask.ptr, mask.strideWords);
    }
  }

  #valuesOf(csr: CsrMatrix): Float32Array {
    return this.#net.core.f32(csr.values, csr.count);
  }
}

/** The entries of a layer that trains on its kept weights alone (net/layer-trainer.ts). */
function entriesOf(layer: Linear, batch: number): CsrMatrix | undefined {
  const sparse = layer.kernelFor(batch) === "csr" ? layer.sparse : undefined;
  return sparse instanceof CsrMatrix ? sparse : undefined;
}
