/**
 * Least squares of minimum norm, min ‖X‖ among all X with ‖A X − B‖ least, in f64 by orthogonal factors alone.
 *
 * The normal equations square the condition of A: where A is nearly square, as in double descent, they lose what this
 * keeps. Source: Golub & Van Loan, Matrix Computations, 5.5 (complete orthogonal decomposition).
 */
import { checkFinite, checkInstance, checkNumber, checkOptions, checkSameCore } from "../check.js";
import { NonFiniteError, ShapeError } from "../errors.js";
import { solversOf } from "../runtime/solvers.js";
import type { Core } from "../tensor/core.js";
import { DoubleMatrix } from "../tensor/double-matrix.js";
import { TRSM_SCRATCH_BYTES } from "./cholesky.js";

/** Bytes of scratch space of f64_geqrf and f64_ormqr on a matrix of n columns. */
export const qrScratchBytes = (n: number): number => 90_240 + 256 * n;

/** What `minimumNormLeastSquares` gives. */
export interface LeastSquares {
  /** X = A⁺B, columns of A × columns of B. Its memory goes with the scope it was asked for in. */
  readonly solution: DoubleMatrix;
  /** ‖A X − B‖, Frobenius, summed up anew from A and X. */
  readonly residual: number;
  /** ‖X‖, Frobenius. */
  readonly norm: number;
  /** Of A, as far as the tolerance tells. */
  readonly rank: number;
}

/** What may be chosen. */
export interface LeastSquaresOptions {
  /** Share of the largest column up to which what is left of others counts as 0. Default max(rows, columns) · 2⁻⁵². */
  readonly tolerance?: number;
}

/** Vectors one after the other, column-major: `count` of `length`. */
interface Columns {
  readonly ptr: number;
  readonly length: number;
  readonly count: number;
}

/** Q of a factorisation: its reflectors in the first `rank` columns of `a`. */
interface Orthogonal {
  readonly a: Columns;
  readonly tau: number;
  readonly rank: number;
}

/**
 * X = A⁺B. A is factored as it stands when it is tall, transposed when it is wide: R is square. Where ‖R‖ ‖R⁻¹‖ shows
 * that the rank is full, R is solved with; else R is factored again with column pivoting, to its rank, and from the
 * other side.
 *
 * @param a  m × n; it is left as it is
 * @param b  m × k; it is left as it is
 * @param options  tolerance of the rank
 * @throws {ShapeError} when `b` has not as many rows as `a`
 * @throws {NonFiniteError} when an element is not finite, or one of the solution is beyond f64
 * @throws {ArgumentTypeError | ArgumentRangeError} when the tolerance is no number from 0 to 1
 * @throws {OutOfMemoryError} when the memory cannot hold a copy of `a`
 *
 * Cost: 2 q² (p − q/3) flops for p the longer and q the shorter side of A, q³ more where the rank is not full.
 */
export function minimumNormLeastSquares(
  a: DoubleMatrix,
  b: DoubleMatrix,
  options: LeastSquaresOptions = {},
): LeastSquares {
  checkInstance("a", a, DoubleMatrix);
  checkInstance("b", b, DoubleMatrix);
  checkSameCore("b", b, a.core);
  const { core, rows: m, columns: n } = a;
  const { tolerance = Math.max(m, n) * 2 ** -52 } = checkOptions("options", options, ["tolerance"]);
  checkNumber("options.tolerance", tolerance, 0, 1);
  if (b.rows !== m) throw new ShapeError(`"b" expected ${m} rows, as "a" has, got ${b.rows}`);
  checkFinite("a", a.view(), n);
  checkFinite("b", b.view(), b.columns);
  const solution = core.doubleMatrix(n, b.columns);
  const rank = core.scoped(() => solve(core, a, b, tolerance, solution));
  const [residual, norm] = [residualNorm(a, solution, b), frobenius(solution.view())];
  if (Number.isFinite(residual) && Number.isFinite(norm)) return { solution, residual, norm, rank };
  const index = Math.max(
    0,
    solution.view().findIndex((value) => !Number.isFinite(value)),
  );
  const message = `"b" expected numbers in reach of "a", got a solution that is not finite`;
  throw new NonFiniteError(message, { index });
}

