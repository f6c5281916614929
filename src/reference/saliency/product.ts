/** Plain twins of assembly/saliency/product.ts; same bits. */
const MIN_NORMAL = 2 ** -126;

export function f32_product(n: number, x: Float32Array, y: Float32Array, z: Float32Array): void {
  for (let i = 0; i < n; i++) {
    const product = Math.fround(x[i] * y[i]);
    z[i] = Math.abs(product) < MIN_NORMAL ? 0 : product;
  }
}

export function f32_abs_product(n: number, x: Float32Array, y: Float32Array, z: Float32Array): void {
  f32_product(n, x, y, z);
  for (let i = 0; i < n; i++) z[i] = Math.abs(z[i]);
}
