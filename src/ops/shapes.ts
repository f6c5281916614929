/** Operators that move elements and make none: shapes, slices, gathers. */
import { broadcastShape, broadcastStrides, walk } from "./broadcast.js";
import { type Operator, type Site, unsupported } from "./contract.js";
import { type ElementArray, sizeOf, stridesOf, type Tensor, type TensorType } from "./ir.js";
import { MOVES } from "./moves.js";
import { STRIDED_SLICE } from "./strided-slice.js";

/** Copies elements of one array to places of another, `offsets` from `walk`. */
export function gatherInto(
  source: ElementArray,
  base: number,
  strides: readonly number[],
  shape: readonly number[],
  out: ElementArray,
): void {
  walk(shape, [strides], (index, [at]) => {
    out[index] = source[base + at];
  });
}

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
    site.refuse(`a shape of ${sizeOf(shape)} elements`, `[${site.numbers(1)}]`);
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
};

/** Which axis of the input each axis of a Transpose's output is. */
export function permutation(site: Site): readonly number[] {
  const rank = site.input(0).shape.length;
  const order = site.list("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank || new Set(order).size !== rank)
    site.refuse(`an order of ${rank} axes`, `[${order}]`);
  return order;
}

const concat: Operator = {
  infer: (site) => {
    const shapes = site.node.inputs.map((_, index) => site.input(index).shape);
    const axis = site.axis(site.number("axis", 0), shapes[0].length);
    const total = shapes.reduce((sum, each) => sum + each[axis], 0);
    if (
      shapes.some(
        (each) =>
          each.length !== shapes[0].length || each.some((one, at) => at !== axis && one !== shapes[0][at]),
      )
    )
      site.refuse(`shapes that differ in axis ${axis} alone`, shapes.map((each) => `[${each}]`).join(", "));
    return same(
      site,
      shapes[0].map((one, at) => (at === axis ? total : one)),
    );
  },
  compute: (site, inputs, [out]) => {
    const axis = site.axis(site.number("axis", 0), out.shape.length);
    const run = sizeOf(out.shape.slice(axis));
    const outer = sizeOf(out.shape.slice(0, axis));
    let to = 0;
    for (const input of inputs as Tensor[]) {
      const length = sizeOf(input.shape.slice(axis));
      for (let index = 0; index < outer; index++)
        out.data.set(input.data.subarray(index * length, (index + 1) * length) as never, index * run + to);
      to += length;
    }
  },
};

const split: Operator = {
  infer: (site) => {
    const { dtype, shape: whole } = site.input(0);
    const axis = site.axis(site.number("axis", 0), whole.length);
    return partsOf(site, whole[axis]).map((part) => ({
      dtype,
      shape: whole.map((one, at) => (at === axis ? part : one)),
    }));
  },
  compute: (site, [x], outputs) => {
    const { data, shape: whole } = x as Tensor;
    const axis = site.axis(site.number("axis", 0), whole.length);
    const run = sizeOf(whole.slice(axis));
    let from = 0;
    for (const out of outputs) {
      const length = sizeOf(out.shape.slice(axis));
      for (let index = 0; index < sizeOf(whole.slice(0, axis)); index++)
        out.data.set(data.subarray(index * run + from, index * run + from + length) as never, index * length);
      from += length;
    }
  },
};

function partsOf(site: Site, size: number): readonly number[] {
  const given = site.numbers(1);
  const count = site.number("num_outputs", site.node.outputs.length);
  const each = Math.ceil(size / count);
  const parts = given ?? Array.from({ length: count }, (_, index) => Math.min(each, size - index * each));
  if (parts.reduce((sum, part) => sum + part, 0) !== size || parts.some((part) => part < 0))
    site.refuse(`parts that add up to ${size}`, `[${parts}]`);
  return parts;
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
};

const expand: Operator = {
  infer: (site) => same(site, broadcastShape(site, [site.input(0).shape, site.numbers(1) ?? []])),
  compute: (_, [x], [out]) =>
    gatherInto((x as Tensor).data, 0, broadcastStrides((x as Tensor).shape, out.shape), out.shape, out.data),
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
    const [start, limit, delta] = [0, 1, 2].map((index) => (site.numbers(index) as number[])[0]);
    return [{ dtype: site.input(0).dtype, shape: [Math.max(0, Math.ceil((limit - start) / delta))] }];
  },
  compute: (_, inputs, [out]) => {
    const [start, , delta] = (inputs as Tensor[]).map(({ data }) => data[0]);
    for (let index = 0; index < out.data.length; index++) out.data[index] = start + index * delta;
  },
};

const pack: Operator = {
  infer: (site) => {
    const { shape: one } = site.input(0);
    const axis = site.axis(site.number("axis", 0), one.length + 1);
    return same(site, [...one.slice(0, axis), site.node.inputs.length, ...one.slice(axis)]);
  },
  compute: (site, inputs, [out]) => {
    const axis = site.axis(site.number("axis", 0), out.shape.length);
    const run = sizeOf(out.shape.slice(axis + 1));
    (inputs as Tensor[]).forEach(({ data }, input) => {
      for (let at = 0; at < data.length; at++) {
        const outer = Math.floor(at / run);
        out.data[(outer * inputs.length + input) * run + (at % run)] = data[at];
      }
    });
  },
};

/** The inverse of Pack: the runs along an axis, which goes. */
const unpack: Operator = {
  infer: (site) => {
    const { dtype, shape: whole } = site.input(0);
    const axis = site.axis(site.number("axis", 0), whole.length);
    if (whole[axis] !== site.node.outputs.length)
      site.refuse(`${site.node.outputs.length} parts`, `${whole[axis]}`);
    return site.node.outputs.map(() => ({ dtype, shape: whole.filter((_, at) => at !== axis) }));
  },
  compute: (site, [x], outputs) => {
    const { data, shape: whole } = x as Tensor;
    const run = sizeOf(whole.slice(site.axis(site.number("axis", 0), whole.length) + 1));
    for (let at = 0; at < data.length; at++) {
      const outer = Math.floor(at / run);
      const part = outer % outputs.length;
      outputs[part].data[Math.floor(outer / outputs.length) * run + (at % run)] = data[at];
    }
  },
};

const swapLastAxes: Operator = {
  infer: (site) => same(site, swapped(site.input(0).shape)),
  compute: (_, [x], [out]) =>
    gatherInto((x as Tensor).data, 0, swapped(stridesOf((x as Tensor).shape)), out.shape, out.data),
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
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Identity: identity,
  Dropout: dropout,
  Shape: shape,
  Size: size,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Expand: expand,
  Tile: tile,
  ConstantOfShape: constantOfShape,
  Constant: constant,
  Range: range,
  Pack: pack,
  Unpack: unpack,
  StridedSlice: STRIDED_SLICE,
  SwapLastAxes: swapLastAxes,
};