function solve(core: Core, a: DoubleMatrix, b: DoubleMatrix, tolerance: number, out: DoubleMatrix): number {
  const { rows: m, columns: n } = a;
  const isTall = m >= n;
  const [p, q, k] = [Math.max(m, n), Math.min(m, n), b.columns];
  const whole: Columns = { ptr: core.allocate(8 * p * q), length: p, count: q };
  // Row-major is column-major of the transpose.
  if (isTall) transpose(core, m, n, a.ptr, whole.ptr);
  else core.f64(whole.ptr, p * q).set(a.view());
  const scale = scaleOf(a.view());
  multiply(core.f64(whole.ptr, p * q), scale);
  const factors = factor(core, whole, q);
  const right: Columns = { ptr: core.allocate(8 * p * k), length: p, count: k };
  core.f64(right.ptr, p * k).fill(0);
  spread(core, b.view(), right);
  if (isTall) reflect(core, "f64_ormqr_transposed", factors, right);
  const rank = hasFullRank(core, whole, tolerance)
    ? solveTriangle(core, isTall ? "f64_trsm_transposed" : "f64_trsm", whole, q, right)
    : solveDeficient(core, whole, tolerance, right, isTall);
  if (!isTall) reflect(core, "f64_ormqr", factors, right);
  gather(core, right, out.view());
  multiply(out.view(), scale);
  return rank;
}

/** Q R of columns, in place. */
function factor(core: Core, a: Columns, rank: number): Orthogonal {
  const tau = core.allocate(8 * rank);
  core.scoped(() => {
    const scratch = core.allocate(qrScratchBytes(a.count));
    solversOf(core).f64_geqrf(a.length, a.count, a.ptr, a.length, tau, scratch);
  });
  return { a, tau, rank };
}

/** c := Q c, or Qᵀ c. */
function reflect(
  core: Core,
  kernel: "f64_ormqr" | "f64_ormqr_transposed",
  { a, tau, rank }: Orthogonal,
  c: Columns,
): void {
  core.scoped(() => {
    const scratch = core.allocate(qrScratchBytes(c.count));
    solversOf(core)[kernel](a.length, c.count, rank, a.ptr, a.length, tau, c.ptr, c.length, scratch);
  });
}

/** Solves with Rᵀ, lower (R in place of it when transposed), of the order `rank`, in the first places of c. */
function solveTriangle(
  core: Core,
  kernel: "f64_trsm" | "f64_trsm_transposed",
  r: Columns,
  rank: number,
  c: Columns,
): number {
  core.scoped(() => {
    const [rows, scratch] = [core.allocate(8 * rank * c.count), core.allocate(TRSM_SCRATCH_BYTES)];
    gather(core, c, core.f64(rows, rank * c.count));
    solversOf(core)[kernel](rank, c.count, r.ptr, r.length, rows, c.count, scratch);
    spread(core, core.f64(rows, rank * c.count), c);
  });
  return rank;
}

/** Whether σ_min / σ_max > tolerance for certain: 1 / ‖R⁻¹‖ ≤ σ_min and σ_max ≤ ‖R‖, in the Frobenius norm. */
function hasFullRank(core: Core, r: Columns, tolerance: number): boolean {
  return core.scoped(() => {
    const { count: q } = r;
    const lower = copyTriangle(core, r);
    const norm = frobenius(core.f64(lower, q * q));
    solversOf(core).f64_trtri(q, lower, q, core.allocate(TRSM_SCRATCH_BYTES));
    const inverseNorm = frobenius(core.f64(lower, q * q));
    // Not finite where R has a 0 on its diagonal: then the comparison fails.
    return norm * inverseNorm * tolerance < 1;
  });
}

