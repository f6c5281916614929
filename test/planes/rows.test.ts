import { f32_planes_normalize, f32_planes_reduce, f32_planes_softmax } from "../../src/reference/planes/rows.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

const nan = (count: number) => new Float32Array(count).fill(NaN);
const COUNTS = [1, 2, 3, 4, 5, 8, 9, 33];
const OPS = [0, 1, 2, 3, 4];

/** Rows one behind another, or side by side. */
function reduced(random: Random, op: number, rows: number, n: number, isAcross: boolean): Argument[] {
  const x = random.uniform(rows * n + 1);
  const [row, step] = isAcross ? [4, 4 * rows] : [4 * n, 4];
  return [op, rows, n, x, row, step, nan(2 * rows), 8, op === 0 ? n : 1];
}

kernelTest("f32_planes_reduce", f32_planes_reduce, {
  *cases(random) {
    for (const op of OPS)
      for (const n of [0, ...COUNTS]) for (const across of [false, true]) yield reduced(random, op, 5, n, across);
    for (const rows of [0, 1, 3, 4, 8]) yield reduced(random, 0, rows, 6, true);
    // Neither is contiguous.
    yield [0, 2, 3, random.uniform(24), 48, 16, nan(2), 4, 3];
  },
  output: 6,
  terms: () => 2,
  special: Object.fromEntries(
    OPS.map((op) => [
      `NaN and infinities stay in their rows through ${op}`,
      () => {
        const x = Float32Array.of(NaN, 1, 2, 3, 4, Infinity, 2, 3, 4, 5, 1, 2, 3, 4, -Infinity, 1, 2, 3, 4, 5);
        return [op, 4, 5, x, 20, 4, nan(4), 4, 1];
      },
    ]),
  ),
  traps: { "no such reduction": [5, 1, 1, nan(1), 4, 4, nan(1), 4, 1] },
});

function softened(random: Random, rows: number, n: number, isAcross: boolean): Argument[] {
  const x = random.uniform(rows * n + 1).map((value) => value * 20);
  const [row, step] = isAcross ? [4, 4 * rows] : [4 * n, 4];
  return [rows, n, x, row, step, nan(rows * n), row, step];
}

kernelTest("f32_planes_softmax", f32_planes_softmax, {
  *cases(random) {
    for (const n of [0, ...COUNTS]) for (const across of [false, true]) yield softened(random, 5, n, across);
    for (const rows of [0, 1, 3, 4, 8]) yield softened(random, rows, 6, true);
  },
  output: 5,
  terms: ([, n]) => Number(n) + 8,
  magnitude: ([rows, n]) => new Float32Array(Number(rows) * Number(n)).fill(1),
  special: {
    "NaN spoils its row, large numbers are 1": () => {
      const x = Float32Array.of(NaN, 1, 2, 3, 4, 1e30, 0, 0, 0, 0, -1e30, -1e30, -1e30, -1e30, 5);
      return [3, 5, x, 20, 4, nan(15), 20, 4];
    },
  },
  traps: { "y not aligned": [1, 1, nan(1), 4, 4, 2, 4, 4] },
});

function normalized(random: Random, rows: number, n: number, perElement: boolean, biased: boolean): Argument[] {
  const x = random.uniform(rows * (n + 1)).map((value) => value + 3);
  const count = perElement ? n : rows;
  const bias = biased ? random.uniform(count) : 0;
  const steps = perElement ? [0, 4] : [4, 0];
  return [rows, n, x, 4 * (n + 1), nan(rows * (n + 1)), 4 * (n + 1), random.uniform(count), bias, ...steps, 1e-5];
}

kernelTest("f32_planes_normalize", f32_planes_normalize, {
  *cases(random) {
    for (const n of COUNTS)
      for (const element of [false, true])
        for (const biased of [false, true]) yield normalized(random, 3, n, element, biased);
    yield normalized(random, 0, 4, true, true);
  },
  output: 4,
  terms: () => 16,
  // One over the standard deviation is at most √(1 / ε).
  magnitude: ([rows, n]) => new Float32Array(Number(rows) * (Number(n) + 1)).fill(64),
  special: {
    "NaN stays in its row": () => {
      const x = Float32Array.of(NaN, 1, 2, 3, 4, 5, 6, 7);
      return [2, 4, x, 16, nan(8), 16, nan(4).fill(1), 0, 0, 4, 0];
    },
  },
  traps: { "scale not aligned": [1, 1, nan(1), 4, nan(1), 4, 2, 0, 0, 4, 0] },
});
