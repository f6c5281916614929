import { f32_planes_windows } from "../../src/reference/planes/windows.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { CLAMPS, entries, gapped, lengthOf, magnitudeOf, nan } from "./structures.js";

const HEIGHTS = [0, 1, 2, 3, 4, 5, 7, 8, 9];
const WIDTHS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17];

/** Bit 0 of `mode`: a bias; bit 1: a residual. Rows of windows stand 3 floats further apart than they are wide. */
function windows(random: Random, m: number, height: number, width: number, mode: number): Argument[] {
  const row = width + 3,
    reach = height * row;
  const x = random.uniform(2 * reach + 20);
  const { starts, offsets, values } = entries(random, m, 7, 0.5, x.length, reach);
  const [yStride, rStride] = [gapped(height * width, mode), gapped(height * width, 3 - mode)];
  const bias = mode & 1 ? random.uniform(m) : 0;
  const residual = mode & 2 ? random.uniform(lengthOf(m, height * width, rStride)) : 0;
  const y = nan(lengthOf(m, height * width, yStride));
  const finish = [bias, residual, rStride, ...CLAMPS[mode % 3]];
  return [m, height, width, starts, offsets, values, x, 4 * row, y, yStride, ...finish];
}

kernelTest("f32_planes_windows", f32_planes_windows, {
  *cases(random) {
    for (const height of HEIGHTS)
      for (const width of WIDTHS) yield windows(random, 3, height, width, (height + width) % 4);
    for (const mode of [0, 1, 2, 3])
      for (const [height, width] of [
        [5, 3],
        [3, 9],
        [9, 5],
        [9, 17],
      ])
        yield windows(random, 5, height, width, mode);
    // Rows of a larger structure: their entries do not begin at the first.
    for (const [height, width] of [[1, 9], [5, 3], [5, 5], [5, 9]])
      for (const mode of [0, 3]) {
        const args = windows(random, 4, height, width, mode);
        yield args.with(0, 3).with(3, (args[3] as Uint32Array).slice(1));
      }
    for (const m of [0, 1]) yield windows(random, m, 9, 9, 3);
  },
  output: 8,
  terms: () => 7 + 3,
  magnitude: magnitudeOf(f32_planes_windows, 13),
  special: {
    "NaN and Inf reach only the rows that use them, NaN passes the clamp": () => {
      const x = nan(75).fill(1, 0, 25).fill(-Infinity, 25, 50);
      const [starts, offsets] = [Uint32Array.of(0, 1, 2, 3, 3), Uint32Array.of(0, 100, 200)];
      return [4, 5, 5, starts, offsets, Float32Array.of(-2, 1, 1), x, 20, nan(100), 100, 0, 0, 0, 0, 6];
    },
  },
  traps: {
    "values not aligned": [
      1,
      1,
      4,
      Uint32Array.of(0, 0),
      Uint32Array.of(0),
      2,
      nan(4),
      16,
      nan(4),
      0,
      0,
      0,
      0,
      0,
      6,
    ],
    "rows not aligned": [
      1,
      1,
      4,
      Uint32Array.of(0, 0),
      Uint32Array.of(0),
      nan(1),
      nan(4),
      2,
      nan(4),
      0,
      0,
      0,
      0,
      0,
      6,
    ],
  },
});
