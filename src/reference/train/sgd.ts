/** Plain twin of assembly/train/sgd.ts: rounds to f32 where the kernel does, so the same bits. */
export function f32_sgd(
  n: number,
  w: Float32Array,
  g: Float32Array,
  velocity: Float32Array,
  learningRate: number,
  momentum: number,
  weightDecay: number,
): void {
  const { fround } = Math;
  const rate = fround(learningRate);
  const share = fround(momentum);
  const decay = fround(weightDecay);
  const least = fround(2 ** -126 / rate);
  for (let i = 0; i < n; i++) {
    const gradient = fround(g[i] + fround(decay * w[i]));
    velocity[i] = flush(fround(fround(share * velocity[i]) + gradient), 2 ** -126);
    w[i] = flush(fround(w[i] - fround(rate * flush(velocity[i], least))), 2 ** -126);
  }
}

/** +0 instead of what is smaller than `least`. */
function flush(x: number, least: number): number {
  return Math.abs(x) < least ? 0 : x;
}
