/** Operators that put elements at places by index. */
import { type Operator, type Site, unsupported } from "./contract.js";
import { isSameShape, sizeOf, stridesOf, type Tensor } from "./ir.js";

/** What becomes of an element that something is put on, by ONNX's attribute `reduction`. */
const ONTO: Readonly<Record<string, (held: number, value: number) => number>> = {
  none: (_, value) => value,
  add: (held, value) => held + value,
  mul: (held, value) => held * value,
  max: (held, value) => (held > value || Number.isNaN(held) ? held : value),
  min: (held, value) => (held < value || Number.isNaN(held) ? held : value),
};

function ontoOf(site: Site): (held: number, value: number) => number {
  const reduction = site.text("reduction", "none");
  if (Object.hasOwn(ONTO, reduction)) return ONTO[reduction];
  throw unsupported(site.node, `a reduction out of ${Object.keys(ONTO).join(", ")}`, reduction);
}

/** An index counted from the end when it is negative. @throws {ShapeError} outside of the axis */
function within(site: Site, index: number, size: number): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  return site.refuse(`indices from ${-size} to ${size - 1}`, `${index}`);
}

/** Puts slices: `indices` of tuples of `depth`, `values` one slice each, or one number for all. */
function scatter(site: Site, indices: Tensor, depth: number, values: Tensor, out: Tensor): void {
  const onto = ontoOf(site);
  const [strides, run] = [stridesOf(out.shape), sizeOf(out.shape.slice(depth))];
  const isOne = values.data.length === 1;
  for (let tuple = 0; tuple * depth < indices.data.length; tuple++) {
    let to = 0;
    for (let axis = 0; axis < depth; axis++)
      to += within(site, indices.data[tuple * depth + axis], out.shape[axis]) * strides[axis];
    for (let at = 0; at < run; at++)
      out.data[to + at] = onto(out.data[to + at], values.data[isOne ? 0 : tuple * run + at]);
  }
}

const scatterNd: Operator = {
  infer: (site) => {
    const [{ dtype, shape }, { shape: indices }, { shape: updates }] = [0, 1, 2].map((at) => site.input(at));
    const depth = indices[indices.length - 1] ?? 0;
    const wanted = [...indices.slice(0, -1), ...shape.slice(depth)];
    if (!(depth >= 1 && depth <= shape.length) || !isSameShape(updates, wanted))
      site.refuse(
        `updates [${wanted}] for tuples of 1 to ${shape.length} indices`,
        `[${updates}], [${indices}]`,
      );
    ontoOf(site);
    return [{ dtype, shape }];
  },
  compute: (site, inputs, [out]) => {
    const [x, indices, updates] = inputs as Tensor[];
    out.data.set(x.data as never);
    scatter(site, indices, indices.shape[indices.shape.length - 1], updates, out);
  },
};

const scatterElements: Operator = {
  infer: (site) => {
    const [{ dtype, shape }, { shape: indices }] = [site.input(0), site.input(1)];
    const axis = site.axis(site.number("axis", 0), shape.length);
    const fits =
      indices.length === shape.length && indices.every((size, at) => at === axis || size <= shape[at]);
    if (!fits) site.refuse(`indices within [${shape}]`, `[${indices}]`);
    site.input(2);
    site.expectShape(2, indices);
    ontoOf(site);
    return [{ dtype, shape }];
  },
  compute: (site, inputs, [out]) => {
    const [x, indices, updates] = inputs as Tensor[];
    const onto = ontoOf(site);
    const axis = site.axis(site.number("axis", 0), x.shape.length);
    const [own, strides] = [stridesOf(indices.shape), stridesOf(x.shape)];
    out.data.set(x.data as never);
    for (let at = 0; at < indices.data.length; at++) {
      let to = within(site, indices.data[at], x.shape[axis]) * strides[axis];
      for (let each = 0; each < own.length; each++)
        if (each !== axis) to += (Math.floor(at / own[each]) % indices.shape[each]) * strides[each];
      out.data[to] = onto(out.data[to], updates.data[at]);
    }
  },
};

/** TensorFlow's: indices (one, a list of them, or of tuples), the output's shape, values, what is elsewhere. */
const sparseToDense: Operator = {
  infer: (site) => {
    const shape = site.numbers(1) ?? [];
    const { dtype, shape: values } = site.input(2);
    const { shape: indices } = site.input(0);
    const [count, depth] = indices.length === 2 ? indices : [sizeOf(indices), 1];
    if (depth !== shape.length || indices.length > 2)
      site.refuse(`indices of ${shape.length} axes`, `[${indices}]`);
    if (values.length > 0 && sizeOf(values) !== count) site.refuse(`${count} values`, `[${values}]`);
    return [{ dtype, shape }];
  },
  compute: (site, inputs, [out]) => {
    const [indices, , values, otherwise] = inputs as Tensor[];
    out.data.fill(otherwise?.data[0] ?? 0);
    scatter(site, indices, out.shape.length, values, out);
  },
};

/** Operators that scatter. */
export const SCATTERS = {
  ScatterND: scatterNd,
  ScatterElements: scatterElements,
  SparseToDense: sparseToDense,
};
