import { f32_pack_a } from "../../src/reference/dense/pack.js";
import { f32_planes_conv, f32_planes_gemm } from "../../src/reference/planes/dense-product.js";
import type { Argument } from "../../test/harness/host.js";
import type { Random } from "../../test/harness/random.js";
import { kernelBench } from "../harness.js";

const SCRATCH_FLOATS = 8224;

/** Packed weights, and what stands behind x. */
function around(random: Random, m: number, positions: number, k: number): { packed: Float32Array; behind: Argument[] } {
  const packed = new Float32Array(4 * Math.ceil(m / 4) * k);
  f32_pack_a(m, k, random.uniform(m * k), k, 0, 0, packed);
  const y = new Float32Array(m * positions);
  const finish = [random.uniform(m), 0, 0, -Infinity, Infinity, new Float32Array(SCRATCH_FLOATS)];
  return { packed, behind: [y, 4 * positions, ...finish] };
}

kernelBench("f32_planes_gemm", {
  sizes: [[16, 49, 16], [96, 12544, 16], [288, 784, 48], [1152, 49, 192]], // rows, positions, columns
  arguments: (random, m, positions, k) => {
    const { packed, behind } = around(random, m, positions, k);
    return [m, positions, k, packed, random.uniform(k * positions), 4 * positions, ...behind];
  },
  flops: (m, positions, k) => 2 * m * positions * k,
  bytes: (m, positions, k) => 4 * (m * k + positions * (m + k)),
  opponents: { reference: f32_planes_gemm },
  output: 6,
  terms: (_, __, k) => k + 2,
});

kernelBench("f32_planes_conv", {
  sizes: [[16, 8, 7], [64, 64, 28], [256, 256, 7]], // rows, channels, side; windows of 3 × 3
  arguments: (random, m, c, side) => {
    const { packed, behind } = around(random, m, side * side, 9 * c);
    const row = side + 2;
    const offset = (_: unknown, at: number) => 4 * (Math.floor(at / side) * row + (at % side));
    const tap = (_: unknown, at: number) =>
      4 * (Math.floor(at / 9) * row ** 2 + Math.floor((at % 9) / 3) * row + (at % 3));
    const [taps, offsets] = [Uint32Array.from({ length: 9 * c }, tap), Uint32Array.from({ length: side ** 2 }, offset)];
    return [m, side * side, 9 * c, packed, random.uniform(c * row ** 2), taps, offsets, ...behind];
  },
  flops: (m, c, side) => 18 * m * c * side ** 2,
  bytes: (m, c, side) => 4 * (9 * m * c + side ** 2 * (m + c)),
  opponents: { reference: f32_planes_conv },
  output: 7,
  terms: (_, c) => 9 * c + 2,
});
