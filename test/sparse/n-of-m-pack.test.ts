import {
  f32_pack_1of4, f32_pack_2of4, f32_pack_4of8, f32_scatter_1of4, f32_scatter_2of4, f32_scatter_4of8,
} from "../../src/reference/sparse/n-of-m-pack.js";
import { kernelTest } from "../harness/kernel-test.js";
import { nan, nOfM, sparseMask } from "./structures.js";

const twins = {
  f32_pack_1of4, f32_pack_2of4, f32_pack_4of8, f32_scatter_1of4, f32_scatter_2of4, f32_scatter_4of8,
};

const shapes = [[0, 4], [1, 1], [3, 4], [4, 8], [5, 13], [9, 35]];

for (const [kind, slots, group] of [["1of4", 1, 4], ["2of4", 2, 4], ["4of8", 4, 8]] as const) {
  const lengthOf = (m: number, n: number) => Math.ceil(m / 4) * Math.ceil(n / group) * slots;
  const Codes = group === 4 ? Uint8Array : Uint16Array;
  const codes = (length: number) => new Codes(length).fill(0x55);

  kernelTest(`f32_pack_${kind}`, twins[`f32_pack_${kind}`], {
    *cases(random) {
      for (const [m, n] of shapes)
        for (const pad of [0, 2]) {
          const ldm = Math.ceil(n / 32) + pad;
          const length = lengthOf(m, n);
          const mask = sparseMask(random, m, n, ldm);
          yield [m, n, random.uniform(m * (n + pad)), n + pad, mask, ldm, codes(length), nan(4 * length)];
        }
    },
    output: [6, 7],
    returns: true,
    special: {
      "NaN under a pruned weight is not stored": () => [
        1, 4, Float32Array.of(NaN, 2, NaN, NaN), 4, Uint32Array.of(0b0010), 1, codes(slots), nan(4 * slots),
      ],
    },
    traps: { "lda < n": [1, 4, nan(4), 3, new Uint32Array(1), 1, codes(slots), nan(4 * slots)] },
  });

  kernelTest(`f32_scatter_${kind}`, twins[`f32_scatter_${kind}`], {
    *cases(random) {
      for (const [m, n] of shapes)
        for (const pad of [0, 2]) {
          const packed = nOfM(random, m, n, slots, group);
          yield [m, n, packed.codes, packed.values, random.uniform(m * (n + pad)), n + pad];
        }
    },
    output: 4,
    traps: { "lda < n": [1, 4, codes(slots), nan(4 * slots), nan(4), 3] },
  });
}
