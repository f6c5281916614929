/** Networks of sparse layers, far too wide for dense matrices: what the constructions of strong tickets build. */
import { checkFinite, checkInstance, checkLength, checkTypedArray } from "../check.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import { paddedBatch, panelsBytes, RELU } from "../linalg/panels.js";
import { batchOf, runRows } from "../net/linear.js";
import type { Lifetime } from "../runtime/workspace.js";
import { CsrRows, checkCsr } from "../sparse/csr-rows.js";
import { Core } from "../tensor/core.js";
import type { TicketLayer } from "./contract.js";

/** Samples run together: one panel, so that the activations of millions of neurons fit the memory. */
const PANEL = 32;
/**
 * Hidden neurons whose activations are held at a time where a layer allows it: 1 MiB in a panel stays in the cache.
 */
const BLOCK_NEURONS = 8192;
/** Blocks that overlap make neurons more than once; more of that than this costs more than the cache gains. */
const MOST_REPEATED = 1.25;

/** Rows `first` to `end` of a layer, which use inputs `from` to `to` only. */
interface Block {
  readonly first: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** A layer in the core's memory. */
interface Stored {
  readonly matrix: CsrRows;
  readonly bias: number;
  readonly flags: number;
}

/** One layer, or two whose neurons between are made block by block and forgotten. */
interface Stage {
  readonly hidden: Stored | undefined;
  readonly layer: Stored;
  readonly blocks: readonly Block[];
}

/** Sparse layers one after the other, in the memory of a core. */
export class TicketNetwork {
  /** In whose memory it is. */
  readonly core: Core;
  /** Neurons per layer, inputs first. */
  readonly sizes: readonly number[];
  /** Inputs first. */
  readonly layers: readonly TicketLayer[];
  /** Kept weights, and biases that are not 0. */
  readonly kept: number;
  readonly #lifetime: Lifetime;
  readonly #stages: readonly Stage[];
  /** The most neurons of a stage that are held at a time. */
  readonly #held: number = 0;

  /**
   * @param core  whose memory it takes, in the innermost open scope: 6 to 8 bytes a weight and 8 a row
   * @param layers  inputs first; at least one; copied into the core
   * @throws {ArgumentTypeError | ShapeError | ArgumentRangeError} when a layer is no sparse layer, or does not follow
   *   the one before
   * @throws {NonFiniteError} at the first weight or bias that is NaN or infinite
   * @throws {OutOfMemoryError} when the memory cannot hold them
   */
  constructor(core: Core, layers: readonly TicketLayer[]) {
    checkInstance("core", core, Core);
    checkLayers(layers);
    this.core = core;
    this.layers = [...layers];
    this.sizes = [layers[0].columns, ...layers.map(({ rows }) => rows)];
    this.kept = layers.reduce((sum, { values, bias }) => sum + values.length + countNonZero(bias), 0);
    this.#lifetime = core.lifetime;
    this.#stages = stagesOf(core, layers);
    for (const { hidden, blocks } of this.#stages) {
      if (hidden) for (const { from, to } of blocks) this.#held = Math.max(this.#held, to - from);
    }
  }

  /**
   * The network's outputs. A sample alone is summed in another order than in a batch: they agree to rounding.
   *
   * @param input  batch × inputs, row after row
   * @param out  batch × outputs, overwritten; a new array when absent
   * @returns batch × outputs, row after row
   * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
   * @throws {DisposedError} when its scope or core has ended
   */
  forward(input: Float32Array, out?: Float32Array): Float32Array {
    const inputs = this.sizes[0];
    const outputs = this.sizes[this.sizes.length - 1];
    const batch = batchOf(input, inputs);
    return runRows(this.core, input, batch, inputs, outputs, out, (x) => this.forwardPanels(batch, x));
  }

