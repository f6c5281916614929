import { imagesLength } from "../../src/reference/conv/images.js";
import {
  f32_average_pool, f32_average_pool_gradient, f32_max_pool, f32_max_pool_gradient,
} from "../../src/reference/conv/pool.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number][] = [[4, 8], [16, 28]]; // channels, height = width; windows 2 × 2, one image
const length = (c: number, side: number) => imagesLength(c, side * side, 32);
const common = { sizes, flops: () => 0, bytes: (c: number, side: number) => 5 * length(c, side) };

kernelBench("f32_max_pool", {
  ...common,
  arguments: (random, c, side) => [
    c, side, side, 2, 2, 1, random.uniform(length(c, side)),
    new Float32Array(length(c, side) / 4), new Uint32Array(length(c, side) / 4),
  ],
  output: 7,
  opponents: { reference: f32_max_pool },
});

kernelBench("f32_max_pool_gradient", {
  ...common,
  arguments: (random, c, side) => [
    c, side, side, 2, 2, 1, Uint32Array.from({ length: length(c, side) / 4 }, () => random.below(4)),
    random.uniform(length(c, side) / 4), new Float32Array(length(c, side)),
  ],
  restore: [8],
  opponents: { reference: f32_max_pool_gradient },
});

kernelBench("f32_average_pool", {
  ...common,
  arguments: (random, c, side) => [
    c, side, side, 2, 2, 1, random.uniform(length(c, side)), new Float32Array(length(c, side) / 4),
  ],
  terms: () => 8,
  opponents: { reference: f32_average_pool },
});

kernelBench("f32_average_pool_gradient", {
  ...common,
  arguments: (random, c, side) => [
    c, side, side, 2, 2, 1, random.uniform(length(c, side) / 4), new Float32Array(length(c, side)),
  ],
  restore: [7],
  terms: () => 4,
  opponents: { reference: f32_average_pool_gradient },
});
