/** Zeros of each layer of a network, by a budget. */
import { erdosRenyi, type Shape } from "../budget/erdos-renyi.js";
import { checkNumber } from "../check.js";
import { ArgumentRangeError, ShapeError } from "../errors.js";
import { type Pattern, type Target, targetFor } from "../select/pattern.js";

/** How a network's zeros are divided: by name, or a sparsity for each layer. */
export type Budget = (typeof BUDGETS)[number] | readonly number[];

/** Those that do not look at losses or scores. */
export type FixedBudget = Exclude<Budget, "global" | "optimal">;

/** Whether losses or scores divide the zeros. */
export const isByLosses = (budget: Budget): budget is "global" | "optimal" =>
  budget === "global" || budget === "optimal";

/** The names. */
export const BUDGETS = ["uniform", "global", "optimal", "erdos-renyi"] as const;

/**
 * The targets of all layers, where the budget does not depend on the method.
 *
 * @param layers  their shapes
 * @param pattern  of the zeros
 * @param budget  one that does not look at losses or scores
 * @param sparsity  of the whole network, from 0 to 1
 * @throws {ShapeError} when there is not one sparsity a layer
 * @throws {ArgumentTypeError | ArgumentRangeError} when one is not from 0 to 1, or the budget and the pattern exclude
 *   each other
 */
export function targetsOf(
  layers: readonly Shape[],
  pattern: Pattern,
  budget: FixedBudget,
  sparsity: number,
): Target[] {
  if (budget === "uniform") {
    return layers.map(({ rows, columns }) => targetFor(pattern, rows, columns, sparsity));
  }
  if (budget === "erdos-renyi") {
    onlyUnstructured(pattern, budget);
    return erdosRenyi(layers, zerosOf(layers, sparsity)).map((zeros) => ({ pattern, zeros }));
  }
  if (budget.length !== layers.length) {
    throw new ShapeError(`"options.budget" expected ${layers.length} sparsities, got ${budget.length}`);
  }
  return layers.map(({ rows, columns }, l) =>
    targetFor(pattern, rows, columns, checkNumber(`options.budget[${l}]`, budget[l], 0, 1)),
  );
}

/**
 * Targets beside what is pruned already: a layer that has more zeros than its share keeps them, and the others share
 * what is left in proportion, so that the sum stays what it was.
 *
 * @param targets  one a layer, of one pattern
 * @param pruned  zeros of each layer that stay
 * @returns the same targets where no layer has more than its share, and for N:M
 */
export function besidePruned(targets: readonly Target[], pruned: readonly number[]): readonly Target[] {
  const pattern = targets[0]?.pattern;
  const unit = pattern?.kind === "block" ? pattern.columns : 1;
  if (pattern?.kind === "n:m" || targets.every(({ zeros }, l) => zeros >= pruned[l])) return targets;
  const total = targets.reduce((sum, { zeros }) => sum + zeros, 0);
  const shares = targets.map(({ zeros }) => zeros);
  const isFull = targets.map(() => false);
  const overfull = () => shares.findIndex((share, l) => !isFull[l] && share < pruned[l]);
  for (let found = overfull(); found >= 0; found = overfull()) {
    isFull[found] = true;
    shares[found] = pruned[found];
    const open = targets.flatMap((_, l) => (isFull[l] ? [] : [l]));
    const left = shares.reduce((rest, share, l) => (isFull[l] ? rest - share : rest), total);
    const wanted = open.reduce((sum, l) => sum + targets[l].zeros, 0);
    let [sum, given] = [0, 0];
    for (const l of open) {
      sum += targets[l].zeros;
      const upTo = unit * Math.ceil((Math.max(0, left) * sum) / Math.max(1, wanted) / unit);
      shares[l] = upTo - given;
      given = upTo;
    }
  }
  return shares.map((zeros) => ({ pattern, zeros }));
}

/** Zeros over all layers. */
export function zerosOf(layers: readonly Shape[], sparsity: number): number {
  return Math.round(sparsity * layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0));
}

/** @throws {ArgumentRangeError} when a budget that divides single weights meets a pattern that has none */
export function onlyUnstructured(pattern: Pattern, budget: string): void {
  if (pattern.kind === "unstructured") return;
  throw new ArgumentRangeError(
    `"options.budget" expected "uniform" or a list for pattern "${pattern.kind}", got "${budget}"`,
  );
}
