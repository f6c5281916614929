/** NumPy's .npz: a zip archive of arrays, NAME.npy each. Source: numpy.savez, numpy.savez_compressed. */
import { checkArray, checkString } from "../check.js";
import { ArgumentRangeError, FormatError } from "../errors.js";
import { readNpy } from "./npy.js";
import { shown, type Tensor } from "./tensor.js";
import { unzip, zipEntries } from "./zip.js";

const SUFFIX = ".npy";

/**
 * The names of the arrays in a .npz file.
 *
 * @param bytes  the whole file
 * @throws {ArgumentTypeError} when `bytes` is no Uint8Array
 * @throws {FormatError} when it is no zip archive of a reasonable size
 */
export function npzNames(bytes: Uint8Array): string[] {
  return [...zipEntries(bytes).keys()]
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length));
}

/**
 * Reads a .npz file.
 *
 * @param bytes  the whole file
 * @param names  of the arrays that are wanted; others are not unpacked. Default: all
 * @returns the arrays by name; views of `bytes` where they are neither packed nor misaligned
 * @throws {ArgumentTypeError} when `bytes` is no Uint8Array
 * @throws {ArgumentRangeError} when there is no array of a name
 * @throws {FormatError} when the archive or an array is broken; it names the array. Sizes beyond 4 GiB, or beyond 1,100
 *   times what they are packed in, are refused before anything is unpacked
 */
export function readNpz(bytes: Uint8Array, names: readonly string[] = npzNames(bytes)): Map<string, Tensor> {
  const entries = zipEntries(bytes);
  return new Map(
    checkArray("names", names).map((name) => {
      checkString("names", name);
      const entry = entries.get(name + SUFFIX);
      if (!entry) {
        const known = npzNames(bytes).join(", ") || "none";
        throw new ArgumentRangeError(`"names" expected arrays out of ${known}, got ${shown(name)}`);
      }
      try {
        return [name, readNpy(unzip(bytes, entry))];
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        throw new FormatError(`array ${shown(name)}: ${error.message}`, { cause: error });
      }
    }),
  );
}
