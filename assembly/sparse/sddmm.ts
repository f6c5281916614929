/**
 * g[p] := [g[p] +] Σ_s dY[i, s] · X[j, s] for every entry p = (i, j): the weight gradient where weights are
 * kept, CSR, f32 (a sampled dense-dense product).
 *
 *   row_starts, columns   the structure (csr.ts); a block of columns is a structure too
 *   dy, x                 m and n features × batch in panels (dense/panels.ts); padding: dy +0, x finite
 *   g                     one per entry
 *   flags                 bit 0: accumulate into g (otherwise overwritten, may hold NaN)
 *
 * Pointers 4-byte aligned (16-bit indices: 2), g overlaps nothing. Work 2·nnz·batch flops.
 *
 * A row of dy stays in 8 vectors, 4 entries run side by side and are summed across by one transposition.
 * Zen 4, cycles an entry and panel, simd / relaxed: 7.6 / 6.4 when X fits L1, 8.5 / 7.2 when a panel of X is
 * 100 KiB. Tried and dropped: one entry at a time (11.3 / 10.9: its 8 additions wait for each other), 4
 * entries one after the other (9.4 / 8.5), dy from memory each time (8.7 / 8.2).
 */
import { panel_width } from "../dense/panels";
import { madd } from "../simd";

export function f32_sddmm_csr_u16(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, dy: usize, x: usize, g: usize, flags: u32,
): void {
  sddmm<u16>(m, batch, n, row_starts, columns, dy, x, g, flags);
}

export function f32_sddmm_csr_u32(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, dy: usize, x: usize, g: usize, flags: u32,
): void {
  sddmm<u32>(m, batch, n, row_starts, columns, dy, x, g, flags);
}

// @ts-ignore: decorator
@inline
function sddmm<I>(
  m: u32, batch: u32, n: u32, row_starts: usize, columns: usize, dy: usize, x: usize, g: usize, flags: u32,
): void {
  assert(((row_starts | dy | x | g) & 3) == 0 && (columns & (sizeof<I>() - 1)) == 0);
  const p = <usize>load<u32>(row_starts);
  if (batch == 0 && !(flags & 1)) {
    memory.fill(g + (p << 2), 0, (<usize>load<u32>(row_starts + ((<usize>m) << 2)) - p) << 2);
  }
  let add = (flags & 1) != 0;
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    switch (width >> 2) {
      case 0: single<I>(m, row_starts, columns, dy, x, g, add); break;
      case 1: panel<I>(1, m, row_starts, columns, dy, x, g, add); break;
      case 2: panel<I>(2, m, row_starts, columns, dy, x, g, add); break;
      case 3: panel<I>(3, m, row_starts, columns, dy, x, g, add); break;
      case 4: panel<I>(4, m, row_starts, columns, dy, x, g, add); break;
      case 5: panel<I>(5, m, row_starts, columns, dy, x, g, add); break;
      case 6: panel<I>(6, m, row_starts, columns, dy, x, g, add); break;
      case 7: panel<I>(7, m, row_starts, columns, dy, x, g, add); break;
      default: panel<I>(8, m, row_starts, columns, dy, x, g, add); break;
    }
    add = true;
    dy += (<usize>m * width) << 2;
    x += (<usize>n * width) << 2;
  }
}

