import { describe, expect, test } from "vitest";
import { bf16FromF32, f16FromF32, f32FromBf16, f32FromF16 } from "../../src/io/half.js";
import { Random } from "../harness/random.js";

const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer);
const floatOf = (...words: number[]) => new Float32Array(Uint32Array.from(words).buffer);

/** By the definition of binary16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : (fraction / 1024) * 2 ** -14);
}

/** By the definition of bfloat16. */
function brain(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 7) & 255, bits & 127];
  if (exponent === 255) return fraction ? Number.NaN : sign * Infinity;
  return sign * (exponent ? (1 + fraction / 128) * 2 ** (exponent - 127) : (fraction / 128) * 2 ** -126);
}

describe.each([
  { name: "F16", value: half, widen: f32FromF16, narrow: f16FromF32, infinity: 0x7c00, above: 65_536 },
  { name: "BF16", value: brain, widen: f32FromBf16, narrow: bf16FromF32, infinity: 0x7f80, above: 2 ** 128 },
])("$name", ({ value, widen, narrow, infinity, above }) => {
  test("every pattern has its value, and comes back, payloads of NaN included", () => {
    expect(widen(all)).toEqual(Float32Array.from(all, value));
    expect(narrow(widen(all))).toEqual(all);
  });
  test("between every two neighbours: nearest, ties to even", () => {
    // Midpoints and what stands one f32 below and above them are where rounding decides.
    const lower = all.subarray(0, infinity);
    const middles = Float32Array.from(
      lower,
      (bits) => (value(bits) + (value(bits + 1) === Infinity ? above : value(bits + 1))) / 2,
    );
    const even = Uint16Array.from(lower, (bits) => bits + (bits & 1));
    const nudged = (by: number) => new Float32Array(bitsOf(middles).map((word) => word + by).buffer);
    expect(narrow(middles)).toEqual(even);
    expect(narrow(nudged(-1))).toEqual(lower);
    expect(narrow(nudged(1))).toEqual(lower.map((bits) => bits + 1));
    const signed = (patterns: Uint16Array) => patterns.map((bits) => bits | 0x8000);
    expect(narrow(middles.map((middle) => -middle))).toEqual(signed(even));
  });
  test("any f32: no other pattern is nearer, and a NaN stays one", () => {
    const random = new Random(1);
    const values = new Float32Array(random.bits(100_000).buffer);
    const narrowed = narrow(values);
    const size = (bits: number) => ((bits & 0x7fff) === infinity ? above : Math.abs(value(bits)));
    narrowed.forEach((bits, i) => {
      if (Number.isNaN(values[i]) !== Number.isNaN(value(bits))) expect.fail(`${values[i]} to ${bits}`);
      const distance = (other: number) => Math.abs(size(other) - Math.min(Math.abs(values[i]), above));
      const neighbours = [bits - 1, bits + 1].filter(
        (other) => (other & 0x7fff) <= infinity && (other ^ bits) >> 15 === 0,
      );
      if (neighbours.some((other) => distance(other) < distance(bits)))
        expect.fail(`${values[i]} to ${bits}`);
      if (bits >> 15 !== bitsOf(values)[i] >>> 31) expect.fail(`sign of ${values[i]}`);
    });
  });
  test("a NaN whose payload does not fit stays a NaN", () => {
    for (const bits of narrow(floatOf(0x7f800001, 0xff800001))) expect(value(bits)).toBeNaN();
  });
  test("a view in the middle of a buffer; nothing", () => {
    expect(widen(narrow(Float32Array.of(9, 1, -2, 9).subarray(1, 3)))).toEqual(Float32Array.of(1, -2));
    expect(widen(all.subarray(0, 0))).toEqual(new Float32Array(0));
    expect(narrow(new Float32Array(0))).toEqual(new Uint16Array(0));
  });
});
