/** Long searches as users run them, from dist/, because workers load their own script. */
import { expect, test } from "vitest";
import { openSync } from "../../dist/open.js";
import { SubsetSums } from "../../dist/subset-sum/batch.js";
import { searchSubsetSums, subsetSum } from "../../dist/subset-sum/subset-sums.js";
import { Random } from "../harness/random.js";

const [COUNT, VALUES] = [40_000, 12];
const random = new Random(5);
const pools = random.uniform(COUNT * VALUES);
const targets = random.uniform(COUNT);
const options = { pools: "own", objective: "fewest", tolerance: 0.01 } as const;

test("any number of workers gives the bytes of subsetSum, and tells how far it is", async () => {
  using core = openSync();
  const expected = subsetSum(core, pools, targets, options);
  for (const workers of [0, 1, 3]) {
    const reports: { done: number; total: number }[] = [];
    const onProgress = (done: { done: number; total: number }) => void reports.push(done);
    const found = await searchSubsetSums(core, pools, targets, { ...options, workers, onProgress });
    expect(found).toEqual(expected);
    expect(reports.at(-1)).toEqual({ done: COUNT, total: COUNT });
    expect(reports.length).toBeGreaterThan(2);
  }
  const shared = await searchSubsetSums(core, pools.slice(0, VALUES), targets, { workers: 2 });
  expect(shared).toEqual(subsetSum(core, pools.slice(0, VALUES), targets));
});

test.each([0, 2])(
  "stops when it is told to, and goes on to the same bytes, with %i workers",
  async (workers) => {
    using core = openSync();
    const into = new SubsetSums(COUNT, VALUES);
    const reason = new Error("enough");
    const controller = new AbortController();
    const onProgress = () => controller.abort(reason);
    const work = searchSubsetSums(core, pools, targets, {
      ...options,
      workers,
      into,
      signal: controller.signal,
      onProgress,
    });
    await expect(work).rejects.toBe(reason);
    const looked = into.codes.filter((code) => code > 0).length;
    expect(looked).toBeGreaterThan(0);
    expect(looked).toBeLessThan(COUNT);
    let first: number | undefined;
    const onMore = ({ done }: { done: number }) => {
      first ??= done;
    };
    expect(
      await searchSubsetSums(core, pools, targets, { ...options, workers, into, onProgress: onMore }),
    ).toBe(into);
    expect(into).toEqual(subsetSum(core, pools, targets, options));
    expect(first).toBeGreaterThan(looked);
  },
);

test("refuses what does not fit before it starts", async () => {
  using core = openSync();
  const into = new SubsetSums(COUNT - 1, VALUES);
  await expect(searchSubsetSums(core, pools, targets, { ...options, into })).rejects.toThrow(
    "39999 targets in pools of 12",
  );
  await expect(searchSubsetSums(core, pools, targets, { ...options, workers: -1 })).rejects.toThrow(
    "workers",
  );
  await expect(
    searchSubsetSums(core, pools, targets, { ...options, signal: AbortSignal.abort() }),
  ).rejects.toThrow("abort");
});
