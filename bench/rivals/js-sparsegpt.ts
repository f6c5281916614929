/** SparseGPT with the plain twins where the package calls kernels. */
import { f32_gemm } from "../../src/reference/dense/gemm.js";
import { f32_potrf } from "../../src/reference/dense/potrf.js";
import { f32_trtri } from "../../src/reference/dense/trsm.js";
import { f32_sparsegpt_block } from "../../src/reference/prune/sparsegpt-block.js";
import { f32_select_smallest_k } from "../../src/reference/select/smallest-k.js";
import type { Layer } from "../second-order/layer.js";

const BLOCK = 128;
const ACCUMULATE = 1;
/** The twins' scratch. */
const NONE = new Uint8Array(0);

/** Unstructured, with exact counts by block, the Hessian factored in f32. */
export function sparsegptJs(
  layer: Layer,
  zeros: number,
  damping: number,
): { weights: Float32Array; loss: number } {
  const { rows, columns } = layer;
  const u = factorOf(layer, damping);
  const weights = layer.weights.slice();
  const losses = new Float64Array(rows);
  for (let first = 0; first < columns; first += BLOCK) {
    const width = Math.min(BLOCK, columns - first);
    const words = Math.ceil(width / 32);
    const mask = Uint32Array.from({ length: rows * words }, (_, at) => {
      const bits = width - 32 * (at % words);
      return bits >= 32 ? 0xffffffff : 2 ** bits - 1;
    });
    const scores = Float32Array.from({ length: rows * width }, (_, at) => {
      const column = first + (at % width);
      return (weights[Math.floor(at / width) * columns + column] / u[column * (columns + 1)]) ** 2;
    });
    const upTo = (end: number) => Math.round((zeros * end) / columns);
    f32_select_smallest_k(rows, width, scores, width, mask, words, upTo(first + width) - upTo(first));
    const block = [weights.subarray(first), columns, u.subarray(first * (columns + 1)), columns] as const;
    const errors = new Float32Array(4 * Math.ceil(rows / 4) * width);
    f32_sparsegpt_block(rows, width, ...block, mask, words, 0, 0, errors, losses, NONE);
    const [from, to] = [u.subarray(first * (columns + 1) + width), weights.subarray(first + width)];
    f32_gemm(rows, columns - first - width, width, errors, from, columns, to, columns, 0, ACCUMULATE);
  }
  return { weights, loss: losses.reduce((sum, loss) => sum + loss, 0) };
}

/** U, H⁻¹ = Uᵀ U of the damped Hessian: in reverse order, the inverse of its Cholesky factor. */
function factorOf({ columns, hessian }: Layer, damping: number): Float32Array {
  const factor = Float32Array.from(hessian);
  let trace = 0;
  for (let j = 0; j < columns; j++) trace += hessian[j * (columns + 1)];
  for (let j = 0; j < columns; j++) factor[j * (columns + 1)] += (damping * trace) / columns;
  factor.reverse();
  f32_potrf(columns, factor, columns, NONE);
  f32_trtri(columns, factor, columns, NONE);
  return factor.reverse();
}
