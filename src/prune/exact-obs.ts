/** Exact layer-wise Optimal Brain Surgeon, with the losses of every sparsity. */
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import { kindOf } from "../describe.js";
import { NonFiniteError, ShapeError } from "../errors.js";
import { choleskyInverse } from "../linalg/cholesky.js";
import { damped, dampingFor, deadInputs } from "../linalg/hessian.js";
import { shareOut } from "../runtime/share-out.js";
import { solversOf } from "../runtime/solvers.js";
import { parallelism } from "../runtime/threads.js";
import { checkPattern, type Pattern, targetFor } from "../select/pattern.js";
import type { Mask } from "../tensor/mask.js";
import type {
  LayerMethod,
  LayerProblem,
  LayerSolution,
  LayerTraces,
  TraceArrays,
  WorkDone,
  WorkOptions,
} from "./contract.js";
import { scaledProblem } from "./live.js";
import { type Removals, removalsOf } from "./removals.js";
import { repairWeights } from "./repair.js";
import { program, removalsPerRow, type SweepSetup, type Swept } from "./sweep-program.js";
import { script } from "./worker-script.js";

/** What `exactObs` takes. */
export interface ExactObsOptions {
  /** Of the mean of the Hessian's diagonal. Default 0.01. */
  readonly damping?: number;
}

/**
 * Exact OBS row by row: each step removes the weight, or block of weights, whose removal costs least with all others
 * of the row adjusted. One pass over all removals gives the loss of every sparsity; weights are assigned to rows by
 * the losses of all rows together. Unstructured, N:M and blocks.
 *
 * Time n³/3 flops a row of n live inputs. What is kept: for each removal its column and its loss, 8 bytes, and 16
 * more to look them up by sparsity: 57 MB for a layer of 3072 × 768. No weights are kept: those of a sparsity are
 * computed when it is asked for, by least squares on its mask. Weights that are pruned or 0 already go first.
 *
 * Source: Frantar & Alistarh, "Optimal Brain Compression", 2022, algorithms 1 and 2; Hassibi & Stork 1993.
 *
 * @param options  damping
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit. `solve` and `traces` reject with one
 *   when pattern or zeros do not, and with a NotPositiveDefiniteError when there is too little damping
 */
export function exactObs(options?: ExactObsOptions): LayerMethod {
  const { damping = 0.01 } = checkOptions("options", options, ["damping"]);
  checkNumber("options.damping", damping, 0);
  return {
    kind: "layer",
    name: "exact-obs",
    async solve(problem, target, work) {
      const traces = await exactTraces(problem, target.pattern, damping, work);
      return traces.at(target.zeros);
    },
    traces: (problem, pattern, work, arrays) => exactTraces(problem, pattern, damping, work, arrays),
  };
}

async function exactTraces(
  problem: LayerProblem,
  pattern: Pattern,
  damping: number,
  work: WorkOptions,
  arrays?: TraceArrays,
): Promise<ExactTraces> {
  const { rows, columns } = problem.weights;
  checkPattern(pattern, columns);
  if (arrays) return new ExactTraces(problem, damping, pattern, sweptIn(arrays, problem, pattern));
  // Weights of dead inputs cost nothing and go first: unstructured, the sweep need not see them.
  const dead = pattern.kind === "unstructured" ? deadInputs(problem.hessian) : [];
  const live = liveColumns(columns, dead);
  const { setup, weights } = sweepSetup(problem, pattern, damping, live);
  const swept = await sweepRows(setup, columnsOf(weights, columns, live), rows, work);
  return new ExactTraces(problem, damping, pattern, withDead(swept, rows, dead, live));
}

const unitOf = (pattern: Pattern) => (pattern.kind === "block" ? pattern.columns : 1);

/** The sweeps of all rows that traces were made of. */
function sweptIn({ order, loss }: TraceArrays, { weights }: LayerProblem, pattern: Pattern): Swept {
  const { rows, columns } = weights;
  const { zeros } = targetFor(pattern, rows, columns, 1);
  const length = zeros / unitOf(pattern);
  const fits = kindOf(order) === "Uint32Array" && kindOf(loss) === "Float32Array";
  if (fits && order.length === length && loss.length === length && order.every((j) => j < columns)) {
    return { order, loss } as Swept;
  }
  throw new ShapeError(`"arrays" expected "order" and "loss" of ${length} removals of ${columns} columns`);
}

