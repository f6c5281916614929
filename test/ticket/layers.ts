/** Sparse layers for the tests of tickets, and what they compute in f64. */
import type { TicketLayer } from "../../src/ticket/contract.js";
import type { Random } from "../harness/random.js";
import { gamma } from "../harness/tolerance.js";

/** A layer from one list of [column, weight] a row. */
export function layerOf(
  columns: number,
  lists: readonly [number, number][][],
  bias: number[],
  relu: boolean,
): TicketLayer {
  const rowStarts = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => {
    rowStarts[i + 1] = rowStarts[i] + list.length;
  });
  const all = lists.flat();
  return {
    rows: lists.length,
    columns,
    rowStarts,
    columnIndices: Uint32Array.from(all, ([column]) => column),
    values: Float32Array.from(all, ([, value]) => value),
    bias: Float32Array.from(bias),
    relu,
  };
}

/** `least` to `most` weights a row among columns `from(i)` to `to(i)`; some biases are 0. */
export function randomLayer(
  random: Random,
  shape: { rows: number; columns: number; relu: boolean; most: number },
  range: (row: number) => [from: number, to: number] = () => [0, shape.columns],
): TicketLayer {
  const lists = Array.from({ length: shape.rows }, (_, i) => {
    const [from, to] = range(i);
    const kept = new Set<number>();
    const count = to > from ? random.below(shape.most + 1) : 0;
    for (let k = 0; k < count; k++) kept.add(from + random.below(to - from));
    return [...kept].sort((a, b) => a - b).map((column): [number, number] => [column, random.uniform(1)[0]]);
  });
  const bias = Array.from(random.uniform(shape.rows), (b) => (random.below(2) ? b : 0));
  return layerOf(shape.columns, lists, bias, shape.relu);
}

/** The layers in f64 for one sample, and a bound on the error of summing in f32 in any order. */
export function dense(
  layers: readonly TicketLayer[],
  x: ArrayLike<number>,
): { y: number[]; bound: number[] } {
  let [y, magnitude, terms] = [Array.from(x), Array.from(x, Math.abs), 0];
  for (const { rows, rowStarts, columnIndices, values, bias, relu } of layers) {
    const [sums, magnitudes] = [Array.from(bias), Array.from(bias, Math.abs)];
    let longest = 0;
    for (let i = 0; i < rows; i++) {
      longest = Math.max(longest, rowStarts[i + 1] - rowStarts[i]);
      for (let p = rowStarts[i]; p < rowStarts[i + 1]; p++) {
        sums[i] += values[p] * y[columnIndices[p]];
        magnitudes[i] += Math.abs(values[p]) * magnitude[columnIndices[p]];
      }
      if (relu && sums[i] < 0) sums[i] = 0;
    }
    [y, magnitude, terms] = [sums, magnitudes, terms + longest + 2];
  }
  return { y, bound: magnitude.map((m) => gamma(terms) * m + 2 ** -126) };
}
