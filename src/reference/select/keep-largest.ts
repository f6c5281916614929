/** Plain twin of assembly/select/keep-largest.ts: sorts all scores; low and high only say whether it refuses. */
export function f32_keep_largest(
  features: number,
  batch: number,
  scores: Float32Array,
  kept: Uint32Array,
  mask: Uint32Array,
  ldm: number,
  k: number,
  low: number,
  high: number,
  info: Uint32Array,
): number {
  const [least, most] = keysOf(Float32Array.of(low, high));
  const keys = keysOf(scores);
  const weights = Array.from({ length: features * batch }, (_, place) => {
    const [s, f] = [Math.floor(place / features), place % features];
    const rest = Math.min(32, batch - (s & ~31));
    const width = rest === 1 ? 1 : Math.ceil(rest / 4) * 4;
    return { s, f, place, key: keys[(s & ~31) * features + f * width + (s & 31)] };
  });
  const above = weights.filter(({ key }) => key > most).length;
  const reaching = weights.filter(({ key }) => key >= least).length;
  if (above > k || reaching < k) return 1;
  weights.sort((a, b) => b.key - a.key || b.place - a.place);
  info[0] = above === k ? most : weights[k - 1].key;
  info[1] = 0;
  for (const [rank, { s, f }] of weights.entries()) {
    const word = (s >> 5) * features + f;
    if (((kept[word] >>> (s & 31)) & 1) === (rank < k ? 1 : 0)) continue;
    info[1]++;
    kept[word] ^= 1 << (s & 31);
    mask[s * ldm + (f >> 5)] ^= 1 << (f & 31);
  }
  return 0;
}

/** The bits of the magnitudes: integers in the order of the numbers. */
function keysOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.slice().buffer).map((bits) => bits & 0x7fffffff);
}
