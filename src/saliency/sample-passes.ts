/** Passes of samples through a network, a chunk at a time: activations, and what runs backwards through them. */
import { CHUNK } from "../linalg/hessian.js";
import { ACCUMULATE, GEMM_SCRATCH_BYTES, packedBytes, panelsBytes } from "../linalg/panels.js";
import type { Dataset } from "../net/dataset.js";
import { checkPerceptron } from "../net/description.js";
import type { Linear } from "../net/linear.js";
import type { Network } from "../net/network.js";
import type { Matrix } from "../tensor/matrix.js";

/**
 * The buffers of a chunk. Everything is in panels (assembly/dense/panels.ts), addresses in bytes, and lives in the
 * innermost scope that was open when it was made. Losses are the samples' own, not yet divided by their number.
 */
export class SamplePasses {
  readonly net: Network;
  /** Samples of the chunk that was read last. */
  batch = 0;
  /** Inputs of each layer, inputs × batch; one more at the end: the logits. */
  readonly inputs: readonly number[];
  readonly #indices: number;
  readonly #labels: number;
  readonly #packed: number;
  readonly #scratch: number;

  /**
   * @param net  its weights and masks stay as they are while this is used
   * @throws {ArgumentRangeError} when it is no perceptron
   */
  constructor(net: Network) {
    const { core, sizes, layers } = net;
    checkPerceptron(net.description, "gradients of samples");
    this.net = net;
    this.inputs = sizes.map((size) => core.allocate(panelsBytes(size, CHUNK)));
    this.#indices = core.allocate(4 * CHUNK);
    this.#labels = core.allocate(4 * CHUNK);
    this.#scratch = core.allocate(GEMM_SCRATCH_BYTES);
    const packed = layers.map(({ inputs, outputs }) =>
      Math.max(packedBytes(inputs, outputs), packedBytes(outputs, inputs)),
    );
    this.#packed = core.allocate(Math.max(...packed));
  }

  /** Room for outputs × CHUNK of each layer. */
  buffers(): number[] {
    return this.net.layers.map(({ outputs }) => this.net.core.allocate(panelsBytes(outputs, CHUNK)));
  }

