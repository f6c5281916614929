/** What every block of two layers with a neuron's own weights must be, recomputed from its arrays. */
import { expect } from "vitest";
import type { Core } from "../../src/tensor/core.js";
import type { BlockOptions } from "../../src/ticket/block.js";
import type { TargetLayer, TicketBlock } from "../../src/ticket/contract.js";
import { TicketNetwork } from "../../src/ticket/ticket-network.js";
import { Random } from "../harness/random.js";
import { dense } from "./layers.js";

/** Weights and biases within ±scale; `zeros` of 10 weights are 0. */
export function randomTarget(
  random: Random,
  rows: number,
  columns: number,
  scale = 1,
  zeros = 0,
): TargetLayer {
  const some = (length: number) =>
    random.uniform(length, -scale, scale).map((v) => (random.below(10) < zeros ? 0 : v));
  return { rows, columns, weights: some(rows * columns), bias: some(rows), relu: false };
}

/**
 * What a block multiplies an input (or, last column, the 1 of its biases) by, for inputs above and below 0.
 *
 * @param isShared  whether outputs share neurons
 */
export function effective(
  { inner, outer }: TicketBlock,
  isShared = false,
): {
  above: Float64Array;
  below: Float64Array;
  kept: number[][];
} {
  const width = inner.columns + 1;
  const [above, below] = [0, 1].map(() => new Float64Array(outer.rows * width));
  const kept = [0, 1].map(() => new Array(outer.rows * width).fill(0));
  const used = new Uint8Array(inner.rows);
  const pairs = new Set<string>();
  for (let i = 0; i < outer.rows; i++) {
    for (let p = outer.rowStarts[i]; p < outer.rowStarts[i + 1]; p++) {
      const h = outer.columnIndices[p];
      if (!isShared) expect(used[h]).toBe(0);
      used[h] = 1;
      const start = inner.rowStarts[h];
      const entries = inner.rowStarts[h + 1] - start;
      expect(entries).toBeLessThanOrEqual(1);
      expect(inner.bias[h] === 0).toBe(entries === 1);
      const w = entries ? inner.values[start] : inner.bias[h];
      const at = i * width + (entries ? inner.columnIndices[start] : inner.columns);
      if (w > 0) above[at] += w * outer.values[p];
      else below[at] += w * outer.values[p];
      kept[w > 0 ? 0 : 1][at]++;
      pairs.add(`${w} ${outer.values[p]}`);
    }
  }
  expect(used.every((times) => times === 1)).toBe(true);
  // The same two weights twice would be one random neuron used twice.
  expect(pairs.size).toBe(outer.values.length);
  return { above, below, kept };
}

/** Checks structure, residuals and failures of a block; returns how many neurons each weight kept, by sign. */
export function checkBlock(
  target: TargetLayer,
  block: TicketBlock,
  epsilon: number,
  nonNegative: boolean,
  isShared = false,
): number[][] {
  const { rows, columns, weights, bias } = target;
  const { above, below, kept } = effective(block, isShared);
  const { residuals } = block;
  let failures = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j <= columns; j++) {
      const isBias = j === columns;
      const want = isBias ? bias[i] : weights[i * columns + j];
      const residual = isBias ? residuals.bias[i] : residuals.weights[i * columns + j];
      const at = i * (columns + 1) + j;
      let error = Math.abs(above[at] - want);
      if (!isBias && !nonNegative) error = Math.max(error, Math.abs(below[at] - want));
      expect(residual).toBeGreaterThanOrEqual(error - 2 ** -50 * Math.abs(want));
      expect(residual).toBeLessThanOrEqual(error + 2 ** -40 * (1 + Math.abs(want)));
      if (residual > epsilon) failures++;
      if (want === 0) expect(kept[0][at] + kept[1][at]).toBe(0);
      if (isBias || nonNegative) expect(kept[1][at]).toBe(0);
    }
  }
  expect(block.failures).toBe(failures);
  expect(block.inner.relu).toBe(true);
  expect(block.outer.relu).toBe(target.relu);
  expect(block.neurons).toBeGreaterThanOrEqual(block.inner.rows);
  return kept;
}