/** c := R⁺ c, or (Rᵀ)⁺ c, in the first places of c, the others +0; returns the rank. R P = U Sᵀ Vᵀ, S upper. */
function solveDeficient(core: Core, r: Columns, tolerance: number, c: Columns, isTall: boolean): number {
  const { count: q } = r;
  const square: Columns = { ptr: copyTriangle(core, r), length: q, count: q };
  const [pivots, tau] = [core.allocate(4 * q), core.allocate(8 * q)];
  const scratch = core.allocate(16 * q);
  const rank = solversOf(core).f64_geqp3(q, q, square.ptr, q, tolerance, pivots, tau, scratch);
  const rows: Columns = { ptr: core.allocate(8 * q * rank), length: q, count: rank };
  const [from, to] = [core.f64(square.ptr, q * q), core.f64(rows.ptr, q * rank)];
  for (let i = 0; i < rank; i++) {
    for (let j = 0; j < q; j++) to[i * q + j] = j < i ? 0 : from[j * q + i];
  }
  const [u, v] = [{ a: square, tau, rank }, factor(core, rows, rank)];
  // The first q places of each right-hand side, packed.
  const part: Columns = { ptr: core.allocate(8 * q * c.count), length: q, count: c.count };
  const order = core.u32(pivots, q).slice();
  move(core, c, part, isTall ? (i) => i : (i) => order[i]);
  reflect(core, "f64_ormqr_transposed", isTall ? u : v, part);
  solveTriangle(core, isTall ? "f64_trsm" : "f64_trsm_transposed", rows, rank, part);
  for (let j = 0; j < c.count; j++) core.f64(part.ptr + 8 * j * q, q).fill(0, rank);
  reflect(core, "f64_ormqr", isTall ? v : u, part);
  const place = new Uint32Array(q);
  for (const [i, column] of order.entries()) place[column] = i;
  core.f64(c.ptr, c.length * c.count).fill(0);
  move(core, part, c, isTall ? (i) => place[i] : (i) => i);
  return rank;
}

/** Element i of each column of `to`, as far as both reach, from the element `from(i)` of the same column. */
function move(core: Core, source: Columns, to: Columns, from: (i: number) => number): void {
  const length = Math.min(source.length, to.length);
  for (let j = 0; j < to.count; j++) {
    const [read, write] = [
      core.f64(source.ptr + 8 * j * source.length, source.length),
      core.f64(to.ptr + 8 * j * to.length, to.length),
    ];
    for (let i = 0; i < length; i++) write[i] = read[from(i)];
  }
}

/** A copy of R, q × q column-major, +0 where the reflectors stand; its memory goes with the scope. */
function copyTriangle(core: Core, r: Columns): number {
  const { count: q, length } = r;
  const ptr = core.allocate(8 * q * q);
  const [from, to] = [core.f64(r.ptr, length * q), core.f64(ptr, q * q)];
  to.fill(0);
  for (let j = 0; j < q; j++) to.set(from.subarray(j * length, j * length + j + 1), j * q);
  return ptr;
}

/** Columns one after the other from m × n row by row. */
function transpose(core: Core, m: number, n: number, source: number, target: number): void {
  const [from, to] = [core.f64(source, m * n), core.f64(target, m * n)];
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) to[j * m + i] = from[i * n + j];
}

/** The first elements of columns from rows. */
function spread(core: Core, rows: Float64Array, { ptr, length, count }: Columns): void {
  const to = core.f64(ptr, length * count);
  for (let at = 0; at < rows.length; at++) to[(at % count) * length + Math.floor(at / count)] = rows[at];
}

/** Rows from the first elements of columns. */
function gather(core: Core, { ptr, length, count }: Columns, rows: Float64Array): void {
  const from = core.f64(ptr, length * count);
  for (let at = 0; at < rows.length; at++) rows[at] = from[(at % count) * length + Math.floor(at / count)];
}

function residualNorm(a: DoubleMatrix, x: DoubleMatrix, b: DoubleMatrix): number {
  const [left, right, wanted] = [a.view(), x.view(), b.view()];
  const { rows: n, columns: k } = x;
  const errors = new Float64Array(wanted);
  for (let i = 0; i < a.rows; i++) {
    const error = errors.subarray(i * k, i * k + k);
    for (let j = 0; j < n; j++) {
      const value = left[i * n + j];
      for (let c = 0; c < k; c++) error[c] -= value * right[j * k + c];
    }
  }
  return frobenius(errors);
}

/** A power of 2 that brings the largest element near 1: squares of the others then neither overflow nor matter. */
function scaleOf(values: Float64Array): number {
  const largest = largestOf(values);
  let scale = 1;
  while (largest * scale >= 2) scale /= 2;
  while (largest > 0 && largest * scale < 1 && scale < 2 ** 1000) scale *= 2;
  return scale;
}

function multiply(values: Float64Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

function largestOf(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest;
}

/** √Σ x², without overflow on the way; NaN or Infinity when an element is. */
function frobenius(values: Float64Array): number {
  const largest = largestOf(values);
  if (!(largest > 0 && largest < Infinity)) return largest;
  let sum = 0;
  for (const value of values) sum += (value / largest) ** 2;
  return largest * Math.sqrt(sum);
}