/** One panel of 4·vectors samples (a constant). */
// @ts-ignore: decorator
@inline
function panel<I>(
  vectors: u32, m: u32, starts: usize, columns: usize, dy: usize, x: usize, g: usize, add: bool,
): void {
  const starts_end = starts + ((<usize>m) << 2);
  const p = <usize>load<u32>(starts);
  const none = f32x4.splat(0);
  let to = g + (p << 2), index = columns + p * sizeof<I>();
  while (starts < starts_end) {
    starts += 4;
    const end = g + ((<usize>load<u32>(starts)) << 2);
    const quad_end = end - ((end - to) & 15);
    const d0 = v128.load(dy);
    const d1 = vectors > 1 ? v128.load(dy, 16) : none, d2 = vectors > 2 ? v128.load(dy, 32) : none;
    const d3 = vectors > 3 ? v128.load(dy, 48) : none, d4 = vectors > 4 ? v128.load(dy, 64) : none;
    const d5 = vectors > 5 ? v128.load(dy, 80) : none, d6 = vectors > 6 ? v128.load(dy, 96) : none;
    const d7 = vectors > 7 ? v128.load(dy, 112) : none;
    for (; to < quad_end; to += 16) {
      const x0 = feature<I>(vectors, x, index), x1 = feature<I>(vectors, x, index + sizeof<I>());
      const x2 = feature<I>(vectors, x, index + 2 * sizeof<I>());
      const x3 = feature<I>(vectors, x, index + 3 * sizeof<I>());
      let a0 = f32x4.mul(d0, v128.load(x0)), a1 = f32x4.mul(d0, v128.load(x1));
      let a2 = f32x4.mul(d0, v128.load(x2)), a3 = f32x4.mul(d0, v128.load(x3));
      if (vectors > 1) {
        a0 = madd<f32>(a0, d1, v128.load(x0, 16)); a1 = madd<f32>(a1, d1, v128.load(x1, 16));
        a2 = madd<f32>(a2, d1, v128.load(x2, 16)); a3 = madd<f32>(a3, d1, v128.load(x3, 16));
      }
      // The conditions hold always: they keep the loads of a basic block few enough for 15 registers, as in
      // csr.ts (1.2× in Node 20 and, by a better order of the instructions, in Node 24).
      if (vectors > 2 && x0 != 0) {
        a0 = madd<f32>(a0, d2, v128.load(x0, 32)); a1 = madd<f32>(a1, d2, v128.load(x1, 32));
        a2 = madd<f32>(a2, d2, v128.load(x2, 32)); a3 = madd<f32>(a3, d2, v128.load(x3, 32));
        if (vectors > 3) {
          a0 = madd<f32>(a0, d3, v128.load(x0, 48)); a1 = madd<f32>(a1, d3, v128.load(x1, 48));
          a2 = madd<f32>(a2, d3, v128.load(x2, 48)); a3 = madd<f32>(a3, d3, v128.load(x3, 48));
        }
      }
      if (vectors > 4 && x0 != 0) {
        a0 = madd<f32>(a0, d4, v128.load(x0, 64)); a1 = madd<f32>(a1, d4, v128.load(x1, 64));
        a2 = madd<f32>(a2, d4, v128.load(x2, 64)); a3 = madd<f32>(a3, d4, v128.load(x3, 64));
        if (vectors > 5) {
          a0 = madd<f32>(a0, d5, v128.load(x0, 80)); a1 = madd<f32>(a1, d5, v128.load(x1, 80));
          a2 = madd<f32>(a2, d5, v128.load(x2, 80)); a3 = madd<f32>(a3, d5, v128.load(x3, 80));
        }
      }
      if (vectors > 6 && x0 != 0) {
        a0 = madd<f32>(a0, d6, v128.load(x0, 96)); a1 = madd<f32>(a1, d6, v128.load(x1, 96));
        a2 = madd<f32>(a2, d6, v128.load(x2, 96)); a3 = madd<f32>(a3, d6, v128.load(x3, 96));
        if (vectors > 7) {
          a0 = madd<f32>(a0, d7, v128.load(x0, 112)); a1 = madd<f32>(a1, d7, v128.load(x1, 112));
          a2 = madd<f32>(a2, d7, v128.load(x2, 112)); a3 = madd<f32>(a3, d7, v128.load(x3, 112));
        }
      }
      const sums = sums_across(a0, a1, a2, a3);
      v128.store(to, add ? f32x4.add(v128.load(to), sums) : sums);
      index += 4 * sizeof<I>();
    }
    for (; to < end; to += 4) {
      const sum = dot(vectors, dy, feature<I>(vectors, x, index));
      store<f32>(to, add ? load<f32>(to) + sum : sum);
      index += sizeof<I>();
    }
    dy += <usize>vectors << 4;
  }
}

/** Address of the panel row that an index names. */
// @ts-ignore: decorator
@inline
function feature<I>(vectors: u32, x: usize, index: usize): usize {
  return x + ((<usize>load<I>(index) * vectors) << 4);
}

/** Four horizontal sums, each (lane 0 + lane 2) + (lane 1 + lane 3). */
// @ts-ignore: decorator
@inline
function sums_across(a0: v128, a1: v128, a2: v128, a3: v128): v128 {
  const low = f32x4.add(v128.shuffle<f32>(a0, a1, 0, 4, 1, 5), v128.shuffle<f32>(a0, a1, 2, 6, 3, 7));
  const high = f32x4.add(v128.shuffle<f32>(a2, a3, 0, 4, 1, 5), v128.shuffle<f32>(a2, a3, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 1, 4, 5), v128.shuffle<f32>(low, high, 2, 3, 6, 7));
}

/** One entry alone: the same sums in the same order as in a group of four. */
// @ts-ignore: decorator
@inline
function dot(vectors: u32, dy: usize, x: usize): f32 {
  let a = f32x4.mul(v128.load(dy), v128.load(x));
  for (let at: usize = 16; at < <usize>vectors << 4; at += 16) {
    a = madd<f32>(a, v128.load(dy + at), v128.load(x + at));
  }
  const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** One sample. */
// @ts-ignore: decorator
@inline
function single<I>(m: u32, starts: usize, columns: usize, dy: usize, x: usize, g: usize, add: bool): void {
  let p = load<u32>(starts);
  for (let i: u32 = 0; i < m; i++) {
    starts += 4;
    const d = load<f32>(dy + ((<usize>i) << 2));
    for (const end = load<u32>(starts); p < end; p++) {
      const j = <usize>load<I>(columns + <usize>p * sizeof<I>());
      const product = d * load<f32>(x + (j << 2));
      const to = g + ((<usize>p) << 2);
      store<f32>(to, add ? load<f32>(to) + product : product);
    }
  }
}
