import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import type { Objective } from "../../src/subset-sum/contract.js";
import { solveSubsetSum } from "../../src/subset-sum/solvers.js";
import { subsetSum } from "../../src/subset-sum/subset-sums.js";
import { Random } from "../harness/random.js";
import { KINDS } from "./pools.js";

const core = openSync();
const random = new Random(11);
const draw = () => random.uniform(1)[0];

/** Sums the masks again and compares with the exhaustive search. */
function check(
  pools: Float64Array,
  targets: Float64Array,
  n: number,
  objective: Objective,
  options: object,
): void {
  const isOwn = pools.length > n;
  const found = subsetSum(core, pools, targets, {
    objective,
    ...options,
    ...(isOwn ? { pools: "own" } : {}),
  });
  for (const [t, target] of targets.entries()) {
    const pool = isOwn ? pools.subarray(t * n, (t + 1) * n) : pools;
    const exact = solveSubsetSum(core, pool, target, { objective, ...options, solver: "exhaustive" });
    expect([t, found.status(t)]).toEqual([t, exact.status]);
    const subset = found.subset(t);
    const sum = pool.reduce((total, value, i) => (subset[i] ? total + value : total), 0);
    expect(found.sums[t]).toBe(sum);
    if (exact.status !== "found") continue;
    expect(found.residuals[t]).toBe(Math.abs(target - sum));
    const { tolerance = Infinity, limit = n } = options as { tolerance?: number; limit?: number };
    const count = subset.reduce((total, bit) => total + bit, 0);
    expect(found.residuals[t]).toBeLessThanOrEqual(tolerance);
    expect(count).toBeLessThanOrEqual(limit);
    if (objective === "any") continue;
    expect(found.residuals[t]).toBe(exact.residual);
    if (objective === "fewest") expect(count).toBe(exact.count);
  }
}

describe.each(Object.keys(KINDS))("pools %s", (kind) => {
  test.each([1, 2, 3, 5, 8, 12])("of %i values: as the exhaustive search says", (n) => {
    const pools = Float64Array.from(Array.from({ length: 6 }, () => KINDS[kind](n, draw)).flat());
    const reach = Math.max(
      ...Array.from({ length: 6 }, (_, t) =>
        pools.subarray(t * n, (t + 1) * n).reduce((sum, value) => sum + Math.abs(value), 0),
      ),
    );
    const targets = Float64Array.from({ length: 6 }, (_, t) => (t === 0 ? pools[0] : reach * draw()));
    for (const objective of ["nearest", "any", "fewest"] as const) {
      for (const share of [0, 1e-3, 0.1]) {
        for (const limit of new Set([n, 1, Math.min(n, 6)])) {
          check(pools, targets, n, objective, { tolerance: share * reach, limit });
          check(pools.slice(0, n), targets, n, objective, { tolerance: share * reach, limit });
        }
      }
    }
    check(pools, targets, n, "nearest", {});
  });
});

test("a table of the sums and one search a target give the same bits", () => {
  const pool = Float64Array.from(random.uniform(12));
  const targets = Float64Array.from(random.uniform(3000, -3, 3));
  const tabled = subsetSum(core, pool, targets);
  const single = [...targets].map((target) => subsetSum(core, pool, Float64Array.of(target)).masks[0]);
  expect([...tabled.masks]).toEqual(single);
});

test("more targets than fit at once, in pools of f32; a longer pool is never worse", () => {
  const [count, n] = [5000, 9];
  const pools = random.uniform(count * (n + 1));
  const targets = random.uniform(count);
  const shorter = Float32Array.from(
    { length: count * n },
    (_, at) => pools[Math.floor(at / n) * (n + 1) + (at % n)],
  );
  const [small, large] = [
    subsetSum(core, shorter, targets, { pools: "own" }),
    subsetSum(core, pools, targets, { pools: "own" }),
  ];
  expect(small.solved).toBe(count);
  expect(large.residuals.every((residual, t) => residual <= small.residuals[t])).toBe(true);
  expect(large.residuals.some((residual, t) => residual < small.residuals[t])).toBe(true);
});

test("pools beyond the fast kernels are searched one target at a time", () => {
  const pools = Float64Array.from(random.uniform(2 * 26));
  const targets = Float64Array.of(pools[3] + pools[25], pools[26] + pools[27]);
  const found = subsetSum(core, pools, targets, {
    pools: "own",
    objective: "fewest",
    tolerance: 0,
    limit: 2,
  });
  expect([found.status(0), found.status(1)]).toEqual(["found", "found"]);
  expect([...found.subset(0).keys()].filter((i) => found.subset(0)[i])).toEqual([3, 25]);
  expect([...found.subset(1).keys()].filter((i) => found.subset(1)[i])).toEqual([0, 1]);
  expect(found.kept).toBe(4);
  const wide = Float64Array.from(random.uniform(40));
  const one = subsetSum(core, wide, Float64Array.of(wide[0] + wide[39]), {
    objective: "any",
    tolerance: 1e-3,
  });
  expect(one.strideWords).toBe(2);
  const subset = one.subset(0);
  expect(
    Math.abs(wide.reduce((sum, value, i) => (subset[i] ? sum + value : sum), 0) - wide[0] - wide[39]),
  ).toBeLessThan(1e-3);
});

