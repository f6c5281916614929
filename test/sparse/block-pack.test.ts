import {
  block_1x4_row_starts, block_4x1_row_starts, f32_block_1x4_pack, f32_block_1x4_scatter,
  f32_block_4x1_pack, f32_block_4x1_scatter,
} from "../../src/reference/sparse/block-pack.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { nan, sparseMask } from "./structures.js";

const twins = {
  block_1x4_row_starts, block_4x1_row_starts, f32_block_1x4_pack, f32_block_1x4_scatter,
  f32_block_4x1_pack, f32_block_4x1_scatter,
};

const shapes = [[0, 3], [1, 1], [3, 5], [4, 4], [5, 31], [8, 33], [9, 70], [6, 64]];
const wordsOf = (columns: number) => Math.ceil(columns / 32);

for (const kind of ["4x1", "1x4"] as const) {
  const rowsOf = (m: number) => (kind === "4x1" ? Math.ceil(m / 4) : m);
  const starts = (m: number) => new Uint32Array(rowsOf(m) + 1);
  const pack = (random: Random, m: number, n: number, pad: number): Argument[] => {
    const ldm = wordsOf(n) + pad;
    const mask = sparseMask(random, m, n, ldm);
    const count = twins[`block_${kind}_row_starts`](m, n, mask, ldm, starts(m));
    const columns = new Uint32Array(count).fill(9);
    return [m, n, random.uniform(m * (n + pad)), n + pad, mask, ldm, columns, nan(4 * count)];
  };

  kernelTest(`block_${kind}_row_starts`, twins[`block_${kind}_row_starts`], {
    *cases(random) {
      for (const [m, n] of shapes)
        for (const pad of [0, 2]) {
          const ldm = wordsOf(n) + pad;
          yield [m, n, sparseMask(random, m, n, ldm), ldm, starts(m).fill(7)];
        }
    },
    output: 4,
    returns: true,
    special: {
      "bits beyond the columns count nothing": () => [1, 33, Uint32Array.of(0, 0xfffffffe), 2, starts(1)],
    },
    traps: { "ldm too small": [1, 33, new Uint32Array(1), 1, starts(1)] },
  });

  kernelTest(`f32_block_${kind}_pack`, twins[`f32_block_${kind}_pack`], {
    *cases(random) {
      for (const [m, n] of shapes) for (const pad of [0, 2]) yield pack(random, m, n, pad);
    },
    output: [6, 7],
    special: {
      "NaN under a pruned weight of a block is +0": () => [
        2, 2, Float32Array.of(1, NaN, NaN, NaN), 2, Uint32Array.of(0b01, 0b00), 1, new Uint32Array(1), nan(4),
      ],
    },
    traps: { "lda < n": [1, 3, nan(3), 2, new Uint32Array(1), 1, new Uint32Array(1), nan(4)] },
  });

  kernelTest(`f32_block_${kind}_scatter`, twins[`f32_block_${kind}_scatter`], {
    *cases(random) {
      for (const [m, n] of shapes)
        for (const pad of [0, 2]) {
          const [, , a, lda, mask, ldm, columns, values] = pack(random, m, n, pad);
          const row_starts = starts(m);
          twins[`block_${kind}_row_starts`](m, n, mask as Uint32Array, Number(ldm), row_starts);
          const packing = [m, n, a, lda, mask, ldm, columns, values] as never;
          (twins[`f32_block_${kind}_pack`] as (...args: never) => void)(...(packing as never));
          const rest: Argument[] = [row_starts, columns, values, random.uniform(m * Number(lda)), lda];
          yield kind === "4x1" ? [m, ...rest] : [m, n, ...rest];
        }
    },
    output: kind === "4x1" ? 4 : 5,
    traps: {
      "a not aligned": [
        ...(kind === "4x1" ? [1] : [1, 4]), Uint32Array.of(0, 1), Uint32Array.of(0), nan(4), 2, 4,
      ],
    },
  });
}
