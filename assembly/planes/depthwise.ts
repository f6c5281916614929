/**
 * Depthwise convolutions over planes, f32: each plane with a window of its own, then residual and clamp.
 *
 *   x          channels bordered planes (patches.ts), x_row floats a row, x_stride bytes apart; behind the last plane
 *              16 bytes may be read
 *   w          channels · k · k
 *   y          channels planes of y_height × y_width, y_stride bytes apart
 *   bias       channels; 0 (null) = none
 *
 * Rows are done 8 positions at a time; the last ones of a row reach back over positions done before. y overlaps no
 * other operand. Work 2·k²·channels·positions flops.
 */
import { madd } from "../simd";
import { clamp } from "./finish";

export function f32_planes_depthwise_3(
  stride: u32, channels: u32, x: usize, x_row: u32, x_stride: usize, w: usize, bias: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, low: f32, high: f32,
): void {
  if (stride == 1) planes(3, 1, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
  else if (stride == 2) planes(3, 2, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
  else f32_planes_depthwise(3, 3, stride, stride, 1, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
}

export function f32_planes_depthwise_5(
  stride: u32, channels: u32, x: usize, x_row: u32, x_stride: usize, w: usize, bias: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, low: f32, high: f32,
): void {
  if (stride == 1) planes(5, 1, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
  else if (stride == 2) planes(5, 2, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
  else f32_planes_depthwise(5, 5, stride, stride, 1, 1, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
}

/** Any window, any strides and dilations, one position after the other. */
export function f32_planes_depthwise(
  k_height: u32, k_width: u32, stride_y: u32, stride_x: u32, dilation_y: u32, dilation_x: u32, channels: u32,
  x: usize, x_row: u32, x_stride: usize, w: usize, bias: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, low: f32, high: f32,
): void {
  for (let c: u32 = 0; c < channels; c++) {
    const b: f32 = bias ? load<f32>(bias + ((<usize>c) << 2)) : 0;
    for (let r: u32 = 0; r < y_height; r++) {
      for (let i: u32 = 0; i < y_width; i++) {
        let sum = b;
        for (let ky: u32 = 0; ky < k_height; ky++) {
          const row = x + ((<usize>((r * stride_y + ky * dilation_y) * x_row + i * stride_x)) << 2);
          for (let kx: u32 = 0; kx < k_width; kx++) {
            sum += load<f32>(w + ((<usize>(ky * k_width + kx)) << 2)) * load<f32>(row + ((<usize>(kx * dilation_x)) << 2));
          }
        }
        store<f32>(y + ((<usize>(r * y_width + i)) << 2), sum < low ? low : sum > high ? high : sum);
      }
    }
    x += x_stride;
    y += y_stride;
    w += (<usize>(k_height * k_width)) << 2;
  }
}

/** k × k windows, `stride` 1 or 2; k and stride are constants at every call. */
// @ts-ignore: decorator
@inline
function planes(
  k: u32, stride: u32, dilation: u32, channels: u32, x: usize, x_row: u32, x_stride: usize, w: usize, bias: usize,
  y: usize, y_height: u32, y_width: u32, y_stride: usize, low: f32, high: f32,
): void {
  if (y_width < 4) {
    f32_planes_depthwise(k, k, stride, stride, dilation, dilation, channels, x, x_row, x_stride, w, bias, y, y_height, y_width, y_stride, low, high);
    return;
  }
  const least = f32x4.splat(low), most = f32x4.splat(high);
  const row_bytes = (<usize>x_row) << 2;
  for (let c: u32 = 0; c < channels; c++) {
    const b = bias ? v128.load32_splat(bias + ((<usize>c) << 2)) : f32x4.splat(0);
    for (let r: u32 = 0; r < y_height; r++) {
      const from = x + <usize>(r * stride) * row_bytes, to = y + ((<usize>(r * y_width)) << 2);
      let done: u32 = 0;
      while (done < y_width) {
        const wide = y_width >= 8 && y_width - done > 4;
        const i = min(done, y_width - (wide ? 8 : 4));
        let s0 = b, s1 = b;
        let row = from + ((<usize>(i * stride)) << 2), weight = w;
        for (let ky: u32 = 0; ky < k; ky++) {
          if (stride == 1) {
            for (let kx: u32 = 0; kx < k; kx++) {
              const v = v128.load32_splat(weight + ((<usize>kx) << 2)), at = row + ((<usize>kx) << 2);
              s0 = madd<f32>(s0, v, v128.load(at));
              if (wide) s1 = madd<f32>(s1, v, v128.load(at, 16));
            }
          } else {
            for (let kx: u32 = 0; kx < k; kx += 2) {
              const at = row + ((<usize>kx) << 2), v = v128.load32_splat(weight + ((<usize>kx) << 2));
              const a0 = v128.load(at), a1 = v128.load(at, 16);
              s0 = madd<f32>(s0, v, v128.shuffle<f32>(a0, a1, 0, 2, 4, 6));
              if (kx + 1 < k) {
                const u = v128.load32_splat(weight + ((<usize>kx) << 2), 4);
                s0 = madd<f32>(s0, u, v128.shuffle<f32>(a0, a1, 1, 3, 5, 7));
                if (wide) {
                  const b0 = v128.load(at, 32), b1 = v128.load(at, 48);
                  s1 = madd<f32>(s1, v, v128.shuffle<f32>(b0, b1, 0, 2, 4, 6));
                  s1 = madd<f32>(s1, u, v128.shuffle<f32>(b0, b1, 1, 3, 5, 7));
                }
              } else if (wide) {
                const b0 = v128.load(at, 32), b1 = v128.load(at, 48);
                s1 = madd<f32>(s1, v, v128.shuffle<f32>(b0, b1, 0, 2, 4, 6));
              }
            }
          }
          row += row_bytes;
          weight += (<usize>k) << 2;
        }
        v128.store(to + ((<usize>i) << 2), clamp(s0, least, most));
        if (wide) v128.store(to + ((<usize>i) << 2), clamp(s1, least, most), 16);
        done = i + (wide ? 8 : 4);
      }
    }
    x += x_stride;
    y += y_stride;
    w += (<usize>(k * k)) << 2;
  }
}
