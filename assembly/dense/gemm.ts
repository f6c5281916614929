/**
 * Matrix products around the 4 × 8 tile, f32: C := [C +] A B [+ bias], then ReLU if asked.
 *
 *   packed_a   A, m × k, packed by one of pack.ts (or, masked, mask/pack-masked.ts): pack once while A stays
 *   bias       m, added to every column; 0 (null) = none; read only when C is not accumulated into
 *   flags      bit 0: accumulate into C (otherwise C is overwritten and may hold NaN); bit 1: ReLU
 *   scratch    GEMM_SCRATCH_BYTES = 32,896 bytes, 16-byte aligned
 *
 * The sum over k runs upwards, in blocks of 256 that go through memory, so the order is fixed.
 * ReLU keeps NaN: max(0, x) = x < 0 ? 0 : x. Operands overlap nowhere; pointers are 4-byte aligned.
 * Work 2mnk flops. B is packed in blocks of 256 × 32 (32 KiB), each read by all rows of A.
 */
import { Start, gemm_tile } from "./gemm-tile";
import { f32_gemv_packed } from "./gemv";
import { pack_b_panels, pack_b_rows } from "./pack";
import { panel_width } from "./panels";

const K_BLOCK: u32 = 256;
const COLUMN_BLOCK: u32 = 32;
/** Where the 4 × 8 block for the edges of C stands in the scratch space, behind the packed B. */
const EDGE_AT: usize = 32768;

/** C, m × n row-major (ldc ≥ n), from B, k × n row-major (ldb ≥ n). */
export function f32_gemm(
  m: u32, n: u32, k: u32, packed_a: usize, b: usize, ldb: u32, c: usize, ldc: u32,
  bias: usize, flags: u32, scratch: usize,
): void {
  assert(ldb >= n && ldc >= n);
  assert(((packed_a | b | c | bias) & 3) == 0);
  for (let j: u32 = 0; j < n; j += COLUMN_BLOCK) {
    const at = (<usize>j) << 2;
    rows_block(m, min(COLUMN_BLOCK, n - j), k, packed_a, b + at, ldb, c + at, ldc, bias, flags, scratch);
  }
}

/** Y, m features × batch, from X, k features × batch, both in panels (panels.ts). */
export function f32_gemm_panels(
  m: u32, batch: u32, k: u32, packed_a: usize, x: usize, y: usize,
  bias: usize, flags: u32, scratch: usize,
): void {
  assert(((packed_a | x | y | bias) & 3) == 0);
  for (let s: u32 = 0; s < batch; s += COLUMN_BLOCK) {
    const width = panel_width(batch - s);
    if (width == 1) f32_gemv_packed(m, k, packed_a, x, y, bias, flags);
    else rows_block(m, width, k, packed_a, x, width, y, width, bias, flags, scratch);
    x += (<usize>k * width) << 2;
    y += (<usize>m * width) << 2;
  }
}

/**
 * C, m × n row-major (ldc ≥ n), from A, m × batch (f32_pack_a_panels) and Xᵀ, where X is n features × batch
 * in panels: the weight gradient dY·Xᵀ. Padding lanes are not read into the sums.
 */
export function f32_gemm_panels_transposed(
  m: u32, n: u32, batch: u32, packed_a: usize, x: usize, c: usize, ldc: u32, flags: u32, scratch: usize,
): void {
  assert(ldc >= n);
  assert(((packed_a | x | c) & 3) == 0);
  for (let j: u32 = 0; j < n; j += COLUMN_BLOCK) {
    panels_block(0, m, n, j, min(COLUMN_BLOCK, n - j), batch, packed_a, x, c, ldc, flags, scratch);
  }
}

