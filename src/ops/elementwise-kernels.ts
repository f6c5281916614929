/** Kernels for what works element by element: maps of one operand, combinations of two that stretch to each other. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Site } from "./contract.js";
import type { TensorType } from "./ir.js";
import { inner, inTurn, merged, stepsOf, stretchedSteps } from "./strides.js";

/** A function of assembly/planes/elementwise.ts with its two numbers. */
export interface Mapping {
  readonly code: number;
  readonly a?: number;
  readonly b?: number;
}

/** Numbers of its `Map`. */
export const MAPS = {
  Abs: 0,
  Neg: 1,
  Sqrt: 2,
  Reciprocal: 3,
  Floor: 4,
  Ceil: 5,
  Round: 6,
  Square: 7,
  Clamp: 8,
  Leaky: 9,
  Affine: 10,
  Exp: 11,
  Sigmoid: 12,
  Swish: 13,
  Tanh: 14,
  HardSigmoid: 15,
  HardSwish: 16,
  Erf: 17,
  Gelu: 18,
  GeluTanh: 19,
  Elu: 20,
} as const;

/** Numbers of its `Combine`, by operator. */
export const COMBINATIONS: Readonly<Record<string, number>> = {
  Add: 0,
  Sub: 1,
  Mul: 2,
  Div: 3,
  Max: 4,
  Min: 5,
  PRelu: 6,
  SquaredDifference: 7,
  Sum: 0,
};

const ELEMENTWISE = "element-wise";

function mapping(lowering: Lowering, { code, a = 0, b = 0 }: Mapping, x: Place, y: Place): () => void {
  const kernels = modelKernelsOf(lowering.core);
  const { inner: walk, outer } = inner(merged(y.shape, [stepsOf(x), stepsOf(y)]), 2);
  const [rows, n] = walk.shape;
  const [[xRow], [yRow]] = walk.steps;
  const [from, to] = [outer[0].map((at) => x.ptr + at), outer[1].map((at) => y.ptr + at)];
  return () => {
    for (let at = 0; at < from.length; at++)
      kernels.f32_planes_map(code, rows, n, from[at], xRow, to[at], yRow, a, b);
  };
}

/** A kernel for a function of one operand; undefined where it is not f32. */
export function lowerMap(site: Site, lowering: Lowering, map: Mapping | undefined): Lowered | undefined {
  if (!map || site.input(0).dtype !== "f32") return undefined;
  return {
    kernel: ELEMENTWISE,
    isStrided: true,
    emit: ({ inputs: [x], outputs: [y] }) => mapping(lowering, map, x as Place, y),
  };
}

function combining(lowering: Lowering, code: number, x: Place, y: Place, z: Place): () => void {
  const kernels = modelKernelsOf(lowering.core);
  const all = [stretchedSteps(x, z.shape), stretchedSteps(y, z.shape), stepsOf(z)];
  const { inner: walk, outer } = inner(merged(z.shape, all), 2);
  const [rows, n] = walk.shape;
  const [[xRow, xStep], [yRow, yStep], [zRow]] = walk.steps;
  const [a, b, to] = [x, y, z].map(({ ptr }, operand) => outer[operand].map((at) => ptr + at));
  return () => {
    for (let at = 0; at < to.length; at++)
      kernels.f32_planes_combine(code, rows, n, a[at], xRow, xStep, b[at], yRow, yStep, to[at], zRow);
  };
}

/** A kernel for operands that stretch to each other, two at a time; undefined where they are not f32. */
export function lowerCombine(
  site: Site,
  [out]: readonly TensorType[],
  lowering: Lowering,
): Lowered | undefined {
  const code = COMBINATIONS[site.node.op];
  const isFloat = site.node.inputs.every((_, index) => site.input(index).dtype === "f32");
  if (code === undefined || !isFloat || out.dtype !== "f32" || site.node.inputs.length < 2) return undefined;
  return {
    kernel: ELEMENTWISE,
    isStrided: true,
    emit: ({ inputs, outputs: [z] }) => {
      const [first, second, ...rest] = inputs as readonly Place[];
      const steps = [combining(lowering, code, first, second, z)];
      for (const each of rest) steps.push(combining(lowering, code, z, each, z));
      return inTurn(steps);
    },
  };
}
