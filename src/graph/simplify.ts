/** Rewrites a bound graph into fewer nodes. Each rule is a few lines and is tested against the graph as it was. */
import type { Bound } from "./bind.js";

/** A rule: changes a graph in place and says whether it did. */
type Rule = (bound: Bound) => boolean;

const RULES: readonly Rule[] = [];

/** Applies all rules until none applies. */
export function simplify(bound: Bound): void {
  while (RULES.some((rule) => rule(bound)));
}
