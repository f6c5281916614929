import { imagesLength } from "../../src/reference/conv/images.js";
import { f32_patches, f32_patches_adjoint } from "../../src/reference/conv/patches.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number][] = [[1, 28], [16, 28]]; // channels, height = width; windows 3 × 3, eight places

kernelBench("f32_patches", {
  sizes,
  arguments: (random, c, side) => [
    c, side, side, 3, 3, 1, 1, 400, 8, random.uniform(imagesLength(c, side * side, 32)), new Float32Array(c * 9 * 256),
  ],
  flops: () => 0,
  bytes: (c) => 8 * c * 9 * 256,
  opponents: { reference: f32_patches },
});

kernelBench("f32_patches_adjoint", {
  sizes,
  arguments: (random, c, side) => [
    c, side, side, 3, 3, 1, 1, 400, 8, random.uniform(c * 9 * 256), new Float32Array(imagesLength(c, side * side, 32)),
  ],
  flops: (c) => c * 9 * 256,
  bytes: (c) => 12 * c * 9 * 256,
  opponents: { reference: f32_patches_adjoint },
  restore: [10],
  terms: () => 10,
});
