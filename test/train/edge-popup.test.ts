import { expect, test } from "vitest";
import { f32_edge_popup as reference } from "../../src/reference/train/edge-popup.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { variants } from "../harness/variants.js";

const f32 = (...values: number[]) => Float32Array.from(values);
const isDenormal = (x: number) => x !== 0 && Math.abs(x) < 2 ** -126;

kernelTest("f32_edge_popup", reference, {
  *cases(random) {
    for (const n of [...edges(4), 1001])
      for (const hyper of [[0.1, 0, 0], [0.1, 0.9, 0], [0.1, 0.9, 1e-4]])
        yield [n, random.uniform(n), random.uniform(n), random.uniform(n), random.uniform(n), ...hyper];
  },
  output: [1, 4],
  special: {
    "a score of ±0 has no slope, and a weight of 0 gives none": () => [
      5, f32(0, -0, 0, 1, -1), f32(1, 1, -1, 1, 1), f32(1, 1, 1, 0, 0), f32(0, 0, 1, 0, 0), 0.1, 0.9, 0.01,
    ],
    "the sign of the score decides": () => [
      5, f32(1, -1, 1, -1, -2), f32(1, 1, -1, -1, 1), f32(1, 1, 1, 1, -1), f32(0, 0, 0, 0, 0), 0.1, 0, 0,
    ],
    "NaN and infinities spread": () => [
      5, f32(1, NaN, 1, 1, -1), f32(NaN, 1, Infinity, 1, 1), f32(1, 1, 1, NaN, -Infinity),
      f32(0, 0, 0, 0, 0), 0.1, 0.9, 0,
    ],
    "what falls below 2⁻¹²⁶ becomes +0": () => [
      4, f32(2 ** -126, -(2 ** -126), 1, 1), f32(0, 0, 0, 0), f32(1, 1, 1, 1),
      f32(2 ** -126, -(2 ** -126), -(2 ** -126), 0), 0.1, 0.9, 0,
    ],
  },
  traps: { "s not aligned": [1, 2, f32(0), f32(0), f32(0), 0.1, 0.9, 0] },
});

test("10,000 steps without gradient never leave a denormal behind", () => {
  const core = variants[1].open();
  const random = new Random(5);
  const [s, w, g, velocity] = [random.uniform(9), random.uniform(9), new Float32Array(9), random.uniform(9)];
  for (let step = 1; step <= 10_000; step++) {
    core.call("f32_edge_popup", [9, s, g, w, velocity, 0.1, 0.9, step <= 5000 ? 0.5 : 0]);
    if ([...s, ...velocity].some(isDenormal)) throw new Error(`denormal after step ${step}`);
  }
  expect(velocity.every((value) => Object.is(value, 0))).toBe(true);
});
