/** Powers of two that bring numbers where f32 holds their squares; nothing is rounded by them. */

/** Where the largest is below it and above its reciprocal, squares and quotients are far from the ends of f32. */
const MOST = 2 ** 20;

/**
 * What numbers are multiplied by, so that the largest is from 1 to 2.
 *
 * @param largest  their largest magnitude
 * @returns a power of two; 1 where the largest is from 2⁻²⁰ to 2²⁰, 0 or not finite
 */
export function scaleFor(largest: number): number {
  if (!(largest > 0 && largest < Infinity)) return 1;
  if (largest >= 1 / MOST && largest <= MOST) return 1;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, largest);
  bits.setUint32(0, bits.getUint32(0) & 0x7ff00000);
  bits.setUint32(4, 0);
  return 1 / bits.getFloat64(0);
}

/** As `scaleFor`, for numbers that are squares: a power of four. */
export const scaleForSquares = (largest: number): number => scaleFor(Math.sqrt(largest)) ** 2;

/** The largest magnitude of some numbers; NaN counts as nothing. */
export function largestOf(values: Float32Array | Float64Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest;
}
