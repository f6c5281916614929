/** TensorFlow's StridedSlice: a slice with masks for axes that are whole, new, or go. */
import { walk } from "./broadcast.js";
import type { Operator, Site } from "./contract.js";
import { lowerCopies } from "./copy-kernels.js";
import { sizeOf, stridesOf, type Tensor } from "./ir.js";
import { stepsOf } from "./strides.js";

interface Cut {
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  /** Along the axes of the input. */
  readonly sizes: readonly number[];
  /** Of the output. */
  readonly shape: readonly number[];
}

/**
 * Reads begin, end and strides (inputs 1, 2, 3) from the left; bit i of a mask speaks of their i-th number.
 *
 * Source: tf.strided_slice.
 */
function cutOf(site: Site): Cut {
  const whole = site.input(0).shape;
  const [begin, end, strides] = [1, 2, 3].map((input) => site.numbers(input) ?? []);
  const has = (mask: string, bit: number) => ((site.number(mask, 0) >> bit) & 1) === 1;
  const isNew = begin.map((_, bit) => has("new_axis_mask", bit));
  const isRest = begin.map((_, bit) => has("ellipsis_mask", bit));
  const named = isNew.filter((fresh, bit) => !fresh && !isRest[bit]).length;
  const [starts, steps, sizes, shape] = [[], [], [], []] as number[][];
  let axis = 0;
  const keep = (count: number) => {
    for (let each = 0; each < count; each++, axis++) {
      starts.push(0);
      steps.push(1);
      sizes.push(whole[axis]);
      shape.push(whole[axis]);
    }
  };
  for (let bit = 0; bit < begin.length; bit++) {
    if (isRest[bit]) keep(whole.length - named);
    else if (isNew[bit]) shape.push(1);
    else {
      const length = whole[axis++];
      if (length === undefined) site.refuse(`at most ${whole.length} axes`, `${begin.length}`);
      const step = strides[bit] ?? 1;
      const shrinks = has("shrink_axis_mask", bit);
      const clamp = (at: number) => {
        const counted = at < 0 ? at + length : at;
        return step > 0
          ? Math.max(0, Math.min(length, counted))
          : Math.max(-1, Math.min(length - 1, counted));
      };
      const first = has("begin_mask", bit) ? (step > 0 ? 0 : length - 1) : clamp(begin[bit]);
      const last = has("end_mask", bit) ? (step > 0 ? length : -1) : clamp(end[bit]);
      const size = shrinks ? 1 : Math.max(0, Math.ceil((last - first) / step));
      if (shrinks && !(first >= 0 && first < length))
        site.refuse(`an index below ${length}`, `${begin[bit]}`);
      starts.push(first);
      steps.push(step);
      sizes.push(size);
      if (!shrinks) shape.push(size);
    }
  }
  keep(whole.length - axis);
  return { starts, steps, sizes, shape };
}

/** The operator. */
export const STRIDED_SLICE: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: cutOf(site).shape }],
  compute: (site, [x], [out]) => {
    const { starts, steps, sizes } = cutOf(site);
    const strides = stridesOf((x as Tensor).shape);
    const base = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
    if (sizeOf(sizes) === 0) return;
    walk(sizes, [steps.map((step, axis) => step * strides[axis])], (index, [at]) => {
      out.data[index] = (x as Tensor).data[base + at];
    });
  },
  // The output has other axes than the input: contiguous ones.
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, false, ([x], [y]) => {
      const { starts, steps, sizes } = cutOf(site);
      const own = stepsOf(x);
      const ptr = starts.reduce((sum, start, axis) => sum + start * own[axis], x.ptr);
      const to = stridesOf(sizes).map((stride) => 4 * stride);
      return [
        {
          shape: sizes,
          x: { ptr, steps: steps.map((step, axis) => step * own[axis]) },
          y: { ptr: y.ptr, steps: to },
        },
      ];
    }),
};
