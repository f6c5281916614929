/** Which reproductions are meant. */
import { nearest } from "../describe.js";
import { ArgumentRangeError } from "../errors.js";
import type { Experiment } from "./contract.js";

/** Letters and digits with single spaces between: "edge-popup" and "Edge-Popup:" read the same. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/**
 * The experiments that are asked for, in the order of the table.
 *
 * @param experiments  the table
 * @param wanted  names, or parts of names, papers and results; none = all. A whole name means that one alone
 * @throws {ArgumentRangeError} when one of them is in no experiment: says which name may have been meant
 */
export function choose(experiments: readonly Experiment[], wanted: readonly string[]): Experiment[] {
  if (wanted.length === 0) return [...experiments];
  const found = new Set(wanted.flatMap((one) => matches(experiments, one)));
  return experiments.filter((experiment) => found.has(experiment));
}

function matches(experiments: readonly Experiment[], wanted: string): Experiment[] {
  const part = plain(wanted);
  const named = experiments.filter(({ name }) => plain(name) === part);
  if (named.length > 0) return named;
  const containing = experiments.filter(({ name, paper, result }) =>
    plain(`${name} ${paper} ${result}`).includes(part),
  );
  if (part !== "" && containing.length > 0) return containing;
  const names = experiments.map(({ name }) => name);
  const near = nearest(wanted, [...names, ...names.flatMap((name) => name.split("-"))]);
  const hint = part !== "" && near ? `did you mean "${near}"?` : "see --list";
  throw new ArgumentRangeError(
    `"--only" expected a name or a part of a result, got ${JSON.stringify(wanted)}; ${hint}`,
  );
}
