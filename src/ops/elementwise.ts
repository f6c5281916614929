/** Operators of several operands that stretch to each other's shape. */
import { map } from "./activation.js";
import { broadcastShape, broadcastStrides, combine, walk } from "./broadcast.js";
import { type Lowered, type Lowering, type Operator, type Site, unsupported } from "./contract.js";
import { lowerCombine, lowerMap, MAPS } from "./elementwise-kernels.js";
import { type ElementType, isSameShape, type Tensor, type TensorType } from "./ir.js";
import { atan2, pow } from "./math.js";

/** f of two numbers, for operands of a type. */
type Function2 = (site: Site, dtype: ElementType) => (x: number, y: number) => number;

const isFloat = (dtype: ElementType) => dtype === "f32" || dtype === "f64";
const plain =
  (f: (x: number, y: number) => number): Function2 =>
  () =>
    f;
const truth =
  (f: (x: number, y: number) => boolean): Function2 =>
  () =>
  (x, y) =>
    f(x, y) ? 1 : 0;

/** Of two numbers of one type, which is also that of the result. */
const ARITHMETIC: Readonly<Record<string, Function2>> = {
  Add: plain((x, y) => x + y),
  Sub: plain((x, y) => x - y),
  Mul: (_, dtype) => (dtype === "i32" ? Math.imul : (x, y) => x * y),
  Div: (_, dtype) => (isFloat(dtype) ? (x, y) => x / y : (x, y) => Math.trunc(x / y)),
  Mod: (site, dtype) =>
    site.number("fmod", 0) === 1 || isFloat(dtype) ? (x, y) => x % y : (x, y) => x - y * Math.floor(x / y),
  Pow: plain(pow),
  PRelu: plain((x, slope) => (x < 0 ? slope * x : x)),
  Atan2: plain(atan2),
  FloorDiv: plain((x, y) => Math.floor(x / y)),
  FloorMod: plain((x, y) => x - y * Math.floor(x / y)),
  SquaredDifference: plain((x, y) => (x - y) * (x - y)),
};

const COMPARISONS: Readonly<Record<string, Function2>> = {
  Equal: truth((x, y) => x === y),
  Greater: truth((x, y) => x > y),
  GreaterOrEqual: truth((x, y) => x >= y),
  Less: truth((x, y) => x < y),
  LessOrEqual: truth((x, y) => x <= y),
  And: truth((x, y) => x !== 0 && y !== 0),
  Or: truth((x, y) => x !== 0 || y !== 0),
  Xor: truth((x, y) => (x !== 0) !== (y !== 0)),
};

/** Of any number of operands, two at a time. */
const FOLDS: Readonly<Record<string, Function2>> = {
  Max: plain((x, y) => (x > y || Number.isNaN(x) ? x : y)),
  Min: plain((x, y) => (x < y || Number.isNaN(x) ? x : y)),
  Sum: plain((x, y) => x + y),
  Mean: plain((x, y) => x + y),
};

function binary(f: Function2, result?: ElementType): Operator {
  return {
    infer: (site) => {
      const [a, b] = [site.input(0), site.input(1)];
      return [{ dtype: result ?? a.dtype, shape: broadcastShape(site, [a.shape, b.shape]) }];
    },
    compute: (site, [a, b], [out]) => combine(a as Tensor, b as Tensor, out, f(site, site.input(0).dtype)),
    lower: f === ARITHMETIC.Pow ? lowerPower : lowerCombine,
  };
}

/** Squares and square roots; an exponent of another value has no kernel. */
function lowerPower(site: Site, [out]: readonly TensorType[], lowering: Lowering): Lowered | undefined {
  const exponent = site.input(1).constant?.data;
  const code = exponent?.length === 1 ? POWERS[exponent[0]] : undefined;
  if (code === undefined || !isSameShape(out.shape, site.input(0).shape)) return undefined;
  return lowerMap(site, lowering, { code });
}

