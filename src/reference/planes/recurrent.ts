/** Plain twins of assembly/planes/recurrent.ts: the same order of operations, so the same bits. */
import { exp } from "../math.js";

const { fround } = Math;

function sigmoid(x: number): number {
  return fround(1 / fround(1 + exp(-x)));
}

function tanh(x: number): number {
  const e = exp(fround(Math.abs(x) * -2));
  const magnitude = fround(fround(1 - e) / fround(1 + e));
  return x < 0 || Object.is(x, -0) ? -magnitude : magnitude;
}

export function f32_lstm_cell(
  n: number,
  sums: Float32Array,
  c: Float32Array,
  cOut: Float32Array,
  hOut: Float32Array,
  y: Float32Array | 0,
): void {
  for (let i = 0; i < n; i++) {
    const kept = fround(sigmoid(sums[2 * n + i]) * c[i]);
    const next = fround(kept + fround(sigmoid(sums[i]) * tanh(sums[3 * n + i])));
    cOut[i] = next;
    hOut[i] = fround(sigmoid(sums[n + i]) * tanh(next));
    if (y) y[i] = hOut[i];
  }
}

export function f32_gru_cell(
  n: number,
  sums: Float32Array,
  late: Float32Array,
  h: Float32Array,
  hOut: Float32Array,
  y: Float32Array | 0,
): void {
  for (let i = 0; i < n; i++) {
    const update = sigmoid(sums[i]);
    const behind = fround(sigmoid(sums[n + i]) * late[i]);
    const candidate = tanh(fround(sums[2 * n + i] + behind));
    const kept = fround(update * h[i]);
    hOut[i] = fround(fround(fround(1 - update) * candidate) + kept);
    if (y) y[i] = hOut[i];
  }
}
