import { f32_planes_spmm } from "../../src/reference/planes/sparse-product.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { CLAMPS, entries, gapped, lengthOf, magnitudeOf, nan } from "./structures.js";

/** Bit 0 of `mode`: a bias; bit 1: a residual; `gap` floats between planes of y. */
function product(
  random: Random,
  m: number,
  positions: number,
  density: number,
  mode: number,
  gap: number,
): Argument[] {
  const x = random.uniform(3 * positions + 40);
  const { starts, offsets, values } = entries(random, m, 9, density, x.length, positions);
  const [yStride, rStride] = [gapped(positions, gap), gapped(positions, 5 - gap)];
  const bias = mode & 1 ? random.uniform(m) : 0;
  const residual = mode & 2 ? random.uniform(lengthOf(m, positions, rStride)) : 0;
  const y = nan(lengthOf(m, positions, yStride));
  return [m, positions, starts, offsets, values, x, y, yStride, bias, residual, rStride, ...CLAMPS[mode % 3]];
}

kernelTest("f32_planes_spmm", f32_planes_spmm, {
  *cases(random) {
    for (const positions of [
      0, 1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 24, 25, 31, 32, 33, 40, 49, 63, 64, 65,
    ])
      for (const mode of [0, 1, 2, 3]) yield product(random, 5, positions, 0.4, mode, mode);
    for (const m of [0, 1, 2]) yield product(random, m, 33, 1, 3, 0);
    yield product(random, 3, 40, 0, 1, 1);
  },
  output: 6,
  terms: () => 9 + 3,
  magnitude: magnitudeOf(f32_planes_spmm, 11),
  special: {
    "NaN and Inf reach only the rows that use them, NaN passes the clamp": () => {
      const x = nan(12).fill(1, 0, 4).fill(-Infinity, 4, 8);
      const [starts, offsets] = [Uint32Array.of(0, 1, 2, 3, 3), Uint32Array.of(0, 16, 32)];
      return [4, 4, starts, offsets, Float32Array.of(-2, 1, 1), x, nan(16), 16, 0, 0, 0, 0, 6];
    },
    "entries need not begin at the first": (random) => [
      1,
      9,
      Uint32Array.of(2, 4),
      Uint32Array.of(0, 0, 4, 8),
      random.uniform(4),
      random.uniform(12),
      nan(9),
      0,
      0,
      0,
      0,
      -Infinity,
      Infinity,
    ],
  },
  traps: {
    "values not aligned": [
      1,
      4,
      Uint32Array.of(0, 0),
      Uint32Array.of(0),
      2,
      nan(4),
      nan(4),
      0,
      0,
      0,
      0,
      0,
      6,
    ],
    "y not aligned": [1, 4, Uint32Array.of(0, 0), Uint32Array.of(0), nan(1), nan(4), 2, 0, 0, 0, 0, 0, 6],
  },
});
