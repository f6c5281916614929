/** Plain twins of assembly/dense/pack.ts. */

export function f32_pack_a(m: number, k: number, a: Float32Array, lda: number, packed: Float32Array): void {
  for (let i = 0; i < Math.ceil(m / 4) * 4; i++)
    for (let kk = 0; kk < k; kk++) packed[(i - (i % 4)) * k + kk * 4 + (i % 4)] = i < m ? a[i * lda + kk] : 0;
}

export function f32_pack_a_transposed(
  m: number,
  k: number,
  a: Float32Array,
  lda: number,
  packed: Float32Array,
): void {
  for (let i = 0; i < Math.ceil(m / 4) * 4; i++)
    for (let kk = 0; kk < k; kk++) packed[(i - (i % 4)) * k + kk * 4 + (i % 4)] = i < m ? a[kk * lda + i] : 0;
}

export function f32_pack_a_panels(m: number, batch: number, y: Float32Array, packed: Float32Array): void {
  const widthOf = (rest: number) => (rest >= 32 ? 32 : rest === 1 ? 1 : (rest + 3) & ~3);
  const padded = (batch & ~31) + widthOf(batch & 31);
  for (let i = 0; i < Math.ceil(m / 4) * 4; i++)
    for (let s = 0; s < padded; s++) {
      const first = s & ~31;
      const value = i < m ? y[first * m + i * widthOf(batch - first) + (s - first)] : 0;
      packed[(i - (i % 4)) * padded + s * 4 + (i % 4)] = value;
    }
}
