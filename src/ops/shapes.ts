/** Operators that move elements and make none: shapes, slices, gathers. */
import { broadcastShape, broadcastStrides } from "./broadcast.js";
import { type Operator, type Site, unsupported } from "./contract.js";
import { lowerCopies } from "./copy-kernels.js";
import { type ElementArray, sizeOf, stridesOf, type Tensor, type TensorType } from "./ir.js";
import { JOINS } from "./joins.js";
import { MOVES } from "./moves.js";
import { SCATTERS } from "./scatter.js";
import { STRIDED_SLICE } from "./strided-slice.js";
import { merged, offsetsOf, stepsOf, stretchedSteps } from "./strides.js";

/** Copies elements of one array, `strides` apart along the axes of a shape, to another, run by run. */
export function gatherInto(
  source: ElementArray,
  base: number,
  strides: readonly number[],
  shape: readonly number[],
  out: ElementArray,
): void {
  const { shape: sizes, steps } = merged(shape, [strides]);
  const [run = 1, step = 1] = [sizes.pop(), steps[0].pop()];
  let to = 0;
  for (const from of offsetsOf(sizes, steps[0]))
    if (step === 1) {
      out.set(source.subarray(base + from, base + from + run) as never, to);
      to += run;
    } else for (let at = base + from, end = to + run; to < end; at += step) out[to++] = source[at];
}

/** A list in a message, cut where it is long. */
const shown = (numbers: readonly number[]): string =>
  `[${numbers.slice(0, 16).join(", ")}${numbers.length > 16 ? ", …" : ""}]`;

const same = (site: Site, shape: readonly number[]): TensorType[] => [{ dtype: site.input(0).dtype, shape }];

/** Copies the elements as they stand: another shape of the same values. */
const copy = (_: Site, [x]: readonly (Tensor | undefined)[], [out]: readonly Tensor[]): void =>
  out.data.set((x as Tensor).data as never);

/** The shape that a Reshape's second input means. */
function reshaped(site: Site): number[] {
  const { shape } = site.input(0);
  const wanted = (site.numbers(1) ?? []).map((size, axis) =>
    size === 0 && site.number("allowzero", 0) === 0 ? (shape[axis] ?? 0) : size,
  );
  const rest = wanted.indexOf(-1);
  if (rest >= 0) wanted[rest] = sizeOf(shape) / (sizeOf(wanted.filter((_, axis) => axis !== rest)) || 1);
  if (sizeOf(wanted) !== sizeOf(shape) || !wanted.every((size) => Number.isInteger(size) && size >= 0))
    site.refuse(`a shape of ${sizeOf(shape)} elements`, shown(site.numbers(1) ?? []));
  return wanted;
}

const reshape: Operator = { infer: (site) => same(site, reshaped(site)), compute: copy };

const flatten: Operator = {
  infer: (site) => {
    const { shape } = site.input(0);
    const axis = site.number("axis", 1);
    const split = axis < 0 ? axis + shape.length : axis;
    return same(site, [sizeOf(shape.slice(0, split)), sizeOf(shape.slice(split))]);
  },
  compute: copy,
};

const squeeze: Operator = {
  infer: (site) => {
    const { shape } = site.input(0);
    const axes = site.numbers(1)?.map((axis) => site.axis(axis, shape.length));
    if (axes?.some((axis) => shape[axis] !== 1)) site.refuse("axes of size 1", `[${shape}]`);
    return same(
      site,
      shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)),
    );
  },
  compute: copy,
};

const unsqueeze: Operator = {
  infer: (site) => {
    const { shape } = site.input(0);
    const given = site.numbers(1) ?? [];
    const rank = shape.length + given.length;
    const axes = given.map((axis) => site.axis(axis, rank));
    const rest = [...shape];
    return same(
      site,
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as number))),
    );
  },
  compute: copy,
};

const identity: Operator = { infer: (site) => same(site, site.input(0).shape), compute: copy };

