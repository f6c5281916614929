import * as reference from "../../src/reference/dense/panels.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const length = (features: number, batch: number) => features * reference.paddedBatch(batch);
const shapes = (random: Random, make: (random: Random, f: number, s: number, ld: number) => Argument[]) =>
  [...edges(4), 7].flatMap((f) => [...edges(4), ...edges(32), 60].map((s) => make(random, f, s, f + (s % 3))));

kernelTest("f32_panels_from_rows", reference.f32_panels_from_rows, {
  cases: (random) =>
    shapes(random, (r, f, s, ld) => [f, s, r.uniform(s * ld), ld, new Float32Array(length(f, s)).fill(NaN)]),
  output: 4,
  special: {
    "NaN and Inf are copied": () => [2, 2, Float32Array.of(NaN, Infinity, -Infinity, 1), 2, new Float32Array(8)],
  },
  traps: { "ldx < features": [3, 1, new Float32Array(3), 2, new Float32Array(3)] },
});

kernelTest("f32_rows_from_panels", reference.f32_rows_from_panels, {
  cases: (random) =>
    shapes(random, (r, f, s, ld) => [f, s, r.uniform(length(f, s)), new Float32Array(s * ld).fill(NaN), ld]),
  output: 3,
  traps: { "ldy < features": [3, 1, new Float32Array(3), new Float32Array(3), 2] },
});
