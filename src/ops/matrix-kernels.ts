/** Kernels for Gemm and MatMul: rows of activations times constants, or times other activations. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import { broadcastStrides, walk } from "./broadcast.js";
import { FEW_ROWS, sparseRowsBelow } from "./choice.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import { sizeOf } from "./ir.js";
import { densityOf, packDense, putFloats, putIntegers, sparseRows, TILE_SCRATCH } from "./resident.js";

/** C (m × n) := A (m × k) B (k × n) + addend, for each of a batch. */
export interface MatrixProduct {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** Whether A is stored k × m. */
  readonly isTransposed?: boolean;
  /** Elements before the operands of each product: of A, B and C. */
  readonly offsets: readonly (readonly [a: number, b: number, c: number])[];
  /** B in row-major order, when it does not vary. */
  readonly weights?: ArrayLike<number>;
  /** n numbers that are added to each row. */
  readonly bias?: ArrayLike<number>;
  /** Whether input 2, m × n, is added. */
  readonly hasAddend?: boolean;
}

/** What a product does at the addresses of its operands. */
export type Run = (a: number, b: number, c: number, addend: number, scratch: number) => void;

/** How a product is done. */
export interface Way {
  readonly kernel: string;
  readonly scratchBytes: number;
  readonly density?: number;
  readonly run: Run;
}

/**
 * @param product  of inputs 0 and 1, row-major
 * @param lowering  where weights go
 */
export function lowerMatrixProduct(product: MatrixProduct, lowering: Lowering): Lowered | undefined {
  const { m, k, n, offsets, weights } = product;
  if (m === 0 || n === 0 || k === 0 || offsets.length === 0) return undefined;
  const way = wayFor(product, lowering);
  return {
    kernel: way.kernel,
    density: weights && densityOf(weights),
    multiplyAdds: Math.round(offsets.length * m * n * k * (way.density ?? 1)),
    scratchBytes: way.scratchBytes,
    emit: ({ inputs: [a, b, addend], outputs: [c], scratch }: Places) => {
      const from = (a as Place).ptr;
      const by = weights ? 0 : (b as Place).ptr;
      const add = product.hasAddend ? (addend as Place).ptr : 0;
      const places = offsets.map(([x, y, z]) => [from + 4 * x, by + 4 * y, c.ptr + 4 * z] as const);
      return () => {
        for (const [x, y, z] of places) way.run(x, y, z, add, scratch);
      };
    },
  };
}

/** The fastest way to a product. */
export function wayFor(product: MatrixProduct, lowering: Lowering): Way {
  const { m, k, n, isTransposed, weights, bias, hasAddend } = product;
  const { kernels } = lowering.core;
  const isPlain = !hasAddend && (!isTransposed || m === 1);
  if (isPlain && weights && m < FEW_ROWS) return rowByRow(product, weights, lowering);
  if (!hasAddend && !isTransposed && weights && isSparse(weights, m, lowering))
    return inPanels(product, weights, lowering);
  if (isPlain && !bias && m < FEW_ROWS)
    return {
      kernel: "row by row",
      scratchBytes: 0,
      run: (a, b, c) => {
        for (let row = 0; row < m; row++)
          kernels.f32_gemv_transposed(k, n, b, n, a + 4 * k * row, c + 4 * n * row, 0);
      },
    };
  if (isPlain && !bias && !weights && n === 1)
    return { kernel: "column", scratchBytes: 0, run: (a, b, c) => kernels.f32_gemv(m, k, a, k, b, c, 0, 0) };
  return tiled(product, lowering);
}

function isSparse(weights: ArrayLike<number>, m: number, { forced }: Lowering): boolean {
  return forced ? forced === "csr" : densityOf(weights) < sparseRowsBelow(m);
}

function transposedOf(weights: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const transposed = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      transposed[column * rows + row] = weights[row * columns + column];
  return transposed;
}

function putSparse(lowering: Lowering, rows: number, columns: number, weights: ArrayLike<number>) {
  const sparse = sparseRows(rows, columns, weights);
  return {
    starts: putIntegers(lowering, sparse.starts),
    columns: putIntegers(lowering, sparse.columns),
    values: putFloats(lowering, sparse.values),
  };
}

/** Constant weights with zeros: activations go through panels of 32 rows, where one weight multiplies them all. */
function inPanels(
  { m, k, n, bias: numbers }: MatrixProduct,
  weights: ArrayLike<number>,
  lowering: Lowering,
): Way {
  const { kernels } = lowering.core;
  const { starts, columns, values } = putSparse(lowering, n, k, transposedOf(weights, k, n));
  const bias = numbers ? putFloats(lowering, numbers) : 0;
  const padded = Math.ceil(m / 4) * 4;
  const run: Run = (a, _, c, __, x) => {
    const y = x + 4 * k * padded;
    kernels.f32_panels_from_rows(k, m, a, k, x);
    kernels.f32_spmm_csr_u32(n, m, k, starts, columns, values, x, y, bias, 0);
    kernels.f32_rows_from_panels(n, m, y, c, n);
  };
  return { kernel: "csr", density: densityOf(weights), scratchBytes: 4 * padded * (k + n), run };
}

