/**
 * Resize: along each axis an output is a weighted sum of few inputs, so all modes are one: taps an axis.
 *
 * Source: ONNX's operator Resize (opset 19) and its reference implementation.
 */
import { type Operator, type Site, unsupported } from "./contract.js";
import { type ElementArray, sizeOf, type Tensor } from "./ir.js";
import { lowerResize } from "./window-kernels.js";

/** The inputs of each output along an axis: `count` indices and weights an output; undefined outside of the input. */
export interface Taps {
  readonly count: number;
  readonly indices: Int32Array;
  readonly weights: Float64Array;
  /** By output: 1 where it takes `extrapolation_value`. */
  readonly outside: Uint8Array;
}

interface Axis {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** Start and end of the region, in shares of the input. */
  readonly region: readonly [number, number];
}

/** By mode: where output x of an axis lies in the input. */
const COORDINATES: Readonly<Record<string, (x: number, axis: Axis) => number>> = {
  half_pixel: (x, { scale }) => (x + 0.5) / scale - 0.5,
  half_pixel_symmetric: (x, { scale, input, output }) =>
    (input / 2) * (1 - output / (scale * input)) + (x + 0.5) / scale - 0.5,
  pytorch_half_pixel: (x, { scale, output }) => (output > 1 ? (x + 0.5) / scale - 0.5 : -0.5),
  align_corners: (x, { scale, input }) => (scale * input === 1 ? 0 : (x * (input - 1)) / (scale * input - 1)),
  asymmetric: (x, { scale }) => x / scale,
  tf_half_pixel_for_nn: (x, { scale }) => (x + 0.5) / scale,
  tf_crop_and_resize: (x, { input, output, region: [start, end] }) =>
    output > 1
      ? start * (input - 1) + (x * (end - start) * (input - 1)) / (output - 1)
      : 0.5 * (start + end) * (input - 1),
};

/** By mode: whether the right one of two neighbours is nearest, `ratio` in (0, 1] behind the left one. */
const NEAREST: Readonly<Record<string, (ratio: number) => boolean>> = {
  round_prefer_floor: (ratio) => ratio > 0.5,
  round_prefer_ceil: (ratio) => ratio >= 0.5,
  floor: (ratio) => ratio === 1,
  ceil: () => true,
};

/** Keys' cubic convolution kernel. */
function cubic(x: number, a: number): number {
  const d = Math.abs(x);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? a * (((d - 5) * d + 8) * d - 4) : 0;
}

/** The filter of a mode: weights by distance, for a radius. */
function filterOf(site: Site): { radius: number; at: (x: number) => number } {
  const mode = site.text("mode", "nearest");
  if (mode === "linear") return { radius: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) };
  if (mode === "cubic") return { radius: 2, at: (x) => cubic(x, site.number("cubic_coeff_a", -0.75)) };
  throw unsupported(site.node, "mode nearest, linear or cubic", mode);
}

function choice<T>(site: Site, name: string, otherwise: string, table: Readonly<Record<string, T>>): T {
  const wanted = site.text(name, otherwise);
  if (Object.hasOwn(table, wanted)) return table[wanted];
  throw unsupported(site.node, `${name} out of ${Object.keys(table).join(", ")}`, wanted);
}

/** The taps of an axis. */
function tapsOf(site: Site, axis: Axis): Taps {
  const place = choice(site, "coordinate_transformation_mode", "half_pixel", COORDINATES);
  const isNearest = site.text("mode", "nearest") === "nearest";
  const isNearRight = choice(site, "nearest_mode", "round_prefer_floor", NEAREST);
  const { radius, at } = isNearest ? { radius: 1, at: () => 1 } : filterOf(site);
  // Downscaling with antialias stretches the filter over as many inputs as an output stands for.
  const shrink = site.number("antialias", 0) === 1 && !isNearest ? Math.min(axis.scale, 1) : 1;
  const first = Math.floor(-radius / shrink) + 1;
  const count = isNearest ? 1 : 2 - 2 * first;
  const isCrop = site.text("coordinate_transformation_mode", "") === "tf_crop_and_resize";
  const excludes = site.number("exclude_outside", 0) === 1;
  const taps: Taps = {
    count,
    indices: new Int32Array(count * axis.output),
    weights: new Float64Array(count * axis.output).fill(1),
    outside: new Uint8Array(axis.output),
  };
  const inside = (index: number) => Math.max(0, Math.min(axis.input - 1, index));
  for (let x = 0; x < axis.output; x++) {
    const from = place(x, axis);
    const left = Math.ceil(from) - 1;
    const ratio = from - left;
    if (isCrop && !(from >= 0 && from <= axis.input - 1)) taps.outside[x] = 1;
    if (isNearest) {
      taps.indices[x] = inside(isNearRight(ratio) ? left + 1 : left);
      continue;
    }
    let sum = 0;
    for (let tap = 0; tap < count; tap++) {
      const index = left + first + tap;
      const weight = excludes && index !== inside(index) ? 0 : at((first + tap - ratio) * shrink);
      taps.indices[x * count + tap] = inside(index);
      taps.weights[x * count + tap] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < count; tap++) taps.weights[x * count + tap] /= sum;
  }
  return taps;
}

