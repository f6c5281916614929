/** Runs a criterion on a layer given as numbers. */
import { openSync } from "../../src/open.js";
import type { Criterion, Need } from "../../src/saliency/contract.js";

const [ROWS, COLUMNS] = [2, 3];

/**
 * @param weights  2 × 3
 * @param known  what the criterion needs, as large, or one number a column
 * @returns 2 × 3
 */
export function score(
  criterion: Criterion,
  weights: readonly number[],
  known: { readonly [N in Need]?: readonly number[] } = {},
  { index = 0, seed = 0 } = {},
): number[] {
  using core = openSync();
  const statistics = Object.fromEntries(
    Object.entries(known).map(([need, values]) => [need, core.matrix(values.length / COLUMNS, COLUMNS, values)]),
  );
  const out = core.matrix(ROWS, COLUMNS).fill(Number.NaN);
  criterion.score({ ...statistics, weights: core.matrix(ROWS, COLUMNS, weights), index, seed }, out);
  return [...out.toArray()];
}

export const WEIGHTS = [1, -2, 3, -4, 0, 0.5];
