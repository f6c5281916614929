/** Functions of one number: activations, and what else works element by element. */
import type { Operator, Site } from "./contract.js";
import { lowerMap, MAPS, type Mapping } from "./elementwise-kernels.js";
import type { ElementType, Tensor } from "./ir.js";
import * as math from "./math.js";

/** f with what the node's attributes say. */
type Function1 = (site: Site) => (x: number) => number;

const plain =
  (f: (x: number) => number): Function1 =>
  () =>
    f;

/** By operator. Defaults are ONNX's. */
const FUNCTIONS: Readonly<Record<string, Function1>> = {
  Abs: plain(Math.abs),
  Affine: (site) => {
    const [scale, shift] = [site.number("scale", 1), site.number("shift", 0)].map(Math.fround);
    return (x) => Math.fround(x * scale) + shift;
  },
  Ceil: plain(Math.ceil),
  Cos: plain(math.cos),
  Elu: (site) => {
    const alpha = site.number("alpha", 1);
    return (x) => (x < 0 ? alpha * math.expm1(x) : x);
  },
  Erf: plain(math.erf),
  Exp: plain(math.exp),
  Floor: plain(Math.floor),
  Gelu: (site) =>
    site.text("approximate", "none") === "tanh"
      ? (x) => 0.5 * x * (1 + math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
      : (x) => 0.5 * x * (1 + math.erf(x / Math.SQRT2)),
  HardSigmoid: (site) => {
    const [alpha, beta] = [site.number("alpha", 0.2), site.number("beta", 0.5)];
    return (x) => Math.max(0, Math.min(1, alpha * x + beta));
  },
  HardSwish: plain((x) => x * Math.max(0, Math.min(1, x / 6 + 0.5))),
  LeakyRelu: (site) => {
    const alpha = site.number("alpha", 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  Log: plain(math.log),
  Mish: plain((x) => x * math.tanh(math.softplus(x))),
  Neg: plain((x) => -x),
  Reciprocal: plain((x) => 1 / x),
  Relu: plain((x) => Math.max(x, 0)),
  Round: plain(math.roundEven),
  Selu: (site) => {
    const alpha = site.number("alpha", 1.6732632423543772);
    const gamma = site.number("gamma", 1.0507009873554805);
    return (x) => gamma * (x > 0 ? x : alpha * math.expm1(x));
  },
  Sigmoid: plain(math.sigmoid),
  Sign: plain(Math.sign),
  Sin: plain(math.sin),
  Softplus: plain(math.softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Sqrt: plain(Math.sqrt),
  Swish: (site) => {
    const alpha = site.number("alpha", 1);
    return (x) => x * math.sigmoid(alpha * x);
  },
  Tanh: plain(math.tanh),
  ThresholdedRelu: (site) => {
    const alpha = site.number("alpha", 1);
    return (x) => (x > alpha ? x : 0);
  },
};

/** Their kernels, where there are some. */
const KERNELS: Readonly<Record<string, (site: Site) => Mapping>> = {
  ...Object.fromEntries(Object.entries(MAPS).map(([op, code]) => [op, () => ({ code })])),
  Affine: (site) => ({ code: MAPS.Affine, a: site.number("scale", 1), b: site.number("shift", 0) }),
  Elu: (site) => ({ code: MAPS.Elu, a: site.number("alpha", 1) }),
  Gelu: (site) => ({
    code: site.text("approximate", "none") === "tanh" ? MAPS.GeluTanh : MAPS.Gelu,
  }),
  HardSigmoid: (site) => ({
    code: MAPS.HardSigmoid,
    a: site.number("alpha", 0.2),
    b: site.number("beta", 0.5),
  }),
  LeakyRelu: (site) => ({ code: MAPS.Leaky, a: site.number("alpha", 0.01) }),
  Relu: () => ({ code: MAPS.Clamp, a: 0, b: Infinity }),
  Swish: (site) => ({ code: MAPS.Swish, a: site.number("alpha", 1) }),
};

/** What takes numbers and gives truth, by operator. */
const TESTS: Readonly<Record<string, Function1>> = {
  Not: plain((x) => (x === 0 ? 1 : 0)),
  IsNaN: plain((x) => (Number.isNaN(x) ? 1 : 0)),
  IsInf: plain((x) => (x === Infinity || x === -Infinity ? 1 : 0)),
};

/** Applies f to each element. */
export function map({ data: x }: Tensor, { data: y }: Tensor, f: (x: number) => number): void {
  for (let index = 0; index < y.length; index++) y[index] = f(x[index]);
}

function unary(f: Function1, dtype?: ElementType): Operator {
  return {
    infer: (site) => [{ dtype: dtype ?? site.input(0).dtype, shape: site.input(0).shape }],
    compute: (site, [x], [y]) => map(x as Tensor, y, f(site)),
    lower: dtype ? undefined : (site, _, lowering) => lowerMap(site, lowering, KERNELS[site.node.op]?.(site)),
  };
}

const all = (functions: Readonly<Record<string, Function1>>, dtype?: ElementType) =>
  Object.fromEntries(Object.entries(functions).map(([op, f]) => [op, unary(f, dtype)]));

/** Operators of one operand. */
export const ACTIVATIONS = { ...all(FUNCTIONS), ...all(TESTS, "bool") };
