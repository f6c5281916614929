/** All pruning methods by name: the CLI and the tests run over the table. */
import type { Method } from "./contract.js";
import { exactObs } from "./exact-obs.js";

/** Each with its defaults. */
const METHODS = {
  "exact-obs": () => exactObs(),
} satisfies Record<string, () => Method>;

/** A name that `prune` takes for a method with its defaults. */
export type MethodName = keyof typeof METHODS;

/** All of them. */
export const METHOD_NAMES = Object.keys(METHODS) as MethodName[];

/** The method of a name. */
export function methodNamed(name: MethodName): Method {
  return METHODS[name]();
}
