import { expect, test } from "vitest";
import { loadMnist } from "../../src/cli/mnist-files.js";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../../src/errors.js";
import {
  type DescentSamples,
  type DoubleDescentOptions,
  doubleDescent,
} from "../../src/interpolation/double-descent.js";
import { featureMap } from "../../src/interpolation/feature-map.js";
import { openSync } from "../../src/open.js";
import { pseudoInverseTimes } from "../linalg/pseudo-inverse.js";

const [TRAINED, TESTED] = [200, 300];
const { trainImages, trainLabels, testImages, testLabels } = loadMnist();
const part = (images: Uint8Array, labels: Uint8Array, count: number) => ({
  inputs: images.subarray(0, 784 * count),
  labels: labels.subarray(0, count),
});
const samples = (trained = TRAINED, tested = TESTED): DescentSamples => ({
  features: 784,
  classes: 10,
  train: part(trainImages, trainLabels, trained),
  test: part(testImages, testLabels, tested),
});

async function descent(options: Partial<DoubleDescentOptions> & { features: number[] }, on = samples()) {
  using core = openSync();
  // Awaited: the core ends with this function.
  const rows = await doubleDescent(core, on, { kind: "fourier", ...options });
  return rows;
}

const GRID = [20, 60, 100, 150, 190, 200, 210, 250, 400, 2000];

test.each(["fourier", "relu"] as const)(
  "the test loss of %s features peaks at N = n and falls below where it was",
  async (kind) => {
    for (const seed of [1, 2]) {
      const rows = await descent({ features: GRID, kind, seed });
      expect(rows.map(({ features }) => features)).toEqual(GRID);
      const peak = rows.findIndex(
        ({ testLoss }) => testLoss === Math.max(...rows.map((row) => row.testLoss)),
      );
      expect(rows[peak].features).toBe(TRAINED);
      const [before, after] = [rows.slice(0, peak), rows.slice(peak + 1)];
      const last = rows[rows.length - 1];
      for (const measure of ["testLoss", "testError"] as const) {
        expect(last[measure]).toBeLessThan(Math.min(...before.map((row) => row[measure])));
      }
      for (const row of after) expect(row.trainLoss).toBeLessThan(1e-20);
      for (let i = 1; i < before.length; i++)
        expect(before[i].trainLoss).toBeLessThan(before[i - 1].trainLoss);
      for (let i = peak + 1; i < rows.length; i++) expect(rows[i].norm).toBeLessThan(rows[i - 1].norm);
      expect(rows.map(({ rank }) => rank)).toEqual(GRID.map((count) => Math.min(count, TRAINED)));
    }
  },
);

test("is what the pseudo-inverse gives", async () => {
  const on = samples(30, 70);
  for (const count of [12, 30, 55]) {
    const [row] = await descent({ features: [count], seed: 3, bandwidth: 4 }, on);
    using core = openSync();
    const map = featureMap(core, { kind: "fourier", columns: 784, features: count, bandwidth: 4, seed: 3 });
    const [train, test] = [map.apply(on.train.inputs).toArray(), map.apply(on.test.inputs).toArray()];
    const wanted = Float64Array.from({ length: 300 }, (_, at) =>
      Number(at % 10 === on.train.labels[Math.floor(at / 10)]),
    );
    const { solution } = pseudoInverseTimes(train, 30, count, wanted, 10, 1e-13);
    const outputs = Array.from({ length: 70 }, (_, i) =>
      Array.from({ length: 10 }, (_, c) => {
        let sum = 0;
        for (let j = 0; j < count; j++) sum += test[i * count + j] * solution[j * 10 + c];
        return sum;
      }),
    );
    const label = (i: number) => on.test.labels[i];
    const losses = outputs.map((output, i) =>
      output.map((value, c) => (value - Number(c === label(i))) ** 2).reduce((a, b) => a + b),
    );
    const wrong = outputs.filter((output, i) => output.indexOf(Math.max(...output)) !== label(i)).length;
    expect(row.testLoss).toBeCloseTo(losses.reduce((a, b) => a + b) / 70, 8);
    expect(row.testError).toBe(wrong / 70);
    expect(row.norm).toBeCloseTo(Math.sqrt(solution.reduce((sum, value) => sum + value ** 2, 0)), 8);
  }
});

test("the same bits twice; a row does not depend on the others", async () => {
  const rows = await descent({ features: [50, 300, 200] }, samples(100, 300));
  expect(await descent({ features: [50, 300, 200] }, samples(100, 300))).toEqual(rows);
  // Fewer projections are another packing of the same numbers.
  expect(await descent({ features: [200] }, samples(100, 300))).toEqual([rows[2]]);
  expect(await descent({ features: [200], seed: 2 }, samples(100, 300))).not.toEqual([rows[2]]);
});

test("reports progress, leaves nothing behind, and stops when asked", async () => {
  using core = openSync();
  const free = core.freeBytes;
  const options: DoubleDescentOptions = { kind: "relu", features: [5, 10] };
  const seen: string[] = [];
  await doubleDescent(core, samples(20, 600), {
    ...options,
    onProgress: ({ done, of }) => void seen.push(`${done}/${of}`),
  });
  expect(seen).toEqual(["1/5", "2/5", "3/5", "4/5", "5/5"]);
  const size = core.memory.buffer.byteLength;
  await doubleDescent(core, samples(20, 600), options);
  expect(core.memory.buffer.byteLength).toBe(size);
  expect(core.freeBytes).toBeGreaterThanOrEqual(free);
  const stop = new AbortController();
  stop.abort(new Error("enough"));
  await expect(doubleDescent(core, samples(20, 20), { ...options, signal: stop.signal })).rejects.toThrow(
    "enough",
  );
});

test("refuses what does not fit", async () => {
  const good = { features: [5] };
  await expect(descent({ features: [] })).rejects.toThrow(ArgumentRangeError);
  await expect(descent({ features: [5, 0] })).rejects.toThrow(
    '"options.features[1]" expected an integer ≥ 1',
  );
  await expect(descent({ ...good, kind: "tanh" as "relu" })).rejects.toThrow(ArgumentRangeError);
  await expect(descent({ ...good, bandwidths: 1 } as { features: number[] })).rejects.toThrow(
    ArgumentTypeError,
  );
  await expect(descent(good, samples(0))).rejects.toThrow(ArgumentRangeError);
  await expect(descent(good, { ...samples(3), classes: 3 })).rejects.toThrow("classes below 3, got 5");
  const short = { ...samples(3), train: part(trainImages, trainLabels.subarray(0, 2), 3) };
  await expect(descent(good, short)).rejects.toThrow(ShapeError);
});
