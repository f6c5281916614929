import { f32_bitmask_pack, f32_bitmask_unpack } from "../../src/reference/sparse/bitmask.js";
import { kernelBench } from "../harness.js";
import { keptOf, mask } from "./structures.js";

/** Outputs, inputs, percentage of zeros. */
const sizes: [number, number, number][] = [[16, 60, 50], [300, 784, 50], [300, 784, 90]];
const bytes = (m: number, n: number, percent: number) => (m * n) / 8 + 8 * keptOf(m, n, percent);
const flops = () => 0;

kernelBench("f32_bitmask_pack", {
  sizes,
  arguments: (random, m, n, percent) => [
    m, n, random.uniform(m * n), n, mask(random, m, n, percent), Math.ceil(n / 32), new Float32Array(m * n),
  ],
  flops,
  bytes,
  opponents: { reference: f32_bitmask_pack },
});

kernelBench("f32_bitmask_unpack", {
  sizes,
  arguments: (random, m, n, percent) => [
    m, n, mask(random, m, n, percent), Math.ceil(n / 32), random.uniform(m * n), new Float32Array(m * n), n,
  ],
  flops,
  bytes,
  opponents: { reference: f32_bitmask_unpack },
});