/** Columns first … first + n (n ≤ 32) of C = A Xᵀ; rows above first_row, a multiple of 4, are left alone. */
export function panels_block(
  first_row: u32, m: u32, features: u32, first: u32, n: u32, batch: u32,
  packed_a: usize, x: usize, c: usize, ldc: u32, flags: u32, scratch: usize,
): void {
  const padded = (batch & ~31) + panel_width(batch & 31);
  c += (<usize>first) << 2;
  let s: u32 = 0;
  do {
    const samples = min(K_BLOCK, batch - s);
    const strip = min(K_BLOCK, padded - s);
    const group = x + ((<usize>s * features) << 2);
    pack_b_panels(features, samples, strip, first, n, group, scratch);
    const start = s > 0 || flags & 1 ? Start.C : Start.Zero;
    const a = packed_a + ((<usize>s) << 4);
    tiles(first_row, m, n, samples, padded, a, strip, c, ldc, start, 0, false, scratch);
    s += K_BLOCK;
  } while (s < batch);
}

/** n ≤ 32 columns of C, all of k: packs B block by block. */
function rows_block(
  m: u32, n: u32, k: u32, packed_a: usize, b: usize, ldb: u32, c: usize, ldc: u32,
  bias: usize, flags: u32, scratch: usize,
): void {
  let start = flags & 1 ? Start.C : bias ? Start.Bias : Start.Zero;
  let kk: u32 = 0;
  do {
    const kc = min(K_BLOCK, k - kk);
    pack_b_rows(kc, n, b + ((<usize>kk * ldb) << 2), ldb, scratch);
    const relu = (flags & 2) != 0 && kk + kc == k;
    tiles(0, m, n, kc, k, packed_a + ((<usize>kk) << 4), kc, c, ldc, start, bias, relu, scratch);
    start = Start.C;
    kk += K_BLOCK;
  } while (kk < k);
}

/** C's tiles for one packed block of B: `panel` and `strip` are the k-lengths of A's panels and B's strips. */
function tiles(
  first_row: u32, m: u32, n: u32, kc: u32, panel: u32, a: usize, strip: u32,
  c: usize, ldc: u32, start: Start, bias: usize, relu: bool, packed_b: usize,
): void {
  const row_bytes = (<usize>ldc) << 2;
  for (let i = first_row; i < m; i += 4) {
    const a_panel = a + ((<usize>i * panel) << 2);
    const c_row = c + <usize>i * row_bytes;
    for (let j: u32 = 0; j < n; j += 8) {
      const b_strip = packed_b + ((<usize>j * strip) << 2);
      const at = c_row + ((<usize>j) << 2);
      const bias_row = bias + ((<usize>i) << 2);
      if (i + 4 <= m && j + 8 <= n) {
        gemm_tile(kc, a_panel, b_strip, at, row_bytes, start, bias_row, relu);
      } else {
        const edge = packed_b + EDGE_AT;
        const rows = min<u32>(4, m - i), columns = min<u32>(8, n - j);
        edge_in(rows, columns, at, row_bytes, start, bias_row, edge);
        gemm_tile(kc, a_panel, b_strip, edge, 32, Start.C, 0, relu);
        edge_out(rows, columns, edge, at, row_bytes);
      }
    }
  }
}

/** What a tile at the edge of C starts from, in a whole 4 × 8 block. */
function edge_in(
  rows: u32, columns: u32, c: usize, ldc: usize, start: Start, bias: usize, edge: usize,
): void {
  memory.fill(edge, 0, 128);
  if (start == Start.Zero) return;
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      const from = start == Start.Bias ? bias + ((<usize>i) << 2) : c + <usize>i * ldc + ((<usize>j) << 2);
      store<f32>(edge + ((<usize>(i * 8 + j)) << 2), load<f32>(from));
    }
  }
}

function edge_out(rows: u32, columns: u32, edge: usize, c: usize, ldc: usize): void {
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      const value = load<f32>(edge + ((<usize>(i * 8 + j)) << 2));
      store<f32>(c + <usize>i * ldc + ((<usize>j) << 2), value);
    }
  }
}
