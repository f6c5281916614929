import * as reference from "../../src/reference/dense/gemm.js";
import { f32_pack_a, f32_pack_a_panels } from "../../src/reference/dense/pack.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const nan = (length: number) => new Float32Array(length).fill(NaN);
const scratch = () => new Float32Array(32896 / 4).fill(NaN);
const ks = [...edges(2), 255, 256, 257, 513];

function packed(random: Random, m: number, k: number): Float32Array {
  const out = new Float32Array(Math.ceil(m / 4) * 4 * k);
  f32_pack_a(m, k, random.uniform(m * k), k, 0, 0, out);
  return out;
}

function packedPanels(random: Random, m: number, batch: number): Float32Array {
  const out = new Float32Array(Math.ceil(m / 4) * 4 * paddedBatch(batch));
  f32_pack_a_panels(m, batch, random.uniform(m * paddedBatch(batch)), out);
  return out;
}

function gemm(random: Random, m: number, n: number, k: number, pad: number, flags: number): Argument[] {
  const c = flags & 1 ? random.uniform(m * (n + pad)) : nan(m * (n + pad));
  const bias = flags & 4 ? random.uniform(m) : 0;
  const [a, b, ld] = [packed(random, m, k), random.uniform(k * (n + pad)), n + pad];
  return [m, n, k, a, b, ld, c, ld, bias, flags & 3, scratch()];
}

kernelTest("f32_gemm", reference.f32_gemm, {
  *cases(random) {
    for (const m of edges(4)) for (const n of [...edges(8), ...edges(32)]) yield gemm(random, m, n, 5, 0, 4);
    for (const k of ks) for (const flags of [0, 1, 2, 3, 4, 6]) yield gemm(random, 5, 9, k, 3, flags);
    yield gemm(random, 13, 70, 300, 2, 6);
  },
  output: 6,
  scratch: [10],
  terms: ([, , k]) => Number(k) + 2,
  special: {
    "Inf and NaN spread along their row and column": () => {
      const a = Float32Array.of(1, NaN, 2, 1, 1, Infinity, 1, 1);
      const b = Float32Array.of(1, 2, 0, 4);
      return [4, 2, 2, a, b, 2, nan(8), 2, 0, 2, scratch()];
    },
  },
  traps: { "ldb < n": [1, 2, 1, nan(4), nan(2), 1, nan(2), 2, 0, 0, scratch()] },
});

kernelTest("f32_gemm_panels", reference.f32_gemm_panels, {
  *cases(random) {
    for (const batch of [...edges(4), ...edges(32), 60])
      for (const [m, k] of [[1, 1], [5, 3], [8, 257]])
        for (const flags of [0, 1, 6]) {
          const y = flags & 1 ? random.uniform(m * paddedBatch(batch)) : nan(m * paddedBatch(batch));
          const bias = flags & 4 ? random.uniform(m) : 0;
          const [a, x] = [packed(random, m, k), random.uniform(k * paddedBatch(batch))];
          yield [m, batch, k, a, x, y, bias, flags & 3, scratch()];
        }
  },
  output: 5,
  scratch: [8],
  terms: ([, , k]) => Number(k) + 2,
});

kernelTest("f32_gemm_panels_transposed", reference.f32_gemm_panels_transposed, {
  *cases(random) {
    for (const batch of [...edges(4), ...edges(32), 60, 256, 257, 300])
      for (const [m, n] of [[0, 3], [1, 1], [5, 3], [4, 33], [9, 44]])
        for (const flags of [0, 1]) {
          const c = flags ? random.uniform(m * (n + 1)) : nan(m * (n + 1));
          const x = random.uniform(n * paddedBatch(batch));
          yield [m, n, batch, packedPanels(random, m, batch), x, c, n + 1, flags, scratch()];
        }
  },
  output: 5,
  scratch: [8],
  terms: ([, , batch]) => Number(batch) + 2,
  traps: { "ldc < n": [1, 2, 1, nan(4), nan(2), nan(2), 1, 0, scratch()] },
});
