/** Runs over the table: what is found sums up, what is impossible is, and exact solvers agree with the oracle. */
import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import type { Objective, Solver } from "../../src/subset-sum/contract.js";
import {
  SOLVER_NAMES, SOLVERS, type SolveOptions, type SolverName, type SubsetSum, solveSubsetSum,
} from "../../src/subset-sum/solvers.js";
import { Random } from "../harness/random.js";
import { randomMask, sumOf, uniform64 } from "./problems.js";

const core = openSync();
const solverOf = (name: SolverName): Solver => SOLVERS[name];
const exact = SOLVER_NAMES.filter((name) => solverOf(name).guarantee === "exact");

/** More than two orders of summation can differ by, twice over. */
const slackOf = (values: ArrayLike<number>, target: number) =>
  Array.from(values).reduce((sum, value) => sum + Math.abs(value), Math.abs(target)) * (values.length + 4) * 2 ** -50;

/** Solves, and checks all that does not depend on the solver. */
function solve(values: Float64Array, target: number, options: SolveOptions): SubsetSum {
  const result = solveSubsetSum(core, values, target, options);
  const { tolerance = Infinity, limit = values.length } = options;
  const sum = sumOf(values, result.mask);
  const count = result.mask.reduce((total, bit) => total + bit, 0);
  const isFound = result.status === "found";
  const isSound =
    result.mask.length === values.length && result.sum === sum && result.count === count &&
    result.residual === Math.abs(target - sum) && result.guarantee === solverOf(result.solver).guarantee &&
    (isFound ? result.residual <= tolerance && count <= limit : count === 0);
  if (!isSound) throw new Error(`[${values}] → ${target}, ${JSON.stringify(options)}: ${JSON.stringify(result)}`);
  return result;
}

const integers = (random: Random, n: number) => Float64Array.from({ length: n }, () => random.below(41) - 20);

/** Pools of every kind with targets in and out of reach. */
function* problems(random: Random): Generator<[kind: string, values: Float64Array, target: number]> {
  for (const n of [1, 2, 3, 6, 9, 12]) {
    const pools: Record<string, Float64Array> = {
      random: uniform64(random, n),
      positive: uniform64(random, n, 0, 1),
      negative: uniform64(random, n, -1, 0),
      integers: integers(random, n),
      "zeros and duplicates": Float64Array.from({ length: n }, () => [0, 0.1, 0.1, -0.3, 0.7][random.below(5)]),
      equal: new Float64Array(n).fill(0.1),
      huge: uniform64(random, n).map((value) => value * 1e300),
      tiny: uniform64(random, n).map((value) => value * 1e-300),
      "of many magnitudes": uniform64(random, n).map((value) => value * 10 ** (random.below(30) - 15)),
    };
    for (const [kind, values] of Object.entries(pools)) {
      const scale = Math.max(...values.map(Math.abs)) || 1;
      yield [kind, values, sumOf(values, randomMask(random, n))];
      yield [kind, values, scale * uniform64(random, 1)[0]];
      yield [kind, values, 0];
      yield [kind, values, scale * 1.01 * (n + 1) * (random.below(2) ? 1 : -1)];
      if (kind === "integers") yield [kind, values, random.below(9) + 0.5];
    }
  }
}

const tolerances = (values: Float64Array) => {
  const scale = Math.max(...values.map(Math.abs)) || 1;
  return [0, 1e-13 * scale, 0.02 * scale, 0.5 * scale];
};

