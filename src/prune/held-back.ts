/** Samples that are kept from the work, to judge it by. */
import { checkInteger, checkNumber } from "../check.js";

/**
 * Which samples are held back: spread evenly, but in no step with the order of the file, where classes may lie together
 * or come in turns. Sample i goes by the fractional part of i times the golden ratio, the least ones first.
 *
 * @param count  samples
 * @param share  of them
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 * @returns their indices, ascending; at least one, unless the share is 0, and never all
 */
export function heldBackOf(count: number, share: number): number[] {
  checkInteger("count", count, 0);
  checkNumber("share", share, 0, 1);
  const many = share === 0 ? 0 : Math.min(Math.max(1, Math.round(share * count)), count - 1);
  const place = (i: number) => (i * ((Math.sqrt(5) - 1) / 2)) % 1;
  return Array.from({ length: count }, (_, i) => i)
    .sort((a, b) => place(a) - place(b))
    .slice(0, many)
    .sort((a, b) => a - b);
}
