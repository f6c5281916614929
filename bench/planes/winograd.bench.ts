import { f32_planes_winograd_in, f32_planes_winograd_out } from "../../src/reference/planes/winograd.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number][] = [[8, 8], [64, 32]]; // channels, tiles of a row

kernelBench("f32_planes_winograd_in", {
  sizes,
  arguments: (random, c, tiles) => {
    const run = tiles + 1;
    const [x, v] = [random.uniform(8 * c * run), new Float32Array(16 * c * tiles)];
    return [c, tiles, x, 8 * run, 4 * run, 32 * run, v, 4 * c * tiles, 4 * tiles];
  },
  flops: (c, tiles) => 32 * c * tiles,
  bytes: (c, tiles) => 96 * c * tiles,
  opponents: { reference: f32_planes_winograd_in },
  // Differences of numbers that are close: the bound is of what is added, 16 numbers of up to 1.
  terms: () => 2 ** 10,
});

kernelBench("f32_planes_winograd_out", {
  sizes,
  arguments: (random, rows, tiles) => {
    const [m, y] = [random.uniform(16 * rows * tiles), new Float32Array(4 * rows * tiles)];
    const finish = [random.uniform(rows), 0, 0, -Infinity, Infinity, new Float32Array(8)];
    return [rows, tiles, m, 4 * rows * tiles, 4 * tiles, y, 2, 2 * tiles, 16 * tiles, ...finish];
  },
  flops: (rows, tiles) => 24 * rows * tiles,
  bytes: (rows, tiles) => 80 * rows * tiles,
  opponents: { reference: f32_planes_winograd_out },
  output: 5,
  terms: () => 2 ** 10,
});
