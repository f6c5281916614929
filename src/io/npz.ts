/** NumPy's .npz: a zip archive of arrays, NAME.npy each. Source: numpy.savez, numpy.savez_compressed. */
import { type Zippable, zipSync } from "fflate";
import { checkArray, checkString } from "../check.js";
import { ArgumentRangeError, FormatError } from "../errors.js";
import { readNpy, writeNpy } from "./npy.js";
import { checkTensors, shown, type Tensor } from "./tensor.js";
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

/** Archives carry times of their files: all of them this one, so that the same arrays are the same bytes. */
const FILE_TIME = "1980-01-01T00:00:00";

/**
 * Arrays as a .npz file, not packed.
 *
 * @param tensors  by name
 * @returns the same bytes for the same arrays
 * @throws {ArgumentTypeError | ShapeError} when one is no tensor
 */
export function writeNpz(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const files: Zippable = {};
  for (const [name, tensor] of checkTensors(tensors)) files[name + SUFFIX] = writeNpy(tensor);
  return zipSync(files, { level: 0, mtime: FILE_TIME });
}
