/** Stacks of layers with ReLU between: fully connected ones, with convolutions before them or without. */
import {
  checkArray,
  checkInstance,
  checkInteger,
  checkLength,
  checkOneOf,
  checkOptions,
  checkTypedArray,
} from "../check.js";
import { ArgumentTypeError } from "../errors.js";
import { Core } from "../tensor/core.js";
import { BatchNorm } from "./batch-norm-stage.js";
import { ConvStage } from "./conv-stage.js";
import { DenseStage } from "./dense-stage.js";
import {
  type BatchNormDescription,
  type ConvDescription,
  featuresOf,
  type NetworkDescription,
  type PlacedLayer,
  type PoolDescription,
  perceptron,
  placeLayers,
  weightedLayers,
} from "./description.js";
import { Flatten, Pool, ToImages } from "./image-stages.js";
import { deviationOf, INITS, type Init, initialise } from "./init.js";
import { batchOf, Linear, runRows } from "./linear.js";
import type { Stage } from "./stage.js";

/** What `network` takes beside the sizes. */
export interface NetworkOptions {
  /** How weights are drawn; biases start at 0. Default "glorot-normal". */
  readonly init?: Init;
  /** An integer from 0 to 2⁵³ − 1. Default 0. */
  readonly seed?: number;
}

/**
 * A network: ReLU after every layer but the last, whose outputs are logits. A convolution is a layer over patches:
 * outputs × (channels · rows · columns of its window).
 */
