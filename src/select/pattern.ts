/** Which weights may be pruned together: any, all but N of every M, or whole blocks. */
import { checkInteger, checkNumber, checkObject, checkOneOf } from "../check.js";
import { ArgumentRangeError } from "../errors.js";

/**
 * The shape of the zeros of a rows × columns matrix:
 * - unstructured: any weights;
 * - n:m: at most `n` nonzeros in each aligned group of `m` columns of a row;
 * - block: aligned blocks of `columns` consecutive weights of a row, whole or not at all.
 */
export type Pattern =
  | { readonly kind: "unstructured" }
  | { readonly kind: "n:m"; readonly n: number; readonly m: number }
  | { readonly kind: "block"; readonly columns: number };

/** Any weights. */
export const UNSTRUCTURED: Pattern = { kind: "unstructured" };

/** A pattern and how many zeros a matrix is to have in it, those that are there already included. */
export interface Target {
  /** Where zeros may be. */
  readonly pattern: Pattern;
  /** How many. */
  readonly zeros: number;
}

/**
 * The exact number of zeros for a sparsity.
 *
 * @param pattern  N:M decides its own sparsity, 1 − n / m, and takes no other
 * @param rows  of the matrix
 * @param columns  of the matrix; a multiple of `m` or of the block's columns
 * @param sparsity  share of zeros, from 0 to 1: round(sparsity · weights), or round(sparsity · blocks) blocks
 * @throws {ArgumentTypeError | ArgumentRangeError} when the pattern does not fit the columns
 */
export function targetFor(pattern: Pattern, rows: number, columns: number, sparsity: number): Target {
  checkInteger("rows", rows);
  checkPattern(pattern, checkInteger("columns", columns));
  if (pattern.kind === "n:m") {
    return { pattern, zeros: (rows * columns * (pattern.m - pattern.n)) / pattern.m };
  }
  checkNumber("sparsity", sparsity, 0, 1);
  const unit = pattern.kind === "block" ? pattern.columns : 1;
  return { pattern, zeros: unit * Math.round((sparsity * rows * columns) / unit) };
}

/**
 * @param pattern  to be checked
 * @param columns  of the matrix it is for
 * @param name  by which the caller knows it
 * @returns the pattern
 * @throws {ArgumentTypeError | ArgumentRangeError} when N > M, or M or the block does not divide the columns
 */
export function checkPattern(pattern: Pattern, columns: number, name = "pattern"): Pattern {
  checkOneOf(`${name}.kind`, checkObject(name, pattern).kind, ["unstructured", "n:m", "block"]);
  if (pattern.kind === "unstructured") return pattern;
  const unit = pattern.kind === "block" ? pattern.columns : pattern.m;
  const isBlock = pattern.kind === "block";
  checkInteger(isBlock ? `${name}.columns` : `${name}.m`, unit, 1);
  if (pattern.kind === "n:m") checkInteger(`${name}.n`, pattern.n, 0, pattern.m);
  if (columns % unit === 0) return pattern;
  const called = isBlock ? `${name}.columns` : name;
  throw new ArgumentRangeError(`"${called}" expected a divisor of ${columns} columns, got ${unit}`);
}