describe.each(SOLVER_NAMES)("%s", (name) => {
  const { objectives, guarantee, limits, most } = solverOf(name);

  test.each(objectives)("agrees with the oracle: %s", (objective) => {
    let [found, impossible] = [0, 0];
    for (const [kind, values, target] of problems(new Random(name.length))) {
      for (const tolerance of objective === "nearest" ? [...tolerances(values), Infinity] : tolerances(values)) {
        // Memory for a grid or lists: said before the work, and tested below.
        if (name === "dynamic-programming" && tolerance < 1e-3 * Math.max(...values.map(Math.abs))) continue;
        const allowed = new Set(limits ? [values.length, values.length >> 1, 0] : [values.length]);
        for (const limit of allowed) {
          const options = { objective, tolerance, limit };
          const oracle = solve(values, target, { ...options, solver: "exhaustive" });
          const result = solve(values, target, { ...options, solver: name });
          const slack = slackOf(values, target);
          const where = `${kind} n=${values.length} target=${target} ±${tolerance}, at most ${limit}`;
          if (result.status !== "gave up") expect(result.status, where).toBe(oracle.status);
          else if (guarantee === "exact") {
            // Only where rounding decides.
            expect(name, where).toBe("schroeppel-shamir");
            const closest = solve(values, target, { solver: "exhaustive" }).residual;
            expect(Math.abs(closest - tolerance), where).toBeLessThanOrEqual(slack);
          }
          if (result.status === "found") found++;
          if (result.status === "impossible") impossible++;
          if (guarantee === "heuristic" || result.status !== "found") continue;
          if (objective === "fewest") expect(result.count, where).toBe(oracle.count);
          if (objective === "any") continue;
          expect(Math.abs(result.residual - oracle.residual), where).toBeLessThanOrEqual(slack);
        }
      }
    }
    expect(found).toBeGreaterThan(100);
    if (name !== "greedy") expect(impossible).toBeGreaterThan(30);
  });

  test("never says impossible of a planted subset, at any size it takes", () => {
    const random = new Random(31);
    // Beyond 20 values the tree and the Gray code take long to prove that nothing is nearer.
    const isSlow = name === "exhaustive" || name === "branch-and-bound";
    const sizes = [3, 7, 12, 17, 20, 33].filter((n) => n <= (isSlow ? 20 : most));
    for (const n of sizes) {
      for (const objective of objectives) {
        const values = uniform64(random, n);
        const target = sumOf(values, randomMask(random, n, Math.min(n, 4)));
        const tolerance = name === "dynamic-programming" ? 1e-3 : name === "trimming" && n > 20 ? 1e-2 : 1e-12;
        const { status } = solve(values, target, { solver: name, objective, tolerance });
        if (guarantee === "exact") expect(status).toBe("found");
        else expect(status).not.toBe("impossible");
      }
    }
  });

  test.skipIf(!limits || guarantee !== "exact")("a limit of the planted size is enough, one less is not", () => {
    const random = new Random(37);
    for (const n of [6, 11, 16]) {
      const values = uniform64(random, n);
      const target = sumOf(values, randomMask(random, n, 4));
      for (const objective of objectives) {
        const options = { solver: name, objective, tolerance: 1e-12 };
        expect(solve(values, target, { ...options, limit: 4 })).toMatchObject({ status: "found", count: 4 });
        expect(solve(values, target, { ...options, limit: 3 }).status).toBe("impossible");
      }
    }
  });

  test.skipIf(name === "greedy")("targets outside of the range are impossible", () => {
    const random = new Random(41);
    for (const n of [1, 5, 20]) {
      const values = uniform64(random, n);
      const top = values.reduce((sum, value) => sum + Math.max(value, 0), 0);
      const bottom = values.reduce((sum, value) => sum + Math.min(value, 0), 0);
      for (const objective of objectives) {
        const options = { solver: name, objective, tolerance: 0.01 };
        // Beyond what the rounding to a grid or a thinned list hides, too.
        for (const target of [top + 0.05, bottom - 0.05, 1e300, -1e300]) {
          expect(solve(values, target, options).status, `n=${n} ${target}`).toBe("impossible");
        }
        expect(solve(values, top + 0.01 - 1e-9, options).status).not.toBe("impossible");
      }
    }
  });

  test("fills every word of its bits, and no more", () => {
    const far = name === "exhaustive" ? 17 : name === "schroeppel-shamir" ? 36 : Math.min(most, 96);
    for (const n of [1, 2, 17, 31, 32, 33, 36, 63, 64, 65, 96].filter((n) => n <= far)) {
      for (const sign of [1, -1]) {
        const values = Float64Array.from({ length: n }, (_, i) => sign * (n - i));
        const all = sumOf(values, values);
        const options = { solver: name, objective: objectives[0], tolerance: 0.25 };
        expect(solve(values, all, options).mask).toEqual(new Uint8Array(n).fill(1));
        expect(solve(values, all - sign, options).mask).toEqual(new Uint8Array(n).fill(1, 0, n - 1));
      }
    }
    expect(SOLVERS[name].name).toBe(name);
  });

  test("a pool of 0 has the sum 0 alone", () => {
    for (const objective of objectives) {
      const options = { solver: name, objective, tolerance: 0.5 };
      expect(solve(new Float64Array(6), 0.5, options).status).toBe("found");
      expect(solve(new Float64Array(6), 0.75, options).status).not.toBe("found");
    }
  });
});

