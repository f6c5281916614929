/** Operators that put values together along an axis, and take them apart again. */
import type { Operator, Place, Site } from "./contract.js";
import { type Copy, lowerCopies, type Part } from "./copy-kernels.js";
import { sizeOf, type Tensor, type TensorType } from "./ir.js";
import { stepsOf } from "./strides.js";

const same = (site: Site, shape: readonly number[]): TensorType[] => [{ dtype: site.input(0).dtype, shape }];

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
  lower: (site, types, lowering) =>
    lowerCopies(site, lowering, true, (inputs, [y]) => {
      const axis = site.axis(site.number("axis", 0), types[0].shape.length);
      return alongAxis(inputs, axis, y).map(({ part, ptr, steps }) => ({
        shape: part.shape,
        x: { ptr: part.ptr, steps: stepsOf(part) },
        y: { ptr, steps },
      }));
    }),
};

/** Parts that lie one behind another along an axis of a whole, with the address of each there. */
function alongAxis(parts: readonly Place[], axis: number, whole: Place) {
  const steps = stepsOf(whole);
  let ptr = whole.ptr;
  return parts.map((part) => {
    const at = ptr;
    ptr += part.shape[axis] * steps[axis];
    return { part, ptr: at, steps };
  });
}

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
  lower: (site, types, lowering) =>
    site.node.outputs.includes("")
      ? undefined
      : lowerCopies(site, lowering, true, ([x], outputs) => {
          const axis = site.axis(site.number("axis", 0), types[0].shape.length);
          return alongAxis(outputs, axis, x).map(({ part, ptr, steps }) => ({
            shape: part.shape,
            x: { ptr, steps },
            y: { ptr: part.ptr, steps: stepsOf(part) },
          }));
        }),
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
  lower: (site, types, lowering) =>
    lowerCopies(site, lowering, true, (inputs, [y]) => {
      const axis = site.axis(site.number("axis", 0), types[0].shape.length);
      return inputs.map(
        (x, index): Copy => ({
          shape: x.shape,
          x: { ptr: x.ptr, steps: stepsOf(x) },
          y: layerOf(y, axis, index),
        }),
      );
    }),
};

/** Index `index` of an axis, without the axis. */
function layerOf(whole: Place, axis: number, index: number): Part {
  const steps = stepsOf(whole);
  return { ptr: whole.ptr + index * steps[axis], steps: steps.filter((_, at) => at !== axis) };
}

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
  lower: (site, _, lowering) =>
    site.node.outputs.includes("")
      ? undefined
      : lowerCopies(site, lowering, true, ([x], outputs) => {
          const axis = site.axis(site.number("axis", 0), x.shape.length);
          return outputs.map(
            (y, index): Copy => ({
              shape: y.shape,
              x: layerOf(x, axis, index),
              y: { ptr: y.ptr, steps: stepsOf(y) },
            }),
          );
        }),
};

/** Operators that join and split. */
export const JOINS = { Concat: concat, Split: split, Pack: pack, Unpack: unpack };
