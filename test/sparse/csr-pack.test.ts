import {
  csr_row_starts, csr_transpose_u16, csr_transpose_u32, f32_csr_gather_values_u16,
  f32_csr_gather_values_u32, f32_csr_pack_u16, f32_csr_pack_u32, f32_csr_reorder,
  f32_csr_scatter_values_u16, f32_csr_scatter_values_u32,
} from "../../src/reference/sparse/csr-pack.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import type { Random } from "../harness/random.js";
import { csr, indices, nan } from "./structures.js";

const twins = {
  csr_transpose_u16, csr_transpose_u32, f32_csr_gather_values_u16, f32_csr_gather_values_u32,
  f32_csr_pack_u16, f32_csr_pack_u32, f32_csr_scatter_values_u16, f32_csr_scatter_values_u32,
};

/** Rows, first and last column, columns of the matrix. */
const ranges = [
  [0, 0, 4, 4], [1, 0, 1, 1], [3, 0, 0, 5], [4, 0, 32, 32], [3, 0, 33, 33], [5, 3, 40, 70], [3, 32, 64, 100],
];
const wordsOf = (columns: number) => Math.ceil(columns / 32);

/** Random bits; the first row empty, the last one full, nothing beyond the columns. */
function mask(random: Random, m: number, n: number, ldm: number): Uint32Array {
  const words = random.bits(m * ldm);
  for (let i = 0; i < m; i++)
    for (let w = 0; w < ldm; w++) {
      if (i === 0) words[i * ldm + w] = 0;
      if (i === m - 1) words[i * ldm + w] = 0xffffffff;
      if (w * 32 + 32 > n) words[i * ldm + w] &= n - w * 32 > 0 ? 2 ** (n - w * 32) - 1 : 0;
    }
  return words;
}

kernelTest("csr_row_starts", csr_row_starts, {
  *cases(random) {
    for (const [m, first, last, n] of ranges)
      for (const pad of [0, 2]) {
        const ldm = wordsOf(n) + pad;
        yield [m, first, last, 7 * pad, mask(random, m, n, ldm), ldm, new Uint32Array(m + 1).fill(9)];
      }
  },
  output: 6,
  returns: true,
  traps: {
    "ldm too small": [1, 0, 33, 0, new Uint32Array(2), 1, new Uint32Array(2)],
    "first > last": [1, 2, 1, 0, new Uint32Array(1), 1, new Uint32Array(2)],
  },
});

for (const width of ["u16", "u32"] as const) {
  const pack = (random: Random, [m, first, last, n]: number[], start: number): Argument[] => {
    const ldm = wordsOf(n) + start;
    const bits = mask(random, m, n, ldm);
    const starts = new Uint32Array(m + 1);
    const count = csr_row_starts(m, first, last, start, bits, ldm, starts);
    const columns = indices[width](Array(count).fill(0));
    const a = random.uniform(m * (n + start));
    return [m, first, last, a, n + start, bits, ldm, starts, columns, nan(count)];
  };

  kernelTest(`f32_csr_pack_${width}`, twins[`f32_csr_pack_${width}`], {
    *cases(random) {
      for (const range of ranges) for (const start of [0, 2]) yield pack(random, range, start);
    },
    output: [8, 9],
    special: {
      "NaN, Inf and zeros are entries when kept, unread when not": () => [
        1, 0, 6, Float32Array.of(NaN, Infinity, 0, -0, NaN, 1), 6, Uint32Array.of(0b001111), 1,
        Uint32Array.of(0, 4), indices[width]([9, 9, 9, 9]), nan(4),
      ],
    },
    traps: {
      "lda < last": [
        1, 0, 3, nan(3), 2, new Uint32Array(1), 1, Uint32Array.of(0, 0), indices[width]([0]), nan(1),
      ],
      ...(width === "u16" && {
        "a column that 16 bits cannot name": [
          0, 0, 65_537, 0, 65_537, 0, 2_049, Uint32Array.of(0), indices.u16([0]), nan(1),
        ],
      }),
    },
  });

  kernelTest(`f32_csr_gather_values_${width}`, twins[`f32_csr_gather_values_${width}`], {
    *cases(random) {
      for (const [m, n, density] of [[1, 1, 1], [6, 9, 0.4], [5, 40, 0]] as const) {
        const { starts, columns } = csr(random, m, n, density);
        yield [m, starts, indices[width](columns), random.uniform(m * (n + 1)), n + 1, nan(columns.length)];
      }
    },
    output: 5,
    traps: { "a not aligned": [1, Uint32Array.of(0, 1), indices[width]([0]), 2, 1, nan(1)] },
  });

  kernelTest(`f32_csr_scatter_values_${width}`, twins[`f32_csr_scatter_values_${width}`], {
    *cases(random) {
      for (const [m, n, density] of [[1, 1, 1], [6, 9, 0.4], [5, 40, 0]] as const) {
        const { starts, columns, values } = csr(random, m, n, density);
        yield [m, starts, indices[width](columns), values, random.uniform(m * (n + 1)), n + 1];
      }
    },
    output: 4,
    traps: { "a not aligned": [1, Uint32Array.of(0, 1), indices[width]([0]), nan(1), 2, 1] },
  });

  kernelTest(`csr_transpose_${width}`, twins[`csr_transpose_${width}`], {
    *cases(random) {
      const shapes = [[1, 1, 1, 1], [1, 1, 1, 0], [7, 9, 1, 0.4], [5, 40, 1, 0], [4, 30, 3, 0.2]];
      for (const [m, n, blocks, density] of shapes) {
        const { starts, columns } = csr(random, m * blocks, n, density);
        const zeros = () => indices[width](columns.map(() => 0));
        const order = Uint32Array.from(columns, () => 0);
        yield [m, n, blocks, starts, indices[width](columns), new Uint32Array(n + 1).fill(3), zeros(), order];
      }
    },
    output: [5, 6, 7],
    traps: {
      "entries that begin elsewhere": [
        1, 1, 1, Uint32Array.of(1, 2), indices[width]([0, 0]), new Uint32Array(2), indices[width]([0]),
        new Uint32Array(1),
      ],
    },
  });
}

kernelTest("f32_csr_reorder", f32_csr_reorder, {
  *cases(random) {
    for (const count of [0, 1, 3, 4, 5, 9]) {
      const order = Uint32Array.from({ length: count }, () => random.below(count));
      yield [count, order, random.uniform(count), nan(count)];
    }
  },
  output: 3,
  special: {
    "NaN and Inf are copied": () => [2, Uint32Array.of(1, 0), Float32Array.of(NaN, Infinity), nan(2)],
  },
  traps: { "order not aligned": [1, 2, nan(1), nan(1)] },
});