describe.each(exact)("%s, nearest", (name) => {
  const random = new Random(43);
  const nearest = (values: Float64Array, target: number) => solve(values, target, { solver: name });

  test("a longer pool is never worse", () => {
    for (let round = 0; round < 10; round++) {
      const values = uniform64(random, 16);
      const target = uniform64(random, 1, -3, 3)[0];
      let before = Infinity;
      for (let n = 1; n <= 16; n++) {
        const { residual } = nearest(values.slice(0, n), target);
        expect(residual).toBeLessThanOrEqual(before + slackOf(values, target));
        before = residual;
      }
    }
  });

  test("a complement, a permutation, a change of sign change the mask alike", () => {
    for (let round = 0; round < 30; round++) {
      const n = 2 + random.below(13);
      const values = uniform64(random, n);
      const target = uniform64(random, 1, -2, 2)[0];
      const { mask, residual } = nearest(values, target);

      const [i, complement] = [random.below(n), values.slice()];
      complement[i] = -values[i];
      const flipped = nearest(complement, target - values[i]);
      expect(flipped.mask).toEqual(mask.map((bit, k) => (k === i ? 1 - bit : bit)));
      expect(Math.abs(flipped.residual - residual)).toBeLessThanOrEqual(slackOf(values, target));

      const order = Array.from({ length: n }, (_, k) => k).sort((a, b) => values[a] - values[b]);
      const permuted = nearest(Float64Array.from(order, (k) => values[k]), target);
      expect(permuted.mask).toEqual(Uint8Array.from(order, (k) => mask[k]));

      expect(nearest(values.map((value) => -value), -target).mask).toEqual(mask);
    }
  });
});

describe.each(["exhaustive", "meet-in-the-middle", "branch-and-bound"] as const)("%s, fewest", (name) => {
  test("is the empty subset where that is within the tolerance", () => {
    const options = { solver: name, objective: "fewest", tolerance: 0.25 } as const;
    expect(solve(Float64Array.of(0.2, -0.2, 0), 0.2, options)).toMatchObject({ status: "found", count: 0 });
    expect(solve(Float64Array.of(0.2, 0.05, 0.1), 0.3, options)).toMatchObject({ count: 1, sum: 0.2 });
  });
});

