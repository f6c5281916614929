import { f32_pack_a } from "../../src/reference/dense/pack.js";
import { f32_planes_conv, f32_planes_gemm } from "../../src/reference/planes/dense-product.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";
import { CLAMPS, gapped, lengthOf, magnitudeOf, nan } from "./structures.js";

const SCRATCH_FLOATS = 8224;
const POSITIONS = [0, 1, 3, 4, 5, 7, 8, 9, 17, 31, 32, 33, 40, 65];

/** Packed weights, and what stands behind x: bit 0 of `mode` asks for a bias, bit 1 for a residual. */
function around(random: Random, m: number, positions: number, k: number, mode: number) {
  const packed = new Float32Array(4 * Math.ceil(m / 4) * k);
  f32_pack_a(m, k, random.uniform(m * k), k, 0, 0, packed);
  const [yStride, rStride] = [gapped(positions, mode), gapped(positions, 3 - mode)];
  const bias = mode & 1 ? random.uniform(m) : 0;
  const residual = mode & 2 ? random.uniform(lengthOf(m, positions, rStride)) : 0;
  const y = nan(lengthOf(m, positions, yStride));
  return { packed, behind: [y, yStride, bias, residual, rStride, ...CLAMPS[mode % 3], nan(SCRATCH_FLOATS)] };
}

function gemm(random: Random, m: number, positions: number, k: number, mode: number): Argument[] {
  const { packed, behind } = around(random, m, positions, k, mode);
  const xStride = gapped(positions, mode);
  return [m, positions, k, packed, random.uniform(lengthOf(k, positions, xStride)), xStride, ...behind];
}

/** Positions follow each other 7 at a time, then jump. */
function conv(random: Random, m: number, positions: number, k: number, mode: number): Argument[] {
  const { packed, behind } = around(random, m, positions, k, mode);
  const offsets = Uint32Array.from({ length: positions }, (_, at) => 4 * (at + 2 * Math.floor(at / 7)));
  const taps = Uint32Array.from({ length: k }, () => 4 * random.below(50));
  return [m, positions, k, packed, random.uniform(52 + 2 * positions), taps, offsets, ...behind];
}

for (const [name, twin, make, y] of [
  ["f32_planes_gemm", f32_planes_gemm, gemm, 6],
  ["f32_planes_conv", f32_planes_conv, conv, 7],
] as const)
  kernelTest(name, twin, {
    *cases(random) {
      for (const positions of POSITIONS)
        for (const m of edges(4)) yield make(random, m, positions, 5, (m + positions) % 4);
      for (const k of [0, 1, 255, 256, 257, 513])
        for (const mode of [0, 1, 2, 3]) yield make(random, 5, 41, k, mode);
    },
    output: y,
    scratch: [y + 7],
    terms: ([, , k]) => Number(k) + 3,
    magnitude: magnitudeOf(twin, y + 5),
    special: {
      "NaN and Inf reach only their positions, NaN passes the clamp": (random) => {
        const args = make(random, 5, 9, 3, 1);
        (args[4] as Float32Array).fill(NaN, 0, 1).fill(Infinity, 3, 4);
        return args;
      },
    },
    traps: {
      "y not aligned": make({ uniform: nan, below: () => 0 } as unknown as Random, 1, 1, 1, 0).with(y, 2),
      "bias not aligned": make({ uniform: nan, below: () => 0 } as unknown as Random, 1, 1, 1, 0).with(
        y + 2,
        2,
      ),
    },
  });