const dropout: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    return site.node.outputs.map((_, index) => ({ dtype: index ? "bool" : dtype, shape }));
  },
  compute: (site, inputs, [out, mask]) => {
    copy(site, inputs, [out]);
    mask?.data.fill(1);
  },
};

const shape: Operator = {
  infer: (site) => [{ dtype: "i64", shape: [sizesOf(site).length] }],
  compute: (site, _, [out]) => out.data.set(sizesOf(site)),
};

function sizesOf(site: Site): readonly number[] {
  const { shape } = site.input(0);
  return shape.slice(
    site.number("start", 0),
    site.list("end") ? undefined : site.number("end", shape.length),
  );
}

const size: Operator = {
  infer: () => [{ dtype: "i64", shape: [] }],
  compute: (site, _, [out]) => {
    out.data[0] = sizeOf(site.input(0).shape);
  },
};

const transpose: Operator = {
  infer: (site) =>
    same(
      site,
      permutation(site).map((axis) => site.input(0).shape[axis]),
    ),
  compute: (site, [x], [out]) => {
    const strides = stridesOf((x as Tensor).shape);
    gatherInto(
      (x as Tensor).data,
      0,
      permutation(site).map((axis) => strides[axis]),
      out.shape,
      out.data,
    );
  },
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => {
      const steps = stepsOf(x);
      const turned = permutation(site).map((axis) => steps[axis]);
      return [{ shape: y.shape, x: { ptr: x.ptr, steps: turned }, y: { ptr: y.ptr, steps: stepsOf(y) } }];
    }),
};

/** Which axis of the input each axis of a Transpose's output is. */
export function permutation(site: Site): readonly number[] {
  const rank = site.input(0).shape.length;
  const order = site.list("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank || new Set(order).size !== rank)
    site.refuse(`an order of ${rank} axes`, `[${order}]`);
  return order;
}

/** Start, step and count along each axis of a Slice. */
export function sliceOf(site: Site): { starts: number[]; steps: number[]; shape: number[] } {
  const whole = site.input(0).shape;
  const [starts, ends] = [site.numbers(1) ?? [], site.numbers(2) ?? []];
  const axes = site.numbers(3)?.map((axis) => site.axis(axis, whole.length)) ?? starts.map((_, axis) => axis);
  const steps = site.numbers(4) ?? starts.map(() => 1);
  const result = { starts: whole.map(() => 0), steps: whole.map(() => 1), shape: [...whole] };
  axes.forEach((axis, index) => {
    const [length, step] = [whole[axis], steps[index]];
    if (step === 0) site.refuse("steps other than 0", "0");
    const clamp = (at: number) => {
      const counted = at < 0 ? at + length : at;
      return step > 0 ? Math.max(0, Math.min(length, counted)) : Math.max(-1, Math.min(length - 1, counted));
    };
    const [start, end] = [clamp(starts[index]), clamp(ends[index])];
    result.starts[axis] = start;
    result.steps[axis] = step;
    result.shape[axis] = Math.max(0, Math.ceil((end - start) / step));
  });
  return result;
}

const slice: Operator = {
  infer: (site) => same(site, sliceOf(site).shape),
  compute: (site, [x], [out]) => {
    const { starts, steps } = sliceOf(site);
    const strides = stridesOf((x as Tensor).shape);
    const base = starts.reduce((sum, start, axis) => sum + start * strides[axis], 0);
    gatherInto(
      (x as Tensor).data,
      base,
      steps.map((step, axis) => step * strides[axis]),
      out.shape,
      out.data,
    );
  },
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => {
      const { starts, steps } = sliceOf(site);
      const own = stepsOf(x);
      const ptr = starts.reduce((sum, start, axis) => sum + start * own[axis], x.ptr);
      return [
        {
          shape: y.shape,
          x: { ptr, steps: steps.map((step, axis) => step * own[axis]) },
          y: { ptr: y.ptr, steps: stepsOf(y) },
        },
      ];
    }),
};

