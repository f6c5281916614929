/** Shapes that stretch to each other, as ONNX and NumPy have it. */
import type { Site } from "./contract.js";
import { sizeOf, stridesOf, type Tensor } from "./ir.js";

/**
 * @param site  for messages
 * @param shapes  of the operands
 * @returns the shape that all of them stretch to
 * @throws {ShapeError} when there is none
 */
export function broadcastShape(site: Site, shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map(({ length }) => length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes)
    shape.forEach((size, index) => {
      const axis = index + rank - shape.length;
      if (size === 1) return;
      if (result[axis] !== 1 && result[axis] !== size)
        site.refuse("shapes that stretch to each other", shapes.map((each) => `[${each}]`).join(" and "));
      result[axis] = size;
    });
  return result;
}

/**
 * Elements to step in an operand for each axis of a shape that it stretches to: 0 along what is stretched.
 */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(shape);
  return to.map((_, axis) => {
    const index = axis - (to.length - shape.length);
    return index < 0 || shape[index] === 1 ? 0 : own[index];
  });
}

/**
 * Calls `visit(index, offsets)` for each element of a shape in row-major order, with the offset of each operand.
 * `offsets` is one array, changed in place.
 */
export function walk(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (index: number, offsets: readonly number[]) => void,
): void {
  const count = sizeOf(shape);
  const at = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  for (let index = 0; index < count; index++) {
    visit(index, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]++;
      for (let operand = 0; operand < strides.length; operand++) offsets[operand] += strides[operand][axis];
      if (at[axis] < shape[axis]) break;
      for (let operand = 0; operand < strides.length; operand++)
        offsets[operand] -= strides[operand][axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

/** Fills `out` with f of two operands that stretch to its shape. */
export function combine(a: Tensor, b: Tensor, out: Tensor, f: (x: number, y: number) => number): void {
  const strides = [a, b].map(({ shape }) => broadcastStrides(shape, out.shape));
  const [x, y, z] = [a.data, b.data, out.data];
  walk(out.shape, strides, (index, offsets) => {
    z[index] = f(x[offsets[0]], y[offsets[1]]);
  });
}
