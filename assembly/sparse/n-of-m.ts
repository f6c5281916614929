/**
 * Sparse products, N of M, f32: Y := [Y +] A X [+ bias], then ReLU if asked. In each aligned group of M
 * columns of a row, N weights are stored: 2 of 4, 1 of 4 or 4 of 8.
 *
 *   A's rows stand in panels of 4; a panel has N slots for each of ⌈n / M⌉ groups, group after group
 *   values   4 f32 a slot, one for each row of the panel; rows beyond m are +0
 *   codes    u8 a slot, 2 bits a row, row 0 lowest: a weight's place in its group (4 of 8: u16, 4 bits)
 *   x, y, bias, flags   as in csr.ts
 *   controls            2 of 4 and 1 of 4, for one sample: 4,096 bytes filled by n_of_m_controls
 *
 * All slots are multiplied, the fillers of groups with fewer than N kept weights too: Inf or NaN in x makes
 * NaN there. Places lie inside n. Pointers 4-byte aligned (u16 codes: 2), y overlaps nothing.
 * 2 of 4 takes 53 % of the dense bytes.
 *
 * A row's sums of 32 samples stay in 8 vectors, as in csr.ts; since every row has the same places, blocks of
 * 192 columns that keep X in L1 cost nothing to find. Zen 4, cycles a slot, row and panel, simd / relaxed:
 * 7.0 / 5.6 (2 of 4), as CSR in blocks. Tried: a loop over a group's slots (8.0 / 6.7).
 * One sample: the x of a slot's 4 rows are one byte shuffle of the group's 4 inputs, whose control the code
 * looks up. 2 of 4: 0.58 / 0.46 cycles a stored weight, 1 of 4: 0.67 / 0.53, against 0.22 a dense weight.
 * Issue slots are the limit (8 a shuffle of 4 weights; 10 in simd, where V8 guards the range of the control),
 * so 2 of 4 has 0.7 / 1.0× the speed of dense in cache and 1.1 / 1.2× from memory (4096²). 4 of 8 takes 1.2:
 * its x are loaded one by one.
 */
import { panel_width } from "../dense/panels";
import { madd, permute_bytes } from "../simd";

/** Columns of a block: 24 KiB of a full panel of X. */
const BLOCK: u32 = 192;

export function f32_spmm_2of4(
  m: u32, batch: u32, n: u32, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  spmm<u8>(2, 4, m, batch, n, codes, values, x, y, bias, flags, controls);
}

export function f32_spmm_1of4(
  m: u32, batch: u32, n: u32, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  spmm<u8>(1, 4, m, batch, n, codes, values, x, y, bias, flags, controls);
}

export function f32_spmm_4of8(
  m: u32, batch: u32, n: u32, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmm<u16>(4, 8, m, batch, n, codes, values, x, y, bias, flags, 0);
}

export function f32_spmv_2of4(
  m: u32, n: u32, codes: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  spmv<u8>(2, 4, m, n, codes, values, x, y, bias, flags, controls);
}

export function f32_spmv_1of4(
  m: u32, n: u32, codes: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  spmv<u8>(1, 4, m, n, codes, values, x, y, bias, flags, controls);
}

export function f32_spmv_4of8(
  m: u32, n: u32, codes: usize, values: usize, x: usize, y: usize, bias: usize, flags: u32,
): void {
  spmv<u16>(4, 8, m, n, codes, values, x, y, bias, flags, 0);
}

/** controls[code]: the byte shuffle that puts x[place of row r] in lane r, for each of 256 codes. */
export function n_of_m_controls(controls: usize): void {
  assert((controls & 3) == 0);
  const bytes = i32x4.splat(0x03020100), places = i32x4.splat(0x04040404);
  for (let code: u32 = 0; code < 256; code++) {
    const rows = i32x4(code & 3, (code >> 2) & 3, (code >> 4) & 3, code >> 6);
    v128.store(controls + ((<usize>code) << 4), i32x4.add(i32x4.mul(rows, places), bytes));
  }
}

// @ts-ignore: decorator
@inline
function spmm<C>(
  slots: u32, group: u32, m: u32, batch: u32, n: u32, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  assert(((values | x | y | bias | controls) & 3) == 0 && (codes & (sizeof<C>() - 1)) == 0);
  for (let s: u32 = 0; s < batch; s += 32) {
    const width = panel_width(batch - s);
    const step = (<usize>width) << 2;
    if (width == 1) spmv<C>(slots, group, m, n, codes, values, x, y, bias, flags, controls);
    else if (width == 32) blocks<C>(8, slots, group, m, n, 128, codes, values, x, y, bias, flags);
    else {
      let at: usize = 0;
      if (width & 16) {
        blocks<C>(4, slots, group, m, n, step, codes, values, x, y, bias, flags);
        at = 64;
      }
      if (width & 8) {
        blocks<C>(2, slots, group, m, n, step, codes, values, x + at, y + at, bias, flags);
        at += 32;
      }
      if (width & 4) blocks<C>(1, slots, group, m, n, step, codes, values, x + at, y + at, bias, flags);
    }
    x += <usize>n * step;
    y += <usize>m * step;
  }
}

