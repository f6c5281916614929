/**
 * Planes with a border of zeros, in phases: what windows slide over.
 *
 *   x    channels planes of height × width, x_stride bytes apart
 *   y    channels planes of y_height rows, y_stride bytes apart. A row is `phases` runs of y_width floats: column
 *        b of the bordered plane is element b / phases of run b mod phases, so that a window which moves by `phases`
 *        columns reads contiguous floats.
 *
 * Row r of x is row r + top of y, column c is column c + left (both may be negative); what falls outside y is left
 * out, what x does not reach is +0. x and y do not overlap. Pointers 4-byte aligned.
 */
export function f32_planes_border(
  channels: u32, height: u32, width: u32, x: usize, x_stride: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, top: i32, left: i32, phases: u32,
): void {
  assert(((x | y) & 3) == 0 && phases > 0);
  for (let c: u32 = 0; c < channels; c++) {
    fill_zero(y, y_height * y_width * phases);
    copy_inside(height, width, x, y, y_height, y_width, top, left, phases);
    x += x_stride;
    y += y_stride;
  }
}

export function fill_zero(y: usize, count: u32): void {
  const zero = f32x4.splat(0), end = y + ((<usize>count) << 2), vector_end = y + ((<usize>(count & ~3)) << 2);
  for (; y < vector_end; y += 16) v128.store(y, zero);
  for (; y < end; y += 4) store<f32>(y, 0);
}

/** One plane into a bordered one whose border is there. */
export function copy_inside(
  height: u32, width: u32, x: usize, y: usize, y_height: u32, y_width: u32, top: i32, left: i32, phases: u32,
): void {
  const room = y_width * phases, x_row = (<usize>width) << 2, y_row = (<usize>room) << 2;
  const above = <u32>max(0, -top), before = <u32>max(0, -left), first = <u32>max(0, left);
  const row = <u32>max(0, top);
  if (above >= height || before >= width || row >= y_height || first >= room) return;
  const rows = min(height - above, y_height - row), columns = min(width - before, room - first);
  x += <usize>above * x_row + ((<usize>before) << 2);
  y += <usize>row * y_row;
  for (let r: u32 = 0; r < rows; r++) {
    if (phases == 1) copy_row(columns, x, y + ((<usize>first) << 2));
    else if (phases == 2) copy_row_by_two(columns, x, y, y_width, first);
    else {
      for (let c: u32 = 0; c < columns; c++) store<f32>(place(y, y_width, first + c, phases), load_at(x, c));
    }
    x += x_row;
    y += y_row;
  }
}

/**
 * The other way round: planes of height × width into every step_y-th row and step_x-th column of y, whose rows are
 * y_width long. y starts at the first place that is written.
 */
export function f32_planes_interleave(
  channels: u32, height: u32, width: u32, x: usize, x_stride: usize, y: usize, y_width: u32, y_stride: usize,
  step_y: u32, step_x: u32,
): void {
  assert(((x | y) & 3) == 0);
  const y_row = (<usize>(step_y * y_width)) << 2, step = (<usize>step_x) << 2;
  for (let c: u32 = 0; c < channels; c++) {
    let from = x, row = y;
    for (let r: u32 = 0; r < height; r++) {
      let to = row;
      for (const end = from + ((<usize>width) << 2); from < end; from += 4) {
        store<f32>(to, load<f32>(from));
        to += step;
      }
      row += y_row;
    }
    x += x_stride;
    y += y_stride;
  }
}

// @ts-ignore: decorator
@inline
function load_at(x: usize, index: u32): f32 {
  return load<f32>(x + ((<usize>index) << 2));
}

/** Where column b of a bordered row stands. */
// @ts-ignore: decorator
@inline
function place(y: usize, y_width: u32, b: u32, phases: u32): usize {
  return y + ((<usize>((b % phases) * y_width + b / phases)) << 2);
}

/** The last four reach back over what is copied already. */
// @ts-ignore: decorator
@inline
function copy_row(count: u32, x: usize, y: usize): void {
  if (count < 4) {
    for (let c: u32 = 0; c < count; c++) store<f32>(y + ((<usize>c) << 2), load_at(x, c));
    return;
  }
  const last = (<usize>(count - 4)) << 2;
  for (let at: usize = 0; at < last; at += 16) v128.store(y + at, v128.load(x + at));
  v128.store(y + last, v128.load(x + last));
}

// @ts-ignore: decorator
@inline
function copy_row_by_two(count: u32, x: usize, y: usize, y_width: u32, left: u32): void {
  let c: u32 = 0;
  let first = place(y, y_width, left, 2), second = place(y, y_width, left + 1, 2);
  for (; c + 8 <= count; c += 8) {
    const a = v128.load(x), b = v128.load(x, 16);
    v128.store(first, v128.shuffle<f32>(a, b, 0, 2, 4, 6));
    v128.store(second, v128.shuffle<f32>(a, b, 1, 3, 5, 7));
    x += 32; first += 16; second += 16;
  }
  for (; c < count; c += 2) {
    store<f32>(first, load<f32>(x));
    if (c + 1 < count) store<f32>(second, load<f32>(x, 4));
    x += 8; first += 4; second += 4;
  }
}
