import { expect, test } from "vitest";
import { f32_abs as reference } from "../../src/reference/saliency/magnitude.js";
import { magnitude } from "../../src/saliency/magnitude.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";
import { score, WEIGHTS } from "./score.js";

kernelTest("f32_abs", reference, {
  *cases(random) {
    for (const n of edges(4)) yield [n, random.uniform(n), new Float32Array(n).fill(NaN)];
  },
  output: 2,
  special: {
    "-0, Inf and NaN": () => [5, Float32Array.of(-0, -Infinity, NaN, Infinity, -0), new Float32Array(5)],
  },
  traps: { "s not aligned": [1, new Float32Array(1), 2] },
});

test("the criterion is the weight without its sign", () => {
  expect(score(magnitude, WEIGHTS)).toEqual([1, 2, 3, 4, 0, 0.5]);
});
