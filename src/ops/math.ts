/** Elementary functions in f64, of additions and multiplications alone: the same bits in every engine. */

const LN2_HIGH = 0.6931471803691238; // Its low bits are 0: n · LN2_HIGH is exact.
const LN2_LOW = 1.9082149292705877e-10;

/** 2ⁿ for whole n, to infinity and 0 beyond f64's range. */
export function power2(n: number): number {
  let [result, base, rest] = [1, n < 0 ? 0.5 : 2, Math.min(Math.abs(n), 2200)];
  for (; rest > 0; rest = Math.floor(rest / 2), base *= base) if (rest % 2 === 1) result *= base;
  return result;
}

/** eˣ: range reduction to |r| ≤ ln 2 / 2, then Taylor's series to where it no longer counts. */
export function exp(x: number): number {
  if (!(x < 710)) return Number.isNaN(x) ? x : Infinity;
  if (x < -746) return 0;
  const n = Math.round(x / (LN2_HIGH + LN2_LOW));
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 16; k > 0; k--) sum = 1 + (sum * r) / k;
  return n < -1000 ? sum * power2(n + 200) * power2(-200) : sum * power2(n);
}

/** eˣ − 1, exact near 0. */
export function expm1(x: number): number {
  if (Math.abs(x) > 0.5) return exp(x) - 1;
  let sum = 1;
  for (let k = 18; k > 1; k--) sum = 1 + (sum * x) / k;
  return x * sum;
}

const bits = new DataView(new ArrayBuffer(8));

/** ln x: 2 artanh((m − 1) / (m + 1)) of the mantissa m in [√½, √2), plus the exponent. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : Number.NaN;
  const isSmall = x < 2 ** -1022;
  bits.setFloat64(0, isSmall ? x * 2 ** 54 : x);
  let exponent = (bits.getUint32(0) >>> 20) - 1023 - (isSmall ? 54 : 0);
  bits.setUint32(0, (bits.getUint32(0) & 0xfffff) | 0x3ff00000);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const z = s * s;
  let sum = 0;
  for (let k = 21; k > 0; k -= 2) sum = sum * z + 1 / k;
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW);
}

/** tanh x. */
export function tanh(x: number): number {
  if (Math.abs(x) > 22) return Math.sign(x);
  const e = expm1(2 * x);
  return e / (e + 2);
}

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)));

/** ln(1 + eˣ). */
export const softplus = (x: number): number => (x > 30 ? x : x < -30 ? exp(x) : log(1 + exp(x)));

/** The error function: its series below 3, its continued fraction above. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (!(a < 6)) return Number.isNaN(x) ? x : Math.sign(x);
  const scale = 2 / Math.sqrt(Math.PI);
  if (a < 3) {
    // Σ 2ᵏ x²ᵏ⁺¹ / (2k + 1)!! · e^(−x²): all terms positive.
    let [term, sum] = [a, a];
    for (let k = 1; k < 120 && term > sum * 1e-18; k++) {
      term *= (2 * a * a) / (2 * k + 1);
      sum += term;
    }
    return Math.sign(x) * scale * exp(-a * a) * sum;
  }
  let fraction = a;
  for (let k = 60; k > 0; k--) fraction = a + k / 2 / fraction;
  return Math.sign(x) * (1 - exp(-a * a) / (fraction * Math.sqrt(Math.PI)));
}

/** xʸ: by squaring for whole y, by e^(y ln x) else. */
export function pow(x: number, y: number): number {
  if (Number.isInteger(y) && Math.abs(y) <= 1024) {
    let [result, base, rest] = [1, x, Math.abs(y)];
    for (; rest > 0; rest = Math.floor(rest / 2), base *= base) if (rest % 2 === 1) result *= base;
    return y < 0 ? 1 / result : result;
  }
  if (y === 0.5) return Math.sqrt(x);
  if (x === 0) return y > 0 ? 0 : y < 0 ? Infinity : y;
  return x < 0 ? Number.NaN : exp(y * log(x));
}

const PIO2_HIGH = 1.5707963267341256;
const PIO2_LOW = 6.077100506506192e-11;

/** sin x for |x| up to about 10⁶, where the reduction is exact enough for f32. */
export const sin = (x: number): number => quarterTurns(x, 0);

/** cos x, as `sin`. */
export const cos = (x: number): number => quarterTurns(x, 1);

function quarterTurns(x: number, shift: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const n = Math.round(x / (PIO2_HIGH + PIO2_LOW));
  const r = x - n * PIO2_HIGH - n * PIO2_LOW;
  const quadrant = (((n + shift) % 4) + 4) % 4;
  const isCosine = quadrant % 2 === 1;
  let sum = 1;
  for (let k = isCosine ? 22 : 23; k > 1; k -= 2) sum = 1 - (sum * r * r) / (k * (k - 1));
  const value = isCosine ? sum : r * sum;
  return quadrant >= 2 ? -value : value;
}

/** Half to even, as ONNX's Round. */
export function roundEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The angle of (x, y), −π to π: arctan by halving its argument twice, then its series. */
export function atan2(y: number, x: number): number {
  if (x === 0 && y === 0) return 0;
  const [a, b] = [Math.abs(x), Math.abs(y)];
  const ratio = Math.min(a, b) / Math.max(a, b);
  const half = ratio / (1 + Math.sqrt(1 + ratio * ratio));
  const quarter = half / (1 + Math.sqrt(1 + half * half));
  const z = quarter * quarter;
  let sum = 0;
  for (let k = 27; k > 0; k -= 2) sum = 1 / k - z * sum;
  const within = 4 * quarter * sum;
  const first = b > a ? Math.PI / 2 - within : within;
  const angle = x < 0 ? Math.PI - first : first;
  return y < 0 ? -angle : angle;
}
