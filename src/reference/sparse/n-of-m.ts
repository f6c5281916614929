/** Plain twins of assembly/sparse/n-of-m.ts. Sums in f64; the kernels' rounding is judged against them. */
import { panelWidth } from "../dense/panels.js";

const ACCUMULATE = 1;
const RELU = 2;

/** One code a slot: 2 bits (of 4) or 4 bits (of 8) for each of a panel's four rows. */
export type Codes = Uint8Array | Uint16Array;

function product(slots: number, group: number) {
  return (
    m: number,
    batch: number,
    n: number,
    codes: Codes,
    values: Float32Array,
    x: Float32Array,
    y: Float32Array,
    bias: Float32Array | 0,
    flags: number,
    _controls?: Uint8Array,
  ): void => {
    const rowSlots = Math.ceil(n / group) * slots;
    for (let s = 0; s < batch; s += 32) {
      const width = panelWidth(batch - s);
      const [from, to] = [x.subarray(s * n), y.subarray(s * m)];
      for (let i = 0; i < m; i++)
        for (let c = 0; c < width; c++) {
          let sum = flags & ACCUMULATE ? to[i * width + c] : bias ? bias[i] : 0;
          for (let slot = 0; slot < rowSlots; slot++) {
            const at = (i >> 2) * rowSlots + slot;
            const place = (codes[at] >> ((i & 3) * (group >> 1))) & (group - 1);
            const j = Math.floor(slot / slots) * group + place;
            sum += values[4 * at + (i & 3)] * from[j * width + c];
          }
          to[i * width + c] = flags & RELU && sum < 0 ? 0 : sum;
        }
    }
  };
}

function vectorProduct(multiply: ReturnType<typeof product>) {
  return (
    m: number,
    n: number,
    codes: Codes,
    values: Float32Array,
    x: Float32Array,
    y: Float32Array,
    bias: Float32Array | 0,
    flags: number,
    _controls?: Uint8Array,
  ): void => multiply(m, 1, n, codes, values, x, y, bias, flags);
}

export const f32_spmm_2of4 = product(2, 4);
export const f32_spmm_1of4 = product(1, 4);
export const f32_spmm_4of8 = product(4, 8);
export const f32_spmv_2of4 = vectorProduct(f32_spmm_2of4);
export const f32_spmv_1of4 = vectorProduct(f32_spmm_1of4);
export const f32_spmv_4of8 = vectorProduct(f32_spmm_4of8);

export function n_of_m_controls(controls: Uint8Array): void {
  for (let code = 0; code < 256; code++)
    for (let byte = 0; byte < 16; byte++) {
      const place = (code >> (2 * (byte >> 2))) & 3;
      controls[16 * code + byte] = 4 * place + (byte & 3);
    }
}
