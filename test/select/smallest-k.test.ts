import { f32_select_smallest_k } from "../../src/reference/select/smallest-k.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const f32 = (n: number) => new Float32Array(n);
const u32 = (n: number) => new Uint32Array(n);
const scratch = () => u32(2048).fill(0xdeadbeef);

/** A random mask whose bits beyond column n are 0. */
function randomMask(random: Random, m: number, n: number, ldm: number): Uint32Array {
  return random.bits(m * ldm).map((word, i) => {
    const columns = n - (i % ldm) * 32;
    return columns >= 32 ? word : columns <= 0 ? 0 : word & (2 ** columns - 1);
  });
}

function countOf(mask: Uint32Array): number {
  return mask.reduce((sum, word) => sum + word.toString(2).replaceAll("0", "").length, 0);
}

function scoresOf(random: Random, kind: number, n: number): Float32Array {
  if (kind === 0) return random.uniform(n, 0, 1);
  if (kind === 1) return random.uniform(n).map((score) => Math.round(score * 3)); // ties, both signs, −0
  const any = new Float32Array(random.bits(n).buffer); // every exponent, denormals, infinities
  return any.map((score) => (Number.isNaN(score) ? Infinity : score));
}

/** One row of scores, all kept. */
const row = (k: number, ...scores: number[]): Argument[] => [
  1, scores.length, Float32Array.from(scores), scores.length,
  Uint32Array.of(2 ** scores.length - 1), 1, k, scratch(),
];

kernelTest("f32_select_smallest_k", f32_select_smallest_k, {
  *cases(random) {
    for (const m of edges(1))
      for (const n of [...edges(32), 97])
        for (const kind of [0, 1, 2]) {
          const pad = kind === 1 ? 3 : 0;
          const ldm = Math.ceil(n / 32) + (pad ? 1 : 0);
          const mask = randomMask(random, m, n, ldm);
          const kept = countOf(mask);
          for (const k of new Set([0, 1, kept >> 1, kept - 1, kept, kept + 1])) {
            if (k >= 0) yield [m, n, scoresOf(random, kind, m * (n + pad)), n + pad, mask, ldm, k, scratch()];
          }
        }
    const mask = randomMask(random, 300, 784, 25);
    yield [300, 784, random.uniform(300 * 784, 0, 1), 784, mask, 25, 47_040, scratch()];
  },
  output: 4,
  scratch: [7],
  returns: true,
  special: {
    "ties: the lower index is pruned first": () => row(2, 1, 1, 1, 1),
    "−0 and +0 are ties": () => row(1, 0, -0, 0),
    "−0 is not below +0": () => row(2, 1, 0, -0, 1),
    "neighbours in the last bit": () => row(1, 1 + 2 ** -23, 1, 1 + 2 ** -22),
    "negative scores": () => row(3, -1, 2, -3, 0, -1e-30, 5),
    infinities: () => row(2, Infinity, 3.4e38, -Infinity, -3.4e38),
    "NaN under a kept bit: 1, unchanged": () => row(2, 1, NaN, 3),
    "negative NaN, nothing to prune: 1": () => [
      1, 2, new Float32Array(Uint32Array.of(0, 0xffc00000).buffer), 2, Uint32Array.of(3), 1, 0, scratch(),
    ],
    "NaN goes before too few": () => row(9, 1, NaN, 3),
    "too few kept: 2, unchanged": () => row(4, 1, 2, 3),
    "NaN under a pruned bit is not looked at": () => [
      1, 3, Float32Array.of(1, NaN, 3), 3, Uint32Array.of(0b101), 1, 1, scratch(),
    ],
  },
  traps: {
    "lds < n": [1, 9, f32(9), 8, u32(1), 1, 0, scratch()],
    "ldm < n / 32": [1, 33, f32(33), 33, u32(2), 1, 0, scratch()],
  },
});
