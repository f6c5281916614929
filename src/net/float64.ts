/** exp, log and what is made of them in f64, in one written order of operations: the same bits on every engine. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const EXP_MAX = 709.782712893384;
const EXP_MIN = -708;
const bits = new DataView(new ArrayBuffer(8));

/** eˣ, < 1 ulp; 0 where it is below 2⁻¹⁰²¹. Source: fdlibm, e_exp.c. */
export function exp(x: number): number {
  if (x > EXP_MAX) return Infinity;
  if (x < EXP_MIN) return 0;
  const k = Math.round(x * Math.LOG2E);
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const series = 6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8);
  const c = r - t * (0.16666666666666602 + t * (-2.7777777777015593e-3 + t * series));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  // 2ᵏ, in two factors because k reaches 1024.
  const half = k >> 1;
  return y * twoTo(half) * twoTo(k - half);
}

function twoTo(k: number): number {
  bits.setUint32(0, (k + 1023) << 20);
  bits.setUint32(4, 0);
  return bits.getFloat64(0);
}

/** ln x, < 1 ulp; −Infinity of 0, NaN below. Source: fdlibm, e_log.c, as assembly/math.ts has it. */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x === Infinity) return x;
  let exponent = -1023;
  if (x < 2 ** -1022) {
    x *= 2 ** 54;
    exponent -= 54;
  }
  bits.setFloat64(0, x);
  const high = bits.getUint32(0) + 0x00095f62;
  bits.setUint32(0, (high & 0x000fffff) + 0x3fe6a09e);
  exponent += high >>> 20;
  const f = bits.getFloat64(0) - 1;

  const halfSquare = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  const k = exponent;
  return (
    s * (halfSquare + (odd + even)) + k * 1.9082149292705877e-10 - halfSquare + f + k * 0.6931471803691238
  );
}

/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (x: number): number => 1 / (1 + exp(-x));

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) */
export const tanh = (x: number): number => 1 - 2 / (exp(2 * x) + 1);
