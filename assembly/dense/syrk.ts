/**
 * H := [H +] X Xᵀ, f32, symmetric: the Gram matrix of activations.
 *
 *   x         n features × batch in panels (panels.ts); padding lanes are not read into the sums
 *   packed_x  the same, packed by f32_pack_a_panels
 *   h         n × n row-major, leading dimension ldh ≥ n; both triangles are written, bit-equal
 *   flags     bit 0: accumulate into h, whose lower triangle is read
 *   scratch   32,896 bytes, 16-byte aligned (gemm.ts)
 *
 * Operands overlap nowhere. Work n²·batch flops: tiles in the blocks of 32 columns right of the diagonal's
 * are mirrored, not computed.
 */
import { panels_block } from "./gemm";
import { store_transposed_4x4 } from "../simd";

export function f32_syrk_panels(
  n: u32, batch: u32, packed_x: usize, x: usize, h: usize, ldh: u32, flags: u32, scratch: usize,
): void {
  assert(ldh >= n);
  assert(((packed_x | x | h) & 3) == 0);
  for (let j: u32 = 0; j < n; j += 32) {
    const columns = min<u32>(32, n - j);
    panels_block(j, n, n, j, columns, batch, packed_x, x, h, ldh, flags, scratch);
    mirror(j, columns, n, h, (<usize>ldh) << 2);
  }
}

/** Copies columns j … j + columns, from the diagonal's 32-block down, to the rows of the same numbers. */
function mirror(j: u32, columns: u32, n: u32, h: usize, step: usize): void {
  for (let i = j; i < n; i += 4) {
    for (let c = j; c < j + columns; c += 4) {
      if (c > i) break;
      const from = h + <usize>i * step + ((<usize>c) << 2);
      const to = h + <usize>c * step + ((<usize>i) << 2);
      if (c + 4 <= i && i + 4 <= n && c + 4 <= j + columns) {
        store_transposed_4x4(
          v128.load(from), v128.load(from + step), v128.load(from + 2 * step), v128.load(from + 3 * step),
          to, step,
        );
        continue;
      }
      for (let r: u32 = 0; r < min<u32>(4, n - i); r++) {
        for (let q: u32 = 0; q < min<u32>(4, j + columns - c) && c + q < i + r; q++) {
          const value = load<f32>(from + <usize>r * step + ((<usize>q) << 2));
          store<f32>(to + <usize>q * step + ((<usize>r) << 2), value);
        }
      }
    }
  }
}
