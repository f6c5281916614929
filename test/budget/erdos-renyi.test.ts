import { expect, test } from "vitest";
import { erdosRenyi } from "../../src/budget/erdos-renyi.js";

const LENET = [
  { rows: 300, columns: 784 },
  { rows: 100, columns: 300 },
  { rows: 10, columns: 100 },
];
const sizeOf = ({ rows, columns }: { rows: number; columns: number }) => rows * columns;
const total = LENET.map(sizeOf).reduce((sum, size) => sum + size);

test.each([0, 1, 1000, 133_100, 252_890, 266_199, 266_200])("gives exactly %i zeros away", (zeros) => {
  const given = erdosRenyi(LENET, zeros);
  expect(given.reduce((sum, each) => sum + each)).toBe(zeros);
  for (const [l, each] of given.entries()) {
    expect(each).toBeGreaterThanOrEqual(0);
    expect(each).toBeLessThanOrEqual(sizeOf(LENET[l]));
  }
});

test("densities go as the sum of the sides over their product", () => {
  const given = erdosRenyi(LENET, Math.round(0.98 * total));
  const densities = given.map((zeros, l) => 1 - zeros / sizeOf(LENET[l]));
  const scales = LENET.map(({ rows, columns }) => (rows + columns) / (rows * columns));
  expect(densities[0] / densities[1]).toBeCloseTo(scales[0] / scales[1], 2);
  expect(densities[2]).toBeLessThan(1);
});

test("a layer that would be more than dense is dense, and the others share the rest", () => {
  const given = erdosRenyi(LENET, Math.round(0.8 * total));
  expect(given[2]).toBe(0);
  const densities = given.map((zeros, l) => 1 - zeros / sizeOf(LENET[l]));
  expect(densities[0] / densities[1]).toBeCloseTo(1084 / 235_200 / (400 / 30_000), 3);
});