  /**
   * Reads the next samples and runs them forwards.
   *
   * @param data  in the network's core
   * @param first  the first of them; at most CHUNK are taken
   * @param end  layers that they pass
   */
  forward(data: Dataset, first: number, end: number): void {
    const { net, inputs } = this;
    this.batch = Math.min(CHUNK, data.count - first);
    net.core
      .u32(this.#indices, this.batch)
      .set(Uint32Array.from({ length: this.batch }, (_, i) => first + i));
    data.gatherInto(this.batch, this.#indices, inputs[0], this.#labels);
    for (const [l, layer] of net.layers.slice(0, end).entries()) {
      layer.forwardPanels(this.batch, inputs[l], inputs[l + 1], this.#scratch);
    }
  }

  /**
   * Gradients of each sample's loss by the layers' outputs before ReLU.
   *
   * @param dy  as `buffers` gives them, overwritten; padding lanes +0
   */
  gradientsInto(dy: readonly number[]): void {
    const { net, batch, inputs } = this;
    const last = net.layers.length - 1;
    const { outputs } = net.layers[last];
    net.core.kernels.f32_softmax_cross_entropy(
      ...([outputs, batch, inputs[last + 1], this.#labels, 1, dy[last]] as const),
    );
    for (let l = last; l > 0; l--) {
      this.#back(l, net.layers[l].weights, dy[l], dy[l - 1], 0);
      this.#throughRelu(l, dy[l - 1]);
    }
  }

  /**
   * Second derivatives of each sample's loss by the layers' outputs before ReLU, by the diagonal recursion of Optimal
   * Brain Damage: p(1 − p) at the softmax, then A := Σ w² A where ReLU is open (its own second derivative is 0).
   *
   * @param squares  the squares of each layer's weights
   * @param a  as `buffers` gives them, overwritten
   */
  curvaturesInto(squares: readonly Matrix[], a: readonly number[]): void {
    const { net, batch, inputs } = this;
    const { kernels } = net.core;
    const last = net.layers.length - 1;
    const { outputs } = net.layers[last];
    kernels.f32_softmax_cross_entropy(
      ...([outputs, batch, inputs[last + 1], this.#labels, 1, a[last]] as const),
    );
    // |p − onehot| is p or 1 − p: either way p(1 − p) is it times what it lacks to 1.
    const values = net.core.f32(a[last], panelsBytes(outputs, batch) / 4);
    values.forEach((value, i) => {
      values[i] = Math.abs(value) * (1 - Math.abs(value));
    });
    for (let l = last; l > 0; l--) {
      this.#back(l, squares[l], a[l], a[l - 1], 0);
      this.#throughRelu(l, a[l - 1]);
    }
  }

  /**
   * Derivatives of the layers' inputs and of `gradientsInto` along a direction of the weights (the R-operator of
   * Pearlmutter 1994).
   *
   * @param along  the direction, one matrix a layer
   * @param dy  what `gradientsInto` gave for this chunk
   * @param rx  overwritten: derivatives of the outputs of each layer after ReLU, which are the next one's inputs
   * @param rdy  overwritten: derivatives of dy
   */
  directionalInto(
    along: readonly Matrix[],
    dy: readonly number[],
    rx: readonly number[],
    rdy: readonly number[],
  ): void {
    const { net } = this;
    const last = net.layers.length - 1;
    for (let l = 0; l <= last; l++) {
      this.#ahead(l, along[l], this.inputs[l], rx[l], 0);
      if (l > 0) this.#ahead(l, net.layers[l].weights, rx[l - 1], rx[l], ACCUMULATE);
      if (l < last) this.#throughRelu(l + 1, rx[l]);
    }
    this.#softmaxDirectional(dy[last], rx[last], rdy[last]);
    for (let l = last; l > 0; l--) {
      this.#back(l, along[l], dy[l], rdy[l - 1], 0);
      this.#back(l, net.layers[l].weights, rdy[l], rdy[l - 1], ACCUMULATE);
      this.#throughRelu(l, rdy[l - 1]);
    }
  }

  /** rdz := p ⊙ (rz − Σ p rz), from dz = p − onehot; padding lanes +0. */
  #softmaxDirectional(dz: number, rz: number, rdz: number): void {
    const { net, batch } = this;
    const { core } = net;
    const classes = net.sizes[net.sizes.length - 1];
    const labels = core.u32(this.#labels, batch);
    const [z, r, out] = [dz, rz, rdz].map((ptr) => core.f32(ptr, panelsBytes(classes, batch) / 4));
    out.fill(0);
    for (let s = 0; s < batch; s++) {
      const width = panelsBytes(1, Math.min(32, batch - (s & ~31))) / 4;
      const at = (c: number) => (s & ~31) * classes + c * width + (s & 31);
      const p = (c: number) => z[at(c)] + Number(c === labels[s]);
      let mean = 0;
      for (let c = 0; c < classes; c++) mean += p(c) * r[at(c)];
      for (let c = 0; c < classes; c++) out[at(c)] = p(c) * (r[at(c)] - mean);
    }
  }

  /** y := [y +] (weights ⊙ mask)·x, without bias. */
  #ahead(l: number, weights: Matrix, x: number, y: number, flags: number): void {
    const { kernels } = this.net.core;
    const { inputs, outputs, mask } = this.net.layers[l];
    kernels.f32_pack_a(outputs, inputs, weights.ptr, weights.stride, ...maskOf(mask), this.#packed);
    kernels.f32_gemm_panels(
      ...([outputs, this.batch, inputs, this.#packed, x, y, 0, flags, this.#scratch] as const),
    );
  }

  /** dx := [dx +] (weights ⊙ mask)ᵀ·dy. */
  #back(l: number, weights: Matrix, dy: number, dx: number, flags: number): void {
    const { kernels } = this.net.core;
    const { inputs, outputs, mask } = this.net.layers[l];
    kernels.f32_pack_a_transposed(
      inputs,
      outputs,
      weights.ptr,
      weights.stride,
      ...maskOf(mask),
      this.#packed,
    );
    kernels.f32_gemm_panels(
      ...([inputs, this.batch, outputs, this.#packed, dy, dx, 0, flags, this.#scratch] as const),
    );
  }

  /** d := 0 where the ReLU that gave the inputs of layer l is shut. */
  #throughRelu(l: number, d: number): void {
    const { core, sizes } = this.net;
    core.kernels.f32_relu_gradient(panelsBytes(sizes[l], this.batch) / 4, this.inputs[l], d);
  }
}

function maskOf(mask: Linear["mask"]): [ptr: number, strideWords: number] {
  return mask ? [mask.ptr, mask.strideWords] : [0, 0];
}