describe("larger pools", () => {
  const random = new Random(47);
  const planted = (n: number, count?: number) => {
    const values = uniform64(random, n);
    return { values, target: sumOf(values, randomMask(random, n, count)) };
  };

  test.each([[40, 1e-14], [44, 1e-10]])("Schroeppel-Shamir finds a subset of %d values within %f", (n, tolerance) => {
    const { values, target } = planted(n);
    const options = { solver: "schroeppel-shamir", objective: n === 40 ? "nearest" : "any", tolerance } as const;
    expect(["found", n === 40 ? "gave up" : "found"]).toContain(solve(values, target, options).status);
  });
  test("Schroeppel-Shamir and meeting in the middle agree at 34 values", () => {
    for (let round = 0; round < 5; round++) {
      const values = uniform64(random, 34);
      const both = (["schroeppel-shamir", "meet-in-the-middle"] as const).map((solver) =>
        solve(values, round - 2, { solver }),
      );
      expect(Math.abs(both[0].residual - both[1].residual)).toBeLessThanOrEqual(slackOf(values, 2));
    }
  });
  test("branch and bound agrees with meeting in the middle on the fewest of 36, and takes 1,024", () => {
    for (let round = 0; round < 5; round++) {
      const values = uniform64(random, 36);
      const options = { objective: "fewest", tolerance: 1e-5 } as const;
      const [a, b] = (["branch-and-bound", "meet-in-the-middle"] as const).map((solver) =>
        solve(values, round - 1.5, { ...options, solver }),
      );
      expect([a.status, a.count]).toEqual([b.status, b.count]);
      expect(Math.abs(a.residual - b.residual)).toBeLessThanOrEqual(slackOf(values, 2));
    }
    const options = { objective: "any", tolerance: 1e-6, solver: "branch-and-bound" } as const;
    expect(solve(uniform64(random, 1024), 3.25, options).status).toBe("found");
  });
  test("the grid takes 1,000 values", () => {
    const options = { objective: "any", tolerance: 0.05, solver: "dynamic-programming" } as const;
    expect(solve(uniform64(random, 1000), 30, options).status).toBe("found");
  });
});

