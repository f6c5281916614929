import {
  f32_batch_norm_gradient, f32_normalise, f64_batch_statistics,
} from "../../src/reference/conv/batch-norm.js";
import { imagesLength } from "../../src/reference/conv/images.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number, number][] = [[4, 49, 32], [16, 784, 60]]; // channels, positions, batch

kernelBench("f64_batch_statistics", {
  sizes,
  arguments: (random, c, positions, batch) => [
    c, positions, batch, random.uniform(imagesLength(c, positions, batch)), new Float64Array(c), new Float64Array(c),
  ],
  flops: (c, positions, batch) => 4 * c * positions * batch,
  bytes: (c, positions, batch) => 8 * c * positions * batch,
  opponents: { reference: f64_batch_statistics },
});

kernelBench("f32_normalise", {
  sizes,
  arguments: (random, c, positions, batch) => [
    c, positions, batch, random.uniform(imagesLength(c, positions, batch)), random.uniform(c, -0.1, 0.1),
    random.uniform(c, 1, 2), 2, new Float32Array(imagesLength(c, positions, batch)),
  ],
  flops: (c, positions, batch) => 2 * c * positions * batch,
  bytes: (c, positions, batch) => 8 * c * positions * batch,
  terms: () => 16,
  opponents: { reference: f32_normalise },
});

kernelBench("f32_batch_norm_gradient", {
  sizes,
  arguments: (random, c, positions, batch) => [
    c, positions, batch, random.uniform(imagesLength(c, positions, batch)), random.uniform(c, -0.1, 0.1),
    random.uniform(c, 1, 2), random.uniform(imagesLength(c, positions, batch)), new Float64Array(2 * c),
    new Float32Array(imagesLength(c, positions, batch)),
  ],
  flops: (c, positions, batch) => 8 * c * positions * batch,
  bytes: (c, positions, batch) => 20 * c * positions * batch,
  terms: () => 64,
  opponents: { reference: f32_batch_norm_gradient },
});
