import { expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { mnist } from "../../src/io/mnist.js";

const images = (count: number, side = 28) => {
  const bytes = new Uint8Array(16 + count * side * side).map((_, index) => index % 251);
  bytes.set([0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, side, 0, 0, 0, side]);
  return bytes;
};
const labels = (...values: number[]) => Uint8Array.from([0, 0, 8, 1, 0, 0, 0, values.length, ...values]);
const good = { images: images(2), labels: labels(3, 9) };

test("joins four files without copying", () => {
  const test = { images: images(1), labels: labels(0) };
  const data = mnist(good, test);
  expect(data).toMatchObject({ width: 28, height: 28, classes: 10 });
  expect(data.trainImages).toEqual(good.images.subarray(16));
  expect(data.trainImages.buffer).toBe(good.images.buffer);
  expect(data.trainLabels).toEqual(Uint8Array.of(3, 9));
  expect(data.testImages).toEqual(test.images.subarray(16));
  expect(data.testLabels).toEqual(Uint8Array.of(0));
});

test.each([
  [
    "labels for images",
    { images: labels(1), labels: labels(1) },
    "train images expected U8 [samples, 28, 28], found U8 [1]",
  ],
  ["images of another size", { images: images(2, 27), labels: labels(1, 2) }, "found U8 [2, 27, 27]"],
  [
    "images for labels",
    { images: images(2), labels: images(2) },
    "train labels expected U8 [samples], found U8 [2, 28, 28]",
  ],
  [
    "a label too few",
    { images: images(2), labels: labels(1) },
    "train labels expected 2, one for each image, found 1",
  ],
  [
    "a label above 9",
    { images: images(2), labels: labels(1, 10) },
    "train label 1 expected 0 to 9, found 10",
  ],
])("refuses %s", (_, train, message) => {
  expect(() => mnist(train, good)).toThrow(FormatError);
  expect(() => mnist(train, good)).toThrow(message);
  expect(() => mnist(good, train)).toThrow(message.replace("train", "test"));
});
