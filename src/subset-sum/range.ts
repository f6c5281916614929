/**
 * Searches for a range of targets in one core: short searches first, exact ones for what they leave, and those of one
 * target at a time, in f64, for what fixed point cannot tell apart: there the kernels for many targets say NaN.
 */

import { solversOf } from "../runtime/solvers.js";
import type { Core } from "../tensor/core.js";
import { type Batch, CODES, type Reals, SubsetSums } from "./batch.js";
import { solveSubsetSum } from "./solvers.js";

/** Values that the kernels for many targets take. */
const MOST_FAST = 24;
/** Values of a table of all subset sums: it takes 34 MB for 21, twice that while it is made. */
const MOST_TABLE = 22;
/** A table pays from so few targets on: 8 ns a subset against 6 µs a target, at 21 values (measured). */
const SUBSETS_PER_TARGET = 1024;
/** Sizes of subsets that are tried before asking whether any subset is near at all. */
const FIRST_SIZES = 4;
/** Targets whose pools are in the core's memory together. */
const CHUNK = 4096;
const INDEX_BYTES = 131_264;

/** What is wanted, and the pool if there is one for all. */
export interface Wanted extends Omit<Batch, "pools" | "targets" | "isShared"> {
  readonly shared: Reals | undefined;
}

/** Addresses for a run of a kernel. */
interface Places {
  readonly count: number;
  readonly pools: number;
  readonly targets: number;
  readonly bits: number;
  readonly sums: number;
}

/** A search of which some targets are left for the next one. */
interface Rung {
  run(places: Places): void;
  /** Whether a sum within the tolerance is an answer. */
  readonly finds: boolean;
  /** Whether a sum beyond the tolerance says that there is none within. */
  readonly decides: boolean;
}

/** Whether the kernels for many targets do it. */
export const areFast = ({ values, solver }: Pick<Batch, "values" | "solver">): boolean =>
  solver === undefined && values <= MOST_FAST;

/** Searches for targets, in pools of their own if none is shared. */
export class Searcher {
  readonly #core: Core;
  readonly #wanted: Wanted;
  readonly #rungs: readonly Rung[];
  readonly #places: Places;

  /**
   * @param core  whose memory it takes, in the innermost open scope
   * @param wanted  checked
   * @param count  targets that will be searched for: whether a table of the shared pool pays
   */
  constructor(core: Core, wanted: Wanted, count: number) {
    this.#core = core;
    this.#wanted = wanted;
    const { values, shared } = wanted;
    const room = Math.min(count, CHUNK);
    const isFast = areFast(wanted);
    this.#places = {
      count: room,
      pools: core.allocate(isFast ? 8 * values * (shared ? 1 : room) : 0),
      targets: core.allocate(8 * room),
      bits: core.allocate(4 * room),
      sums: core.allocate(8 * room),
    };
    if (shared && isFast) core.f64(this.#places.pools, values).set(shared);
    this.#rungs = isFast ? rungsOf(core, wanted, this.#places, count) : [];
  }

  /**
   * @param targets  numbers to reach
   * @param pools  a row for each, unless one pool is shared
   * @returns what was found
   */
  search(targets: Reals, pools: Reals | undefined): SubsetSums {
    const { values } = this.#wanted;
    const found = new SubsetSums(targets.length, values);
    for (let first = 0; first < targets.length; first += CHUNK) {
      const end = Math.min(first + CHUNK, targets.length);
      let open = new Uint32Array(end - first);
      for (let i = 0; i < open.length; i++) open[i] = first + i;
      for (const rung of this.#rungs) {
        if (open.length > 0) open = this.#climb(rung, open, targets, pools, found);
      }
      for (const t of open) this.#solve(t, targets, pools, found);
    }
    return found;
  }