/** Constant weights, packed as Bᵀ: one row of activations after the other. */
function rowByRow(
  { m, k, n, bias: numbers }: MatrixProduct,
  weights: ArrayLike<number>,
  lowering: Lowering,
): Way {
  const { kernels } = lowering.core;
  const transposed = transposedOf(weights, k, n);
  const bias = numbers ? putFloats(lowering, numbers) : 0;
  const density = densityOf(weights);
  if (isSparse(weights, m, lowering)) {
    const { starts, columns, values } = putSparse(lowering, n, k, transposed);
    const run: Run = (a, _, c) => {
      for (let row = 0; row < m; row++)
        kernels.f32_spmv_csr_u32(n, starts, columns, values, a + 4 * k * row, c + 4 * n * row, bias, 0);
    };
    return { kernel: "csr", scratchBytes: 0, density, run };
  }
  const packed = packDense(lowering, n, k, transposed);
  const run: Run = (a, _, c) => {
    for (let row = 0; row < m; row++)
      kernels.f32_gemv_packed(n, k, packed, a + 4 * k * row, c + 4 * n * row, bias, 0);
  };
  return { kernel: "dense", scratchBytes: 0, run };
}

/** A is packed for the tile at each run; B's rows are planes of n positions, and so are those of C. */
function tiled(product: MatrixProduct, lowering: Lowering): Way {
  const { m, k, n, isTransposed, weights, bias: numbers, hasAddend } = product;
  const { kernels } = lowering.core;
  const { f32_planes_gemm } = modelKernelsOf(lowering.core);
  const fixed = weights ? putFloats(lowering, weights) : 0;
  const bias = numbers ? putFloats(lowering, numbers) : 0;
  const [row, rowOfAddend] = [4 * n, hasAddend ? 4 * n : 0];
  const run: Run = (a, b, c, addend, scratch) => {
    const packed = scratch + TILE_SCRATCH;
    if (isTransposed) kernels.f32_pack_a_transposed(m, k, a, m, 0, 0, packed);
    else kernels.f32_pack_a(m, k, a, k, 0, 0, packed);
    const [from, add] = [fixed || b, addend || bias];
    f32_planes_gemm(m, n, k, packed, from, row, c, row, 0, add, rowOfAddend, -Infinity, Infinity, scratch);
  };
  return { kernel: "dense", scratchBytes: TILE_SCRATCH + 16 * Math.ceil(m / 4) * k, run };
}

/** A Gemm's product; undefined where plain JavaScript has to do. */
export function gemmProduct(site: Site, m: number, n: number): MatrixProduct | undefined {
  const [a, b, c] = site.operands;
  if (a?.dtype !== "f32" || !b || a.constant) return undefined;
  const [transA, transB] = [site.number("transA", 0) !== 0, site.number("transB", 0) !== 0];
  const [alpha, beta] = [site.number("alpha", 1), site.number("beta", 1)];
  const k = a.shape[transA ? 0 : 1];
  const data = b.constant?.data;
  if (!data && (transB || alpha !== 1)) return undefined;
  const weights =
    data &&
    Float32Array.from({ length: k * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return alpha * Number(transB ? data[column * k + row] : data[at]);
    });
  const shared = { m, k, n, isTransposed: transA, offsets: [[0, 0, 0]] as const, weights };
  if (!c || beta === 0) return shared;
  const size = sizeOf(c.shape);
  const numbers = c.constant?.data;
  if (numbers && (size === 1 || (size === n && c.shape.at(-1) === n)))
    return {
      ...shared,
      bias: Float32Array.from({ length: n }, (_, at) => beta * Number(numbers[at % size])),
    };
  return beta === 1 && size === m * n ? { ...shared, hasAddend: true } : undefined;
}

/**
 * A MatMul's product; undefined where plain JavaScript has to do.
 *
 * @param a  the shapes of its operands as batches of matrices
 * @param b
 * @param batch  what the axes before the last two stretch to
 */
export function matMulProduct(
  site: Site,
  a: readonly number[],
  b: readonly number[],
  batch: readonly number[],
): MatrixProduct | undefined {
  const [left, right] = site.operands;
  if (left?.dtype !== "f32" || !right) return undefined;
  const [m, k, n] = [a[a.length - 2], a[a.length - 1], b[b.length - 1]];
  const isOneMatrix = sizeOf(b.slice(0, -2)) === 1;
  const weights = isOneMatrix ? right.constant?.data : undefined;
  if (isOneMatrix) return { m: m * sizeOf(batch), k, n, offsets: [[0, 0, 0]], weights };
  const offsets: [number, number, number][] = [];
  const strides = [a, b].map((shape) => broadcastStrides(shape.slice(0, -2), batch));
  walk(batch, strides, (index, [x, y]) => {
    offsets.push([x * m * k, y * k * n, index * m * n]);
  });
  return { m, k, n, offsets };
}
