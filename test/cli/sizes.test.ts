import { expect, test } from "vitest";
import { sizesOf, sizesTable } from "../../src/cli/sizes.js";
import { Random } from "../harness/random.js";

const layer = (name: string, rows: number, columns: number, weights: Float32Array) => ({
  name,
  rows,
  columns,
  weights,
});

test("bytes of dense weights, packed, and as bit mask and values", async () => {
  const random = new Random(1);
  const before = [layer("a", 100, 83, random.uniform(8300)), layer("b", 1, 1, Float32Array.of(0))];
  const pruned = before[0].weights.map((weight, i) => (i % 10 ? 0 : weight));
  const after = [layer("a", 100, 83, pruned), before[1]];
  const { layers, total } = await sizesOf(before, after);
  const [a, b] = layers;
  expect([a.name, a.before.raw, a.after.raw]).toEqual(["a", 33_200, 33_200]);
  // 11 bytes of bits a row, an offset a row, 830 values, two sizes.
  expect(a.after.bitmask).toBe(100 * 11 + 100 * 8 + 830 * 4 + 16);
  expect(b.after.bitmask).toBe(1 + 8 + 16);
  for (const packed of ["gzip", "brotli"] as const) {
    expect(a.before[packed]).toBeGreaterThan(0.8 * 33_200);
    expect(a.after[packed]).toBeGreaterThan(830 * 3);
    expect(a.after[packed]).toBeLessThan(0.2 * 33_200);
  }
  expect(a.after.bitmaskGzip).toBeLessThan(a.after.gzip);
  expect(total.before.gzip).toBe(a.before.gzip + b.before.gzip);
  expect(total.after).toEqual({
    raw: 33_204,
    gzip: a.after.gzip + b.after.gzip,
    brotli: a.after.brotli + b.after.brotli,
    bitmask: a.after.bitmask + b.after.bitmask,
    bitmaskGzip: a.after.bitmaskGzip + b.after.bitmaskGzip,
  });
  const lines = sizesTable({ layers, total }).split("\n");
  expect(lines.map((line) => line.trim().split(/\s+/)[0])).toEqual(["bytes", "a", "b", "all", ""]);
  expect(lines[1].split(/\s+/)).toEqual(
    ["a", ...Object.values(a.before), ...Object.values(a.after)].map(String),
  );
  expect(new Set(lines.slice(0, 4).map(({ length }) => length)).size).toBe(1);
});

test("as F16: half of everything but the bits", async () => {
  const weights = Float32Array.of(1, 0, 0, 2);
  const { total } = await sizesOf([layer("a", 2, 2, weights)], [layer("a", 2, 2, weights)], "F16");
  expect([total.before.raw, total.after.raw, total.after.bitmask]).toEqual([8, 8, 2 + 16 + 4 + 16]);
});
