import { f32_images_from_panels, f32_panels_from_images, imagesLength } from "../../src/reference/conv/images.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number, number][] = [[1, 784, 60], [16, 196, 60]]; // channels, positions, batch
const bytes = (c: number, positions: number, batch: number) => 8 * c * positions * batch;
const common = { sizes, flops: () => 0, bytes };

kernelBench("f32_images_from_panels", {
  ...common,
  arguments: (random, c, positions, batch) => [
    c, positions, batch, random.uniform(c * positions * paddedBatch(batch)),
    new Float32Array(imagesLength(c, positions, batch)),
  ],
  opponents: { reference: f32_images_from_panels },
});

kernelBench("f32_panels_from_images", {
  ...common,
  arguments: (random, c, positions, batch) => [
    c, positions, batch, random.uniform(imagesLength(c, positions, batch)),
    new Float32Array(c * positions * paddedBatch(batch)),
  ],
  opponents: { reference: f32_panels_from_images },
});
