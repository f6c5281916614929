/** Against all subsets, one after the other: pools whose sums fixed point, or f64 itself, can hardly tell apart. */
import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import type { Objective, Solver } from "../../src/subset-sum/contract.js";
import {
  SOLVER_NAMES, SOLVERS, type SolverName, type SubsetSum, solveSubsetSum,
} from "../../src/subset-sum/solvers.js";
import { searchSubsetSums, subsetSum } from "../../src/subset-sum/subset-sums.js";
import { Random } from "../harness/random.js";

const core = openSync();
const solverOf = (name: SolverName): Solver => SOLVERS[name];
const OBJECTIVES: Objective[] = ["nearest", "any", "fewest"];

/** What values are drawn from; `one` is uniform in [−1, 1), `large` the same for the whole pool. */
const KINDS: Record<string, (random: Random, one: () => number, large: number) => number> = {
  "of all exponents of f32": (random, one) => Math.fround(one() * 2 ** (random.below(250) - 125)),
  "with a few large ones": (random, one, large) => Math.fround(random.below(4) === 0 ? large * one() : one()),
  "with large ones and their opposites": (random, one, large) =>
    Math.fround([large, -large, one(), one()][random.below(4)]),
  "of four different values": (random) => [0.1, -0.1, 0.3, 0.7][random.below(4)],
  "of one value": () => 0.1,
  "with zeros of both signs": (random, one) => [0, -0, one()][random.below(3)],
  "of subnormals of f32": (random) => (random.below(41) - 20) * 2 ** -149,
  "of subnormals of f64": (random) => (random.below(41) - 20) * Number.MIN_VALUE,
  "at the end of f32": (_, one) => Math.fround(3e38 * one()),
  "of f64 of many sizes": (random, one) => one() * 10 ** (random.below(76) - 38),
  "of everything": (random, one, large) =>
    Math.fround([0, large, -large, one(), 0.25, 2 ** -149, 1e-30 * one()][random.below(7)]),
};

/** Of every size the least residual, and the lowest mask that has it. */
interface Truth {
  readonly residuals: Float64Array;
  readonly masks: Uint32Array;
}

function allSums(pool: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** pool.length);
  for (const [k, value] of pool.entries()) for (let m = 0; m < 2 ** k; m++) sums[2 ** k + m] = sums[m] + value;
  return sums;
}

function truthOf(sums: Float64Array, n: number, target: number): Truth {
  const residuals = new Float64Array(n + 1).fill(Infinity);
  const masks = new Uint32Array(n + 1);
  const sizes = new Uint8Array(sums.length);
  for (let m = 0; m < sums.length; m++) {
    sizes[m] = sizes[m >> 1] + (m & 1);
    const residual = Math.abs(target - sums[m]);
    if (residual >= residuals[sizes[m]]) continue;
    residuals[sizes[m]] = residual;
    masks[sizes[m]] = m;
  }
  return { residuals, masks };
}

interface Wanted {
  readonly objective: Objective;
  readonly tolerance: number;
  readonly limit: number;
}

/** The best subset by the definition, if there is one. */
function bestOf({ residuals, masks }: Truth, { objective, tolerance, limit }: Wanted) {
  let best = { residual: Infinity, mask: 0 };
  for (let size = 0; size <= limit; size++) {
    const [residual, mask] = [residuals[size], masks[size]];
    if (residual < best.residual || (residual === best.residual && mask < best.mask)) best = { residual, mask };
    if (objective === "fewest" && best.residual <= tolerance) break;
  }
  return best.residual <= tolerance ? best : undefined;
}

const sizeOf = (mask: number) => mask.toString(2).replaceAll("0", "").length;

/** Says of an answer what is wrong with it: nothing when it is exact, and the lower mask of ties if that is asked. */
function faultOf(
  pool: Float64Array, target: number, wanted: Wanted, truth: Truth,
  answer: Pick<SubsetSum, "status" | "mask" | "sum" | "residual">, isHeuristic: boolean, hasLowestMask: boolean,
): string {
  const best = bestOf(truth, wanted);
  const mask = answer.mask.reduce((bits, bit, i) => bits + bit * 2 ** i, 0);
  if (answer.status === "gave up") return isHeuristic ? "" : "gave up";
  if ((answer.status === "found") !== (best !== undefined)) return `${answer.status}, there is ${JSON.stringify(best)}`;
  if (best === undefined) return mask === 0 ? "" : "a subset where none was found";
  const sum = pool.reduce((total, value, i) => (answer.mask[i] ? total + value : total), 0);
  const isSound =
    answer.sum === sum && answer.residual === Math.abs(target - sum) && answer.residual <= wanted.tolerance &&
    sizeOf(mask) <= wanted.limit;
  if (!isSound) return `not what its mask ${mask} says`;
  if (isHeuristic || wanted.objective === "any") return "";
  if (answer.residual !== best.residual) return `residual ${answer.residual}, there is ${best.residual}`;
  if (wanted.objective === "fewest" && sizeOf(mask) !== sizeOf(best.mask)) return "more values than the fewest";
  return hasLowestMask && mask !== best.mask ? `mask ${mask}, the lowest is ${best.mask}` : "";
}

function takes({ objectives, limits }: Solver, { objective, limit }: Wanted, n: number): boolean {
  return objectives.includes(objective) && (limits || limit === n);
}

