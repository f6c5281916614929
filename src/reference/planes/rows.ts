/** Plain twins of assembly/planes/rows.ts, in f64. */
const STARTS = [0, -Infinity, Infinity, 0, 0];
/** In the order of `Reduce`. */
const TERMS: readonly ((sum: number, x: number) => number)[] = [
  (sum, x) => sum + x,
  Math.max,
  Math.min,
  (sum, x) => sum + x * x,
  (sum, x) => sum + Math.abs(x),
];

export function f32_planes_reduce(
  op: number,
  rows: number,
  n: number,
  x: Float32Array,
  xRow: number,
  xStep: number,
  y: Float32Array,
  yRow: number,
  divisor: number,
): void {
  const isExtreme = op === 1 || op === 2;
  for (let r = 0; r < rows; r++) {
    let sum = STARTS[op];
    for (let i = 0; i < n; i++) sum = TERMS[op](sum, x[(r * xRow + i * xStep) / 4]);
    y[(r * yRow) / 4] = isExtreme ? sum : sum / divisor;
  }
}

export function f32_planes_softmax(
  rows: number,
  n: number,
  x: Float32Array,
  xRow: number,
  xStep: number,
  y: Float32Array,
  yRow: number,
  yStep: number,
): void {
  for (let r = 0; r < rows; r++) {
    const row = Array.from({ length: n }, (_, i) => x[(r * xRow + i * xStep) / 4]);
    const most = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - most));
    const sum = powers.reduce((all, power) => all + power, 0);
    powers.forEach((power, i) => {
      y[(r * yRow + i * yStep) / 4] = power / sum;
    });
  }
}

export function f32_planes_normalize(
  rows: number,
  n: number,
  x: Float32Array,
  xRow: number,
  y: Float32Array,
  yRow: number,
  scale: Float32Array,
  bias: Float32Array | 0,
  sRow: number,
  sStep: number,
  epsilon: number,
): void {
  for (let r = 0; r < rows; r++) {
    const row = Array.from(x.subarray((r * xRow) / 4, (r * xRow) / 4 + n));
    const mean = row.reduce((sum, value) => sum + value, 0) / n;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    row.forEach((value, i) => {
      const at = (r * sRow + i * sStep) / 4;
      y[(r * yRow) / 4 + i] =
        ((value - mean) / Math.sqrt(variance + epsilon)) * scale[at] + (bias ? bias[at] : 0);
    });
  }
}
