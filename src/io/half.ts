/**
 * Floats of 16 bits as the bit patterns that tensors hold, and as f32.
 *
 *   F16   1 sign, 5 exponent (bias 15), 10 fraction bits   IEEE 754 binary16
 *   BF16  the upper half of an f32
 *
 * Widening is exact, NaN payloads included. Narrowing rounds to nearest, ties to even; what is too large becomes
 * infinite, and a NaN stays one.
 */
import { checkTypedArray } from "../check.js";

/**
 * The values of F16 bit patterns.
 *
 * @param bits  one pattern a value
 * @throws {ArgumentTypeError} when an argument does not fit
 */
export function f32FromF16(bits: Uint16Array): Float32Array {
  checkTypedArray("bits", bits, "Uint16Array");
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i] & 0x7fff;
    words[i] = magnitude << 13;
    if (magnitude >= 0x7c00) words[i] |= 0x7f800000;
    // The exponent's bias goes from 15 to 127; as a product it also makes subnormals normal.
    else values[i] *= 2 ** 112;
    words[i] |= (bits[i] & 0x8000) << 16;
  }
  return values;
}

/**
 * The values of BF16 bit patterns.
 *
 * @param bits  one pattern a value
 * @throws {ArgumentTypeError} when an argument does not fit
 */
export function f32FromBf16(bits: Uint16Array): Float32Array {
  checkTypedArray("bits", bits, "Uint16Array");
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/**
 * The nearest F16 bit patterns. Above 65,519 they are infinite.
 *
 * @param values  any, NaN and infinities too
 * @throws {ArgumentTypeError} when an argument does not fit
 */
export function f16FromF32(values: Float32Array): Uint16Array {
  checkTypedArray("values", values, "Float32Array");
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word, i) => {
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) return sign | 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
    // Below 2⁻¹⁴ halves are multiples of 2⁻²⁴; adding 2⁵² rounds an f64 to a whole number, ties to even.
    if (magnitude < 0x38800000) return sign | (Math.abs(values[i]) * 2 ** 24 + 2 ** 52 - 2 ** 52);
    return sign | Math.min((roundedTo(13, magnitude) - 0x38000000) >>> 13, 0x7c00);
  });
}

/**
 * The nearest BF16 bit patterns.
 *
 * @param values  any, NaN and infinities too
 * @throws {ArgumentTypeError} when an argument does not fit
 */
export function bf16FromF32(values: Float32Array): Uint16Array {
  checkTypedArray("values", values, "Float32Array");
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(words, (word) =>
    (word & 0x7fffffff) > 0x7f800000
      ? (word >>> 16) | ((word & 0x7f0000) === 0 ? 0x40 : 0)
      : roundedTo(16, word) >>> 16,
  );
}

/** Adds what carries into bit `shift` when the bits below it round up, ties to even. */
const roundedTo = (shift: number, word: number) => word + (1 << (shift - 1)) - 1 + ((word >>> shift) & 1);
