import { describe, expect, test } from "vitest";
import { cosTurn, exp, f32_exp, f64_cos_sin_turns, f64_log, log, sinTurn } from "../src/reference/math.js";
import { kernelTest } from "./harness/kernel-test.js";
import { Random } from "./harness/random.js";
import { edges } from "./harness/sizes.js";

const f32 = (...values: number[]) => Float32Array.from(values);
const f64 = (...values: number[]) => Float64Array.from(values);

/** All kinds of finite values: random bits, read as floats. */
const anyF32 = (random: Random, n: number) => new Float32Array(random.bits(n).buffer);
const anyF64 = (random: Random, n: number) => new Float64Array(random.bits(2 * n).buffer);

kernelTest("f32_exp", f32_exp, {
  *cases(random) {
    for (const n of edges(4)) yield [n, random.uniform(n, -90, 90), new Float32Array(n).fill(NaN)];
    yield [4099, random.uniform(4099, -88, 89), new Float32Array(4099)];
    yield [4099, anyF32(random, 4099), new Float32Array(4099)];
  },
  output: 2,
  special: {
    "zeros, infinities, NaN": () => [5, f32(0, -0, Infinity, -Infinity, NaN), new Float32Array(5)],
    "NaN with any payload": () => [
      4,
      new Float32Array(Uint32Array.of(0x7f800001, 0xffc000ff, 0x7fffffff, 0xff812345).buffer),
      new Float32Array(4),
    ],
    "about the ends of the range": () => [
      6,
      f32(-87.33654022216797, -87.3365478515625, -1000, 88.72283172607422, 88.72283935546875, 1e30),
      new Float32Array(6),
    ],
  },
  traps: { "y not aligned": [1, f32(0), 2] },
});

kernelTest("f64_log", f64_log, {
  *cases(random) {
    for (const n of edges(1))
      yield [n, Float64Array.from(random.uniform(n, 0, 10)), new Float64Array(n).fill(NaN)];
    yield [4099, Float64Array.from(random.uniform(4099, 0.5, 2)), new Float64Array(4099)];
    yield [4099, anyF64(random, 4099), new Float64Array(4099)];
  },
  output: 2,
  special: {
    "zeros, infinities, negative, NaN": () => [
      6,
      f64(0, -0, Infinity, -Infinity, -1, NaN),
      new Float64Array(6),
    ],
    "one and its neighbours, ends of the range": () => [
      6,
      f64(1, 1 - 2 ** -53, 1 + 2 ** -52, Number.MAX_VALUE, 2 ** -1022, 2 ** -1074),
      new Float64Array(6),
    ],
  },
  traps: { "x not aligned": [1, 4, f64(0)] },
});

kernelTest("f64_cos_sin_turns", f64_cos_sin_turns, {
  *cases(random) {
    for (const n of edges(1)) yield [n, random.uniform(n, -3, 3), new Float64Array(2 * n).fill(NaN)];
    yield [4099, random.uniform(4099, -1000, 1000), new Float64Array(8198)];
    yield [4099, anyF32(random, 4099), new Float64Array(8198)];
  },
  output: 2,
  special: {
    "quarters, whole turns, tiny, infinities, NaN": () => [
      11,
      f32(0, -0, 0.25, -0.25, 0.5, 1, -7.75, 1e-40, -1e-40, Infinity, NaN),
      new Float64Array(22),
    ],
  },
  traps: { "x not aligned": [1, 2, f64(0, 0)], "y not aligned": [1, f32(0), 4] },
});

describe("accuracy against the Math of this engine", () => {
  const random = new Random(3);
  const spacing = (x: number, bits: number) => 2 ** (Math.floor(Math.log2(Math.abs(x))) - bits + 1);

  test("exp is within one ulp of f32", () => {
    const x = random.uniform(50_000, -87.3365, 88.7228);
    const errors = x.map((value) => Math.abs(exp(value) - Math.exp(value)) / spacing(Math.exp(value), 24));
    expect(Math.max(...errors.subarray(0, 25_000), ...errors.subarray(25_000))).toBeLessThan(1);
  });

  test("exp is 0 or normal, never a denormal", () => {
    expect(exp(Math.fround(-87.33654022216797))).toBeGreaterThanOrEqual(2 ** -126);
    expect(exp(Math.fround(-87.3365478515625))).toBe(0);
    expect(exp(Math.fround(88.72283172607422))).toBeLessThan(Infinity);
    expect(exp(Math.fround(88.72283935546875))).toBe(Infinity);
  });

  test("log is within two ulp of f64", () => {
    for (const x of random.bits(50_000)) {
      const value = (x + 1) / 2 ** 32;
      const want = Math.log(value);
      const error = want === 0 ? Math.abs(log(value)) : Math.abs(log(value) - want) / spacing(want, 53);
      if (!(error <= 2)) throw new Error(`log ${value}: ${error} ulp`);
    }
    expect([log(1), log(2 ** -1074), log(Number.MAX_VALUE)]).toEqual([
      0,
      Math.log(2 ** -1074),
      Math.log(Number.MAX_VALUE),
    ]);
  });

  test("cos and sin of a turn are within 3 · 2⁻⁵³, and exact at the quarters", () => {
    for (const x of random.bits(20_000)) {
      const u = x / 2 ** 32;
      const quarter = Math.floor(4 * u);
      const angle = (u - quarter / 4) * 2 * Math.PI;
      const c = Math.cos(angle);
      const s = Math.sin(angle);
      const [wantCos, wantSin] = [
        [c, s],
        [-s, c],
        [-c, -s],
        [s, -c],
      ][quarter];
      expect(Math.abs(cosTurn(u) - wantCos)).toBeLessThan(3 * 2 ** -53);
      expect(Math.abs(sinTurn(u) - wantSin)).toBeLessThan(3 * 2 ** -53);
    }
    const quarters = [0, 0.25, 0.5, 0.75, 1];
    expect(quarters.map((u) => cosTurn(u) + 0)).toEqual([1, 0, -1, 0, 1]);
    expect(quarters.map((u) => sinTurn(u) + 0)).toEqual([0, 1, 0, -1, 0]);
  });
});
