/**
 * What a convolution reads, made ready: planes with a border, and blocks of patches.
 *
 *   offsets   u32 of each output position: bytes from the start of a bordered plane to what window element 0 sees there
 *   taps      u32 of each row of the patch matrix: bytes from x to the place that its channel and window element start
 */

/** Planes of height × width into planes with a border of `fill`: `top` rows above, `left` columns before. */
export function f32_planes_pad(
  channels: u32, height: u32, width: u32, x: usize, x_stride: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, top: u32, left: u32, fill: f32,
): void {
  assert(y_height >= top + height && y_width >= left + width);
  assert(((x | y) & 3) == 0);
  const row = (<usize>width) << 2, y_row = (<usize>y_width) << 2;
  for (let c: u32 = 0; c < channels; c++) {
    fill_plane(y, y_height * y_width, fill);
    let from = x, to = y + <usize>top * y_row + ((<usize>left) << 2);
    for (let r: u32 = 0; r < height; r++) {
      memory.copy(to, from, row);
      from += row;
      to += y_row;
    }
    x += x_stride;
    y += y_stride;
  }
}

// @ts-ignore: decorator
@inline
function fill_plane(y: usize, count: u32, fill: f32): void {
  const value = f32x4.splat(fill), end = y + ((<usize>count) << 2), vector_end = y + ((<usize>(count & ~3)) << 2);
  for (; y < vector_end; y += 16) v128.store(y, value);
  for (; y < end; y += 4) store<f32>(y, fill);
}

/**
 * `rows` rows of the patch matrix at n ≤ 32 positions, to y: row r at y + r·row_bytes + 32·strip bytes … in strips of
 * 8 positions that stand strip_bytes apart; positions beyond n are +0. A block of 32 contiguous positions has
 * row_bytes 128 and strip_bytes 32; packed for the tile of gemm, row_bytes is 32 and strip_bytes 32·rows.
 */
export function gather_patches(
  rows: u32, n: u32, x: usize, taps: usize, offsets: usize, y: usize, row_bytes: usize, strip_bytes: usize,
): void {
  for (let j: u32 = 0; j < n; j += 4) {
    const count = min<u32>(4, n - j);
    const o = offsets + ((<usize>j) << 2);
    let to = y + <usize>(j >> 3) * strip_bytes + ((<usize>(j & 4)) << 2);
    const o0 = load<u32>(o);
    if (count < 4) {
      for (let r: u32 = 0; r < rows; r++) {
        const from = x + load<u32>(taps + ((<usize>r) << 2));
        v128.store(to, f32x4.splat(0));
        for (let i: u32 = 0; i < count; i++) {
          store<f32>(to + ((<usize>i) << 2), load<f32>(from + load<u32>(o + ((<usize>i) << 2))));
        }
        to += row_bytes;
      }
      continue;
    }
    const o1 = load<u32>(o, 4), o2 = load<u32>(o, 8), o3 = load<u32>(o, 12);
    if (o3 - o0 == 12 && o1 - o0 == 4) {
      for (let r: u32 = 0; r < rows; r++) {
        v128.store(to, v128.load(x + load<u32>(taps + ((<usize>r) << 2)) + o0));
        to += row_bytes;
      }
    } else {
      for (let r: u32 = 0; r < rows; r++) {
        const from = x + load<u32>(taps + ((<usize>r) << 2));
        let v = v128.load32_zero(from + o0);
        v = v128.load_lane<f32>(from + o1, v, 1);
        v = v128.load_lane<f32>(from + o2, v, 2);
        v128.store(to, v128.load_lane<f32>(from + o3, v, 3));
        to += row_bytes;
      }
    }
  }
  if (((n - 1) & 4) == 0) {
    let to = y + <usize>((n - 1) >> 3) * strip_bytes + 16;
    for (let r: u32 = 0; r < rows; r++) {
      v128.store(to, f32x4.splat(0));
      to += row_bytes;
    }
  }
}

/** `rows` rows of the patch matrix at n ≤ 32 positions, 32 positions a row. */
export function f32_planes_gather(rows: u32, n: u32, x: usize, taps: usize, offsets: usize, y: usize): void {
  assert(n <= 32 && ((x | taps | offsets | y) & 3) == 0);
  gather_patches(rows, n, x, taps, offsets, y, 128, 32);
}
