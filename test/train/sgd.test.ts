import { describe, expect, test } from "vitest";
import { f32_sgd as reference } from "../../src/reference/train/sgd.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { variants } from "../harness/variants.js";

const f32 = (...values: number[]) => Float32Array.from(values);
const isDenormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;

kernelTest("f32_sgd", reference, {
  *cases(random) {
    for (const n of [...edges(4), 1001])
      for (const hyper of [[0.1, 0, 0], [0.1, 0.9, 0], [0.01, 0.9, 5e-4]])
        yield [n, random.uniform(n), random.uniform(n), random.uniform(n), ...hyper];
  },
  output: [1, 3],
  special: {
    "zeros stay +0, with weight decay too": () => [
      5, f32(0, 0, 0, 0, 0), f32(0, -0, 0, -0, -0), f32(0, 0, 0, 0, 0), 0.1, 0.9, 0.01,
    ],
    "NaN and infinities spread": () => [
      5, f32(1, NaN, 1, Infinity, 1), f32(NaN, 1, Infinity, 1, -Infinity), f32(0, 0, 0, 0, 0), 0.1, 0.9, 0.01,
    ],
    "what falls below 2⁻¹²⁶ becomes +0": () => [
      4, f32(2 ** -126, -(2 ** -126), 2 ** -130, 1), f32(0, 0, 0, 0),
      f32(2 ** -126, -(2 ** -126), -(2 ** -140), 0), 0.1, 0.9, 0,
    ],
  },
  traps: { "w not aligned": [1, 2, f32(0), f32(0), 0.1, 0.9, 0] },
});

describe("SGD", () => {
  const core = variants[1].open();

  test("10,000 steps without gradient never leave a denormal behind", () => {
    const random = new Random(5);
    const [w, g, velocity] = [random.uniform(9), new Float32Array(9), random.uniform(9)];
    for (let step = 1; step <= 10_000; step++) {
      core.call("f32_sgd", [9, w, g, velocity, 0.1, 0.9, step <= 5000 ? 0.5 : 0]);
      if ([...w, ...velocity].some(isDenormal)) throw new Error(`denormal after step ${step}`);
    }
    expect(velocity.every((value) => Object.is(value, 0))).toBe(true);
    expect(w.every((value) => Math.abs(value) < 2 ** -100)).toBe(true);
  });

  test("the tail gives the bits of the lanes", () => {
    const random = new Random(9);
    const whole = [random.uniform(8), random.uniform(8), random.uniform(8)];
    const cut = whole.map((array) => array.slice(0, 7));
    core.call("f32_sgd", [8, ...whole, 0.1, 0.9, 0.01]);
    core.call("f32_sgd", [7, ...cut, 0.1, 0.9, 0.01]);
    for (const i of [0, 2]) expect(cut[i]).toEqual(whole[i].slice(0, 7));
  });
});