/** 4·vectors samples (1, 2, 4 or 8, a constant) of a panel with `step` bytes between features. */
// @ts-ignore: decorator
@inline
function blocks<C>(
  vectors: u32, slots: u32, group: u32, m: u32, n: u32, step: usize, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32,
): void {
  const row_slots = <usize>((n + group - 1) / group * slots);
  let first: u32 = 0;
  do {
    const columns = min(BLOCK, n - first);
    const skip = <usize>(first / group * slots), count = <usize>((columns + group - 1) / group * slots);
    const floor = f32x4.splat(flags & 2 && first + columns == n ? 0 : -Infinity);
    const from = x + <usize>first * step;
    for (let i: u32 = 0; i < m; i++) {
      const slot = <usize>(i >> 2) * row_slots + skip;
      const value = values + (slot << 4) + ((<usize>(i & 3)) << 2);
      const accumulate = (flags & 1) != 0 || first > 0;
      const start: usize = bias ? bias + ((<usize>i) << 2) : 0;
      const shift = (i & 3) * (group >> 1);
      row<C>(
        vectors, slots, group, shift, step, codes + slot * sizeof<C>(), value, value + (count << 4),
        from, y + <usize>i * step, start, accumulate, floor,
      );
    }
    first += BLOCK;
  } while (first < n);
}

/** Address of the panel row that a code names. */
// @ts-ignore: decorator
@inline
function place<C>(x: usize, code: usize, shift: u32, group: u32, step: usize): usize {
  return x + <usize>((<u32>load<C>(code) >> shift) & (group - 1)) * step;
}

/** One row against a block of columns. */
// @ts-ignore: decorator
@inline
function row<C>(
  vectors: u32, slots: u32, group: u32, shift: u32, step: usize, code: usize, value: usize, value_end: usize,
  x: usize, y: usize, bias: usize, accumulate: bool, floor: v128,
): void {
  let a0 = f32x4.splat(0);
  if (accumulate) a0 = v128.load(y);
  else if (bias) a0 = v128.load32_splat(bias);
  let a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0, a7 = a0;
  if (accumulate) {
    if (vectors > 1) a1 = v128.load(y, 16);
    if (vectors > 2) { a2 = v128.load(y, 32); a3 = v128.load(y, 48); }
    if (vectors > 4) {
      a4 = v128.load(y, 64); a5 = v128.load(y, 80); a6 = v128.load(y, 96); a7 = v128.load(y, 112);
    }
  }
  let advance: usize = slots > 2 ? 0 : <usize>group * step;
  let at: usize;
  let w: v128;
  while (value < value_end) {
    // The conditions always hold: they keep Node 20 from spilling, see csr.ts.
    at = place<C>(x, code + 0 * sizeof<C>(), shift, group, step);
    w = v128.load32_splat(value, 0);
    if (vectors < 8 || at != 0) {
      a0 = madd<f32>(a0, w, v128.load(at));
      if (vectors > 1) a1 = madd<f32>(a1, w, v128.load(at, 16));
      if (vectors > 2) a2 = madd<f32>(a2, w, v128.load(at, 32));
      if (vectors > 2) a3 = madd<f32>(a3, w, v128.load(at, 48));
    }
    if (vectors > 4 && at != 0) {
      a4 = madd<f32>(a4, w, v128.load(at, 64)); a5 = madd<f32>(a5, w, v128.load(at, 80));
      a6 = madd<f32>(a6, w, v128.load(at, 96)); a7 = madd<f32>(a7, w, v128.load(at, 112));
    }
    if (slots > 1) {
      at = place<C>(x, code + 1 * sizeof<C>(), shift, group, step);
      w = v128.load32_splat(value, 16);
      if (vectors < 8 || at != 0) {
        a0 = madd<f32>(a0, w, v128.load(at));
        if (vectors > 1) a1 = madd<f32>(a1, w, v128.load(at, 16));
        if (vectors > 2) a2 = madd<f32>(a2, w, v128.load(at, 32));
        if (vectors > 2) a3 = madd<f32>(a3, w, v128.load(at, 48));
      }
      if (vectors > 4) {
        a4 = madd<f32>(a4, w, v128.load(at, 64)); a5 = madd<f32>(a5, w, v128.load(at, 80));
        a6 = madd<f32>(a6, w, v128.load(at, 96)); a7 = madd<f32>(a7, w, v128.load(at, 112));
      }
    }
    value += slots > 1 ? 32 : 16;
    code += slots > 1 ? 2 * sizeof<C>() : sizeof<C>();
    // Two slots an iteration: a group of four slots stays for a second one.
    x += advance;
    if (slots > 2) advance = <usize>(group * <u32>step) - advance;
  }
  v128.store(y, f32x4.pmax(a0, floor));
  if (vectors > 1) v128.store(y, f32x4.pmax(a1, floor), 16);
  if (vectors > 2) { v128.store(y, f32x4.pmax(a2, floor), 32); v128.store(y, f32x4.pmax(a3, floor), 48); }
  if (vectors > 4) {
    v128.store(y, f32x4.pmax(a4, floor), 64); v128.store(y, f32x4.pmax(a5, floor), 80);
    v128.store(y, f32x4.pmax(a6, floor), 96); v128.store(y, f32x4.pmax(a7, floor), 112);
  }
}

