/** Plain twin of assembly/math.ts: the same order of operations, so the same bits. */
const LOG2_E = Math.fround(Math.LOG2E);
const LN2_HIGH = 0.693359375;
const LN2_LOW = Math.fround(-2.1219444e-4);
const ROUNDER = 12582912;
const EXP_MIN = Math.fround(-87.33654);
const EXP_MAX = Math.fround(88.72283);
const EXP_COEFFICIENTS = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
].map(Math.fround);

export function f32_exp(n: number, x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < n; i++) y[i] = exp(x[i]);
}

export function f64_log(n: number, x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) y[i] = log(x[i]);
}

export function f64_cos_sin_turns(n: number, x: Float32Array, y: Float64Array): void {
  for (let i = 0; i < n; i++) {
    const within = x[i] - Math.floor(x[i]);
    y[2 * i] = within >= 0 ? cosTurn(within) : NaN;
    y[2 * i + 1] = within >= 0 ? sinTurn(within) : NaN;
  }
}

/** exp of an f32, as an f32. */
export function exp(x: number): number {
  const { fround } = Math;
  if (x < EXP_MIN) return 0;
  if (x > EXP_MAX) return Infinity;
  const n = fround(fround(fround(x * LOG2_E) + ROUNDER) - ROUNDER);
  const r = fround(fround(x - fround(n * LN2_HIGH)) - fround(n * LN2_LOW));
  const p = EXP_COEFFICIENTS.reduce((sum, coefficient) => fround(fround(sum * r) + coefficient));
  return fround(fround(fround(fround(p * fround(r * r)) + r) + 1) * 2 ** n);
}

/** log of an f64. */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (!(x > 0)) return NaN;
  if (x === Infinity) return x;
  let exponent = -1023;
  if (x < 2 ** -1022) {
    x *= 2 ** 54;
    exponent -= 54;
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const high = view.getUint32(0) + 0x00095f62;
  view.setUint32(0, (high & 0x000fffff) + 0x3fe6a09e);
  exponent += high >>> 20;
  const f = view.getFloat64(0) - 1;

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

/** cos(2πu), 0 ≤ u ≤ 1. */
export function cosTurn(u: number): number {
  const quarter = nearest(4 * u);
  const x = (4 * u - quarter) * 1.5707963267948966;
  const value = quarter & 1 ? sinKernel(x) : cosKernel(x);
  return (quarter + 1) & 2 ? -value : value;
}

/** sin(2πu), 0 ≤ u ≤ 1. */
export function sinTurn(u: number): number {
  const quarter = nearest(4 * u);
  const x = (4 * u - quarter) * 1.5707963267948966;
  const value = quarter & 1 ? cosKernel(x) : sinKernel(x);
  return quarter & 2 ? -value : value;
}

function cosKernel(x: number): number {
  const z = x * x;
  const low = z * (0.0416666666666666 + z * (-1.388888888887411e-3 + z * 2.480158728947673e-5));
  const high = -2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11);
  const r = low + z * z * (z * z) * high;
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + z * r);
}

function sinKernel(x: number): number {
  const z = x * x;
  const low = 8.33333333332249e-3 + z * (-1.984126982985795e-4 + z * 2.7557313707070068e-6);
  const high = -2.5050760253406863e-8 + z * 1.58969099521155e-10;
  const r = low + z * (z * z) * high;
  return x + z * x * (-0.16666666666666632 + z * r);
}

/** Nearest integer, ties to even, for small positive x: as the addition rounds. */
function nearest(x: number): number {
  return x + 2 ** 52 - 2 ** 52;
}
