/** Plain twin of assembly/saliency/square-by-column.ts: rounds to f32 where the kernel does, so the same bits. */
export function f32_square_by_column(
  m: number,
  n: number,
  alpha: number,
  w: Float32Array,
  ldw: number,
  c: Float32Array,
  s: Float32Array,
  lds: number,
): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const weight = w[i * ldw + j];
      s[i * lds + j] = times(times(times(weight, weight), c[j]), Math.fround(alpha));
    }
  }
}

/** +0 for a product that would be denormal. */
function times(x: number, y: number): number {
  const product = Math.fround(x * y);
  return Math.abs(product) < 2 ** -126 ? 0 : product;
}