/** Sizes and scales of all axes. */
function axesOf(site: Site): Axis[] {
  const { shape } = site.input(0);
  const axes =
    site.list("axes")?.map((axis) => site.axis(axis, shape.length)) ?? shape.map((_, axis) => axis);
  const region = site.operands[1] && sizeOf(site.operands[1].shape) > 0 ? site.numbers(1) : undefined;
  const [scales, sizes] = [2, 3].map((input) => {
    const operand = site.operands[input];
    return operand && sizeOf(operand.shape) > 0 ? (site.numbers(input) as number[]) : undefined;
  });
  if (!scales === !sizes || (scales ?? sizes)?.length !== axes.length)
    site.refuse(`${axes.length} scales or sizes`, `${scales?.length ?? 0} and ${sizes?.length ?? 0}`);
  const policy = site.text("keep_aspect_ratio_policy", "stretch");
  const ratios = sizes?.map((size, index) => size / shape[axes[index]]);
  const common =
    !ratios || policy === "stretch"
      ? undefined
      : policy === "not_larger"
        ? Math.min(...ratios)
        : Math.max(...ratios);
  return shape.map((input, axis) => {
    const index = axes.indexOf(axis);
    if (index < 0) return { input, output: input, scale: 1, region: [0, 1] };
    const scale = common ?? ratios?.[index] ?? (scales as number[])[index];
    const output =
      common === undefined ? (sizes?.[index] ?? Math.floor(input * scale)) : Math.floor(common * input + 0.5);
    if (!(output >= 0)) site.refuse("sizes ≥ 0", `${output}`);
    return { input, output, scale, region: [region?.[index] ?? 0, region?.[index + axes.length] ?? 1] };
  });
}

/** Axes that a Resize changes, with their taps; others keep every element. */
export function resizedAxes(site: Site): { axis: number; taps: Taps }[] {
  const isCrop = site.text("coordinate_transformation_mode", "") === "tf_crop_and_resize";
  return axesOf(site).flatMap((each, axis) =>
    each.input === each.output && each.scale === 1 && !isCrop ? [] : [{ axis, taps: tapsOf(site, each) }],
  );
}

/** Resizes one axis of `source`, [outer, input, inner], with its taps. */
function along(
  source: ElementArray | Float64Array,
  outer: number,
  input: number,
  inner: number,
  taps: Taps,
): Float64Array {
  const output = taps.outside.length;
  const out = new Float64Array(outer * output * inner);
  for (let o = 0; o < outer; o++)
    for (let x = 0; x < output; x++)
      for (let tap = x * taps.count; tap < (x + 1) * taps.count; tap++) {
        const [from, to] = [(o * input + taps.indices[tap]) * inner, (o * output + x) * inner];
        const weight = taps.weights[tap];
        for (let i = 0; i < inner; i++) out[to + i] += weight * source[from + i];
      }
  return out;
}

/** The operator. */
export const RESIZE: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: axesOf(site).map(({ output }) => output) }],
  compute: (site, [x], [out]) => {
    const { data, shape } = x as Tensor;
    const sizes = [...shape];
    let values: ElementArray | Float64Array = data;
    const axes = resizedAxes(site);
    for (const { axis, taps } of axes) {
      values = along(values, sizeOf(sizes.slice(0, axis)), sizes[axis], sizeOf(sizes.slice(axis + 1)), taps);
      sizes[axis] = taps.outside.length;
    }
    out.data.set(values as never);
    const fill = site.number("extrapolation_value", 0);
    for (const { axis, taps } of axes) {
      const inner = sizeOf(sizes.slice(axis + 1));
      for (let at = 0; at < out.data.length; at++)
        if (taps.outside[Math.floor(at / inner) % sizes[axis]]) out.data[at] = fill;
    }
  },
  lower: (site, _, lowering) => lowerResize(site, resizedAxes(site), lowering),
};
