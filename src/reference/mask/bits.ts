/** Plain twins of assembly/mask/bits.ts. */
export function u32_mask_and(words: number, a: Uint32Array, b: Uint32Array, out: Uint32Array): void {
  for (let i = 0; i < words; i++) out[i] = a[i] & b[i];
}

export function u32_mask_count(words: number, a: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < words; i++) {
    for (let bit = 0; bit < 32; bit++) count += (a[i] >>> bit) & 1;
  }
  return count;
}
