/** Plain twins of assembly/sparse/n-of-m-pack.ts. */
import type { Codes } from "./n-of-m.js";

function pack(slots: number, group: number) {
  return (
    m: number,
    n: number,
    a: Float32Array,
    lda: number,
    mask: Uint32Array,
    ldm: number,
    codes: Codes,
    values: Float32Array,
  ): number => {
    const rowSlots = Math.ceil(n / group) * slots;
    let misfits = 0;
    codes.fill(0);
    values.fill(0);
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j += group) {
        const columns = Array.from({ length: Math.min(group, n - j) }, (_, place) => j + place);
        const isKept = (c: number) => (mask[i * ldm + (c >> 5)] >>> (c & 31)) & 1;
        const kept = columns.filter(isKept);
        if (kept.length > slots) misfits++;
        const taken = [...kept, ...columns.filter((c) => !isKept(c))];
        for (let slot = 0; slot < slots; slot++) {
          const at = (i >> 2) * rowSlots + (j / group) * slots + slot;
          codes[at] |= ((taken[slot] ?? j) - j) << ((i & 3) * (group >> 1));
          if (slot < kept.length) values[4 * at + (i & 3)] = a[i * lda + kept[slot]];
        }
      }
    return misfits;
  };
}

function scatter(slots: number, group: number) {
  return (m: number, n: number, codes: Codes, values: Float32Array, a: Float32Array, lda: number): void => {
    const rowSlots = Math.ceil(n / group) * slots;
    for (let i = 0; i < m; i++)
      for (let slot = rowSlots - 1; slot >= 0; slot--) {
        const at = (i >> 2) * rowSlots + slot;
        const place = (codes[at] >> ((i & 3) * (group >> 1))) & (group - 1);
        a[i * lda + Math.floor(slot / slots) * group + place] = values[4 * at + (i & 3)];
      }
  };
}

export const f32_pack_2of4 = pack(2, 4);
export const f32_pack_1of4 = pack(1, 4);
export const f32_pack_4of8 = pack(4, 8);
export const f32_scatter_2of4 = scatter(2, 4);
export const f32_scatter_1of4 = scatter(1, 4);
export const f32_scatter_4of8 = scatter(4, 8);
