/**
 * Sparse products, CSR, f32: Y := [Y +] A X [+ bias], then ReLU if asked.
 *
 *   row_starts   m + 1 u32: entries row_starts[i] … row_starts[i + 1] belong to row i
 *   columns      u16 or u32 of each entry; u16 serves 65,536 columns
 *   values       f32 of each entry
 *   x, y         n and m features × batch in panels (dense/panels.ts); one sample: plain vectors
 *   bias         m; 0 (null) = none; read only when y is not accumulated into
 *   flags        bit 0: accumulate into y (otherwise y may hold NaN); bit 1: ReLU (NaN stays NaN)
 *
 * The input gradient Aᵀ dY is the same product with the transposed structure of csr-pack.ts: it gathers too.
 * Pointers 4-byte aligned (16-bit indices: 2), y overlaps nothing. A missing weight multiplies nothing: Inf
 * or NaN in x stays out of rows that do not use it. Work 2·nnz·batch flops.
 *
 * Inner step: one weight × 8 vectors of 32 samples: 9 loads, 8 mul, 8 add. Zen 4, cycles an entry and panel,
 * simd / relaxed: 6.2 / 5.1 when X fits L1, 7.4 / 6.3 when a panel of X is 100 KiB: two lines from L2 take 4.
 * A caller who splits long rows into blocks of 192 columns (csr-pack.ts) and accumulates gets most of that
 * back while a row has 24 entries or more a block: 50 % sparsity +21 / +38 %, 80 % +9 / +17 %, 90 % ±0.
 * Tried and dropped: finding the blocks' ends on the way (−8 %), two entries a step (no gain), 16 samples a
 * pass (with 4 sums the additions wait for each other: −20 % fused), values through an index for Aᵀ dY (−10
 * to −40 %: they are spread over all rows; reorder them once instead).
 * One sample: 1.0 cycle an entry, 4 entries of x collected in a vector; scalar sums take 1.2 to 1.35.
 * Skipping the zero inputs of one sample, column by column: 2.1× at 80 % zeros, 1.0× at 50 %, 0.5× at none. Left
 * out: it takes a second structure in memory for what only the first layer of dark pictures gains.
 */
import { panel_width } from "../dense/panels";
import { f32_hsum, madd } from "../simd";

export function f32_spmm_csr_u16(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmm<u16>(m, batch, n, row_starts, columns, values, x, y, bias, flags);
}

export function f32_spmm_csr_u32(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmm<u32>(m, batch, n, row_starts, columns, values, x, y, bias, flags);
}

/** One sample: x n, y m. */
export function f32_spmv_csr_u16(
  m: u32, row_starts: usize, columns: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmv<u16>(m, row_starts, columns, values, x, y, bias, flags);
}

export function f32_spmv_csr_u32(
  m: u32, row_starts: usize, columns: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmv<u32>(m, row_starts, columns, values, x, y, bias, flags);
}

// @ts-ignore: decorator
@inline
function spmm<I>(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((row_starts | values | x | y | bias) & 3) == 0 && (columns & (sizeof<I>() - 1)) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    switch (width >> 2) {
      case 0: spmv<I>(m, row_starts, columns, values, x, y, bias, flags); break;
      case 1: panel<I>(1, m, row_starts, columns, values, x, y, bias, flags); break;
      case 2: panel<I>(2, m, row_starts, columns, values, x, y, bias, flags); break;
      case 3: panel<I>(3, m, row_starts, columns, values, x, y, bias, flags); break;
      case 4: panel<I>(4, m, row_starts, columns, values, x, y, bias, flags); break;
      case 5: panel<I>(5, m, row_starts, columns, values, x, y, bias, flags); break;
      case 6: panel<I>(6, m, row_starts, columns, values, x, y, bias, flags); break;
      case 7: panel<I>(7, m, row_starts, columns, values, x, y, bias, flags); break;
      default: panel<I>(8, m, row_starts, columns, values, x, y, bias, flags); break;
    }
    x += (<usize>n * width) << 2;
    y += (<usize>m * width) << 2;
  }
}