/** The sweeps of live columns as those of all, the dead ones first, at no cost. */
function withDead(swept: Swept, rows: number, dead: readonly number[], live: Uint32Array): Swept {
  if (dead.length === 0 || rows === 0) return swept;
  const removals = swept.order.length / rows;
  const all = removals + dead.length;
  const [order, loss] = [new Uint32Array(rows * all), new Float32Array(rows * all)];
  for (let i = 0; i < rows; i++) {
    order.set(dead, i * all);
    for (let t = 0; t < removals; t++) {
      order[i * all + dead.length + t] = live[swept.order[i * removals + t]];
      loss[i * all + dead.length + t] = swept.loss[i * removals + t];
    }
  }
  return { order, loss };
}

function liveColumns(columns: number, dead: readonly number[]): Uint32Array {
  const isDead = new Set(dead);
  return Uint32Array.from([...Array(columns).keys()].filter((j) => !isDead.has(j)));
}

/** Some columns of a row-major matrix. */
function columnsOf(values: Float32Array, columns: number, some: Uint32Array): Float32Array {
  const rows = columns === 0 ? 0 : values.length / columns;
  const picked = new Float32Array(rows * some.length);
  for (let i = 0; i < rows; i++) {
    some.forEach((j, at) => {
      picked[i * some.length + at] = values[i * columns + j];
    });
  }
  return picked;
}

/** The inverse Hessian, packed for the kernel, the shape of what goes together, and the weights in the same units. */
function sweepSetup(
  problem: LayerProblem,
  pattern: Pattern,
  damping: number,
  live: Uint32Array,
): { setup: SweepSetup; weights: Float32Array } {
  const { core } = problem.hessian;
  const { columns } = problem.weights;
  const n = live.length;
  const padded = Math.ceil(n / 8) * 8;
  return core.scoped(() => {
    const { hessian, weights } = scaledProblem(problem);
    const matrix = damped(hessian, damping);
    const picked = core.doubleMatrix(n, n);
    const values = matrix.view();
    const diagonal = Float32Array.from(live, (j) => values[j * columns + j]);
    const inverse = choleskyInverse(matrix, dampingFor(hessian, damping));
    const [from, to] = [inverse.view(), picked.view()];
    live.forEach((row, i) => {
      live.forEach((column, j) => {
        to[i * n + j] = from[row * columns + column];
      });
    });
    const length = (padded * (padded + 8)) / 2;
    const packed = core.allocate(4 * length);
    solversOf(core).f32_obs_pack(n, picked.ptr, n, packed);
    const setup = {
      variant: core.variant,
      columns: n,
      inverse: core.f32(packed, length).slice(),
      diagonal,
      unit: unitOf(pattern),
      group: pattern.kind === "n:m" ? pattern.m : 0,
      quota: pattern.kind === "n:m" ? pattern.m - pattern.n : 0,
    };
    return { setup, weights };
  });
}

/** Tasks of a layer for a queue: work for a hundred machines. */
const QUEUED_TASKS = 400;

/** Sweeps all rows, a share at a time, in workers or in this thread. */
async function sweepRows(
  setup: SweepSetup,
  weights: Float32Array,
  rows: number,
  { workers, queue, signal, onProgress }: WorkOptions,
): Promise<Swept> {
  if (workers !== undefined) checkInteger("options.workers", workers, 0);
  signal?.throwIfAborted();
  const { columns } = setup;
  const removals = removalsPerRow(setup);
  const swept: Swept = {
    order: new Uint32Array(rows * removals),
    loss: new Float32Array(rows * removals),
  };
  if (removals === 0 || rows === 0) return swept;
  const tasks = queue ? QUEUED_TASKS : 32 * Math.max(1, workers ?? parallelism());
  const rowsPerTask = Math.ceil(rows / tasks);
  const done = new Map<number, number>();
  const report = (first: number, count: number) => {
    done.set(first, count);
    onProgress?.({ done: [...done.values()].reduce((sum, each) => sum + each, 0), total: rows });
  };
  const firsts = [...Array(Math.ceil(rows / rowsPerTask)).keys()].map((task) => task * rowsPerTask);
  await shareOut(firsts, { workers, queue, script, program, setup }, async (first, run) => {
    const part = weights.slice(first * columns, (first + rowsPerTask) * columns);
    const onTask = (progress: WorkDone) => report(first, progress.done);
    const result = await run({ weights: part }, { signal, onProgress: onTask });
    swept.order.set(result.order, first * removals);
    swept.loss.set(result.loss, first * removals);
    report(first, part.length / columns);
  });
  return swept;
}

