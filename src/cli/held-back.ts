/** Samples that are kept from the work, to judge it by. */
import { number } from "./options.js";

/** The share that is held back unless another is asked for. */
const SHARE = 0.2;

/** The option of commands that hold samples back. */
export const heldBackShare = number(
  "S",
  `share of the labelled samples that is held back, for the accuracy. Default ${SHARE}`,
  0,
  0.9,
);

/**
 * Which samples are held back: spread evenly, but in no step with the order of the file, where classes may lie together
 * or come in turns. Sample i goes by the fractional part of i times the golden ratio, the least ones first.
 *
 * @param count  samples
 * @param share  of them
 * @returns their indices, ascending; at least one, unless the share is 0, and never all
 */
export function heldBackOf(count: number, share = SHARE): number[] {
  const many = share === 0 ? 0 : Math.min(Math.max(1, Math.round(share * count)), count - 1);
  const place = (i: number) => (i * ((Math.sqrt(5) - 1) / 2)) % 1;
  return Array.from({ length: count }, (_, i) => i)
    .sort((a, b) => place(a) - place(b))
    .slice(0, many)
    .sort((a, b) => a - b);
}

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