/** Targets at sums, beside them, within and beyond their range, and far from all. */
function targetsOf(random: Random, one: () => number, sums: Float64Array, reach: number): Float64Array {
  const sum = () => sums[random.below(sums.length)];
  const beside = reach * one() * 10 ** -random.below(16);
  const beyond = [0, 2, 1e9][random.below(3)] * reach * one();
  return Float64Array.of(sum(), sum() + beside, reach * one(), beyond);
}

function* problems(kind: string, sizes: readonly number[], seed: number) {
  const random = new Random(seed);
  const one = () => random.uniform(1)[0];
  for (const n of sizes) {
    const large = 10 ** random.below(38);
    const pool = Float64Array.from({ length: n }, () => KINDS[kind](random, one, large));
    const sums = allSums(pool);
    const reach = pool.reduce((total, value) => total + Math.abs(value), 0);
    const targets = targetsOf(random, one, sums, reach);
    const truths = Array.from(targets, (target) => truthOf(sums, n, target));
    const nearest = Math.min(...truths[random.below(4)].residuals);
    for (const limit of new Set([n, random.below(n + 1)])) {
      for (const objective of OBJECTIVES) {
        for (const tolerance of new Set([0, nearest, 0.99 * nearest, reach * 10 ** -random.below(12)])) {
          yield { pool, targets, truths, wanted: { objective, tolerance, limit } };
        }
        if (objective === "nearest") yield { pool, targets, truths, wanted: { objective, tolerance: Infinity, limit } };
      }
    }
  }
}

const SMALL = Array.from({ length: 60 }, (_, i) => 1 + (i % 10));

describe.each(Object.keys(KINDS))("pools %s", (kind) => {
  test("many targets at once: status, residual, size and lowest mask as all subsets say", () => {
    let [found, impossible] = [0, 0];
    for (const { pool, targets, truths, wanted } of problems(kind, [...SMALL, 13, 14, 16, 17], 101)) {
      const rows = new Float64Array(targets.length * pool.length);
      for (let t = 0; t < targets.length; t++) rows.set(pool, t * pool.length);
      for (const sums of [
        subsetSum(core, pool, targets, wanted),
        subsetSum(core, rows, targets, { ...wanted, pools: "own" }),
      ]) {
        for (const [t, target] of targets.entries()) {
          const answer = {
            status: sums.status(t) as SubsetSum["status"], mask: sums.subset(t), sum: sums.sums[t],
            residual: sums.residuals[t],
          };
          const fault = faultOf(pool, target, wanted, truths[t], answer, false, true);
          if (fault) throw new Error(`[${pool}] → ${target}, ${JSON.stringify(wanted)}: ${fault}`);
          if (answer.status === "found") found++;
          else impossible++;
        }
      }
    }
    expect(found).toBeGreaterThan(1000);
    expect(impossible).toBeGreaterThan(100);
  });

  test.each(SOLVER_NAMES)("%s: never wrong, and exact if that is what it says of itself", (name) => {
    const solver = solverOf(name);
    const isHeuristic = solver.guarantee === "heuristic";
    const hasLowestMask = name === "exhaustive" || name === "meet-in-the-middle";
    let asked = 0;
    for (const { pool, targets, truths, wanted } of problems(kind, SMALL, 103)) {
      if (!takes(solver, wanted, pool.length)) continue;
      for (const [t, target] of targets.entries()) {
        try {
          solver.scratchBytes({ values: pool, target, ...wanted });
        } catch {
          continue; // A tolerance too small for its memory: the front door refuses it by name.
        }
        const answer = solveSubsetSum(core, pool, target, { ...wanted, solver: name });
        const fault = faultOf(pool, target, wanted, truths[t], answer, isHeuristic, hasLowestMask);
        if (fault) throw new Error(`[${pool}] → ${target}, ${JSON.stringify(wanted)}: ${fault}`);
        asked++;
      }
    }
    expect(asked).toBeGreaterThan(100);
  });
});

test("a table of many targets leaves those it cannot tell apart to f64; a search in parts gives the same", async () => {
  const random = new Random(107);
  const pool = Float64Array.from({ length: 15 }, (_, i) => (i < 2 ? (1 - 2 * i) * 1e12 : random.uniform(1)[0]));
  const sums = allSums(pool);
  const targets = Float64Array.from({ length: 64 }, () => 3 * random.uniform(1)[0]);
  const found = subsetSum(core, pool, targets);
  for (const [t, target] of targets.entries()) {
    expect(found.residuals[t]).toBe(sums.reduce((least, sum) => Math.min(least, Math.abs(target - sum)), Infinity));
  }
  const searched = await searchSubsetSums(core, pool, targets, { workers: 0 });
  expect([...searched.masks]).toEqual([...found.masks]);
});

test("a larger pool with one large value: no subset is called impossible that another search finds", () => {
  const random = new Random(109);
  for (let round = 0; round < 5; round++) {
    const pool = Float64Array.from(random.uniform(23)).with(random.below(23), 8e6);
    const target = Float64Array.of(random.uniform(1)[0]);
    const { residual } = solveSubsetSum(core, pool, target[0]);
    for (const limit of [23, 22]) {
      const fewest = subsetSum(core, pool, target, { objective: "fewest", tolerance: residual, limit });
      const any = subsetSum(core, pool, target, { objective: "any", tolerance: residual, limit });
      expect([fewest.status(0), any.status(0)]).toEqual(["found", "found"]);
      expect(subsetSum(core, pool, target, { tolerance: residual / 1.0001, limit }).status(0)).toBe(
        residual === 0 ? "found" : "impossible",
      );
    }
  }
});
