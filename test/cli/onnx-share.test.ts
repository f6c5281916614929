import { expect, test } from "vitest";
import { onnxShare } from "../../src/cli/onnx-share.js";

const layer = (columns: number, groups: number, skipped?: string) => ({
  ...{ name: "l", op: "Conv", rows: 8, columns, groups },
  ...(skipped ? { skipped } : {}),
});
const plan = [layer(16, 1), layer(9, 8, "depthwise"), layer(4, 2)];
const at = (stage: "curves" | "prune", part: number, done: number) => ({
  stage,
  layer: part,
  layers: 3,
  done,
  total: 8,
});

test.each([
  ["exact-obs", "optimal"],
  ["exact-obs", "uniform"],
  ["sparsegpt", "uniform"],
])("the share of %s, %s, rises from 0 to 1, most of it in the widest layer", (method, budget) => {
  const shareOf = onnxShare(plan, method, budget);
  const stages = budget === "optimal" ? (["curves", "prune"] as const) : (["prune"] as const);
  const shares = stages.flatMap((stage) =>
    [0, 1, 2].flatMap((part) => [0, 4, 8].map((done) => shareOf(at(stage, part, done)) as number)),
  );
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBeCloseTo(1, 12);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[2]).toBeGreaterThan(0.8);
});

test("there is none where the time is not known", () => {
  const shareOf = onnxShare(plan, "exact-obs", "optimal");
  for (const stage of ["calibrate", "search", "verify"] as const) {
    expect(shareOf({ stage, layers: 3, done: 1, total: 2 })).toBe(undefined);
  }
  // A layer that no sample reached has gone.
  expect(shareOf({ stage: "prune", layer: 0, layers: 2, done: 1, total: 2 })).toBe(undefined);
});
