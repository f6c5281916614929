/**
 * Depthwise convolutions over planes, f32: each plane with a window of its own, then the clamp.
 *
 *   x          channels planes of height × width, x_stride bytes apart
 *   top, left, phases, b_height, b_width   of the bordered plane, as border.ts has them (b_width of one phase)
 *   row_starts, offsets, values   entries of each channel's window, as windows.ts has them; weights that are 0 need
 *              not be entries
 *   x_row      bytes from one row of windows to the next
 *   y          channels planes of y_height × y_width, y_stride bytes apart
 *   bias       channels; 0 (null) = none
 *   low, high  the clamp; −∞ and ∞ for none
 *   scratch    b_height · b_width · phases floats
 *
 * Planes are bordered one after the other in scratch, where they stay in cache. y overlaps no other operand. Pointers
 * 4-byte aligned. Work 2·entries·positions flops. A window's steps written out instead of a loop over its entries take
 * 1.5 to 2 times as long in Node 20, whose compiler loads all of them ahead and spills.
 */
import { copy_inside, fill_zero } from "./border";
import { f32_planes_windows } from "./windows";

export function f32_planes_depthwise(
  channels: u32, height: u32, width: u32, x: usize, x_stride: usize,
  b_height: u32, b_width: u32, top: i32, left: i32, phases: u32, row_starts: usize, offsets: usize, values: usize,
  x_row: usize, bias: usize, y_height: u32, y_width: u32, y: usize, y_stride: usize, low: f32, high: f32,
  scratch: usize,
): void {
  assert(((x | row_starts | offsets | values | bias | y | scratch) & 3) == 0 && phases > 0);
  fill_zero(scratch, b_height * b_width * phases);
  for (let c: u32 = 0; c < channels; c++) {
    copy_inside(height, width, x, scratch, b_height, b_width, top, left, phases);
    f32_planes_windows(
      1, y_height, y_width, row_starts, offsets, values, scratch, x_row, y, 0, bias, 0, 0, low, high,
    );
    x += x_stride;
    y += y_stride;
    row_starts += 4;
    if (bias) bias += 4;
  }
}