const expand: Operator = {
  infer: (site) => same(site, broadcastShape(site, [site.input(0).shape, site.numbers(1) ?? []])),
  compute: (_, [x], [out]) =>
    gatherInto((x as Tensor).data, 0, broadcastStrides((x as Tensor).shape, out.shape), out.shape, out.data),
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => [
      {
        shape: y.shape,
        x: { ptr: x.ptr, steps: stretchedSteps(x, y.shape) },
        y: { ptr: y.ptr, steps: stepsOf(y) },
      },
    ]),
};

const tile: Operator = {
  infer: (site) => {
    const repeats = site.numbers(1) ?? [];
    return same(
      site,
      site.input(0).shape.map((one, axis) => one * (repeats[axis] ?? 1)),
    );
  },
  compute: (_, [x], [out]) => {
    const { data, shape: own } = x as Tensor;
    const strides = stridesOf(own);
    const to = stridesOf(out.shape);
    for (let index = 0; index < out.data.length; index++)
      out.data[index] =
        data[own.reduce((at, one, axis) => at + (Math.floor(index / to[axis]) % one) * strides[axis], 0)];
  },
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => {
      // Each axis is two: which repetition, and where in it.
      const [from, to] = [stepsOf(x), stepsOf(y)];
      const shape = x.shape.flatMap((one, axis) => [one === 0 ? 0 : y.shape[axis] / one, one]);
      const steps = from.flatMap((step) => [0, step]);
      const repeated = to.flatMap((step, axis) => [step * x.shape[axis], step]);
      return [{ shape, x: { ptr: x.ptr, steps }, y: { ptr: y.ptr, steps: repeated } }];
    }),
};

const constantOfShape: Operator = {
  infer: (site) => {
    const value = site.node.attributes.value as Tensor | undefined;
    return [{ dtype: value?.dtype ?? "f32", shape: site.numbers(0) ?? [] }];
  },
  compute: (site, _, [out]) => {
    out.data.fill((site.node.attributes.value as Tensor | undefined)?.data[0] ?? 0);
  },
};

const range: Operator = {
  infer: (site) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => site.one(index));
    return [{ dtype: site.input(0).dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  },
  compute: (_, inputs, [out]) => {
    const [start, , delta] = (inputs as Tensor[]).map(({ data }) => data[0]);
    for (let index = 0; index < out.data.length; index++) out.data[index] = start + index * delta;
  },
};

const swapLastAxes: Operator = {
  infer: (site) => same(site, swapped(site.input(0).shape)),
  compute: (_, [x], [out]) =>
    gatherInto((x as Tensor).data, 0, swapped(stridesOf((x as Tensor).shape)), out.shape, out.data),
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => [
      { shape: y.shape, x: { ptr: x.ptr, steps: swapped(stepsOf(x)) }, y: { ptr: y.ptr, steps: stepsOf(y) } },
    ]),
};

const swapped = (sizes: readonly number[]): number[] => [...sizes.slice(0, -2), ...sizes.slice(-2).reverse()];

const constant: Operator = {
  infer: (site) => {
    const value = site.node.attributes.value as Tensor | undefined;
    if (!value) throw unsupported(site.node, "a tensor of numbers", "another value");
    return [value];
  },
  compute: (site, _, [out]) => out.data.set((site.node.attributes.value as Tensor).data as never),
};

/** Operators of shapes. */
export const SHAPES = {
  ...MOVES,
  ...SCATTERS,
  ...JOINS,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Identity: identity,
  Dropout: dropout,
  Shape: shape,
  Size: size,
  Transpose: transpose,
  Slice: slice,
  Expand: expand,
  Tile: tile,
  ConstantOfShape: constantOfShape,
  Constant: constant,
  Range: range,
  StridedSlice: STRIDED_SLICE,
  SwapLastAxes: swapLastAxes,
};
