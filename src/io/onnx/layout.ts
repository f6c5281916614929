/** How a matrix lies among the values of a constant: by sizes and strides, so that transposing costs nothing. */
import { countOf } from "../tensor.js";

/** The value at (i, j, …) is the constant's at i · strides[0] + j · strides[1] + … */
export interface Layout {
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** Row-major order, the last axis running fastest. */
export function rowMajor(dims: readonly number[]): Layout {
  const strides = dims.map((_, axis) => countOf(dims.slice(axis + 1)));
  return { dims, strides };
}

/** The same values with their axes in another order. Undefined when `order` is none of them. */
export function permuted({ dims, strides }: Layout, order: readonly number[]): Layout | undefined {
  const isOrder = order.length === dims.length && dims.every((_, axis) => order.includes(axis));
  if (!isOrder) return undefined;
  return { dims: order.map((axis) => dims[axis]), strides: order.map((axis) => strides[axis]) };
}

/** The same values in the same order with other sizes; undefined when no strides can say that. */
export function reshaped(layout: Layout, dims: readonly number[]): Layout | undefined {
  if (countOf(dims) !== countOf(layout.dims)) return undefined;
  const own = withoutOnes(layout);
  if (own.dims.join() === dims.filter((size) => size !== 1).join()) {
    let axis = 0;
    return { dims, strides: dims.map((size) => (size === 1 ? 0 : own.strides[axis++])) };
  }
  return own.strides.join() === rowMajor(own.dims).strides.join() ? rowMajor(dims) : undefined;
}

/** Axes of one value say nothing. */
function withoutOnes({ dims, strides }: Layout): Layout {
  const axes = [...dims.keys()].filter((axis) => dims[axis] !== 1);
  return { dims: axes.map((axis) => dims[axis]), strides: axes.map((axis) => strides[axis]) };
}

/** Whether two lay values out alike. */
export function isSameLayout(a: Layout, b: Layout): boolean {
  const [one, other] = [withoutOnes(a), withoutOnes(b)];
  return one.dims.join() === other.dims.join() && one.strides.join() === other.strides.join();
}

/** @returns the constant's values in the layout's order; `values` themselves when that is their order */
export function gathered(values: Float32Array, layout: Layout): Float32Array {
  if (isSameLayout(layout, rowMajor(layout.dims))) return values;
  const out = new Float32Array(values.length);
  let to = 0;
  visit(layout, (from) => {
    out[to++] = values[from];
  });
  return out;
}

/** The other way round: values in the layout's order become the constant's. */
export function scattered(values: Float32Array, layout: Layout): Float32Array {
  if (isSameLayout(layout, rowMajor(layout.dims))) return values;
  const out = new Float32Array(values.length);
  let from = 0;
  visit(layout, (to) => {
    out[to] = values[from++];
  });
  return out;
}

/** Goes to where the values stand, in the layout's order. */
function visit({ dims, strides }: Layout, at: (place: number) => void, axis = 0, start = 0): void {
  if (axis === dims.length) at(start);
  else for (let i = 0; i < dims[axis]; i++) visit({ dims, strides }, at, axis + 1, start + i * strides[axis]);
}
