import { f32_panels_from_rows, f32_rows_from_panels, paddedBatch } from "../../src/reference/dense/panels.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number][] = [[32, 32], [784, 60]]; // features, batch
const common = { sizes, flops: () => 0, bytes: (f: number, batch: number) => 8 * f * batch };

kernelBench("f32_panels_from_rows", {
  ...common,
  arguments: (random, f, batch) => [
    f, batch, random.uniform(f * batch), f, new Float32Array(f * paddedBatch(batch)),
  ],
  opponents: { reference: f32_panels_from_rows },
});

kernelBench("f32_rows_from_panels", {
  ...common,
  arguments: (random, f, batch) => [
    f, batch, random.uniform(f * paddedBatch(batch)), new Float32Array(f * batch), f,
  ],
  opponents: { reference: f32_rows_from_panels },
});
