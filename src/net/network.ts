/** A stack of fully connected layers with ReLU between. */
import { checkInteger, checkOneOf, checkOptions } from "../check.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import { panelsBytes } from "../linalg/panels.js";
import type { Core } from "../tensor/core.js";
import { INITS, type Init, initialise } from "./init.js";
import { batchOf, Linear, runRows } from "./linear.js";

/** What `network` takes beside the sizes. */
export interface NetworkOptions {
  /** How weights are drawn; biases start at 0. Default "glorot-normal". */
  readonly init?: Init;
  /** An integer from 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
}

/** A multi-layer perceptron: ReLU after every layer but the last, whose outputs are logits. */
export class Network {
  readonly core: Core;
  /** Neurons per layer, inputs first. */
  readonly sizes: readonly number[];
  readonly init: Init;
  readonly seed: number;
  readonly layers: readonly Linear[];

  /** `network` is the door to it. */
  constructor(core: Core, sizes: readonly number[], init: Init, seed: number) {
    this.core = core;
    this.sizes = [...sizes];
    this.init = init;
    this.seed = seed;
    this.layers = sizes
      .slice(1)
      .map((outputs, l) => new Linear(core, sizes[l], outputs, l < sizes.length - 2));
    this.initialise(seed);
  }

  /**
   * Draws all weights anew and sets the biases to 0. Masks stay.
   *
   * @param seed  an integer from 0 to 2⁵³ − 1
   */
  initialise(seed: number): void {
    for (const [l, layer] of this.layers.entries()) {
      initialise(layer.weights, this.init, seed, l);
      layer.bias.fill(0);
      layer.changed();
    }
  }

  /** Copies of all parameters: weights, bias, weights, bias, … */
  parameters(): Float32Array[] {
    return this.layers.flatMap((layer) => [layer.weights.toArray(), layer.bias.toArray()]);
  }

  /**
   * Takes over parameters as `parameters` gives them.
   *
   * @throws {ShapeError} when there are more or fewer arrays, or one has another length
   */
  load(parameters: readonly Float32Array[]): void {
    const expected = 2 * this.layers.length;
    if (parameters.length !== expected) {
      throw new ShapeError(`"parameters" expected ${expected} arrays, got ${parameters.length}`);
    }
    for (const [l, layer] of this.layers.entries()) {
      layer.weights.copyFrom(parameters[2 * l]);
      layer.bias.copyFrom(parameters[2 * l + 1]);
      layer.changed();
    }
  }

  /**
   * The network's outputs.
   *
   * @param input  batch × inputs, row after row
   * @param out  batch × outputs, overwritten; a new array when absent
   * @returns logits, batch × outputs, row after row
   * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
   */
  forward(input: Float32Array, out?: Float32Array): Float32Array {
    const inputs = this.sizes[0];
    const outputs = this.sizes[this.sizes.length - 1];
    const batch = batchOf(input, inputs);
    return runRows(this.core, input, batch, inputs, outputs, out, (x, scratch) =>
      this.forwardPanels(batch, x, scratch),
    );
  }

  /**
   * The network on activations in panels; the outputs live until the innermost open scope ends.
   *
   * @param batch  samples
   * @param x  address of inputs × batch
   * @param scratch  GEMM_SCRATCH_BYTES
   * @returns address of outputs × batch
   */
  forwardPanels(batch: number, x: number, scratch: number): number {
    const widest = Math.max(...this.sizes.slice(1));
    const buffers = [0, 1].map(() => this.core.allocate(panelsBytes(widest, batch)));
    let from = x;
    for (const [l, layer] of this.layers.entries()) {
      layer.forwardPanels(batch, from, buffers[l % 2], scratch);
      from = buffers[l % 2];
    }
    return from;
  }
}

/**
 * A network with random weights.
 *
 * @param core  whose memory it takes
 * @param sizes  neurons per layer, inputs first; at least two, each ≥ 1
 * @param options  how to initialise
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export function network(core: Core, sizes: readonly number[], options?: NetworkOptions): Network {
  const { init = "glorot-normal", seed = 0 } = checkOptions("options", options, ["init", "seed"]);
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new ArgumentTypeError('"sizes" expected an array of at least two layer sizes');
  }
  for (const [i, size] of sizes.entries()) checkInteger(`sizes[${i}]`, size, 1);
  return new Network(core, sizes, checkOneOf("options.init", init, INITS), seed);
}
