/** What a layer multiplies its weights by: rows of activations, and of a convolution the patches under its window. */
import { ShapeError } from "../errors.js";
import type { OnnxFeed } from "../io/onnx/layers.js";
import type { OnnxWindow } from "../io/onnx/matrices.js";

/** Takes some rows. */
export type Choose = (total: number) => readonly number[];

/**
 * The columns of a layer's product, as rows.
 *
 * @param feed  how the layer meets the activations
 * @param columns  of a group's weights
 * @param groups  of the layer
 * @param data  the activations
 * @param dims  their sizes
 * @param choose  which of so many rows are wanted, ascending
 * @returns for each group chosen rows × columns, row after row
 * @throws {ShapeError} when the activations do not fit the layer
 */
export function layerRows(
  feed: OnnxFeed,
  columns: number,
  groups: number,
  data: Float32Array,
  dims: readonly number[],
  choose: Choose,
): Float32Array[] {
  if (data.length === 0) return Array.from({ length: groups }, () => new Float32Array(0));
  if (feed.window) return patches(feed.window, columns, groups, data, dims, choose);
  // A vector is a matrix of one column to MatMul.
  const axis = Math.max(0, dims.length + feed.featureAxis);
  if (dims[axis] !== columns) throw misfit(columns, dims);
  const inner = dims[axis + 1] ?? 1;
  const rows = choose(data.length / columns);
  const out = new Float32Array(rows.length * columns);
  for (const [i, row] of rows.entries()) {
    const from = Math.floor(row / inner) * inner * columns + (row % inner);
    for (let c = 0; c < columns; c++) out[i * columns + c] = data[from + c * inner];
  }
  return [out];
}

/** How the window moves along one axis. */
interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** Places of the window. */
  readonly places: number;
}

function patches(
  window: OnnxWindow,
  columns: number,
  groups: number,
  data: Float32Array,
  [samples, channels, ...sizes]: readonly number[],
  choose: Choose,
): Float32Array[] {
  const { kernel } = window;
  const taps = kernel.reduce((product, size) => product * size, 1);
  if (sizes.length !== kernel.length || (channels / groups) * taps !== columns) {
    throw misfit(columns, [samples, channels, ...sizes]);
  }
  const axes = sizes.map((size, a) => axisOf(window, a, size));
  const places = axes.reduce((product, axis) => product * axis.places, 1);
  const area = sizes.reduce((product, size) => product * size, 1);
  const own = channels / groups;
  const rows = choose(samples * places);
  const out = Array.from({ length: groups }, () => new Float32Array(rows.length * columns));
  const offsets = new Int32Array(taps);
  for (const [i, row] of rows.entries()) {
    writeOffsets(axes, row % places, offsets);
    const sample = Math.floor(row / places) * channels * area;
    for (let channel = 0; channel < channels; channel++) {
      const rowOut = out[Math.floor(channel / own)];
      const [from, to] = [sample + channel * area, i * columns + (channel % own) * taps];
      for (let k = 0; k < taps; k++) rowOut[to + k] = offsets[k] < 0 ? 0 : data[from + offsets[k]];
    }
  }
  return out;
}

function axisOf({ kernel, strides, dilations, pads, autoPad }: OnnxWindow, a: number, size: number): Axis {
  const [stride, dilation] = [strides[a], dilations[a]];
  const reach = dilation * (kernel[a] - 1) + 1;
  let [before, after] = [pads[a], pads[a + kernel.length]];
  if (autoPad !== "NOTSET") [before, after] = [0, 0];
  if (autoPad === "SAME_UPPER" || autoPad === "SAME_LOWER") {
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    before = autoPad === "SAME_UPPER" ? Math.floor(total / 2) : Math.ceil(total / 2);
    after = total - before;
  }
  const places = Math.max(0, Math.floor((size + before + after - reach) / stride) + 1);
  return { size, kernel: kernel[a], stride, dilation, padding: before, places };
}

/** Where the window's numbers stand in a channel; −1 in the padding. Both run with the last axis fastest. */
function writeOffsets(axes: readonly Axis[], place: number, offsets: Int32Array): void {
  offsets.fill(0);
  let [repeat, unit] = [1, 1];
  for (let a = axes.length - 1, left = place; a >= 0; a--) {
    const { size, kernel, stride, dilation, padding, places } = axes[a];
    const start = (left % places) * stride - padding;
    left = Math.floor(left / places);
    for (let k = 0; k < offsets.length; k++) {
      const at = start + (Math.floor(k / repeat) % kernel) * dilation;
      if (at < 0 || at >= size) offsets[k] = -1;
      else if (offsets[k] >= 0) offsets[k] += at * unit;
    }
    repeat *= kernel;
    unit *= size;
  }
}

function misfit(columns: number, dims: readonly number[]): ShapeError {
  return new ShapeError(`"activations" expected ${columns} inputs of the layer, got ${dims.join(" × ")}`);
}