/** One panel of 4·vectors samples (a constant): a row's sums stay in that many accumulators. */
// @ts-ignore: decorator
@inline
function panel<I>(
  vectors: u32, m: u32, starts: usize, columns: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  const floor = f32x4.splat(flags & 2 ? 0 : -Infinity);
  const starts_end = starts + ((<usize>m) << 2);
  let p = <usize>load<u32>(starts);
  while (starts < starts_end) {
    starts += 4;
    const end = <usize>load<u32>(starts);
    let a0 = f32x4.splat(0);
    if (flags & 1) a0 = v128.load(y);
    else if (bias) a0 = v128.load32_splat(bias);
    let a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
    if (flags & 1) {
      if (vectors > 1) a1 = v128.load(y, 16);
      if (vectors > 2) a2 = v128.load(y, 32);
      if (vectors > 3) a3 = v128.load(y, 48);
      if (vectors > 4) a4 = v128.load(y, 64);
      if (vectors > 5) a5 = v128.load(y, 80);
      if (vectors > 6) a6 = v128.load(y, 96);
      if (vectors > 7) a7 = v128.load(y, 112);
    }
    let value = values + (p << 2), index = columns + p * sizeof<I>();
    const value_end = values + (end << 2);
    while (value < value_end) {
      const at = x + ((<usize>load<I>(index) * vectors) << 4);
      const w = v128.load32_splat(value);
      // Always taken. V8 11 (Node 20) moves all loads of a basic block to its top; 8 sums and 8 loads do not
      // fit its 15 registers, 4 of each in two blocks do: 1.6× there, nothing lost elsewhere.
      if (vectors < 7 || at != 0) {
        a0 = madd<f32>(a0, w, v128.load(at));
        if (vectors > 1) a1 = madd<f32>(a1, w, v128.load(at, 16));
        if (vectors > 2) a2 = madd<f32>(a2, w, v128.load(at, 32));
        if (vectors > 3) a3 = madd<f32>(a3, w, v128.load(at, 48));
      }
      if (vectors > 4) a4 = madd<f32>(a4, w, v128.load(at, 64));
      if (vectors > 5) a5 = madd<f32>(a5, w, v128.load(at, 80));
      if (vectors > 6) a6 = madd<f32>(a6, w, v128.load(at, 96));
      if (vectors > 7) a7 = madd<f32>(a7, w, v128.load(at, 112));
      value += 4; index += sizeof<I>();
    }
    v128.store(y, f32x4.pmax(a0, floor));
    if (vectors > 1) v128.store(y, f32x4.pmax(a1, floor), 16);
    if (vectors > 2) v128.store(y, f32x4.pmax(a2, floor), 32);
    if (vectors > 3) v128.store(y, f32x4.pmax(a3, floor), 48);
    if (vectors > 4) v128.store(y, f32x4.pmax(a4, floor), 64);
    if (vectors > 5) v128.store(y, f32x4.pmax(a5, floor), 80);
    if (vectors > 6) v128.store(y, f32x4.pmax(a6, floor), 96);
    if (vectors > 7) v128.store(y, f32x4.pmax(a7, floor), 112);
    y += <usize>vectors << 4;
    if (bias) bias += 4;
    p = end;
  }
}

/** y, one sample: 8 entries a step, a row's sum in 2 vectors and, for its last entries, a scalar. */
// @ts-ignore: decorator
@inline
function spmv<I>(
  m: u32, starts: usize, columns: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  assert(((starts | values | x | y | bias) & 3) == 0 && (columns & (sizeof<I>() - 1)) == 0);
  const y_end = y + ((<usize>m) << 2);
  const p = <usize>load<u32>(starts);
  let value = values + (p << 2), index = columns + p * sizeof<I>();
  while (y < y_end) {
    starts += 4;
    const end = values + ((<usize>load<u32>(starts)) << 2);
    const vector_end = end - ((end - value) & 31);
    let sum: f32 = 0;
    if (flags & 1) sum = load<f32>(y);
    else if (bias) sum = load<f32>(bias);
    let a0 = f32x4.splat(0), a1 = a0;
    while (value < vector_end) {
      a0 = madd<f32>(a0, v128.load(value), gather<I>(x, index));
      a1 = madd<f32>(a1, v128.load(value, 16), gather<I>(x, index + 4 * sizeof<I>()));
      value += 32; index += 8 * sizeof<I>();
    }
    if (value + 16 <= end) {
      a0 = madd<f32>(a0, v128.load(value), gather<I>(x, index));
      value += 16; index += 4 * sizeof<I>();
    }
    for (; value < end; value += 4) {
      sum += load<f32>(value) * load<f32>(x + ((<usize>load<I>(index)) << 2));
      index += sizeof<I>();
    }
    sum += f32_hsum(f32x4.add(a0, a1));
    store<f32>(y, flags & 2 && sum < 0 ? 0 : sum);
    y += 4;
    if (bias) bias += 4;
  }
}

/** x[index[0]], …, x[index[3]] in the lanes of a vector. */
// @ts-ignore: decorator
@inline
function gather<I>(x: usize, index: usize): v128 {
  const x0 = v128.load32_zero(x + ((<usize>load<I>(index)) << 2));
  const x1 = v128.load32_zero(x + ((<usize>load<I>(index, sizeof<I>())) << 2));
  const x2 = v128.load32_zero(x + ((<usize>load<I>(index, 2 * sizeof<I>())) << 2));
  const x3 = v128.load32_zero(x + ((<usize>load<I>(index, 3 * sizeof<I>())) << 2));
  return v128.shuffle<f64>(
    v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), 0, 2,
  );
}