/** One sample: the sums of two panels' rows in 2 vectors each, one for even slots, one for odd ones. */
// @ts-ignore: decorator
@inline
function spmv<C>(
  slots: u32, group: u32, m: u32, n: u32, codes: usize, values: usize,
  x: usize, y: usize, bias: usize, flags: u32, controls: usize,
): void {
  assert(((values | x | y | bias | controls) & 3) == 0 && (codes & (sizeof<C>() - 1)) == 0);
  const whole_end = x + ((<usize>(n & ~(group - 1))) << 2);
  const row_slots = <usize>((n + group - 1) / group * slots);
  for (let i: u32 = 0; i < m; i += 8) {
    // A second panel that is missing is the first one again; its sums are not stored.
    const other = i + 4 < m ? row_slots : 0;
    let code1 = codes + other * sizeof<C>(), value1 = values + (other << 4);
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0;
    let at = x;
    while (at < whole_end) {
      const inputs = v128.load(at);
      a0 = slot<C>(0, a0, group, inputs, at, codes, values, controls);
      b0 = slot<C>(0, b0, group, inputs, at, code1, value1, controls);
      if (slots > 1) {
        a1 = slot<C>(1, a1, group, inputs, at, codes, values, controls);
        b1 = slot<C>(1, b1, group, inputs, at, code1, value1, controls);
      }
      if (slots > 2) {
        a0 = slot<C>(2, a0, group, inputs, at, codes, values, controls);
        b0 = slot<C>(2, b0, group, inputs, at, code1, value1, controls);
        a1 = slot<C>(3, a1, group, inputs, at, codes, values, controls);
        b1 = slot<C>(3, b1, group, inputs, at, code1, value1, controls);
      }
      codes += slots * sizeof<C>(); code1 += slots * sizeof<C>();
      values += (<usize>slots) << 4; value1 += (<usize>slots) << 4;
      at += (<usize>group) << 2;
    }
    if (n & (group - 1)) {
      for (let k: u32 = 0; k < slots; k++) {
        a0 = madd<f32>(a0, v128.load(values), gather<C>(group, at, codes));
        b0 = madd<f32>(b0, v128.load(value1), gather<C>(group, at, code1));
        codes += sizeof<C>(); code1 += sizeof<C>();
        values += 16; value1 += 16;
      }
    }
    codes = code1; values = value1;
    finish(m, i, f32x4.add(a0, a1), y, bias, flags);
    finish(m, i + 4, f32x4.add(b0, b1), y, bias, flags);
  }
}

/** Adds slot k of the group at `at`, whose first 4 inputs are loaded. */
// @ts-ignore: decorator
@inline
function slot<C>(
  k: u32, sum: v128, group: u32, inputs: v128, at: usize, codes: usize, values: usize, controls: usize,
): v128 {
  const code = codes + k * sizeof<C>();
  const chosen = group == 4
    ? permute_bytes(inputs, v128.load(controls + ((<usize>load<C>(code)) << 4)))
    : gather<C>(group, at, code);
  return madd<f32>(sum, v128.load(values + ((<usize>k) << 4)), chosen);
}

/** The inputs of a slot's 4 rows by single loads. */
// @ts-ignore: decorator
@inline
function gather<C>(group: u32, at: usize, code: usize): v128 {
  const bits = group >> 1, places = group - 1;
  const c = <u32>load<C>(code);
  const x0 = v128.load32_zero(at + ((<usize>(c & places)) << 2));
  const x1 = v128.load32_zero(at + ((<usize>((c >> bits) & places)) << 2));
  const x2 = v128.load32_zero(at + ((<usize>((c >> (2 * bits)) & places)) << 2));
  const x3 = v128.load32_zero(at + ((<usize>((c >> (3 * bits)) & places)) << 2));
  return v128.shuffle<f64>(
    v128.shuffle<f32>(x0, x1, 0, 4, 1, 5), v128.shuffle<f32>(x2, x3, 0, 4, 1, 5), 0, 2,
  );
}

/** Adds what the sums of rows i … i + 3 start from and stores them, those below m. */
function finish(m: u32, i: u32, sum: v128, y: usize, bias: usize, flags: u32): void {
  const from = flags & 1 ? y : bias;
  for (let end = min(m, i + 4); i < end; i++) {
    const at = (<usize>i) << 2;
    let value = f32x4.extract_lane(sum, 0);
    if (from) value += load<f32>(from + at);
    store<f32>(y + at, flags & 2 && value < 0 ? 0 : value);
    sum = v128.shuffle<f32>(sum, sum, 1, 2, 3, 0);
  }
}
