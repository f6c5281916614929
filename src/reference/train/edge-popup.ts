/** Plain twin of assembly/train/edge-popup.ts: rounds to f32 where the kernel does, so the same bits. */
export function f32_edge_popup(
  n: number,
  s: Float32Array,
  g: Float32Array,
  w: Float32Array,
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
    const product = fround(g[i] * w[i]);
    const slope = s[i] === 0 ? 0 : s[i] < 0 ? -product : product;
    const gradient = fround(slope + fround(decay * s[i]));
    velocity[i] = flush(fround(fround(share * velocity[i]) + gradient), 2 ** -126);
    s[i] = flush(fround(s[i] - fround(rate * flush(velocity[i], least))), 2 ** -126);
  }
}

/** +0 instead of what is smaller than `least`. */
function flush(x: number, least: number): number {
  return Math.abs(x) < least ? 0 : x;
}
