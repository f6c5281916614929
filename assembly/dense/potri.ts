/**
 * The inverse of a symmetric positive definite matrix from that of its Cholesky factor, in place: A⁻¹ = L⁻ᵀ L⁻¹.
 *
 *   a        n × n row-major, leading dimension lda ≥ n: L⁻¹ as trtri leaves it, +0 above the diagonal; becomes A⁻¹,
 *            both triangles, bit-equal
 *   scratch  73,856 bytes for f32, 139,392 for f64; 16-byte aligned
 *
 * Work n³/3 flops.
 */
import { BLOCK, K_BLOCK, pack_columns, tiles, width } from "./strips";

export function f32_potri(n: u32, a: usize, lda: u32, scratch: usize): void {
  potri<f32>(n, a, lda, scratch);
}

export function f64_potri(n: u32, a: usize, lda: u32, scratch: usize): void {
  potri<f64>(n, a, lda, scratch);
}

/** The rows of a block are sums over themselves and the rows below: they are written after they are packed. */
function potri<T>(n: u32, a: usize, lda: u32, scratch: usize): void {
  assert(lda >= n);
  assert((a & (sizeof<T>() - 1)) == 0 && (scratch & 15) == 0);
  const step = <usize>lda * sizeof<T>();
  const strip = scratch + 128, left = strip + ((<usize>K_BLOCK) << 5);
  for (let i: u32 = 0; i < n; i += BLOCK) {
    const rows = min<u32>(BLOCK, n - i);
    const own = a + <usize>i * step;
    for (let k = i; k < n; k += K_BLOCK) {
      const terms = min<u32>(K_BLOCK, n - k);
      const left_step = (<usize>terms) << 5;
      const below = a + <usize>k * step;
      for (let r: u32 = 0; r < rows; r += width<T>()) {
        const to = left + <usize>(r / width<T>()) * left_step;
        pack_columns<T>(rows - r, terms, below + <usize>(i + r) * sizeof<T>(), step, to);
      }
      for (let j: u32 = 0; j < i + rows; j += width<T>()) {
        const column = <usize>j * sizeof<T>(), columns = i + rows - j;
        pack_columns<T>(columns, terms, below + column, step, strip);
        if (k == i) clear<T>(rows, min<u32>(columns, width<T>()), own + column, step);
        tiles<T>(rows, columns, own + column, step, left, left_step, strip, strip + left_step, scratch);
      }
    }
  }
  // The tiles subtract: what is there is −A⁻¹. Taken from 0, so that its zeros are +0.
  for (let i: u32 = 0; i < n; i++) {
    for (let j: u32 = 0; j <= i; j++) {
      const at = a + <usize>i * step + <usize>j * sizeof<T>();
      const value = <T>0 - load<T>(at);
      store<T>(at, value);
      store<T>(a + <usize>j * step + <usize>i * sizeof<T>(), value);
    }
  }
}

function clear<T>(rows: u32, columns: u32, c: usize, step: usize): void {
  for (let r: u32 = 0; r < rows; r++) memory.fill(c + <usize>r * step, 0, <usize>columns * sizeof<T>());
}
