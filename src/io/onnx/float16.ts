/** IEEE 754's binary16, which JavaScript has no array for on every host. */

const one = new Float32Array(1);
const oneBits = new Uint32Array(one.buffer);

/** The value of 16 bits; exact, because every float16 is a float32. */
export function float32Of(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bits of the float16 nearest to a float32, ties to even; ±0 keep their sign, 65520 and beyond are infinite. */
export function float16Of(value: number): number {
  one[0] = value;
  const sign = (oneBits[0] >>> 16) & 0x8000;
  const size = Math.abs(one[0]);
  if (!(size < 65520)) return sign | (Number.isNaN(size) ? 0x7e00 : 0x7c00);
  // The distance of float16s around it, a power of two, from the exponent; 2⁻²⁴ among the subnormal ones.
  const exponent = Math.max(((oneBits[0] >>> 23) & 255) - 127, -14);
  const steps = size * 2 ** (10 - exponent);
  const down = Math.floor(steps);
  const rest = steps - down;
  const nearest = down + Number(rest > 0.5 || (rest === 0.5 && down % 2 === 1));
  // Normal ones have from 1024 to 2048 steps; a carry runs into the exponent by itself.
  return sign | ((exponent + 14) * 1024 + nearest);
}
