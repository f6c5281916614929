/** Many targets and the pools they are searched in: checked once, and what is found of each. */
import {
  checkFinite,
  checkInteger,
  checkLength,
  checkNumber,
  checkObject,
  checkOneOf,
  checkTypedArray,
} from "../check.js";
import { NonFiniteError, ShapeError } from "../errors.js";
import type { Objective, Status } from "./contract.js";
import { SOLVER_NAMES, type SolverName, type SubsetSum } from "./solvers.js";

/** What to look for. */
export interface SubsetSumOptions {
  /** Default "nearest". */
  readonly objective?: Objective;
  /** How far a sum may be from its target, ≥ 0. Default Infinity for "nearest"; the others need one. */
  readonly tolerance?: number;
  /** Values that a subset may have at most. Default all. */
  readonly limit?: number;
  /** One pool for all targets, or a row of the pool for each. Default "shared". */
  readonly pools?: "shared" | "own";
  /** Takes one target after the other. Default what is fastest for many targets. */
  readonly solver?: SolverName;
}

/** Values of a pool at most. */
export const MOST_VALUES = 48;

/** Of a batch, which takes some 21 bytes a target. */
const MOST_TARGETS = 2 ** 28;

/** Numbers of f32 or f64. */
export type Reals = Float32Array | Float64Array;

/** A checked problem. */
export interface Batch {
  /** Row after row when each target has its own. */
  readonly pools: Reals;
  readonly isShared: boolean;
  /** Of a pool. */
  readonly values: number;
  readonly targets: Reals;
  readonly objective: Objective;
  readonly tolerance: number;
  readonly limit: number;
  readonly solver: SolverName | undefined;
}

/** What stands in `SubsetSums.codes`; 0 = not looked at yet. */
export const CODES: Readonly<Record<Status, number>> = { found: 1, impossible: 2, "gave up": 3 };
const STATUSES = Object.keys(CODES) as Status[];

/** What was found for many targets; entries of targets not looked at yet are 0. */
export class SubsetSums {
  /** Targets. */
  readonly count: number;
  /** Values of a pool. */
  readonly values: number;
  /** Words a target: ⌈values / 32⌉. */
  readonly strideWords: number;
  /** One bit a value, 1 = in the subset: value i is bit i & 31 of word i >> 5 of its target. 0 where none was found. */
  readonly masks: Uint32Array;
  /** The sum of the subset's values in f64, in the order of the pool. */
  readonly sums: Float64Array;
  /** |target − sum|, in f64. */
  readonly residuals: Float64Array;
  /** 0 = not looked at yet, 1 = found, 2 = impossible, 3 = gave up. */
  readonly codes: Uint8Array;

  /**
   * @param count  targets
   * @param values  of a pool
   */
  constructor(count: number, values: number) {
    this.count = checkInteger("count", count, 0, MOST_TARGETS);
    this.values = checkInteger("values", values, 1, MOST_VALUES);
    this.strideWords = Math.ceil(values / 32);
    this.masks = new Uint32Array(count * this.strideWords);
    this.sums = new Float64Array(count);
    this.residuals = new Float64Array(count);
    this.codes = new Uint8Array(count);
  }

  /** How the search for a target ended; undefined before it. @throws {ArgumentTypeError | ArgumentRangeError} */
  status(target: number): Status | undefined {
    checkInteger("target", target, 0, this.count - 1);
    return STATUSES[this.codes[target] - 1];
  }

  /** One 0 or 1 a value of a target's pool. @throws {ArgumentTypeError | ArgumentRangeError} */
  subset(target: number): Uint8Array {
    checkInteger("target", target, 0, this.count - 1);
    const first = target * this.strideWords;
    return Uint8Array.from(
      { length: this.values },
      (_, i) => (this.masks[first + (i >> 5)] >>> (i & 31)) & 1,
    );
  }

  /** Targets for which a subset was found. */
  get solved(): number {
    return this.codes.reduce((sum, code) => sum + (code === CODES.found ? 1 : 0), 0);
  }

  /** Values in all subsets together. */
  get kept(): number {
    return this.masks.reduce((sum, word) => sum + bitCount(word), 0);
  }

