/** The removals of exact OBS that prune something: what a mask prunes already is there before the first. */
import type { Pattern } from "../select/pattern.js";
import type { LayerProblem } from "./contract.js";
import type { Swept } from "./sweep-program.js";

/** Removals row after row, each row's in the order in which they go. */
export interface Removals extends Swept {
  /** Where each row's begin; and their number at the end. */
  readonly starts: Uint32Array;
  /** Zeros before the first; of N:M those that its groups ask for. */
  readonly before: number;
  /** Zeros that a removal of a row adds. */
  gain(row: number, removal: number): number;
}

/**
 * Leaves out of the sweeps of all rows what is pruned already; in N:M, also what its group has no room for beside that.
 *
 * A sweep takes pruned weights, being 0, before all that costs something, so what is left costs what the sweep says.
 *
 * @param problem  with the mask
 * @param pattern  of the zeros
 * @param swept  as many removals a row
 */
export function removalsOf({ weights, mask }: LayerProblem, pattern: Pattern, swept: Swept): Removals {
  const { rows, columns } = weights;
  const [all, unit] = [swept.order.length / rows, pattern.kind === "block" ? pattern.columns : 1];
  if (!mask) {
    const starts = Uint32Array.from({ length: rows + 1 }, (_, row) => row * all);
    return { ...swept, starts, before: 0, gain: () => unit };
  }
  const bits = mask.toArray();
  const keptIn = (first: number, end: number) => bits.subarray(first, end).reduce((sum, bit) => sum + bit, 0);
  const starts = new Uint32Array(rows + 1);
  const [order, loss] = [new Uint32Array(swept.order.length), new Float32Array(swept.order.length)];
  let [count, before] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const room = roomOf(bits.subarray(start, start + columns), pattern);
    before += room.before;
    for (let i = row * all; i < (row + 1) * all; i++) {
      const column = swept.order[i];
      if (keptIn(start + column, start + column + unit) === 0 || !room.take(column)) continue;
      [order[count], loss[count]] = [column, swept.loss[i]];
      count++;
    }
    starts[row + 1] = count;
  }
  const gain = (row: number, at: number) => {
    const first = row * columns + order[at];
    return keptIn(first, first + unit);
  };
  return { order: order.slice(0, count), loss: loss.slice(0, count), starts, before, gain };
}

/** Which removals of a row its groups have room for, by its mask. */
function roomOf(bits: Uint8Array, pattern: Pattern): { before: number; take(column: number): boolean } {
  if (pattern.kind !== "n:m") {
    return { before: bits.reduce((sum, bit) => sum + 1 - bit, 0), take: () => true };
  }
  const { n, m } = pattern;
  const left = new Int32Array(bits.length / m).fill(m - n);
  bits.forEach((bit, column) => {
    left[Math.floor(column / m)] -= 1 - bit;
  });
  const before = left.reduce((sum, count) => sum + m - n - Math.max(0, count), 0);
  return { before, take: (column) => left[Math.floor(column / m)]-- > 0 };
}
