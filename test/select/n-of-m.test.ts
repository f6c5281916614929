import { f32_select_n_of_m } from "../../src/reference/select/n-of-m.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";

const f32 = (n: number) => new Float32Array(n);
const u32 = (n: number) => new Uint32Array(n);

/** One row of scores, all kept. */
const row = (keep: number, group: number, ...scores: number[]): Argument[] => [
  1, scores.length, Float32Array.from(scores), scores.length,
  Uint32Array.of(2 ** scores.length - 1), 1, keep, group,
];

kernelTest("f32_select_n_of_m", f32_select_n_of_m, {
  *cases(random) {
    for (const m of [0, 1, 3])
      for (const group of [1, 2, 4, 5, 8, 33, 64])
        for (const n of [0, group, 3 * group, 40 * group])
          for (const keep of new Set([0, 1, group >> 1, group - 1, group]))
            for (const pad of [0, 3]) {
              const ldm = Math.ceil(n / 32) + (pad ? 1 : 0);
              const all = random.uniform(m * (n + pad));
              // Ties and both zeros in every other case.
              const scores = pad ? all.map((score) => Math.round(2 * score)) : all;
              yield [m, n, scores, n + pad, random.bits(m * ldm), ldm, keep, group];
            }
    // One NaN at each place in turn: under a kept bit it counts, under a pruned one it does not.
    for (let at = 0; at < 3 * 66; at++) {
      const scores = random.uniform(3 * 68);
      scores[68 * Math.floor(at / 66) + (at % 66)] = Number.NaN;
      yield [3, 66, scores, 68, random.bits(3 * 4), 4, 2, 3];
    }
  },
  output: 4,
  returns: true,
  special: {
    "ties: the lower column is pruned first": () => row(2, 4, 1, 1, 1, 1),
    "−0 and +0 are ties": () => row(1, 2, 0, -0, -0, 0),
    infinities: () => row(1, 3, Infinity, -Infinity, 3, Infinity, Infinity, Infinity),
    "NaN under a kept bit: 1, unchanged": () => row(1, 2, 1, 2, 3, NaN),
    "NaN under a pruned bit is not looked at": () => [
      1, 4, Float32Array.of(1, NaN, 3, 2), 4, Uint32Array.of(0b1101), 1, 2, 4,
    ],
  },
  traps: {
    "lds < n": [1, 8, f32(8), 7, u32(1), 1, 2, 4],
    "ldm < n / 32": [1, 36, f32(36), 36, u32(2), 1, 2, 4],
    "keep > group": [1, 8, f32(8), 8, u32(1), 1, 5, 4],
    "no group": [1, 8, f32(8), 8, u32(1), 1, 0, 0],
    "n is no multiple": [1, 9, f32(9), 9, u32(1), 1, 2, 4],
  },
});
