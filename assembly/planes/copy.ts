/**
 * y := x               elements of four axes, f32, each axis with steps of its own
 * y := value           of rows
 *
 *   n0 … n3   sizes; n3 runs fastest
 *   x0 … x3, y0 … y3   bytes from one index of an axis to the next; x's may be 0 or negative
 *
 * x and y do not overlap. Pointers and steps are multiples of 4. Bits are copied as they are. Where the last axis is
 * contiguous in both, rows are moved as such; where it is in y and the one before it in x, blocks of 4 × 4 are
 * transposed.
 */
import { store_transposed_4x4 } from "../simd";

/** From here on memory.copy is faster than a loop of vectors. */
const LONG_ROW: u32 = 64;

export function f32_planes_copy(
  n0: u32, n1: u32, n2: u32, n3: u32, x: usize, x0: isize, x1: isize, x2: isize, x3: isize,
  y: usize, y0: isize, y1: isize, y2: isize, y3: isize,
): void {
  assert(((x | y) & 3) == 0 && ((x0 | x1 | x2 | x3 | y0 | y1 | y2 | y3) & 3) == 0);
  for (let i: u32 = 0; i < n0; i++) {
    let from = x, to = y;
    for (let j: u32 = 0; j < n1; j++) {
      if (x3 == 4 && y3 == 4) move_rows(n2, n3, from, x2, to, y2);
      else if (x2 == 4 && y3 == 4) transpose(n2, n3, from, x3, to, y2);
      else scatter(n2, n3, from, x2, x3, to, y2, y3);
      from += x1;
      to += y1;
    }
    x += x0;
    y += y0;
  }
}

export function f32_planes_fill(rows: u32, n: u32, y: usize, y_row: usize, value: f32): void {
  assert(((y | y_row) & 3) == 0);
  const all = f32x4.splat(value);
  for (let r: u32 = 0; r < rows; r++) {
    let i: u32 = 0;
    for (; i + 4 <= n; i += 4) v128.store(y + ((<usize>i) << 2), all);
    for (; i < n; i++) store<f32>(y + ((<usize>i) << 2), value);
    y += y_row;
  }
}

function move_rows(rows: u32, n: u32, x: usize, x_row: isize, y: usize, y_row: isize): void {
  const bytes = (<usize>n) << 2;
  for (let r: u32 = 0; r < rows; r++) {
    if (n >= LONG_ROW) memory.copy(y, x, bytes);
    else {
      let at: usize = 0;
      for (; at + 16 <= bytes; at += 16) v128.store(y + at, v128.load(x + at));
      for (; at < bytes; at += 4) store<u32>(y + at, load<u32>(x + at));
    }
    x += x_row;
    y += y_row;
  }
}

/** y[r][c] := x[c][r] of rows × columns. */
function transpose(rows: u32, columns: u32, x: usize, x_column: isize, y: usize, y_row: isize): void {
  let c: u32 = 0;
  for (; c + 4 <= columns; c += 4) {
    const x1 = x + x_column, x2 = x1 + x_column, x3 = x2 + x_column;
    let to = y, r: usize = 0;
    const whole = (<usize>(rows & ~3)) << 2, end = (<usize>rows) << 2;
    for (; r < whole; r += 16) {
      store_transposed_4x4(v128.load(x + r), v128.load(x1 + r), v128.load(x2 + r), v128.load(x3 + r), to, y_row);
      to += y_row << 2;
    }
    for (; r < end; r += 4) {
      let v = v128.load32_zero(x + r);
      v = v128.load_lane<u32>(x1 + r, v, 1);
      v = v128.load_lane<u32>(x2 + r, v, 2);
      v128.store(to, v128.load_lane<u32>(x3 + r, v, 3));
      to += y_row;
    }
    x = x3 + x_column;
    y += 16;
  }
  scatter(rows, columns - c, x, 4, x_column, y, y_row, 4);
}

function scatter(
  rows: u32, columns: u32, x: usize, x_row: isize, x_column: isize, y: usize, y_row: isize, y_column: isize,
): void {
  for (let r: u32 = 0; r < rows; r++) {
    let from = x, to = y;
    for (let c: u32 = 0; c < columns; c++) {
      store<u32>(to, load<u32>(from));
      from += x_column;
      to += y_column;
    }
    x += x_row;
    y += y_row;
  }
}
