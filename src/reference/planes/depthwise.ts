/** Plain twin of assembly/planes/depthwise.ts. */
import { f32_planes_border } from "./border.js";
import { f32_planes_windows } from "./windows.js";

export function f32_planes_depthwise(
  channels: number,
  height: number,
  width: number,
  x: Float32Array,
  xStride: number,
  bHeight: number,
  bWidth: number,
  top: number,
  left: number,
  phases: number,
  rowStarts: Uint32Array,
  offsets: Uint32Array,
  values: Float32Array,
  xRow: number,
  bias: Float32Array | 0,
  yHeight: number,
  yWidth: number,
  y: Float32Array,
  yStride: number,
  low: number,
  high: number,
): void {
  const plane = new Float32Array(bHeight * bWidth * phases);
  for (let c = 0; c < channels; c++) {
    const [from, to] = [x.subarray((c * xStride) / 4), y.subarray((c * yStride) / 4)];
    f32_planes_border(1, height, width, from, 0, plane, bHeight, bWidth, 0, top, left, phases);
    const starts = rowStarts.subarray(c);
    const b = bias ? bias.subarray(c) : 0;
    f32_planes_windows(1, yHeight, yWidth, starts, offsets, values, plane, xRow, to, 0, b, 0, 0, low, high);
  }
}
