/** Plain twin of assembly/select/smallest-k.ts: sorts. The scratch is not used. */
export function f32_select_smallest_k(
  m: number,
  n: number,
  scores: Float32Array,
  lds: number,
  mask: Uint32Array,
  ldm: number,
  k: number,
  _scratch?: Uint32Array,
): number {
  const kept: { score: number; word: number; bit: number }[] = [];
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const word = i * ldm + (j >> 5);
      const bit = 1 << (j & 31);
      if (mask[word] & bit) kept.push({ score: scores[i * lds + j], word, bit });
    }
  }
  if (kept.some(({ score }) => Number.isNaN(score))) return 1;
  if (kept.length < k) return 2;
  kept.sort((a, b) => (a.score === b.score ? 0 : a.score - b.score));
  for (const { word, bit } of kept.slice(0, k)) mask[word] &= ~bit;
  return 0;
}
