import { describe, expect, test } from "vitest";
import { f32_adam as reference } from "../../src/reference/train/adam.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { variants } from "../harness/variants.js";

/** Step size, β₁, β₂, ε, second correction, weight decay. */
const first = [0.001 / (1 - 0.9), 0.9, 0.999, 1e-8, 1 / (1 - 0.999), 0];
const later = [0.0012, 0.9, 0.999, 1e-8, 1, 0.01];

const f32 = (...values: number[]) => Float32Array.from(values);
const isDenormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;

/** Gradients of every magnitude, many of them below where their square is a denormal. */
function anyMagnitude(random: Random, n: number): Float32Array {
  return Float32Array.from({ length: n }, () => (random.below(2) ? 1 : -1) * 2 ** (random.below(150) - 126));
}

function state(random: Random, n: number, hyper: number[]): Argument[] {
  const small = () => random.uniform(n, -0.1, 0.1);
  return [n, random.uniform(n), small(), small(), random.uniform(n, 0, 0.01), ...hyper];
}

kernelTest("f32_adam", reference, {
  *cases(random) {
    for (const n of [...edges(4), 1001])
      for (const hyper of [first, later, [0.01, 0, 0, 1e-3, 1, 0.1]]) yield state(random, n, hyper);
    for (const n of [5, 1001]) {
      const any = () => anyMagnitude(random, n);
      yield [n, any(), any(), any(), random.uniform(n, 0, 1e-30), ...later];
    }
  },
  output: [1, 3, 4],
  special: {
    "zeros stay +0, with weight decay too": () => [
      5, f32(0, 0, 0, 0, 0), f32(0, -0, 0, -0, -0), f32(0, 0, 0, 0, 0), f32(0, 0, 0, 0, 0), ...later,
    ],
    "NaN and infinities spread": () => [
      5, f32(1, NaN, 1, Infinity, 1), f32(NaN, 1, Infinity, 1, -Infinity), f32(0, 0, 0, 0, 0),
      f32(1, 1, 1, 1, Infinity), ...later,
    ],
    "what falls below 2⁻¹²⁶ becomes +0": () => [
      4, f32(2 ** -126, -(2 ** -126), 2 ** -130, 1), f32(0, 0, 0, 0),
      f32(2 ** -126, -(2 ** -126), -(2 ** -140), 0), f32(2 ** -126, 2 ** -126, 2 ** -149, 0), ...first,
    ],
  },
  traps: {
    "β₁ = 1": state(new Random(1), 4, [0.1, 1, 0.999, 1e-8, 1, 0]),
    "β₂ is NaN": state(new Random(1), 4, [0.1, 0.9, NaN, 1e-8, 1, 0]),
    "ε = 0": state(new Random(1), 4, [0.1, 0.9, 0.999, 0, 1, 0]),
  },
});

describe("Adam", () => {
  const core = variants[1].open();

  test("10,000 steps without gradient never leave a denormal behind", () => {
    const random = new Random(5);
    const [w, g, m] = [random.uniform(9), new Float32Array(9), random.uniform(9, -0.1, 0.1)];
    const v = random.uniform(9, 0, 1e-32);
    for (let step = 1; step <= 10_000; step++) {
      core.call("f32_adam", [9, w, g, m, v, 0.001, 0.9, 0.99, 1e-8, 1, 0.001]);
      if ([...w, ...m, ...v].some(isDenormal)) throw new Error(`denormal after step ${step}`);
    }
    w.fill(0.5);
    for (let step = 1; step <= 10_000; step++) {
      core.call("f32_adam", [9, w, g, m, v, 0.001, 0.9, 0.99, 1e-8, 1, 0]);
      if ([...w, ...m, ...v].some(isDenormal)) throw new Error(`denormal after step ${step}`);
    }
    expect([...m, ...v].every((value) => Object.is(value, 0))).toBe(true);
  });

  test("the first step is the learning rate against the sign of the gradient", () => {
    const w = f32(1, 1, 1);
    core.call("f32_adam", [3, w, f32(0.5, -3, 0), f32(0, 0, 0), f32(0, 0, 0), ...first]);
    expect(Math.abs(w[0] - 0.999)).toBeLessThan(1e-6);
    expect(Math.abs(w[1] - 1.001)).toBeLessThan(1e-6);
    expect(w[2]).toBe(1);
  });

  test("the tail gives the bits of the lanes", () => {
    const random = new Random(9);
    const whole = [random.uniform(8), random.uniform(8), random.uniform(8), random.uniform(8, 0, 1)];
    const cut = whole.map((array) => array.slice(0, 7));
    core.call("f32_adam", [8, ...whole, ...later]);
    core.call("f32_adam", [7, ...cut, ...later]);
    for (const i of [0, 2, 3]) expect(cut[i]).toEqual(whole[i].slice(0, 7));
  });
});
