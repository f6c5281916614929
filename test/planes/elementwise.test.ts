import { f32_planes_combine, f32_planes_map } from "../../src/reference/planes/elementwise.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";

const nan = (count: number) => new Float32Array(count).fill(NaN);
const COUNTS = [0, 1, 3, 4, 5, 8, 9, 33];
const MAPS = Array.from({ length: 21 }, (_, op) => op);
/** Operators whose result is rounded once: abs … clamp. */
const EXACT = 8;
const parameters = (op: number): [number, number] => (op === 8 ? [-0.5, 1.25] : op === 15 ? [0.2, 0.5] : [0.75, 0.25]);

function mapped(random: Random, op: number, rows: number, n: number, gap: number): Argument[] {
  const pitch = n + gap;
  const x = random.uniform(rows * pitch).map((value) => value * 6);
  return [op, rows, n, x, 4 * pitch, nan(rows * pitch), 4 * pitch, ...parameters(op)];
}

kernelTest("f32_planes_map", f32_planes_map, {
  *cases(random) {
    for (const op of MAPS) for (const n of COUNTS) yield mapped(random, op, 2, n, n % 3);
    for (const op of MAPS) yield mapped(random, op, 0, 5, 0);
  },
  output: 5,
  terms: ([op]) => (Number(op) <= EXACT ? 1 : 12),
  // Sums of a function and 1 cancel: what they are made of has magnitude 1 or that of x.
  magnitude: (args) => (args[3] as Float32Array).map((x) => Math.max(1, x * x, args[0] === 11 ? Math.exp(x) : 0)),
  special: Object.fromEntries(
    MAPS.map((op) => [
      `NaN, infinities, zeros and large numbers through ${op}`,
      () => {
        const x = Float32Array.of(NaN, Infinity, -0, 0, 1e30, 100, 0.5, 2.5, -1.5);
        return [op, 1, 9, x, 36, nan(9), 36, ...parameters(op)];
      },
    ]),
  ),
  traps: {
    "no such function": [21, 1, 1, nan(1), 4, nan(1), 4, 0, 0],
    "x not aligned": [0, 1, 1, 2, 4, nan(1), 4, 0, 0],
  },
});

const COMBINATIONS = Array.from({ length: 8 }, (_, op) => op);
const STEPS = [[4, 4], [4, 0], [0, 4], [0, 0]];

/** Rows of y repeat where n is even. */
function combined(random: Random, op: number, rows: number, n: number, [xStep, yStep]: number[]): Argument[] {
  const pitch = n + 1;
  const yRow = n % 2 === 0 ? 0 : 4 * pitch;
  const operand = () => random.uniform(rows * pitch + 1).map((value) => value + Math.sign(value));
  const [x, y, z] = [operand(), operand(), nan(rows * pitch)];
  return [op, rows, n, x, 4 * pitch, xStep, y, yRow, yStep, z, 4 * pitch];
}

kernelTest("f32_planes_combine", f32_planes_combine, {
  *cases(random) {
    for (const op of COMBINATIONS)
      for (const n of COUNTS) for (const steps of STEPS) yield combined(random, op, 2, n, steps);
    yield combined(random, 0, 0, 5, [4, 4]);
  },
  output: 9,
  special: Object.fromEntries(
    COMBINATIONS.map((op) => [
      `NaN and infinities through ${op}`,
      () => {
        const x = Float32Array.of(NaN, 1, Infinity, -Infinity, 3, Infinity);
        return [op, 1, 6, x, 24, 4, Float32Array.of(1, NaN, 2, -Infinity, Infinity, -1), 24, 4, nan(6), 24];
      },
    ]),
  ),
  traps: { "no such function": [8, 1, 1, nan(1), 4, 4, nan(1), 4, 4, nan(1), 4] },
});
