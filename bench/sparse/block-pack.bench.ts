import {
  block_1x4_row_starts, block_4x1_row_starts, f32_block_1x4_pack, f32_block_1x4_scatter,
  f32_block_4x1_pack, f32_block_4x1_scatter,
} from "../../src/reference/sparse/block-pack.js";
import { kernelBench } from "../harness.js";
import { keptOf, mask } from "./structures.js";

const twins = {
  block_1x4_row_starts, block_4x1_row_starts, f32_block_1x4_pack, f32_block_1x4_scatter,
  f32_block_4x1_pack, f32_block_4x1_scatter,
};

const sizes: [number, number, number][] = [[16, 60, 50], [300, 784, 90]]; // outputs, inputs, % zeros
const flops = () => 0;

for (const kind of ["4x1", "1x4"] as const) {
  const rowsOf = (m: number) => (kind === "4x1" ? Math.ceil(m / 4) : m);

  kernelBench(`block_${kind}_row_starts`, {
    sizes,
    arguments: (random, m, n, percent) => [
      m, n, mask(random, m, n, percent), Math.ceil(n / 32), new Uint32Array(rowsOf(m) + 1),
    ],
    flops,
    bytes: (m, n) => (m * n) / 8,
    opponents: { reference: twins[`block_${kind}_row_starts`] },
  });

  kernelBench(`f32_block_${kind}_pack`, {
    sizes,
    arguments: (random, m, n, percent) => {
      const [bits, ldm] = [mask(random, m, n, percent), Math.ceil(n / 32)];
      const starts = new Uint32Array(rowsOf(m) + 1);
      const count = twins[`block_${kind}_row_starts`](m, n, bits, ldm, starts);
      const [columns, values] = [new Uint32Array(count), new Float32Array(4 * count)];
      return [m, n, random.uniform(m * n), n, bits, ldm, columns, values];
    },
    flops,
    bytes: (m, n, percent) => (m * n) / 8 + 9 * keptOf(m, n, percent),
    opponents: { reference: twins[`f32_block_${kind}_pack`] },
  });

  kernelBench(`f32_block_${kind}_scatter`, {
    sizes,
    arguments: (random, m, n, percent) => {
      const [bits, ldm] = [mask(random, m, n, percent), Math.ceil(n / 32)];
      const starts = new Uint32Array(rowsOf(m) + 1);
      const count = twins[`block_${kind}_row_starts`](m, n, bits, ldm, starts);
      const [columns, values] = [new Uint32Array(count), new Float32Array(4 * count)];
      twins[`f32_block_${kind}_pack`](m, n, random.uniform(m * n), n, bits, ldm, columns, values);
      const shape = kind === "4x1" ? [m] : [m, n];
      return [...shape, starts, columns, values, new Float32Array(m * n), n];
    },
    flops,
    bytes: (m, n, percent) => 9 * keptOf(m, n, percent),
    opponents: { reference: twins[`f32_block_${kind}_scatter`] },
  });
}