const POWERS: Readonly<Record<number, number>> = { 0.5: MAPS.Sqrt, 2: MAPS.Square, [-1]: MAPS.Reciprocal };

function fold(f: Function2, isMean: boolean): Operator {
  return {
    infer: (site) => {
      const operands = site.node.inputs.map((_, index) => site.input(index));
      return [
        {
          dtype: site.input(0).dtype,
          shape: broadcastShape(
            site,
            operands.map(({ shape }) => shape),
          ),
        },
      ];
    },
    compute: (site, inputs, [out]) => {
      const [first, ...rest] = inputs as Tensor[];
      const strides = [broadcastStrides(first.shape, out.shape)];
      walk(out.shape, strides, (index, [from]) => {
        out.data[index] = first.data[from];
      });
      for (const each of rest) combine(out, each, out, f(site, out.dtype));
      if (isMean) map(out, out, (x) => x / inputs.length);
    },
    lower: lowerCombine,
  };
}

const clip: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: site.input(0).shape }],
  compute: (_, [x, least, most], [out]) => {
    const [low, high] = [least?.data[0] ?? -Infinity, most?.data[0] ?? Infinity];
    map(x as Tensor, out, (value) => Math.min(Math.max(value, low), high));
  },
  lower: (site, _, lowering) => {
    const [low, high] = [1, 2].map((input) => site.operands[input]);
    if ((low && !low.constant) || (high && !high.constant)) return undefined;
    const [a, b] = [low?.constant?.data[0] ?? -Infinity, high?.constant?.data[0] ?? Infinity];
    // The kernel asks for the lower bound first, as ONNX does: a range that is empty gives the upper one.
    return lowerMap(site, lowering, { code: MAPS.Clamp, a, b });
  },
};

const where: Operator = {
  infer: (site) => {
    const shapes = [0, 1, 2].map((index) => site.input(index).shape);
    return [{ dtype: site.input(1).dtype, shape: broadcastShape(site, shapes) }];
  },
  compute: (_, inputs, [out]) => {
    const [condition, a, b] = inputs as Tensor[];
    const strides = [condition, a, b].map(({ shape }) => broadcastStrides(shape, out.shape));
    walk(out.shape, strides, (index, [at, yes, no]) => {
      out.data[index] = condition.data[at] ? a.data[yes] : b.data[no];
    });
  },
};

/** ONNX's numbers of types, as far as they have one here. */
export const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: "f32",
  2: "u8",
  3: "i8",
  4: "u16",
  5: "i16",
  6: "i32",
  7: "i64",
  9: "bool",
  10: "f32",
  11: "f64",
  12: "u32",
  16: "f32",
};

const WHOLE_BITS: Partial<Record<ElementType, number>> = { i32: 32, i16: 16, i8: 8, u32: 32, u16: 16, u8: 8 };

const cast: Operator = {
  infer: (site) => {
    const dtype = ELEMENT_TYPES[site.number("to", 1)];
    if (!dtype) throw unsupported(site.node, "a cast to numbers or bool", `type ${site.number("to", 1)}`);
    return [{ dtype, shape: site.input(0).shape }];
  },
  compute: (_, [x], [out]) => {
    if (out.dtype === "bool") return map(x as Tensor, out, (value) => (value !== 0 ? 1 : 0));
    const isWhole = out.dtype === "i64" || WHOLE_BITS[out.dtype] !== undefined;
    map(x as Tensor, out, isWhole ? Math.trunc : (value) => value);
  },
};

const table = (functions: Readonly<Record<string, Function2>>, result?: ElementType) =>
  Object.fromEntries(Object.entries(functions).map(([op, f]) => [op, binary(f, result)]));

/** Operators of several operands. */
export const ELEMENTWISE = {
  ...table(ARITHMETIC),
  ...table(COMPARISONS, "bool"),
  ...Object.fromEntries(Object.entries(FOLDS).map(([op, f]) => [op, fold(f, op === "Mean")])),
  Clip: clip,
  Where: where,
  Cast: cast,
};