describe("the front door", () => {
  const values = [0.5, -0.25, 0.125];
  const refuse = (
    pool: unknown, target: number, options: SolveOptions | undefined, name: string, message: string | RegExp,
  ) => {
    const call = () => solveSubsetSum(core, pool as number[], target, options);
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ name }));
  };
  const [range, type] = ["ArgumentRangeError", "ArgumentTypeError"];

  test("takes all three kinds of numbers, and gives back its memory", () => {
    const free = core.freeBytes;
    for (const pool of [values, Float32Array.from(values), Float64Array.from(values)]) {
      const result = solveSubsetSum(core, pool, 0.25);
      expect(result).toMatchObject({ status: "found", sum: 0.25, residual: 0, count: 2, solver: "exhaustive" });
      expect(result.mask).toEqual(Uint8Array.of(1, 1, 0));
    }
    expect(core.freeBytes).toBe(free);
  });
  test("chooses an exact solver that takes the problem", () => {
    const chosen = (n: number, options?: SolveOptions) =>
      solveSubsetSum(core, new Float64Array(n).fill(1), 1, options).solver;
    const fewest = { objective: "fewest" as Objective, tolerance: 0 };
    expect([8, 9, 24, 41, 49].map((n) => chosen(n))).toEqual([
      ...["exhaustive", "meet-in-the-middle", "meet-in-the-middle", "schroeppel-shamir", "branch-and-bound"],
    ]);
    expect([24, 41].map((n) => chosen(n, fewest))).toEqual(["meet-in-the-middle", "branch-and-bound"]);
    expect(chosen(41, { limit: 5 })).toBe("branch-and-bound");
  });
  test("gives up over the budget, with an empty mask", () => {
    const pool = uniform64(new Random(53), 22);
    for (const solver of ["exhaustive", "schroeppel-shamir", "branch-and-bound"] as const) {
      expect(solve(pool, 1, { solver, nodeBudget: 50 })).toMatchObject({ status: "gave up", sum: 0, residual: 1 });
    }
    // Many subsets sum to about 1.6, and few in just the order that makes it one unit in the last place more.
    const tenths = Float64Array.from({ length: 20 }, (_, i) => (i % 3 ? 0.1 : 0.7));
    const beside = { solver: "meet-in-the-middle", tolerance: 0 } as const;
    expect(solve(tenths, 1.6 + 2 ** -52, beside).status).toBe("found");
    expect(solve(tenths, 1.6 + 2 ** -52, { ...beside, nodeBudget: 3 }).status).toBe("gave up");
  });
  test("refuses bad input by name", () => {
    refuse([], 1, undefined, range, '"values" expected at least 1 value, got none');
    refuse("abc", 1, undefined, type, '"values" expected Float64Array, Float32Array or an array, got "abc"');
    refuse(new Int32Array(3), 1, undefined, type, "got Int32Array(3)");
    refuse([1, Number.NaN], 1, undefined, "NonFiniteError", "got NaN at index 1");
    refuse([Infinity], 1, undefined, "NonFiniteError", "got Infinity at index 0");
    refuse([1e308, 1e308], 1, undefined, range, '"values" expected magnitudes that add up to a finite number');
    refuse(values, Number.NaN, undefined, range, '"target" expected a finite number, got NaN');
    refuse(values, Infinity, undefined, range, '"target" expected a finite number, got Infinity');
    refuse(values, 1, { tolerance: -1 }, range, '"options.tolerance" expected a number ≥ 0, got -1');
    refuse(values, 1, { tolerance: Number.NaN }, range, '"options.tolerance" expected a number ≥ 0, got NaN');
    refuse(values, 1, { objective: "any" }, type, '"options.tolerance" expected a number ≥ 0, got undefined');
    refuse(values, 1, { objective: "least" as Objective }, range, '"options.objective" expected "nearest" or');
    refuse(values, 1, { limit: 1.5 }, range, '"options.limit" expected an integer from 0 to 3, got 1.5');
    refuse(values, 1, { limit: 4 }, range, '"options.limit" expected an integer from 0 to 3, got 4');
    refuse(values, 1, { solver: "luck" as SolverName }, range, '"options.solver" expected "exhaustive" or');
    refuse(values, 1, { nodeBudget: -1 }, range, '"options.nodeBudget" expected a number ≥ 0, got -1');
    refuse(values, 1, { seed: 1 } as SolveOptions, type, '"options" expected only the keys');
    refuse(new Float64Array(1025), 1, undefined, range, '"values" expected at most 1024 for the solver');
  });
  test.each(SOLVER_NAMES)("refuses what %s does not take", (solver) => {
    const { most, objectives, limits } = solverOf(solver);
    const options = { solver, objective: objectives[0], tolerance: 0.5 };
    const tooMany = `"values" expected at most ${most} for the solver "${solver}", got ${most + 1}`;
    refuse(new Float64Array(most + 1), 1, options, range, tooMany);
    for (const objective of ["nearest", "any", "fewest"] as const) {
      if (objectives.includes(objective)) continue;
      refuse(values, 1, { ...options, objective }, range, `for the solver "${solver}", got "${objective}"`);
    }
    if (!limits) refuse(values, 1, { ...options, limit: 2 }, range, '"options.limit" expected 3, all values');
  });
  test("refuses tolerances that ask for too much memory, and takes the one it names", () => {
    const pool = uniform64(new Random(59), 60);
    for (const solver of ["dynamic-programming", "trimming"] as const) {
      const problem = { values: pool, target: 3, tolerance: 1e-9, objective: "any", limit: 60 } as const;
      const options = { solver, objective: "any", tolerance: 1e-9 } as const;
      refuse(pool, 3, options, range, /"options\.tolerance" expected at least .* got 1e-9/);
      refuse(pool, 3, { ...options, tolerance: 0 }, range, '"options.tolerance" expected at least');
      let named = 0;
      try {
        SOLVERS[solver].scratchBytes(problem);
      } catch (error) {
        named = Number((error as Error).message.match(/at least (\S+)/)?.[1]);
      }
      const tolerance = named * (1 + 1e-12);
      expect(SOLVERS[solver].scratchBytes({ ...problem, tolerance })).toBeGreaterThan(2 ** 25);
    }
  });
});
