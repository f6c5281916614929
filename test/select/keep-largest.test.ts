import { expect, test } from "vitest";
import { f32_keep_largest as reference } from "../../src/reference/select/keep-largest.js";
import { f32_select_smallest_k } from "../../src/reference/select/smallest-k.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { variants } from "../harness/variants.js";

const padded = (batch: number) => batch - (batch % 32) + (batch % 32 === 1 ? 1 : Math.ceil((batch % 32) / 4) * 4);
const wordsOf = (features: number, batch: number) => Math.ceil(batch / 32) * features;

function problem(
  features: number, batch: number, scores: Float32Array, k: number, low = 0, high = Infinity,
): Argument[] {
  const ldm = Math.ceil(features / 32);
  const scratch = new Uint32Array(wordsOf(features, batch) + 2 * features * batch).fill(0xdeadbeef);
  return [
    features, batch, scores, new Uint32Array(wordsOf(features, batch)), new Uint32Array(batch * ldm), ldm,
    k, low, high, Uint32Array.of(7, 7), scratch,
  ];
}

/** A problem that begins with the bits of another choice. */
function later(random: Random, features: number, batch: number, ...rest: [Float32Array, number, number?, number?]) {
  const before = problem(features, batch, random.uniform(features * padded(batch)), random.below(features * batch + 1));
  (reference as (...args: Argument[]) => number)(...before);
  const after = problem(features, batch, ...rest);
  [after[3], after[4]] = [before[3], before[4]];
  return after;
}

function scoresOf(random: Random, kind: number, n: number): Float32Array {
  if (kind === 0) return random.uniform(n);
  if (kind === 1) return random.uniform(n).map((score) => Math.round(score * 3)); // ties, both signs, −0
  return new Float32Array(random.bits(n).buffer); // every exponent, denormals, infinities, NaN
}

const row = (k: number, low: number, high: number, ...scores: number[]) =>
  problem(scores.length, 1, Float32Array.from(scores), k, low, high);

kernelTest("f32_keep_largest", reference, {
  *cases(random) {
    for (const features of [0, 1, 31, 33])
      for (const batch of [0, 1, 2, 5, 31, 32, 33, 40, 64])
        for (const kind of [0, 1, 2]) {
          const n = features * batch;
          const scores = () => scoresOf(random, kind, features * padded(batch));
          for (const k of new Set([0, 1, n >> 1, n - 1, n])) {
            if (k < 0 || k > n) continue;
            yield problem(features, batch, scores(), k);
            yield later(random, features, batch, scores(), k, 0.3, 0.7);
          }
        }
    const n = 784 * 300;
    yield later(random, 784, 300, random.uniform(784 * padded(300)), Math.round(0.3 * n), 0.69, 0.71);
  },
  output: [3, 4, 9],
  scratch: [10],
  returns: true,
  special: {
    "ties: the lower index is pruned first": () => row(2, 0, Infinity, 1, -1, 1, 1),
    "ties across rows: the lower row, not the lower column": () =>
      problem(2, 4, Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1), 3),
    "−0 and +0 are ties": () => row(2, 0, 1, 0, -0, 0),
    "neighbours in the last bit": () => row(2, 0.5, 2, 1 + 2 ** -23, 1, 1 + 2 ** -22),
    "a guess of one number": () => row(2, 2, 2, 1, 2, 3),
    "all k above the guess": () => row(2, 0.5, 1.5, 1, 2, 3),
    "k = 0": () => row(0, 5, 6, 1, 2, 3),
    "too many above: 1, unchanged": () => row(1, 0.5, 1.5, 1, 2, 3),
    "too few from low on: 1, unchanged": () => row(3, 1.5, 2.5, 1, 2, 3),
    "NaN is larger than Infinity": () => row(1, 0, Infinity, 1, NaN, Infinity),
  },
  traps: {
    "more than there are": row(4, 0, 1, 1, 2, 3),
    "low above high": row(1, 2, 1, 1, 2, 3),
  },
});

test("chooses what the radix search leaves", () => {
  const core = variants[1].open();
  const random = new Random(3);
  const [features, batch] = [40, 32];
  const scores = scoresOf(random, 1, features * batch);
  for (const k of [0, 1, 300, 700, 1279, 1280]) {
    const args = problem(features, batch, scores, k);
    core.call("f32_keep_largest", args);
    const rows = Float32Array.from({ length: features * batch }, (_, i) => {
      return Math.abs(scores[(i % features) * 32 + Math.floor(i / features)]);
    });
    const mask = Uint32Array.from({ length: 2 * batch }, (_, i) => (i % 2 ? 0xff : 0xffffffff));
    f32_select_smallest_k(batch, features, rows, features, mask, 2, features * batch - k);
    expect(args[4]).toEqual(mask);
  }
});
