import { expect, test } from "vitest";
import { f64_potrf } from "../../src/reference/dense/potrf.js";
import { f64_potri } from "../../src/reference/dense/potri.js";
import { f64_trtri } from "../../src/reference/dense/trsm.js";
import { f64_masked_least_squares as reference } from "../../src/reference/prune/masked-least-squares.js";
import { positiveDefinite } from "../dense/triangles.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const scratchFor = (n: number) => new Uint8Array(8 * n * (n + 1) + 512 * (n + 8) + 12 * n + 172_352);

function symmetric(random: Random, n: number, lda = n): Float64Array {
  const a = positiveDefinite(random, n, lda);
  for (let i = 0; i < n; i++) {
    a.fill(0, i * lda + n, (i + 1) * lda);
    for (let j = 0; j < i; j++) a[j * lda + i] = a[i * lda + j];
  }
  return a;
}

const maskOf = (n: number, isKept: (j: number) => boolean) => {
  const words = new Uint32Array(Math.ceil(n / 32));
  for (let j = 0; j < n; j++) if (isKept(j)) words[j >> 5] |= 1 << (j & 31);
  return words;
};

const args = (random: Random, n: number, pad: number, inverted: number, share: number): Argument[] => [
  ...[n, symmetric(random, n, n + pad), n + pad, inverted, maskOf(n, () => random.below(100) < share)],
  ...[random.uniform(n), new Float32Array(n).fill(Number.NaN), scratchFor(n)],
];

kernelTest("f64_masked_least_squares", reference, {
  *cases(random) {
    for (const n of [...edges(4), ...edges(32), 70]) {
      for (const inverted of [0, 1]) yield args(random, n, n % 3, inverted, 50);
    }
    for (const share of [0, 100, 3, 97]) for (const inverted of [0, 1]) yield args(random, 33, 1, inverted, share);
  },
  output: 6,
  scratch: [7],
  returns: true,
  // The rounding to f32 at the end is nearly all of it; elements stay below 8.
  terms: () => 2,
  magnitude: (all) => (all[6] as Float32Array).map(() => 8),
  special: {
    "a system that is not positive definite": (random) => {
      const all = args(random, 9, 0, 0, 100);
      (all[1] as Float64Array)[4 * 9 + 4] = -1;
      return all;
    },
  },
  traps: { "lda < n": args(new Random(1), 9, 0, 0, 50).with(2, 8) },
});

test("both forms of the twin give the least squares, by its normal equations", () => {
  const n = 12;
  const random = new Random(2);
  const h = symmetric(random, n);
  const inverse = h.slice();
  f64_potrf(n, inverse, n, scratchFor(0));
  f64_trtri(n, inverse, n, scratchFor(0));
  f64_potri(n, inverse, n, scratchFor(0));
  const w = random.uniform(n);
  const mask = maskOf(n, (j) => j % 3 > 0);
  const [direct, dual] = [0, 1].map((inverted) => {
    const out = new Float32Array(n);
    expect(reference(n, inverted ? inverse : h, n, inverted, mask, w, out, scratchFor(0))).toBe(0);
    return out;
  });
  for (let j = 0; j < n; j++) {
    expect(dual[j]).toBeCloseTo(direct[j], 6);
    if (j % 3 === 0) expect(direct[j]).toBe(0);
    // The gradient by a kept weight is 0: no small move of it helps.
    const gradient = direct.reduce((sum, value, i) => sum + h[j * n + i] * (value - w[i]), 0);
    if (j % 3 > 0) expect(Math.abs(gradient)).toBeLessThan(1e-6);
  }
});
