/** The MNIST data set, or one of its drop-in replacements, from its four IDX files. */
import { checkObject } from "../check.js";
import { FormatError } from "../errors.js";
import { readIdx } from "./idx.js";
import { shownShape } from "./tensor.js";

/** Images are samples × 784, one byte a pixel, 0 the background; labels one byte a sample, 0 to 9. */
export interface Mnist {
  /** 60,000 × 784 in the original. */
  readonly trainImages: Uint8Array;
  /** One a training image. */
  readonly trainLabels: Uint8Array;
  /** 10,000 × 784 in the original. */
  readonly testImages: Uint8Array;
  /** One a test image. */
  readonly testLabels: Uint8Array;
  /** Pixels a row. */
  readonly width: 28;
  /** Rows. */
  readonly height: 28;
  /** Digits. */
  readonly classes: 10;
}

/** The bytes of two IDX files. */
export interface MnistFiles {
  /** An idx3-ubyte file. */
  readonly images: Uint8Array;
  /** An idx1-ubyte file. */
  readonly labels: Uint8Array;
}

/**
 * Builds the data set.
 *
 * @param train  the files `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`
 * @param test   the files `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`
 * @returns views of the files
 * @throws {FormatError} when a file is broken, images are not 28 × 28, a label is above 9 or counts disagree
 */
export function mnist(train: MnistFiles, test: MnistFiles): Mnist {
  const [trainImages, trainLabels] = split("train", train);
  const [testImages, testLabels] = split("test", test);
  return { trainImages, trainLabels, testImages, testLabels, width: 28, height: 28, classes: 10 };
}

function split(name: string, files: MnistFiles): [images: Uint8Array, labels: Uint8Array] {
  const images = readIdx(checkObject(name, files).images);
  const labels = readIdx(files.labels);
  if (
    images.dtype !== "U8" ||
    images.shape.length !== 3 ||
    images.shape[1] !== 28 ||
    images.shape[2] !== 28
  ) {
    throw new FormatError(
      `${name} images expected U8 [samples, 28, 28], found ${images.dtype} ${shownShape(images.shape)}`,
    );
  }
  if (labels.dtype !== "U8" || labels.shape.length !== 1) {
    throw new FormatError(
      `${name} labels expected U8 [samples], found ${labels.dtype} ${shownShape(labels.shape)}`,
    );
  }
  if (labels.shape[0] !== images.shape[0]) {
    throw new FormatError(
      `${name} labels expected ${images.shape[0]}, one for each image, found ${labels.shape[0]}`,
    );
  }
  const wrong = labels.data.findIndex((label) => label > 9);
  if (wrong >= 0)
    throw new FormatError(`${name} label ${wrong} expected 0 to 9, found ${labels.data[wrong]}`);
  return [images.data, labels.data];
}
