import { f32_images_from_panels, f32_panels_from_images, imagesLength } from "../../src/reference/conv/images.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { kernelTest } from "../harness/kernel-test.js";
import { edges } from "../harness/sizes.js";

const shapes = [0, 1, 3].flatMap((channels) =>
  [0, 1, 6].flatMap((positions) =>
    [...edges(4), ...edges(32), 60].map((batch) => [channels, positions, batch] as const),
  ),
);
const panelsLength = (channels: number, positions: number, batch: number) =>
  channels * positions * paddedBatch(batch);

kernelTest("f32_images_from_panels", f32_images_from_panels, {
  cases: (random) =>
    shapes.map((shape) => [
      ...shape, random.uniform(panelsLength(...shape)), new Float32Array(imagesLength(...shape)).fill(NaN),
    ]),
  output: 4,
  special: {
    "NaN and Inf are copied": () => [1, 2, 2, Float32Array.of(NaN, 1, 0, 0, Infinity, 2, 0, 0), new Float32Array(64)],
  },
  traps: { "y not aligned": [1, 1, 1, new Float32Array(1), 2] },
});

kernelTest("f32_panels_from_images", f32_panels_from_images, {
  cases: (random) =>
    shapes.map((shape) => [
      ...shape, random.uniform(imagesLength(...shape)), new Float32Array(panelsLength(...shape)).fill(NaN),
    ]),
  output: 4,
  traps: { "y not aligned": [1, 1, 1, new Float32Array(32), 2] },
});
