/** Unit roundoff of f32 and f64. */
export const UNIT_F32 = 2 ** -24;
export const UNIT_F64 = 2 ** -53;

/** γ_n = n·u / (1 − n·u): bounds the relative error of n roundings in a row (Higham, ch. 3). */
export function gamma(terms: number, unit = UNIT_F32): number {
  return (terms * unit) / (1 - terms * unit);
}

/** Whether `got` is within `bound` of `want`; NaN is close to NaN only, an infinity to itself only. */
export function isClose(got: number, want: number, bound: number): boolean {
  if (Number.isNaN(want)) return Number.isNaN(got);
  if (!Number.isFinite(want)) return got === want;
  return Math.abs(got - want) <= bound;
}
