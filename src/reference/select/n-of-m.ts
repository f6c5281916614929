/** Plain twin of assembly/select/n-of-m.ts: sorts each group. */
export function f32_select_n_of_m(
  m: number,
  n: number,
  scores: Float32Array,
  lds: number,
  mask: Uint32Array,
  ldm: number,
  keep: number,
  group: number,
): number {
  const pruned: { word: number; bit: number }[] = [];
  for (let i = 0; i < m; i++) {
    for (let first = 0; first < n; first += group) {
      const kept: { score: number; word: number; bit: number }[] = [];
      for (let j = first; j < first + group; j++) {
        const word = i * ldm + (j >> 5);
        const bit = 1 << (j & 31);
        if (mask[word] & bit) kept.push({ score: scores[i * lds + j], word, bit });
      }
      if (kept.some(({ score }) => Number.isNaN(score))) return 1;
      kept.sort((a, b) => (a.score === b.score ? 0 : a.score - b.score));
      pruned.push(...kept.slice(0, Math.max(0, kept.length - keep)));
    }
  }
  for (const { word, bit } of pruned) mask[word] &= ~bit;
  return 0;
}
