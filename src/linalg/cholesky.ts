/** Cholesky factors and what follows from them, in place, in the precision of the matrix. */
import { NotPositiveDefiniteError } from "../errors.js";
import { solversOf } from "../runtime/solvers.js";
import { DoubleMatrix } from "../tensor/double-matrix.js";
import type { Matrix } from "../tensor/matrix.js";

/** A square matrix of f32 or f64, without gaps between its rows. */
type Square = Matrix | DoubleMatrix;

/** Bytes of scratch space of trsm, trtri and potri (assembly/dense/trsm.ts), enough for both precisions. */
export const TRSM_SCRATCH_BYTES = 172_160;

/** Bytes of scratch space of potrf, enough for both precisions. */
export const potrfScratchBytes = (n: number): number => 512 * (n + 8) + 128;

/**
 * A = L Lᵀ, in place: L is in the lower triangle; what stands above it means nothing.
 *
 * @param a  symmetric, n × n; only its lower triangle is read
 * @param damping  what was added to its diagonal, for the message
 * @returns a
 * @throws {NotPositiveDefiniteError} with the pivot; `a` is spoilt then
 */
export function cholesky<M extends Square>(a: M, damping = 0): M {
  const { core, rows: n } = a;
  const info = core.scoped(() => {
    const scratch = core.allocate(potrfScratchBytes(n));
    const { f32_potrf, f64_potrf } = solversOf(core);
    return (a instanceof DoubleMatrix ? f64_potrf : f32_potrf)(n, a.ptr, n, scratch);
  });
  if (info > 0) throw notPositiveDefinite(info - 1, damping);
  return a;
}

/** The error for pivot `pivot` (from 0) of a matrix that got `damping` on its diagonal. */
export function notPositiveDefinite(pivot: number, damping: number): NotPositiveDefiniteError {
  const expected = `positive definite, got a pivot that is not > 0 in row ${pivot} with a damping of ${damping}`;
  const hint = "more damping or more samples help";
  return new NotPositiveDefiniteError(`"hessian" expected to be ${expected}; ${hint}`, pivot, damping);
}

/**
 * L⁻¹, in place, +0 above the diagonal.
 *
 * @param l  lower triangle, n × n, as `cholesky` leaves it
 * @returns l
 */
export function invertLower<M extends Square>(l: M): M {
  const { core, rows: n } = l;
  core.scoped(() => {
    const scratch = core.allocate(TRSM_SCRATCH_BYTES);
    const { f32_trtri, f64_trtri } = solversOf(core);
    (l instanceof DoubleMatrix ? f64_trtri : f32_trtri)(n, l.ptr, n, scratch);
  });
  return l;
}

/**
 * A⁻¹, in place, both triangles.
 *
 * @param a  symmetric positive definite, n × n; only its lower triangle is read
 * @param damping  what was added to its diagonal, for the message
 * @returns a
 * @throws {NotPositiveDefiniteError} with the pivot; `a` is spoilt then
 */
export function choleskyInverse<M extends Square>(a: M, damping = 0): M {
  const { core, rows: n } = a;
  invertLower(cholesky(a, damping));
  core.scoped(() => {
    const scratch = core.allocate(TRSM_SCRATCH_BYTES);
    const { f32_potri, f64_potri } = solversOf(core);
    (a instanceof DoubleMatrix ? f64_potri : f32_potri)(n, a.ptr, n, scratch);
  });
  return a;
}

/**
 * Solves A X = B, in place of B.
 *
 * @param factor  what `cholesky` made of A, n × n
 * @param b  n × m, of the same precision
 * @returns b
 */
export function solveCholesky<M extends Square>(factor: M, b: M): M {
  const { core, rows: n } = factor;
  core.scoped(() => {
    const kernels = solversOf(core);
    const scratch = core.allocate(TRSM_SCRATCH_BYTES);
    const args = [n, b.columns, factor.ptr, n, b.ptr, b.columns, scratch] as const;
    if (factor instanceof DoubleMatrix) {
      kernels.f64_trsm(...args);
      kernels.f64_trsm_transposed(...args);
    } else {
      kernels.f32_trsm(...args);
      kernels.f32_trsm_transposed(...args);
    }
  });
  return b;
}