/** Rows that a removal's key has room for beside the bits of its loss. */
const ROW_ROOM = 2 ** 21;

/** Removals of all rows in the order of their losses. */
class ExactTraces implements LayerTraces {
  readonly arrays: TraceArrays & Swept;
  readonly #problem: LayerProblem;
  readonly #damping: number;
  readonly #unit: number;
  readonly #own: Removals;
  /** The rows whose turn it is, by ascending loss of all removals, ties by lower row. */
  readonly #rows: Uint32Array;
  /** Loss after so many of them, times `#lossScale`. */
  readonly #losses: Float64Array;
  readonly #lossScale: number;
  /** Zeros after so many of them. */
  readonly #zeros: Uint32Array;

  constructor(problem: LayerProblem, damping: number, pattern: Pattern, swept: Swept) {
    const { core, rows } = problem.weights;
    this.#problem = problem;
    this.#damping = damping;
    this.#unit = unitOf(pattern);
    this.arrays = { ...swept };
    checkLosses(swept.loss, swept.loss.length / rows);
    this.#lossScale = core.scoped(() => scaledProblem(problem).lossScale);
    const own = removalsOf(problem, pattern, swept);
    this.#own = own;
    const { loss, starts } = own;
    // A loss ≥ 0 sorts as its bits do; the row beside them finds its way back.
    const bits = new Uint32Array(loss.buffer, loss.byteOffset, loss.length);
    const keys = new Float64Array(loss.length);
    for (let row = 0; row < rows; row++) {
      for (let i = starts[row]; i < starts[row + 1]; i++) keys[i] = bits[i] * ROW_ROOM + row;
    }
    this.#rows = Uint32Array.from(keys.sort(), (key) => key % ROW_ROOM);
    this.#losses = new Float64Array(loss.length + 1);
    this.#zeros = new Uint32Array(loss.length + 1).fill(own.before);
    const next = starts.slice();
    this.#rows.forEach((row, i) => {
      const at = next[row]++;
      this.#losses[i + 1] = this.#losses[i] + loss[at];
      this.#zeros[i + 1] = this.#zeros[i] + own.gain(row, at);
    });
  }

  lossAt(zeros: number): number {
    return this.#losses[this.#removalsFor(zeros)] / this.#lossScale;
  }

  async at(zeros: number, options: WorkOptions = {}): Promise<LayerSolution> {
    const mask = this.#maskAfter(this.#removalsFor(zeros));
    return { mask, weights: await repairWeights(this.#problem, mask, this.#damping, options) };
  }

  /** The fewest removals with so many zeros. */
  #removalsFor(zeros: number): number {
    let [low, high] = [0, this.#rows.length];
    checkInteger("zeros", zeros, 0, this.#zeros[high]);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#zeros[middle] < zeros) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #maskAfter(count: number): Mask {
    const { weights, mask: before } = this.#problem;
    const { core, rows, columns } = weights;
    const bits = before?.toArray() ?? new Uint8Array(rows * columns).fill(1);
    const { order, starts } = this.#own;
    const next = starts.slice();
    for (const row of this.#rows.subarray(0, count)) {
      const first = row * columns + order[next[row]++];
      bits.fill(0, first, first + this.#unit);
    }
    return core.mask(rows, columns, bits);
  }
}

/** Losses are NaN or infinite where the weights or the Hessian were, or too large for f32. */
function checkLosses(loss: Float32Array, removals: number): void {
  const index = loss.findIndex((value) => !(value >= 0 && value < Infinity));
  if (index < 0) return;
  const row = Math.floor(index / removals);
  const message = `"weights" expected losses that are finite numbers, got ${loss[index]} in row ${row}`;
  throw new NonFiniteError(message, { index, row });
}
