import { f32_pack_a, f32_pack_a_panels, f32_pack_a_transposed } from "../../src/reference/dense/pack.js";
import { kernelBench } from "../harness.js";

const sizes: [number, number][] = [[32, 32], [300, 784]];
const common = { sizes, flops: () => 0, bytes: (m: number, n: number) => 8 * m * n };

kernelBench("f32_pack_a", {
  ...common,
  arguments: (random, m, k) => {
    const ldm = Math.ceil(k / 32);
    return [m, k, random.uniform(m * k), k, random.bits(m * ldm), ldm, new Float32Array(m * k)];
  },
  opponents: { reference: f32_pack_a },
});

kernelBench("f32_pack_a_transposed", {
  ...common,
  arguments: (random, k, m) => [m, k, random.uniform(m * k), m, 0, 0, new Float32Array(m * k)],
  opponents: { reference: f32_pack_a_transposed },
});

kernelBench("f32_pack_a_panels", {
  ...common,
  sizes: [[32, 32], [300, 64]],
  arguments: (random, m, batch) => [m, batch, random.uniform(m * batch), new Float32Array(m * batch)],
  opponents: { reference: f32_pack_a_panels },
});
