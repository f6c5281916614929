/** The table of formats. */
import { checkOneOf } from "../check.js";
import { block1x4, block4x1 } from "./block.js";
import type { FormatName, SparseFormat } from "./contract.js";
import { csr } from "./csr.js";
import { fourOfEight, oneOfFour, twoOfFour } from "./n-of-m.js";

/**
 * All formats, those that cost least a stored weight first, compressed rows, which fit any mask, last. N of M
 * stores N weights of each group, however few are kept: a thin mask that happens to fit is better off in
 * compressed rows.
 */
export const FORMATS: readonly SparseFormat[] = [block4x1, block1x4, oneOfFour, twoOfFour, fourOfEight, csr];

/**
 * The format of a name.
 *
 * @param name  one of `FORMATS`
 * @throws {ArgumentTypeError | ArgumentRangeError} when there is none
 */
export function formatNamed(name: FormatName): SparseFormat {
  const names = FORMATS.map((format) => format.name);
  return FORMATS[names.indexOf(checkOneOf("format", name, names))];
}
