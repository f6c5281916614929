/** Pooling, and resizing. */
import { type Operator, type Site, unsupported } from "./contract.js";
import { sizeOf, type Tensor } from "./ir.js";
import { lowerReduction } from "./reduction-kernels.js";
import { RESIZE } from "./resize.js";
import { eachWindow, type Geometry, geometryOf } from "./window-geometry.js";
import { lowerPool } from "./window-kernels.js";

const geometry = (site: Site): Geometry => geometryOf(site, site.list("kernel_shape") ?? []);

/** NaN is larger than any number. */
const isLarger = (x: number, best: number): boolean => x > best || (Number.isNaN(x) && !Number.isNaN(best));

const maxPool: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const pooled = [...shape.slice(0, 2), ...geometry(site).output];
    return site.node.outputs.map((_, index) => ({ dtype: index === 0 ? dtype : "i64", shape: pooled }));
  },
  compute: (site, [input], [out, places]) => {
    const { data: x, shape } = input as Tensor;
    const window = geometry(site);
    const [plane, count] = [sizeOf(shape.slice(2)), sizeOf(window.output)];
    const isColumnMajor = site.number("storage_order", 0) === 1;
    for (let c = 0; c < shape[0] * shape[1]; c++)
      eachWindow(window, (position, under) => {
        let best = -1;
        for (const place of under)
          if (place >= 0 && (best < 0 || isLarger(x[c * plane + place], x[c * plane + best]))) best = place;
        out.data[c * count + position] = best < 0 ? -Infinity : x[c * plane + best];
        if (places)
          places.data[c * count + position] = c * plane + (isColumnMajor ? columnMajor(best, shape) : best);
      });
  },
  lower: (site, _, lowering) => lowerPool(site, geometry(site), lowering, undefined),
};

/** The index of a position when the first axis of positions runs fastest. */
function columnMajor(place: number, shape: readonly number[]): number {
  let [index, rest] = [0, place];
  for (let axis = shape.length - 1; axis >= 2; axis--) {
    index += (rest % shape[axis]) * sizeOf(shape.slice(2, axis));
    rest = Math.floor(rest / shape[axis]);
  }
  return index;
}

const averagePool: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    return [{ dtype, shape: [...shape.slice(0, 2), ...geometry(site).output] }];
  },
  compute: (site, [input], [out]) => {
    const { data: x, shape } = input as Tensor;
    const window = geometry(site);
    const [plane, count] = [sizeOf(shape.slice(2)), sizeOf(window.output)];
    const counts = site.number("count_include_pad", 0) === 1 ? paddedCounts(window) : undefined;
    for (let c = 0; c < shape[0] * shape[1]; c++)
      eachWindow(window, (position, under) => {
        let [sum, seen] = [0, 0];
        for (const place of under)
          if (place >= 0) {
            sum += x[c * plane + place];
            seen++;
          }
        out.data[c * count + position] = sum / (counts ? counts[position] : seen);
      });
  },
  lower: (site, _, lowering) => {
    const window = geometry(site);
    const counts = site.number("count_include_pad", 0) === 1 ? paddedCounts(window) : seenCounts(window);
    return lowerPool(site, window, lowering, counts);
  },
};

/** Elements of each window that lie within the input. */
function seenCounts(window: Geometry): number[] {
  const counts: number[] = [];
  eachWindow(window, (_, under) => counts.push(under.reduce((sum, place) => sum + (place >= 0 ? 1 : 0), 0)));
  return counts;
}

/** Elements of each window that lie within the input or its stated padding. */
function paddedCounts(window: Geometry): number[] {
  const { before, after, input, kernel } = window;
  const padded = {
    ...window,
    before: kernel.map(() => 0),
    input: input.map((size, axis) => size + before[axis] + after[axis]),
  };
  return seenCounts(padded);
}

const global = (start: number, add: (sum: number, x: number) => number, isMean: boolean): Operator => ({
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    if (shape.length < 3) throw unsupported(site.node, "axes of positions", `[${shape}]`);
    return [{ dtype, shape: shape.map((size, axis) => (axis < 2 ? size : 1)) }];
  },
  compute: (_, [input], [out]) => {
    const { data: x, shape } = input as Tensor;
    const plane = sizeOf(shape.slice(2));
    for (let c = 0; c < out.data.length; c++) {
      let sum = start;
      for (let at = 0; at < plane; at++) sum = add(sum, x[c * plane + at]);
      out.data[c] = isMean ? sum / plane : sum;
    }
  },
  lower: (site, _, lowering) => {
    const axes = site
      .input(0)
      .shape.map((_, axis) => axis)
      .slice(2);
    return lowerReduction(site, lowering, isMean ? 0 : 1, axes, isMean);
  },
});

/** Operators of windows over positions. */
export const WINDOWS = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: global(0, (sum, x) => sum + x, true),
  GlobalMaxPool: global(-Infinity, Math.max, false),
  Resize: RESIZE,
};