  /**
   * The network on activations in panels, one panel after the other through all layers; the outputs live until the
   * innermost open scope ends.
   *
   * @param batch  samples
   * @param x  address of inputs × batch
   * @returns address of outputs × batch
   */
  forwardPanels(batch: number, x: number): number {
    this.#lifetime.check("network");
    const { core, sizes } = this;
    const [inputs, outputs] = [sizes[0], sizes[sizes.length - 1]];
    const y = core.allocate(panelsBytes(outputs, batch));
    const panel = Math.min(batch, PANEL);
    const widest = Math.max(...this.#stages.map(({ layer }) => layer.matrix.rows));
    const buffers = [0, 1].map(() => core.allocate(panelsBytes(widest, panel)));
    const held = core.allocate(panelsBytes(this.#held, panel));
    for (let s = 0; s < batch; s += PANEL) {
      const samples = Math.min(PANEL, batch - s);
      let from = x + 4 * inputs * s;
      for (const [k, stage] of this.#stages.entries()) {
        const to = k === this.#stages.length - 1 ? y + 4 * outputs * s : buffers[k % 2];
        runStage(stage, samples, from, to, held);
        from = to;
      }
    }
    return y;
  }
}

/** One panel through a stage; `held` takes the neurons of one block. */
function runStage(
  { hidden, layer, blocks }: Stage,
  samples: number,
  x: number,
  y: number,
  held: number,
): void {
  const width = paddedBatch(samples);
  for (const { first, end, from, to } of blocks) {
    if (hidden) hidden.matrix.multiply(samples, x, held, hidden.bias, hidden.flags, from, to);
    const out = y + 4 * width * first;
    layer.matrix.multiply(samples, hidden ? held : x, out, layer.bias, layer.flags, first, end);
  }
}

/** Layers on their own, or by two where the first is large and each output of the second needs little of it. */
function stagesOf(core: Core, layers: readonly TicketLayer[]): Stage[] {
  const stages: Stage[] = [];
  for (let l = 0; l < layers.length; l++) {
    const blocks = l + 1 < layers.length ? blocksOf(layers[l + 1]) : undefined;
    if (blocks) {
      stages.push({
        hidden: store(core, layers[l]),
        layer: store(core, rebased(layers[l + 1], blocks)),
        blocks,
      });
      l++;
    } else {
      const { rows, columns } = layers[l];
      const whole = [{ first: 0, end: rows, from: 0, to: columns }];
      stages.push({ hidden: undefined, layer: store(core, layers[l]), blocks: whole });
    }
  }
  return stages;
}

/** Runs of rows with the inputs they use, or undefined when the layer is better run in one go. */
function blocksOf({ rows, columns, rowStarts, columnIndices }: TicketLayer): Block[] | undefined {
  if (columns <= BLOCK_NEURONS) return undefined;
  const blocks: Block[] = [];
  let block: Block = { first: 0, end: 0, from: 0, to: 0 };
  for (let i = 0; i < rows; i++) {
    const isEmpty = rowStarts[i] === rowStarts[i + 1];
    const from = isEmpty ? block.from : columnIndices[rowStarts[i]];
    const to = isEmpty ? block.to : columnIndices[rowStarts[i + 1] - 1] + 1;
    const isFirst = block.from === block.to;
    const joined = {
      first: block.first,
      end: i + 1,
      from: isFirst ? from : Math.min(block.from, from),
      to: isFirst ? to : Math.max(block.to, to),
    };
    if (isFirst || joined.to - joined.from <= BLOCK_NEURONS) block = joined;
    else {
      blocks.push(block);
      block = { first: i, end: i + 1, from, to };
    }
  }
  blocks.push(block);
  const made = blocks.reduce((sum, { from, to }) => sum + to - from, 0);
  return made <= MOST_REPEATED * columns ? blocks : undefined;
}

/** The layer with each row's inputs counted from those of its block. */
function rebased(layer: TicketLayer, blocks: readonly Block[]): TicketLayer {
  const columnIndices = layer.columnIndices.slice();
  let columns = 0;
  for (const { first, end, from, to } of blocks) {
    for (let p = layer.rowStarts[first]; p < layer.rowStarts[end]; p++) columnIndices[p] -= from;
    columns = Math.max(columns, to - from);
  }
  return { ...layer, columns, columnIndices };
}

function store(core: Core, layer: TicketLayer): Stored {
  const matrix = new CsrRows(core, layer);
  const bias = core.allocate(4 * layer.rows);
  core.f32(bias, layer.rows).set(layer.bias);
  return { matrix, bias, flags: layer.relu ? RELU : 0 };
}

function checkLayers(layers: readonly TicketLayer[]): void {
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new ArgumentTypeError('"layers" expected an array of at least one layer');
  }
  for (const [l, layer] of layers.entries()) {
    const name = `layers[${l}]`;
    const { rows, columns, values, bias } = checkCsr(name, layer);
    checkFinite(`${name}.values`, values);
    checkFinite(`${name}.bias`, checkTypedArray(`${name}.bias`, bias, "Float32Array"));
    checkLength(`${name}.bias`, bias, rows, 1);
    if (l === 0 || layers[l - 1].rows === columns) continue;
    throw new ShapeError(`"${name}" expected ${layers[l - 1].rows} columns, got ${columns}`);
  }
}

const countNonZero = (values: Float32Array): number =>
  values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
