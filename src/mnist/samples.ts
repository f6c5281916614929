/** MNIST as samples of a search. */
import type { Samples } from "../index.js";
import type { Mnist } from "../io/index.js";

/** MNIST's training pictures: the last 5,000 are the validation set, as in the paper. */
export const TRAIN_LIMIT = 55_000;

/**
 * Training, validation and test samples.
 *
 * @param mnist  all digits
 * @param trainSize  the first so many pictures are trained on, at most 55,000; the last 5,000 validate
 */
export function samplesOf(mnist: Mnist, trainSize = TRAIN_LIMIT): Samples<Uint8Array> {
  const { trainImages, trainLabels, testImages, testLabels, width, height, classes } = mnist;
  const features = width * height;
  const part = (from: number, to?: number) => ({
    inputs: trainImages.subarray(from * features, to && to * features),
    labels: trainLabels.subarray(from, to),
  });
  return {
    features,
    classes,
    train: part(0, trainSize),
    validation: part(TRAIN_LIMIT),
    test: { inputs: testImages, labels: testLabels },
  };
}