  /** Runs a search for the targets that are open. @returns those that still are */
  #climb(
    rung: Rung,
    open: Uint32Array<ArrayBuffer>,
    targets: Reals,
    own: Reals | undefined,
    found: SubsetSums,
  ): Uint32Array<ArrayBuffer> {
    const { tolerance } = this.#wanted;
    const places = { ...this.#places, count: open.length };
    const core = this.#core;
    this.#gather(open, targets, own);
    rung.run(places);
    const [bits, sums] = [core.u32(places.bits, open.length), core.f64(places.sums, open.length)];
    let left = 0;
    for (let i = 0; i < open.length; i++) {
      const t = open[i];
      const residual = Math.abs(targets[t] - sums[i]);
      if (residual <= tolerance && rung.finds) {
        found.codes[t] = CODES.found;
        found.masks[t] = bits[i];
        found.sums[t] = sums[i];
        found.residuals[t] = residual;
      } else if (residual > tolerance && rung.decides) {
        found.codes[t] = CODES.impossible;
      } else open[left++] = t;
    }
    return open.subarray(0, left);
  }

  /** Carries targets, and their pools if they have their own, into the core. */
  #gather(open: Uint32Array, targets: Reals, own: Reals | undefined): void {
    const { values } = this.#wanted;
    const to = this.#core.f64(this.#places.targets, open.length);
    for (let i = 0; i < open.length; i++) to[i] = targets[open[i]];
    if (!own) return;
    const pools = this.#core.f64(this.#places.pools, values * open.length);
    const first = open[0];
    // All of a run at once: what the first search of each chunk has.
    if (open[open.length - 1] - first === open.length - 1) {
      pools.set(own.subarray(first * values, (first + open.length) * values));
      return;
    }
    for (let i = 0; i < open.length; i++) {
      for (let k = 0; k < values; k++) pools[i * values + k] = own[open[i] * values + k];
    }
  }

  /** One target on its own, in f64. */
  #solve(t: number, targets: Reals, own: Reals | undefined, found: SubsetSums): void {
    const { values, shared, ...options } = this.#wanted;
    const pool = own ? own.subarray(t * values, (t + 1) * values) : (shared as Reals);
    found.record(t, solveSubsetSum(this.#core, pool, targets[t], options));
  }
}

/** The searches of an objective, in turn. */
function rungsOf(core: Core, wanted: Wanted, places: Places, count: number): Rung[] {
  const { values, objective, tolerance, limit, shared } = wanted;
  const stride = shared ? 0 : values;
  const scratch = core.allocate(scratchBytes(wanted));
  const kernels = solversOf(core);
  const nearest = ({ count: some, pools, targets, bits, sums }: Places) =>
    kernels.f64_subset_sums_nearest(some, values, pools, stride, targets, bits, sums, scratch);
  const first = ({ count: some, pools, targets, bits, sums }: Places) =>
    kernels.f64_subset_sums_first(some, values, pools, stride, targets, tolerance, bits, sums, scratch);
  const bySize = (most: number, within: number) => (places: Places) => {
    const { count: some, pools, targets, bits, sums } = places;
    kernels.f64_subset_sums_by_size(some, values, pools, stride, targets, within, most, bits, sums, scratch);
  };
  const isLimited = limit < values;
  if (objective === "nearest" && isLimited) return [{ run: bySize(limit, -1), finds: true, decides: true }];
  if (objective === "nearest") {
    const isTabled = shared && values <= MOST_TABLE && 2 ** values <= SUBSETS_PER_TARGET * count;
    const run = isTabled ? lookUp(core, values, places.pools) : nearest;
    return [{ run, finds: true, decides: true }];
  }
  if (objective === "any" && !isLimited) {
    return [
      { run: first, finds: true, decides: false },
      { run: nearest, finds: true, decides: true },
    ];
  }
  return [
    { run: bySize(Math.min(limit, FIRST_SIZES), tolerance), finds: true, decides: false },
    // Most targets that need more values have no subset at all, and the nearest of any size says so.
    { run: nearest, finds: false, decides: true },
    { run: bySize(limit, tolerance), finds: true, decides: true },
  ];
}

/** Makes the table of a pool once. */
function lookUp(core: Core, values: number, pool: number): Rung["run"] {
  const bytes = 8 * (2 ** Math.max(values, 2) + 4);
  const [table, index] = [core.allocate(bytes), core.allocate(INDEX_BYTES)];
  core.scoped(() => solversOf(core).f64_subset_sums_table(values, pool, table, index, core.allocate(bytes)));
  return ({ count, targets, bits, sums }) =>
    solversOf(core).f64_subset_sums_look_up(count, values, pool, table, index, targets, bits, sums);
}

/** What all kernels need, by their headers. */
function scratchBytes({ values, objective, limit }: Wanted): number {
  const sizes = objective === "fewest" || limit < values ? limit : 0;
  let [widest, choose] = [1, 1];
  for (let k = 1; k <= sizes; k++) {
    choose = (choose * (values - k + 1)) / k;
    widest = Math.max(widest, choose);
  }
  return Math.max(65_536, 2048 + 24 * 2 ** ((Math.max(values, 5) - 1) >> 1), 4096 + 8 * widest + 160);
}