export class Network {
  /** In whose memory it is. */
  readonly core: Core;
  /** Numbers of a sample: at the input, then behind each layer with weights. Of a perceptron: neurons. */
  readonly sizes: readonly number[];
  /** What it is made of; a perceptron of n inputs has the input [n, 1, 1]. */
  readonly description: NetworkDescription;
  /** How its weights were drawn. */
  readonly init: Init;
  /** From which its weights were drawn. */
  readonly seed: number;
  /** What has weights, convolutions among them. */
  readonly layers: readonly Linear[];
  /** All that a sample runs through. */
  readonly stages: readonly Stage[];
  /** Positions of each layer's window. */
  readonly #windows: readonly number[];

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #windows in value;
  }

  /** `network` is the door to it. */
  constructor(core: Core, description: NetworkDescription, init: Init, seed: number) {
    const placed = placeLayers(description);
    const weighted = weightedLayers(placed);
    this.core = core;
    this.description = description;
    this.sizes = [featuresOf(description.input), ...weighted.map(({ output }) => featuresOf(output))];
    this.init = init;
    this.seed = seed;
    this.stages = stagesOf(core, placed);
    this.layers = this.stages.flatMap(({ layer }) => layer ?? []);
    this.#windows = weighted.map(({ description: layer }) =>
      layer.kind === "conv" ? layer.kernel[0] * layer.kernel[1] : 1,
    );
    this.initialise(seed);
  }

  /**
   * Draws all weights anew, sets the biases to 0 and forgets running averages. Masks stay.
   *
   * @param seed  an integer from 0 to 2⁵³ − 1
   * @throws {ArgumentTypeError | ArgumentRangeError} when it is something else
   */
  initialise(seed: number): void {
    for (const [l, layer] of this.layers.entries()) {
      initialise(layer.weights, this.init, seed, l, this.#windows[l]);
      layer.bias.fill(0);
      layer.changed();
    }
    for (const state of this.#states) state.fill(0, 0, state.length / 2).fill(1, state.length / 2);
  }

  /**
   * The standard deviation that the weights of a layer were drawn with, whatever the shape of their law.
   *
   * @param l  number of the layer with weights
   * @throws {ArgumentTypeError | ArgumentRangeError} when there is no such layer
   */
  deviation(l: number): number {
    checkInteger("l", l, 0, this.layers.length - 1);
    const { inputs, outputs } = this.layers[l];
    return deviationOf(this.init, inputs, outputs, this.#windows[l]);
  }

  /** Copies of all parameters: weights, bias, weights, bias, …, then the running averages of batch norms. */
  parameters(): Float32Array[] {
    const weights = this.layers.flatMap((layer) => [layer.weights.toArray(), layer.bias.toArray()]);
    return [...weights, ...this.#states.map((state) => state.slice())];
  }

  /**
   * Takes over parameters as `parameters` gives them.
   *
   * @throws {ArgumentTypeError | ShapeError} when there are more or fewer arrays, or one is none of that length;
   *   nothing changes then
   */
  load(parameters: readonly Float32Array[]): void {
    const { layers } = this;
    const states = this.#states;
    const shapes = [
      ...layers.flatMap(({ outputs, inputs }) => [[outputs, inputs] as const, [1, outputs] as const]),
      ...states.map((state) => [1, state.length] as const),
    ];
    checkArray("parameters", parameters, shapes.length);
    for (const [i, shape] of shapes.entries()) {
      const name = `parameters[${i}]`;
      checkLength(name, checkTypedArray(name, parameters[i], "Float32Array"), ...shape);
    }
    for (const [l, layer] of layers.entries()) {
      layer.weights.copyFrom(parameters[2 * l]);
      layer.bias.copyFrom(parameters[2 * l + 1]);
      layer.changed();
    }
    for (const [i, state] of states.entries()) state.set(parameters[2 * layers.length + i]);
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
    const body = (x: number, scratch: number) => this.forwardPanels(batch, x, scratch);
    return runRows(this.core, input, batch, inputs, outputs, out, body, this.layers);
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
    return this.forwardThrough(this.stages.length, batch, x, scratch);
  }

  /**
   * The first stages of the network, as `forwardPanels`.
   *
   * @param end  how many
   * @param batch  samples
   * @param x  address of inputs × batch
   * @param scratch  GEMM_SCRATCH_BYTES
   * @returns address of what the last of them gives, x when there is none
   */
  forwardThrough(end: number, batch: number, x: number, scratch: number): number {
    const stages = this.stages.slice(0, end);
    const widest = Math.max(0, ...stages.map((stage) => stage.bytes(batch)));
    const buffers = [0, 1].map(() => this.core.allocate(widest));
    let from = x;
    for (const [i, stage] of stages.entries()) {
      stage.forward(batch, from, buffers[i % 2], scratch);
      from = buffers[i % 2];
    }
    return from;
  }

  get #states(): Float32Array[] {
    return this.stages.flatMap(({ state }) => state ?? []);
  }
}

/** Images first, if a layer works on them; panels from the first fully connected layer on. */
function stagesOf(core: Core, placed: readonly PlacedLayer[]): Stage[] {
  const stages: Stage[] = [];
  if (placed[0].description.kind !== "dense") stages.push(new ToImages(core, placed[0].input));
  for (const layer of placed) {
    const { description, input, relu } = layer;
    if (description.kind === "conv") stages.push(new ConvStage(core, layer as PlacedLayer<ConvDescription>));
    if (description.kind === "pool") stages.push(new Pool(core, layer as PlacedLayer<PoolDescription>));
    if (description.kind === "batch-norm") {
      stages.push(new BatchNorm(core, layer as PlacedLayer<BatchNormDescription>));
    }
    if (description.kind !== "dense") continue;
    if (stages.length > 0 && !(stages.at(-1) instanceof DenseStage)) stages.push(new Flatten(core, input));
    stages.push(new DenseStage(new Linear(core, featuresOf(input), description.outputs, relu)));
  }
  return stages;
}

/**
 * A network with random weights.
 *
 * @param core  whose memory it takes
 * @param shape  neurons per layer, inputs first: at least two, each ≥ 1; or a description, as of `NETWORKS`
 * @param options  how to initialise
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export function network(
  core: Core,
  shape: readonly number[] | NetworkDescription,
  options?: NetworkOptions,
): Network {
  checkInstance("core", core, Core);
  const { init = "glorot-normal", seed = 0 } = checkOptions("options", options, ["init", "seed"]);
  checkOneOf("options.init", init, INITS);
  if (isDescription(shape)) return new Network(core, shape, init, seed);
  if (!Array.isArray(shape) || shape.length < 2) {
    throw new ArgumentTypeError('"sizes" expected an array of at least two layer sizes');
  }
  for (const [i, size] of shape.entries()) checkInteger(`sizes[${i}]`, size, 1);
  return new Network(core, perceptron(shape), init, seed);
}

function isDescription(shape: readonly number[] | NetworkDescription): shape is NetworkDescription {
  return typeof shape === "object" && shape !== null && "layers" in shape;
}
