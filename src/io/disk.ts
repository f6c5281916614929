/** Files of the host, where there are any. */
import { ArgumentTypeError, FormatError } from "../errors.js";

/**
 * Reads files by path.
 *
 * @throws {ArgumentTypeError} where there are no files
 * @throws {FormatError} from what is returned, when a file cannot be read
 */
export function diskReader(): (path: string) => Uint8Array {
  // Not imported: bundles for browsers have no such module, and need none.
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (!files) throw new ArgumentTypeError('"source" expected bytes where there are no files, got a path');
  return (path) => {
    try {
      return files.readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new FormatError(
        `file expected at ${JSON.stringify(path)}, found none that can be read (${code})`,
      );
    }
  };
}

/** The folder of a path, with the separator behind it; "" for none. */
export const folderOf = (path: string): string => path.replace(/[^/\\]*$/, "");