/** Same options, same bytes; another seed or layer, others. */
export async function checkSeeds(build: (change: object) => Promise<TicketBlock>): Promise<void> {
  const values = async (change: object) => {
    const { inner, outer } = await build(change);
    return [...inner.values, ...inner.bias, ...outer.values];
  };
  const first = await values({});
  expect(await values({})).toEqual(first);
  expect(await values({ seed: 2 })).not.toEqual(first);
  expect(await values({ layer: 1 })).not.toEqual(first);
}

/** Tells how far it is, up to `total`; stops when it is told to, and leaves no scope open. */
export async function checkHooks(
  core: Core,
  total: number,
  build: (hooks: Pick<BlockOptions, "signal" | "onProgress">) => Promise<TicketBlock>,
  buildSlowly = build,
): Promise<void> {
  const seen: { done: number; total: number }[] = [];
  await build({ onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ done: total, total });
  const before = core.lifetime;
  const stop = new AbortController();
  const slow = buildSlowly({ signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(slow).rejects.toThrow("enough");
  expect(core.lifetime).toBe(before);
}

/** Runs a block on random inputs: never farther from the target than epsilon Σ|x| and the rounding of f32. */
export function checkOutputs(
  core: Core,
  target: TargetLayer,
  block: TicketBlock,
  epsilon: number,
  low: number,
): void {
  using _scope = core.scope();
  const { rows, columns, weights, bias } = target;
  const x = new Random(9).uniform(100 * columns, low, 1);
  const y = new TicketNetwork(core, [block.inner, block.outer]).forward(x);
  for (let s = 0; s < 100; s++) {
    const sample = x.subarray(s * columns, (s + 1) * columns);
    const norm = sample.reduce((sum, v) => sum + Math.abs(v), 1);
    const { bound } = dense([block.inner, block.outer], sample);
    for (let i = 0; i < rows; i++) {
      const sum = sample.reduce((all, v, j) => all + weights[i * columns + j] * v, bias[i]);
      const want = target.relu ? Math.max(0, sum) : sum;
      expect(Math.abs(y[s * rows + i] - want)).toBeLessThanOrEqual(epsilon * norm + bound[i] + 1e-12);
    }
  }
}

/**
 * Runs a whole ticket on random inputs within ±1: its error stays below what the residuals of its blocks add up to, an
 * output being off by Σ|w| times what its inputs are off, and by its residuals times its inputs as the ticket has them.
 */
export function checkTicket(
  core: Core,
  targets: readonly TargetLayer[],
  blocks: readonly TicketBlock[],
): void {
  using _scope = core.scope();
  const layers = blocks.flatMap(({ inner, outer }) => [inner, outer]);
  const net = new TicketNetwork(core, layers);
  const inputs = targets[0].columns;
  const x = new Random(10).uniform(1000 * inputs);
  const outputs = net.sizes[net.sizes.length - 1];
  const y = net.forward(x);
  for (let s = 0; s < 1000; s++) {
    const sample = x.subarray(s * inputs, (s + 1) * inputs);
    let [want, off] = [Array.from(sample), new Array(inputs).fill(0)];
    for (const [l, { rows, columns, weights, bias, relu }] of targets.entries()) {
      const { residuals } = blocks[l];
      const sums = Array.from(bias, (b, i) =>
        want.reduce((sum, v, j) => sum + weights[i * columns + j] * v, b),
      );
      off = Array.from({ length: rows }, (_, i) =>
        want.reduce((sum, v, j) => {
          const at = i * columns + j;
          return sum + Math.abs(weights[at]) * off[j] + residuals.weights[at] * (Math.abs(v) + off[j]);
        }, residuals.bias[i]),
      );
      want = relu ? sums.map((sum) => Math.max(0, sum)) : sums;
    }
    const { bound } = dense(layers, sample);
    for (let i = 0; i < outputs; i++) {
      expect(Math.abs(y[s * outputs + i] - want[i])).toBeLessThanOrEqual(off[i] + bound[i] + 1e-12);
    }
  }
}
