/** Plain twin of assembly/train/adam.ts: rounds to f32 where the kernel does, so the same bits. */
const MIN_NORMAL = 2 ** -126;

export function f32_adam(
  n: number,
  w: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  stepSize: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  secondCorrection: number,
  weightDecay: number,
): void {
  const { fround, sqrt } = Math;
  const [step, b1, b2, eps, correction, decay] = [
    stepSize,
    beta1,
    beta2,
    epsilon,
    secondCorrection,
    weightDecay,
  ].map(fround);
  const rest1 = fround(1 - b1);
  const rest2 = fround(1 - b2);
  const leastGradient = fround(sqrt(fround(MIN_NORMAL / rest2)));
  const leastRatio = fround(MIN_NORMAL / step);
  for (let i = 0; i < n; i++) {
    const gradient = fround(g[i] + fround(decay * w[i]));
    const large = flush(gradient, leastGradient);
    m[i] = flush(fround(fround(b1 * m[i]) + fround(rest1 * gradient)), MIN_NORMAL);
    v[i] = flush(fround(fround(b2 * v[i]) + fround(rest2 * fround(large * large))), MIN_NORMAL);
    const ratio = fround(m[i] / fround(fround(sqrt(fround(v[i] * correction))) + eps));
    w[i] = flush(fround(w[i] - fround(step * flush(ratio, leastRatio))), MIN_NORMAL);
  }
}

/** +0 instead of what is smaller than `least`. */
function flush(x: number, least: number): number {
  return Math.abs(x) < least ? 0 : x;
}
