/**
 * Cholesky factor of a symmetric positive definite matrix, in place: A = L Lᵀ.
 *
 *   a        n × n row-major, leading dimension lda ≥ n; its lower triangle is read and becomes L; +0 is written
 *            above the diagonal
 *   scratch  256·(n + 8) + 128 bytes for f32, 512·(n + 8) + 128 for f64; 16-byte aligned
 *
 * Returns LAPACK's info: 0, or i + 1 when pivot i (from 0) is not > 0 (NaN included); `a` then means nothing.
 * Work n³/3 flops. Blocks of 64 columns: factored, the rows below solved for in strips, the rest updated by tiles.
 */
import { BLOCK, pack_rows, solve_lower, tile_within, unpack_rows, width } from "./strips";

export function f32_potrf(n: u32, a: usize, lda: u32, scratch: usize): u32 {
  return potrf<f32>(n, a, lda, scratch);
}

export function f64_potrf(n: u32, a: usize, lda: u32, scratch: usize): u32 {
  return potrf<f64>(n, a, lda, scratch);
}

function potrf<T>(n: u32, a: usize, lda: u32, scratch: usize): u32 {
  assert(lda >= n);
  assert((a & (sizeof<T>() - 1)) == 0 && (scratch & 15) == 0);
  const step = <usize>lda * sizeof<T>();
  const panel = scratch + 128;
  for (let k: u32 = 0; k < n; k += BLOCK) {
    const columns = min<u32>(BLOCK, n - k);
    const diagonal = a + <usize>k * (step + sizeof<T>());
    const pivot = factor<T>(columns, diagonal, step);
    if (pivot < columns) return k + pivot + 1;
    const rest = n - k - columns;
    const below = diagonal + <usize>columns * step;
    const strip_bytes = (<usize>columns) << 5;
    for (let i: u32 = 0; i < rest; i += width<T>()) {
      const rows = min<u32>(width<T>(), rest - i);
      const strip = panel + <usize>(i / width<T>()) * strip_bytes, at = below + <usize>i * step;
      pack_rows<T>(rows, columns, at, step, strip);
      solve_lower<T>(columns, diagonal, step, strip);
      unpack_rows<T>(rows, columns, strip, at, step);
    }
    update<T>(rest, below + <usize>columns * sizeof<T>(), step, panel, strip_bytes, scratch);
  }
  for (let i: u32 = 0; i < n; i++) {
    memory.fill(a + <usize>i * step + <usize>(i + 1) * sizeof<T>(), 0, <usize>(n - i - 1) * sizeof<T>());
  }
  return 0;
}

/** Factors n ≤ BLOCK columns row by row; returns the first pivot that is not > 0, n if there is none. */
function factor<T>(n: u32, a: usize, step: usize): u32 {
  for (let i: u32 = 0; i < n; i++) {
    const row = a + <usize>i * step;
    for (let j: u32 = 0; j <= i; j++) {
      const other = a + <usize>j * step, at = <usize>j * sizeof<T>();
      let sum = load<T>(row + at);
      for (let c: usize = 0; c < at; c += sizeof<T>()) sum -= load<T>(row + c) * load<T>(other + c);
      if (j < i) store<T>(row + at, sum / load<T>(other + at));
      else if (sum > 0) store<T>(row + at, sqrt<T>(sum));
      else return i;
    }
  }
  return n;
}

/** a −= panel · panelᵀ, lower triangle, two strips at a time: the tiles of a row then fill its cache lines. */
function update<T>(n: u32, a: usize, step: usize, panel: usize, strip_bytes: usize, edge: usize): void {
  for (let j: u32 = 0; j < n; j += 2 * width<T>()) {
    for (let i = j; i < n; i += 4) {
      const left = panel + <usize>(i / width<T>()) * strip_bytes + <usize>(i & (width<T>() - 1)) * sizeof<T>();
      const row = a + <usize>i * step;
      for (let s = j; s < min<u32>(j + 2 * width<T>(), i + 4); s += width<T>()) {
        const right = panel + <usize>(s / width<T>()) * strip_bytes;
        tile_within<T>(n - i, n - s, row + <usize>s * sizeof<T>(), step, left, right, right + strip_bytes, edge);
      }
    }
  }
}
