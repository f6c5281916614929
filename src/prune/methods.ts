/** All pruning methods by name: the CLI and the tests run over the table. */
import { CRITERIA, type CriterionName } from "../saliency/index.js";
import { byCriterion } from "./by-criterion.js";
import type { Method } from "./contract.js";
import { exactObs } from "./exact-obs.js";
import { fisher } from "./fisher.js";
import { mFac } from "./m-fac.js";
import { obs } from "./obs-network.js";
import { sparsegpt } from "./sparsegpt.js";

/** Those that are more than a criterion, each with its defaults. */
const METHODS = {
  "exact-obs": (damping) => exactObs({ damping }),
  fisher: () => fisher(),
  "m-fac": () => mFac(),
  obs: () => obs(),
  sparsegpt: (damping) => sparsegpt({ damping }),
} satisfies Record<string, (damping: number) => Method>;

/** A name that `prune` takes for a method with its defaults: a criterion is one too. */
export type MethodName = keyof typeof METHODS | CriterionName;

/** All of them. */
export const METHOD_NAMES = [...Object.keys(METHODS), ...Object.keys(CRITERIA)] as MethodName[];

/**
 * @param name  of a method
 * @param damping  of the mean of the Hessian's diagonal, for methods that solve from it
 */
export function methodNamed(name: MethodName, damping: number): Method {
  return name in CRITERIA
    ? byCriterion(CRITERIA[name as CriterionName])
    : METHODS[name as keyof typeof METHODS](damping);
}
