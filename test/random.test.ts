import { describe, expect, test } from "vitest";
import * as reference from "../src/reference/random.js";
import type { Argument } from "./harness/host.js";
import { kernelTest } from "./harness/kernel-test.js";
import { edges } from "./harness/sizes.js";
import { variants } from "./harness/variants.js";

const f32 = (n: number) => new Float32Array(n).fill(NaN);
const u32 = (n: number) => new Uint32Array(n).fill(7);
const seed = [0x12345678, 0xfedcba98, 3, 0x80000001];
const sizes = [...edges(4), ...edges(32), ...edges(128), 1000];

kernelTest("u32_random_bits", reference.u32_random_bits, {
  *cases(random) {
    for (const n of sizes) yield [n, ...seed, u32(n)];
    for (let i = 0; i < 20; i++) yield [9, ...random.bits(4), u32(9)];
  },
  output: 5,
  traps: { "out not aligned": [0, ...seed, 2] },
});

kernelTest("f32_random_uniform", reference.f32_random_uniform, {
  *cases() {
    for (const n of sizes) yield [n, -0.1, 0.7, ...seed, f32(n)];
    for (const [low, high] of [
      [0, 1],
      [1, 2],
      [-2, -1],
      [-1, 0],
      [100, 100.00001],
      [-3e38, 1e37],
    ])
      yield [257, low, high, ...seed, f32(257)];
  },
  output: 7,
  traps: {
    "low = high": [1, 1, 1, ...seed, f32(1)],
    "low is NaN": [1, NaN, 1, ...seed, f32(1)],
  },
});

kernelTest("f32_random_normal", reference.f32_random_normal, {
  *cases() {
    for (const n of sizes) yield [n, 0.1, 0.3, ...seed, f32(n)];
    yield [4097, 0, 1, ...seed, f32(4097)];
    yield [5, 2, 0, ...seed, f32(5)];
  },
  output: 7,
  traps: { "out not aligned": [0, 0, 1, ...seed, 2] },
});

kernelTest("f32_random_signs", reference.f32_random_signs, {
  *cases() {
    for (const n of sizes) yield [n, 0.3, ...seed, f32(n)];
  },
  output: 6,
  traps: { "out not aligned": [0, 1, ...seed, 2] },
});

kernelTest("u32_random_permutation", reference.u32_random_permutation, {
  *cases() {
    for (const n of sizes) yield [n, ...seed, u32(n)];
  },
  output: 5,
  traps: { "out not aligned": [0, ...seed, 2] },
});

test("Philox4x32-10 gives the vectors of Random123", () => {
  const ones = 0xffffffff;
  const hex = (words: number[]) => words.map((word) => word.toString(16).padStart(8, "0")).join(" ");
  expect(hex(reference.philox([0, 0, 0, 0], [0, 0]))).toBe("6627e8d5 e169c58d bc57ac4c 9b00dbd8");
  expect(hex(reference.philox([ones, ones, ones, ones], [ones, ones]))).toBe(
    "408f276d 41c83b0e a20bc7c6 6d5451fd",
  );
  expect(
    hex(reference.philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
  ).toBe("d16cfe09 94fdcceb 5001e420 24126ea1");
});

describe("what the simd core draws", () => {
  const core = variants[1].open();
  const draw = <T extends Float32Array | Uint32Array>(
    kernel: Parameters<typeof core.call>[0],
    out: T,
    ...rest: Argument[]
  ): T => {
    core.call(kernel, [out.length, ...rest, out]);
    return out;
  };
  const mean = (values: ArrayLike<number>, power = 1) =>
    Array.from(values).reduce((sum, value) => sum + value ** power, 0) / values.length;
  const n = 200_000;

  test("uniform: moments and range; the upper end is never reached", () => {
    const u = draw("f32_random_uniform", f32(n), 0, 1, ...seed);
    expect(Math.abs(mean(u) - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(mean(u, 2) - 1 / 3)).toBeLessThan(4 * Math.sqrt(4 / 45 / n));
    for (const [low, high] of [
      [0, 1],
      [1, 1.0000002],
      [-1.0000002, -1],
      [-2e-7, 0],
    ]) {
      const values = draw("f32_random_uniform", f32(n), low, high, ...seed);
      expect(values.every((value) => value >= Math.fround(low) && value < Math.fround(high))).toBe(true);
    }
  });

  test("normal: moments up to the fourth, tails, and the formula with the engine's own functions", () => {
    const z = draw("f32_random_normal", f32(n), 0, 1, ...seed);
    expect(Math.abs(mean(z))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(mean(z, 2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(mean(z, 3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(mean(z, 4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const beyondTwo = z.filter((value) => Math.abs(value) > 2).length / n;
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(4 * Math.sqrt(0.0455 / n));
    const words = draw("u32_random_bits", u32(1000), ...seed);
    for (let i = 0; i < 1000; i += 2) {
      const radius = Math.sqrt(-2 * Math.log((words[i] + 1) / 2 ** 32));
      const angle = (2 * Math.PI * words[i + 1]) / 2 ** 32;
      expect(Math.abs(z[i] - radius * Math.cos(angle))).toBeLessThan(2 ** -22);
      expect(Math.abs(z[i + 1] - radius * Math.sin(angle))).toBeLessThan(2 ** -22);
    }
  });

  test("signs: two values, even odds", () => {
    const signs = draw("f32_random_signs", f32(n), 0.25, ...seed);
    expect(signs.every((value) => Math.abs(value) === 0.25)).toBe(true);
    expect(Math.abs(mean(signs)) / 0.25).toBeLessThan(4 * Math.sqrt(1 / n));
  });

  test("permutation: each index once; all orders of four equally often", () => {
    const order = draw("u32_random_permutation", u32(n), ...seed);
    expect([...order].sort((a, b) => a - b).every((index, i) => index === i)).toBe(true);
    const counts = new Map<string, number>();
    for (let trial = 0; trial < 24_000; trial++) {
      const key = draw("u32_random_permutation", u32(4), 1, 2, 3, trial).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(49.7); // 0.999 quantile at 23 degrees of freedom
  });

  test("the first elements do not depend on how many are drawn", () => {
    for (const [kernel, ...rest] of [
      ["u32_random_bits"],
      ["f32_random_uniform", -1, 1],
      ["f32_random_normal", 0, 1],
      ["f32_random_signs", 1],
    ] as const) {
      const make = (length: number) => (kernel === "u32_random_bits" ? u32(length) : f32(length));
      const long = draw(kernel, make(200), ...rest, ...seed);
      for (const length of [1, 2, 3, 5, 31, 130]) {
        expect(draw(kernel, make(length), ...rest, ...seed)).toEqual(long.slice(0, length));
      }
    }
  });

  test("seed, stream and substream all matter", () => {
    const streams = [
      seed,
      [1, ...seed.slice(1)],
      [seed[0], 1, seed[2], seed[3]],
      [seed[0], seed[1], 4, seed[3]],
      [...seed.slice(0, 3), 5],
    ];
    const firsts = streams.map((stream) => draw("u32_random_bits", u32(1), ...stream)[0]);
    expect(new Set(firsts).size).toBe(streams.length);
  });
});
