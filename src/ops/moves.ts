/** Operators that fetch elements by index, and that pad. */

import { modelKernelsOf } from "../runtime/model-kernels.js";
import { walk } from "./broadcast.js";
import {
  type Lowered,
  type Lowering,
  type Operator,
  type Place,
  type Site,
  unsupported,
} from "./contract.js";
import { copying, lowerCopies } from "./copy-kernels.js";
import { sizeOf, stridesOf, type Tensor, type TensorType } from "./ir.js";
import { inner, merged, stepsOf } from "./strides.js";

/** An index counted from the end when it is negative. @throws {ShapeError} outside of the axis */
function within(site: Site, index: number, size: number): number {
  if (index >= -size && index < size) return index < 0 ? index + size : index;
  return site.refuse(`indices from ${-size} to ${size - 1}`, `${index}`);
}

const gather: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const axis = site.axis(site.number("axis", 0), shape.length);
    return [{ dtype, shape: [...shape.slice(0, axis), ...site.input(1).shape, ...shape.slice(axis + 1)] }];
  },
  compute: (site, [x, indices], [out]) => {
    const { data, shape } = x as Tensor;
    const axis = site.axis(site.number("axis", 0), shape.length);
    const run = sizeOf(shape.slice(axis + 1));
    let to = 0;
    for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
      for (const index of (indices as Tensor).data) {
        const from = (outer * shape[axis] + within(site, index, shape[axis])) * run;
        out.data.set(data.subarray(from, from + run) as never, to);
        to += run;
      }
  },
};

const gatherNd: Operator = {
  infer: (site) => {
    const [{ dtype, shape }, { shape: indices }] = [site.input(0), site.input(1)];
    if (site.number("batch_dims", 0) !== 0) throw unsupported(site.node, "batch_dims 0", "others");
    const depth = indices[indices.length - 1];
    return [{ dtype, shape: [...indices.slice(0, -1), ...shape.slice(depth)] }];
  },
  compute: (site, [x, indices], [out]) => {
    const { data, shape } = x as Tensor;
    const { data: at, shape: indexShape } = indices as Tensor;
    const depth = indexShape[indexShape.length - 1];
    const [strides, run] = [stridesOf(shape), sizeOf(shape.slice(depth))];
    for (let tuple = 0; tuple * depth < at.length; tuple++) {
      let from = 0;
      for (let axis = 0; axis < depth; axis++)
        from += within(site, at[tuple * depth + axis], shape[axis]) * strides[axis];
      out.data.set(data.subarray(from, from + run) as never, tuple * run);
    }
  },
};

const gatherElements: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: site.input(1).shape }],
  compute: (site, [x, indices], [out]) => {
    const { data, shape } = x as Tensor;
    const axis = site.axis(site.number("axis", 0), shape.length);
    const strides = stridesOf(shape);
    const others = strides.map((stride, each) => (each === axis ? 0 : stride));
    walk(out.shape, [others], (index, [at]) => {
      out.data[index] = data[at + within(site, (indices as Tensor).data[index], shape[axis]) * strides[axis]];
    });
  },
};

/** What is added in front of and behind each axis. */
export function padsOf(site: Site): { before: number[]; after: number[] } {
  const { length: rank } = site.input(0).shape;
  const given = site.numbers(1) ?? [];
  const axes =
    site.numbers(3)?.map((axis) => site.axis(axis, rank)) ?? given.slice(rank).map((_, axis) => axis);
  if (given.length !== 2 * axes.length) site.refuse(`${2 * axes.length} pads`, `${given.length}`);
  const [before, after] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  axes.forEach((axis, index) => {
    before[axis] = given[index];
    after[axis] = given[index + axes.length];
  });
  return { before, after };
}

/** By mode: the place that an index outside of an axis stands for; −1 for the constant. */
const OUTSIDE: Readonly<Record<string, (at: number, size: number) => number>> = {
  constant: () => -1,
  edge: (at, size) => Math.max(0, Math.min(size - 1, at)),
  reflect: (at, size) => {
    const period = Math.max(1, 2 * (size - 1));
    const folded = ((at % period) + period) % period;
    return Math.min(folded, period - folded);
  },
  symmetric: (at, size) => {
    const folded = ((at % (2 * size)) + 2 * size) % (2 * size);
    return Math.min(folded, 2 * size - 1 - folded);
  },
  wrap: (at, size) => ((at % size) + size) % size,
};

const pad: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const { before, after } = padsOf(site);
    const padded = shape.map((size, axis) => size + before[axis] + after[axis]);
    if (padded.some((size) => size < 0)) site.refuse("pads that leave something", `[${padded}]`);
    if (!OUTSIDE[site.text("mode", "constant")])
      throw unsupported(site.node, `a mode out of ${Object.keys(OUTSIDE).join(", ")}`, site.text("mode", ""));
    return [{ dtype, shape: padded }];
  },
  compute: (site, [x, , fill], [out]) => {
    const { data, shape } = x as Tensor;
    const { before } = padsOf(site);
    const outside = OUTSIDE[site.text("mode", "constant")];
    const strides = stridesOf(shape);
    // By axis and index of the output: elements to step in the input, or −1 for the constant.
    const steps = out.shape.map((size, axis) =>
      Array.from({ length: size }, (_, index) => {
        const at = index - before[axis];
        const from = at >= 0 && at < shape[axis] ? at : outside(at, shape[axis]);
        return from < 0 ? -1 : from * strides[axis];
      }),
    );
    const to = stridesOf(out.shape);
    for (let index = 0; index < out.data.length; index++) {
      let from = 0;
      for (let axis = 0; axis < steps.length && from >= 0; axis++) {
        const step = steps[axis][Math.floor(index / to[axis]) % out.shape[axis]];
        from = step < 0 ? -1 : from + step;
      }
      out.data[index] = from < 0 ? (fill?.data[0] ?? 0) : data[from];
    }
  },
  lower: lowerPad,
};

