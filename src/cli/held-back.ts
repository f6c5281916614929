/** Samples that are kept from the work, to judge it by. */
import { number } from "./options.js";

/** The share that is held back unless another is asked for. */
export const SHARE = 0.2;

/** The option of commands that hold samples back. */
export const heldBackShare = number(
  "S",
  `share of the labelled samples that is held back, for the accuracy. Default ${SHARE}`,
  0,
  0.9,
);

/**
 * Rows of an array: those at the indices, or all others.
 *
 * @param values  row after row
 * @param width  of a row
 * @param isChosen  of a row
 */
export function rowsOf<T extends Uint8Array | Uint16Array | Float32Array>(
  values: T,
  width: number,
  isChosen: (row: number) => boolean,
): T {
  return values.filter((_: number, i: number) => isChosen(Math.floor(i / width))) as T;
}