  /** Takes over what a solver says of one target. @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} */
  record(target: number, found: SubsetSum): void {
    checkInteger("target", target, 0, this.count - 1);
    const { status, mask, sum, residual } = checkObject("found", found);
    checkOneOf("found.status", status, STATUSES);
    checkLength("found.mask", checkTypedArray("found.mask", mask, "Uint8Array"), 1, this.values);
    this.codes[target] = CODES[status];
    if (status !== "found") return;
    mask.forEach((bit, i) => {
      this.masks[target * this.strideWords + (i >> 5)] |= bit << (i & 31);
    });
    this.sums[target] = checkNumber("found.sum", sum);
    this.residuals[target] = checkNumber("found.residual", residual);
  }

  /**
   * Takes over what was found for some targets, from `first` on.
   *
   * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when they are not there
   */
  set(first: number, part: Pick<SubsetSums, "masks" | "sums" | "residuals" | "codes">): void {
    checkInteger("first", first, 0, this.count);
    const { masks, sums, residuals, codes } = checkObject("part", part);
    const count = Math.min(this.count - first, checkTypedArray("part.codes", codes, "Uint8Array").length);
    checkLength("part.codes", codes, 1, count);
    checkLength("part.masks", checkTypedArray("part.masks", masks, "Uint32Array"), count, this.strideWords);
    checkLength("part.sums", checkTypedArray("part.sums", sums, "Float64Array"), 1, count);
    checkLength("part.residuals", checkTypedArray("part.residuals", residuals, "Float64Array"), 1, count);
    this.masks.set(masks, first * this.strideWords);
    this.sums.set(sums, first);
    this.residuals.set(residuals, first);
    this.codes.set(codes, first);
  }
}

/** Bits of a word that are 1. */
export function bitCount(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Checks everything before anything is done.
 *
 * @param pool  values for all targets, or as many for each, row after row
 * @param targets  numbers to reach
 * @param options  what to look for
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError}
 */
export function checkBatch(pool: Reals, targets: Reals, options: SubsetSumOptions): Batch {
  const { limit, objective = "nearest", pools = "shared", solver } = options;
  checkTypedArray("pool", pool, "Float32Array", "Float64Array");
  checkTypedArray("targets", targets, "Float32Array", "Float64Array");
  checkOneOf("options.objective", objective, ["nearest", "any", "fewest"]);
  checkOneOf("options.pools", pools, ["shared", "own"]);
  if (solver !== undefined) checkOneOf("options.solver", solver, SOLVER_NAMES);
  const tolerance = checkTolerance(options.tolerance, objective);
  const isShared = pools === "shared" || targets.length === 0;
  const values = checkPoolLength(isShared ? pool.length : pool.length / targets.length, pool, targets);
  checkFinite("targets", targets);
  checkPools(pool, values, targets);
  const most = checkInteger("options.limit", limit ?? values, 0, values);
  return { pools: pool, isShared, values, targets, objective, tolerance, limit: most, solver };
}

function checkTolerance(tolerance: number | undefined, objective: Objective): number {
  const isAnything = tolerance === Infinity || (tolerance === undefined && objective === "nearest");
  return isAnything ? Infinity : checkNumber("options.tolerance", tolerance, 0);
}

function checkPoolLength(values: number, pool: Reals, targets: Reals): number {
  if (values >= 1 && values <= MOST_VALUES && Number.isInteger(values)) return values;
  const each = pool.length === values ? "" : ` for each of ${targets.length} targets`;
  throw new ShapeError(`"pool" expected 1 to ${MOST_VALUES} values${each}, got ${pool.length}`);
}

/** Values must be finite, and neither sums nor what they leave of a target may overflow, whatever is in them. */
function checkPools(pool: Reals, values: number, targets: Reals): void {
  let largest = 0;
  for (const target of targets) largest = Math.max(largest, Math.abs(target));
  for (let first = 0; first < pool.length; first += values) {
    let total = largest;
    for (let i = first; i < first + values; i++) total += Math.abs(pool[i]);
    if (total < Infinity) continue;
    checkFinite("pool", pool, values);
    const row = first / values;
    throw new NonFiniteError(
      `"pool" expected a finite sum of magnitudes, the target's too, got Infinity in row ${row}`,
      {
        index: first,
        row,
      },
    );
  }
}
