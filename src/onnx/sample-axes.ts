/** Which axis of an input runs over the samples. */
import type { OnnxValue } from "../io/onnx/graph.js";

/** An axis that runs over samples. */
export interface SampleAxis {
  readonly axis: number;
  /** The model does not have it: each run takes one sample, without the axis. */
  readonly isExtra: boolean;
  /** Samples a run that the model fixes. */
  readonly fixed?: number;
}

/** @returns whether the model leaves a size open; older exporters write −1 for that */
export const isOpen = (size: number | string): boolean => typeof size !== "number" || size <= 0;

/** @returns sizes in words, "?" for those that are open and have no name */
export const shownDims = (dims: readonly (number | string)[]): string =>
  dims.map((size) => (isOpen(size) ? (typeof size === "string" && size) || "?" : size)).join(" × ") ||
  "a scalar";

/**
 * The axis that runs over the samples, of each input: the one that the model names like a batch; one more than the
 * model has, in front; else the first, where the model leaves it open or the array has a multiple of it. Beside such
 * inputs, one of the very first size that the model fixes is a state: its axis is one that the model leaves open and
 * that has as many as there are samples, as PyTorch's LSTM has 1 × N × hidden; else it is given whole to each run.
 *
 * @param inputs  of the model
 * @param shapes  of what is given for them
 * @returns undefined for what is given whole
 */
export function sampleAxes(
  inputs: readonly OnnxValue[],
  shapes: readonly (readonly number[])[],
): (SampleAxis | undefined)[] {
  const batch = batchName(inputs);
  const strong = inputs.map(({ dims }, i) => clearAxis(dims, shapes[i], batch));
  // A state that is the same for all samples has one of them where the others have many.
  const counts = strong.map((one, i) => (one ? shapes[i][one.axis] : 0));
  const most = Math.max(0, ...counts);
  const axes = strong.map((one, i) => (one && one.axis > 0 && counts[i] === 1 && most > 1 ? undefined : one));
  if (axes.every((one) => one === undefined)) return wholeLists(inputs, shapes);
  const names = new Set(axes.flatMap((one, i) => (one ? [inputs[i].dims?.[one.axis]] : [])));
  return axes.map((one, i) => {
    if (one || most === 1) return one;
    const { dims = [] } = inputs[i];
    const axis = dims.findIndex(
      (size, a) =>
        shapes[i][a] === most && isOpen(size) && (typeof size !== "string" || !size || names.has(size)),
    );
    return axis < 0 ? undefined : { axis, isExtra: false };
  });
}

/** The name of a size that looks like a batch, those of first axes before others. */
function batchName(inputs: readonly OnnxValue[]): string | undefined {
  const named = inputs.flatMap(({ dims = [] }) =>
    dims.flatMap((size, axis) => {
      const isFeature = axis > 0 && axis === dims.length - 1;
      if (typeof size !== "string" || isFeature) return [];
      const rank = /batch/i.test(size) ? 0 : /^(n|b|bs)$/i.test(size) ? 1 : 2;
      return rank < 2 ? [{ size, order: axis * 2 + rank }] : [];
    }),
  );
  return named.sort((a, b) => a.order - b.order)[0]?.size;
}

/** The axis where the input alone tells it. */
function clearAxis(
  dims: OnnxValue["dims"],
  shape: readonly number[],
  batch: string | undefined,
): SampleAxis | undefined {
  if (shape.length === 0) return undefined;
  if (!dims) return { axis: 0, isExtra: false };
  if (shape.length === dims.length + 1) return { axis: 0, isExtra: true, fixed: 1 };
  const named = batch === undefined ? -1 : dims.indexOf(batch);
  if (named >= 0) return { axis: named, isExtra: false };
  const axis = dims.findIndex((size, a) => !isOpen(size) && size !== shape[a]);
  if (axis >= 0) return { axis, isExtra: false, fixed: dims[axis] as number };
  return isOpen(dims[0]) ? { axis: 0, isExtra: false } : undefined;
}

/** Inputs of the very sizes that the model has, all as many in front: that many samples in one run. */
function wholeLists(
  inputs: readonly OnnxValue[],
  shapes: readonly (readonly number[])[],
): (SampleAxis | undefined)[] {
  const sizes = new Set(shapes.flatMap(([size]) => (size === undefined ? [] : [size])));
  return inputs.map((_, i) => {
    const [size] = shapes[i];
    return size === undefined || sizes.size > 1 ? undefined : { axis: 0, isExtra: false, fixed: size };
  });
}

/**
 * Whether an array fits an input: each size that the model fixes, but for the axis of the samples, which may be a
 * multiple; that is the first, or behind a first one that fits one that is not the last.
 */
export function fitsInput(dims: readonly (number | string)[], shape: readonly number[]): boolean {
  const isSame = (size: number | string, a: number) => isOpen(size) || size === shape[a];
  if (shape.length === dims.length + 1) return dims.every((size, a) => isOpen(size) || size === shape[a + 1]);
  if (shape.length !== dims.length) return false;
  const others = dims.flatMap((size, a) => (isSame(size, a) ? [] : [a]));
  if (others.length === 0 || (others.length === 1 && others[0] === 0)) return true;
  const [axis] = others;
  return (
    others.length === 1 &&
    !isOpen(dims[0]) &&
    axis < dims.length - 1 &&
    shape[axis] % (dims[axis] as number) === 0
  );
}
