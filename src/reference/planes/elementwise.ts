/** Plain twins of assembly/planes/elementwise.ts, in f64. */

/** erf x: its series below 3, its continued fraction above. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x) || size > 6) return Number.isNaN(x) ? x : Math.sign(x);
  if (size < 3) {
    let [term, sum] = [x, x];
    for (let k = 1; k < 100; k++) {
      term *= (2 * x * x) / (2 * k + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = size;
  for (let k = 60; k > 0; k--) fraction = size + k / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-x * x) / (fraction * Math.sqrt(Math.PI)));
}

/** NaN of any of the three compares as false: not what Math.min and Math.max do. */
function clamp(x: number, low: number, high: number): number {
  if (x < low) return low;
  if (x > high) return high;
  return x;
}
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/** In the order of `Map`. */
const MAPS: readonly ((x: number, a: number, b: number) => number)[] = [
  Math.abs,
  (x) => -x,
  Math.sqrt,
  (x) => 1 / x,
  Math.floor,
  Math.ceil,
  (x) => (Number.isFinite(x) ? roundEven(x) : x),
  (x) => x * x,
  clamp,
  (x, a) => (x < 0 ? a * x : x),
  (x, a, b) => Math.fround(x * a) + b,
  Math.exp,
  sigmoid,
  (x, a) => x * sigmoid(a * x),
  Math.tanh,
  (x, a, b) => clamp(Math.fround(x * a) + b, 0, 1),
  (x) => x * clamp(x / 6 + 0.5, 0, 1),
  erf,
  (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
  (x, a) => (x < 0 ? a * Math.expm1(x) : x),
];

export function f32_planes_map(
  op: number,
  rows: number,
  n: number,
  x: Float32Array,
  xRow: number,
  y: Float32Array,
  yRow: number,
  a: number,
  b: number,
): void {
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < n; i++)
      y[(r * yRow) / 4 + i] = MAPS[op](x[(r * xRow) / 4 + i], Math.fround(a), Math.fround(b));
}

/** In the order of `Combine`. */
const COMBINATIONS: readonly ((x: number, y: number) => number)[] = [
  (x, y) => x + y,
  (x, y) => x - y,
  (x, y) => x * y,
  (x, y) => x / y,
  Math.max,
  Math.min,
  (x, slope) => (x < 0 ? slope * x : x),
  (x, y) => Math.fround(x - y) ** 2,
];

export function f32_planes_combine(
  op: number,
  rows: number,
  n: number,
  x: Float32Array,
  xRow: number,
  xStep: number,
  y: Float32Array,
  yRow: number,
  yStep: number,
  z: Float32Array,
  zRow: number,
): void {
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < n; i++) {
      const [a, b] = [x[(r * xRow + i * xStep) / 4], y[(r * yRow + i * yStep) / 4]];
      z[(r * zRow) / 4 + i] = COMBINATIONS[op](a, b);
    }
}
