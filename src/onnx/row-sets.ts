/** Outputs whose number of rows depends on the data: boxes that were found, places that are not 0. */

/** Pairs of rows that are measured at most. */
const PAIRS = 2 ** 26;

/** Of two sets of rows: what is between them, and what there was. */
export interface RowDistance {
  readonly distance: number;
  readonly energy: number;
}

/** Values and sizes of an output. */
export interface RowTensor {
  readonly values: ArrayLike<unknown>;
  readonly dims: readonly number[];
}

/**
 * Row sets, one against the other; sets are those of each place of the axes before the rows'. Equal rows go together,
 * then of what is left each with the nearest, in the order of the first set. Numbers: squares of the differences, and
 * of a row that has no partner its own, beside the squares of the first set. What is no floating-point number: rows
 * that have no equal, beside the rows of the larger set.
 *
 * @param before  the first
 * @param after  the second
 * @param isFloat  which of both
 * @returns undefined where more than the number of rows differs, or there are too many to compare
 */
export function rowDistance(before: RowTensor, after: RowTensor, isFloat: boolean): RowDistance | undefined {
  const axis = rowAxis(before.dims, after.dims);
  if (axis === undefined) return undefined;
  const sets = before.dims.slice(0, axis).reduce((product, size) => product * size, 1);
  const width = before.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  let [distance, energy] = [0, 0];
  for (let s = 0; s < sets; s++) {
    const [a, b] = [before, after].map(({ values, dims }) => rowsOf(values, s, dims[axis], width));
    const left = unmatched(a, b);
    if (!isFloat) {
      distance += Math.max(left[0].length, left[1].length);
      energy += Math.max(a.length, b.length);
      continue;
    }
    if (left[0].length * left[1].length > PAIRS) return undefined;
    distance += nearestDistance(left[0] as number[][], left[1] as number[][]);
    energy += (a as number[][]).reduce((sum, row) => sum + squares(row), 0);
  }
  return { distance, energy };
}

/** The one axis that differs; the first where none does. */
function rowAxis(before: readonly number[], after: readonly number[]): number | undefined {
  if (before.length !== after.length || before.length === 0) return undefined;
  const differing = before.flatMap((size, a) => (size === after[a] ? [] : [a]));
  return differing.length > 1 ? undefined : (differing[0] ?? 0);
}

function rowsOf(values: ArrayLike<unknown>, set: number, count: number, width: number): unknown[][] {
  const first = set * count * width;
  return Array.from({ length: count }, (_, row) =>
    Array.from({ length: width }, (__, c) => values[first + row * width + c]),
  );
}

/** Rows of both without those that are equal. */
function unmatched(a: readonly unknown[][], b: readonly unknown[][]): [unknown[][], unknown[][]] {
  const key = (row: unknown[]) => row.join(" ");
  const counts = new Map<string, number>();
  for (const row of b) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  const onlyA = a.filter((row) => !taken(counts, key(row)));
  const onlyB: unknown[][] = [];
  for (let i = b.length - 1; i >= 0; i--) if (taken(counts, key(b[i]))) onlyB.push(b[i]);
  return [onlyA, onlyB.reverse()];
}

function taken(counts: Map<string, number>, key: string): boolean {
  const count = counts.get(key) ?? 0;
  if (count > 0) counts.set(key, count - 1);
  return count > 0;
}

function nearestDistance(a: readonly number[][], b: readonly number[][]): number {
  const free = new Set(b.keys());
  let sum = 0;
  for (const row of a) {
    let [nearest, least] = [-1, Infinity];
    for (const j of free) {
      const own = b[j].reduce((total, value, c) => total + (value - row[c]) ** 2, 0);
      if (own < least) [nearest, least] = [j, own];
    }
    sum += nearest < 0 ? squares(row) : least;
    free.delete(nearest);
  }
  for (const j of free) sum += squares(b[j]);
  return sum;
}

const squares = (row: readonly number[]): number => row.reduce((sum, value) => sum + value ** 2, 0);
