/**
 * y := the largest element under each window, or their sum divided by a count, f32; what lies outside of a plane
 * counts nothing.
 *
 *   is_max     1, or 0 for sums
 *   x          channels planes of height × width, x_stride bytes apart
 *   y          channels planes of y_height × y_width, y_stride bytes apart; not x
 *   k_, s_, d_ the window's sizes, strides and dilations; window (0, 0) begins `top` rows above x and `left` columns
 *              before it
 *   counts     what each sum is divided by, a plane of f32; 0 (null) for the largest
 *
 * Pointers 4-byte aligned. A window that sees nothing gives −∞, or 0 / count. NaN under a window gives NaN. Sums run
 * row by row, in f32. Four positions at a time where all of their columns are inside.
 */
export function f32_planes_pool(
  is_max: u32, channels: u32, height: u32, width: u32, x: usize, x_stride: usize,
  y_height: u32, y_width: u32, y: usize, y_stride: usize,
  k_height: u32, k_width: u32, s_height: u32, s_width: u32, d_height: u32, d_width: u32, top: i32, left: i32,
  counts: usize,
): void {
  assert(((x | x_stride | y | y_stride | counts) & 3) == 0);
  const empty = f32x4.splat(is_max ? -Infinity : 0);
  // Columns whose windows lie inside: with stride 2 a load reaches one column further.
  const reach = (k_width - 1) * d_width + (s_width == 2 ? 1 : 0);
  const first = min<i32>(y_width, (left + s_width - 1) / s_width);
  const room = <i32>width - 1 - <i32>reach + left;
  const last = room < 0 ? 0 : min<i32>(y_width, room / <i32>s_width + 1);
  for (let c: u32 = 0; c < channels; c++) {
    for (let row: u32 = 0; row < y_height; row++) {
      const above = <i32>(row * s_height) - top;
      const to = y + (<usize>(row * y_width) << 2);
      const count = counts ? counts + (<usize>(row * y_width) << 2) : 0;
      let i: i32 = 0;
      while (i < <i32>y_width) {
        const at = (<usize>i) << 2;
        const column = i * <i32>s_width - left;
        const is_wide = i >= first && i + 4 <= last;
        let best = empty;
        for (let ky: u32 = 0; ky < k_height; ky++) {
          const line = above + <i32>(ky * d_height);
          if (line < 0 || line >= <i32>height) continue;
          const from = x + (<usize>(line * width) << 2);
          for (let kx: u32 = 0; kx < k_width; kx++) {
            const place = column + <i32>(kx * d_width);
            if (!is_wide && (place < 0 || place >= <i32>width)) continue;
            const there = from + (<usize>place << 2);
            const v = is_wide ? spaced(there, s_width) : v128.load32_splat(there);
            best = is_max ? f32x4.max(best, v) : f32x4.add(best, v);
          }
        }
        if (is_wide) {
          v128.store(to + at, count ? f32x4.div(best, v128.load(count + at)) : best);
          i += 4;
        } else {
          const one = f32x4.extract_lane(best, 0);
          store<f32>(to + at, count ? one / load<f32>(count + at) : one);
          i++;
        }
      }
    }
    x += x_stride;
    y += y_stride;
  }
}

/** Four elements, `step` apart. */
// @ts-ignore: decorator
@inline
function spaced(x: usize, step: u32): v128 {
  if (step == 1) return v128.load(x);
  if (step == 2) return v128.shuffle<f32>(v128.load(x), v128.load(x, 16), 0, 2, 4, 6);
  const bytes = (<usize>step) << 2;
  let v = v128.load32_zero(x);
  v = v128.load_lane<f32>(x + bytes, v, 1);
  v = v128.load_lane<f32>(x + bytes * 2, v, 2);
  return v128.load_lane<f32>(x + bytes * 3, v, 3);
}