/** A constant around what is left of the input. */
function lowerPad(site: Site, _: readonly TensorType[], lowering: Lowering): Lowered | undefined {
  const { before, after } = padsOf(site);
  const fill = site.operands[2];
  const value = fill ? fill.constant?.data[0] : 0;
  if (site.text("mode", "constant") !== "constant" || value === undefined || site.input(0).dtype !== "f32")
    return undefined;
  const kernels = modelKernelsOf(lowering.core);
  return {
    kernel: "copy",
    isStrided: true,
    emit: ({ inputs: [source], outputs: [y] }) => {
      const x = source as Place;
      const [own, to] = [stepsOf(x), stepsOf(y)];
      const shape = x.shape.map((size, axis) => size + Math.min(0, before[axis]) + Math.min(0, after[axis]));
      const from = before.reduce((sum, pad, axis) => sum + Math.max(0, -pad) * own[axis], x.ptr);
      const at = before.reduce((sum, pad, axis) => sum + Math.max(0, pad) * to[axis], y.ptr);
      const copy = copying(kernels, shape, { ptr: from, steps: own }, { ptr: at, steps: to });
      const { inner: walk, outer } = inner(merged(y.shape, [to]), 2);
      const [rows, n] = walk.shape;
      const starts = outer[0].map((offset) => y.ptr + offset);
      return () => {
        for (const start of starts) kernels.f32_planes_fill(rows, n, start, walk.steps[0][0], value);
        if (sizeOf(shape) > 0) copy();
      };
    },
  };
}

/** Whether elements of one block go to neighbouring channels ("DCR") or positions ("CRD"). */
const depthToSpace: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const [n, c, h, w] = shape;
    const block = site.number("blocksize", 1);
    if (shape.length !== 4 || c % (block * block) !== 0)
      site.refuse(`four axes, a multiple of ${block * block} channels`, `[${shape}]`);
    return [{ dtype, shape: [n, c / (block * block), h * block, w * block] }];
  },
  compute: (site, [x], [out]) => {
    const [n, c, h, w] = (x as Tensor).shape;
    const block = site.number("blocksize", 1);
    const channels = c / (block * block);
    const isDepthFirst = site.text("mode", "DCR") === "DCR";
    // Axes of the input: n, (block row, block column, channel) or (channel, block row, block column), h, w.
    const [rowStep, columnStep, channelStep] = isDepthFirst
      ? [block * channels, channels, 1]
      : [block, 1, block * block];
    const plane = h * w;
    const shape = [n, channels, h, block, w, block];
    const strides = [c * plane, channelStep * plane, w, rowStep * plane, 1, columnStep * plane];
    walk(shape, [strides], (index, [at]) => {
      out.data[index] = (x as Tensor).data[at];
    });
  },
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => {
      const block = site.number("blocksize", 1);
      const [n, channels] = y.shape;
      const [, , h, w] = x.shape;
      const isDepthFirst = site.text("mode", "DCR") === "DCR";
      const [row, column, channel] = isDepthFirst
        ? [block * channels, channels, 1]
        : [block, 1, block * block];
      const [image, plane, line, one] = stepsOf(x);
      const to = stepsOf(y);
      return [
        {
          shape: [n, channels, h, block, w, block],
          x: { ptr: x.ptr, steps: [image, channel * plane, line, row * plane, one, column * plane] },
          y: { ptr: y.ptr, steps: [to[0], to[1], block * to[2], to[2], block * to[3], to[3]] },
        },
      ];
    }),
};

const spaceToDepth: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const [n, c, h, w] = shape;
    const block = site.number("blocksize", 1);
    if (shape.length !== 4 || h % block !== 0 || w % block !== 0)
      site.refuse(`four axes, multiples of ${block} positions`, `[${shape}]`);
    return [{ dtype, shape: [n, c * block * block, h / block, w / block] }];
  },
  compute: (site, [x], [out]) => {
    const [n, c, h, w] = (x as Tensor).shape;
    const block = site.number("blocksize", 1);
    const shape = [n, block, block, c, h / block, w / block];
    const strides = [c * h * w, w, 1, h * w, block * w, block];
    walk(shape, [strides], (index, [at]) => {
      out.data[index] = (x as Tensor).data[at];
    });
  },
  lower: (site, _, lowering) =>
    lowerCopies(site, lowering, true, ([x], [y]) => {
      const block = site.number("blocksize", 1);
      const [n, c] = x.shape;
      const [, , h, w] = y.shape;
      const [image, plane, line, one] = stepsOf(x);
      const to = stepsOf(y);
      return [
        {
          shape: [n, block, block, c, h, w],
          x: { ptr: x.ptr, steps: [image, line, one, plane, block * line, block * one] },
          y: { ptr: y.ptr, steps: [to[0], block * c * to[1], c * to[1], ...to.slice(1)] },
        },
      ];
    }),
};

/** Operators that move elements. */
export const MOVES = {
  Gather: gather,
  GatherND: gatherNd,
  GatherElements: gatherElements,
  Pad: pad,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