test("permuting a pool permutes the mask, negating pool and target keeps it, flipping a value flips its bit", () => {
  const order = [4, 1, 0, 3, 6, 2, 7, 5];
  // Roots of primes, so that no two sums are the same.
  const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19];
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
      (values) => {
        const pool = Float64Array.from(values, (value, i) => value + Math.sqrt(PRIMES[i]) / 100);
        const target = Float64Array.of(0.3);
        const mask = [...subsetSum(core, pool, target).subset(0)];
        const residual = subsetSum(core, pool, target).residuals[0];
        const permuted = subsetSum(
          core,
          Float64Array.from(order, (i) => pool[i]),
          target,
        );
        const negated = subsetSum(
          core,
          pool.map((value) => -value),
          Float64Array.of(-0.3),
        );
        const flipped = subsetSum(core, pool.with(2, -pool[2]), Float64Array.of(0.3 - pool[2]));
        for (const other of [permuted, negated, flipped]) {
          expect(Math.abs(other.residuals[0] - residual)).toBeLessThanOrEqual(1e-15 * 16);
        }
        expect([...negated.subset(0)]).toEqual(mask);
        // The optimum of numbers in general position is one subset; rounding may make two of them equal.
        if (permuted.residuals[0] === residual) {
          expect([...permuted.subset(0)]).toEqual(order.map((i) => mask[i]));
        }
      },
    ),
    { seed: 7, numRuns: 200 },
  );
});

test.each<[string, () => unknown, string, string]>([
  [
    "an empty pool",
    () => subsetSum(core, new Float32Array(0), new Float32Array(1)),
    "ERR_SHAPE",
    "1 to 48 values",
  ],
  [
    "a pool of another type",
    () => subsetSum(core, [1, 2] as never, new Float32Array(1)),
    "ERR_TYPE",
    '"pool"',
  ],
  [
    "NaN in a pool",
    () => subsetSum(core, Float32Array.of(1, NaN), new Float32Array(1)),
    "ERR_NON_FINITE",
    '"pool"',
  ],
  [
    "an infinite target",
    () => subsetSum(core, new Float32Array(2), Float32Array.of(Infinity)),
    "ERR_NON_FINITE",
    '"targets"',
  ],
  [
    "magnitudes that overflow",
    () => subsetSum(core, Float64Array.of(1e308, -1e308), Float64Array.of(0)),
    "ERR_NON_FINITE",
    "row 0",
  ],
  [
    "rows that do not fit",
    () => subsetSum(core, new Float32Array(7), new Float32Array(2), { pools: "own" }),
    "ERR_SHAPE",
    "each of 2",
  ],
  [
    "a pool that is too long",
    () => subsetSum(core, new Float32Array(49), new Float32Array(1)),
    "ERR_SHAPE",
    "got 49",
  ],
  [
    "a negative tolerance",
    () => subsetSum(core, new Float32Array(2), new Float32Array(1), { tolerance: -1 }),
    "ERR_RANGE",
    "tolerance",
  ],
  [
    "no tolerance for any",
    () => subsetSum(core, new Float32Array(2), new Float32Array(1), { objective: "any" }),
    "ERR_TYPE",
    "tolerance",
  ],
  [
    "a limit beyond the pool",
    () => subsetSum(core, new Float32Array(2), new Float32Array(1), { limit: 3 }),
    "ERR_RANGE",
    "limit",
  ],
  [
    "an unknown objective",
    () => subsetSum(core, new Float32Array(2), new Float32Array(1), { objective: "best" as never }),
    "ERR_RANGE",
    "objective",
  ],
])("refuses %s", (_, call, code, message) => {
  expect(call).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

test("a solver of choice finds what the kernels for many targets find", () => {
  const pools = Float64Array.from(random.uniform(40 * 10));
  const targets = Float64Array.from(random.uniform(40));
  const options = { pools: "own", objective: "fewest", tolerance: 0.05 } as const;
  const expected = subsetSum(core, pools, targets, options);
  expect(subsetSum(core, pools, targets, { ...options, solver: "branch-and-bound" })).toEqual(expected);
  const unknown = { ...options, solver: "gray" as never };
  expect(() => subsetSum(core, pools, targets, unknown)).toThrow('"options.solver" expected');
  const heuristic = { ...options, solver: "trimming" } as const;
  expect(() => subsetSum(core, pools, targets, heuristic)).toThrow('for the solver "trimming"');
});

test("no targets: nothing found, nothing failed", () => {
  const found = subsetSum(core, new Float32Array(3), new Float32Array(0));
  expect([found.count, found.solved, found.kept]).toEqual([0, 0, 0]);
});
