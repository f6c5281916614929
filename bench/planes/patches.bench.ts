import { f32_planes_gather } from "../../src/reference/planes/patches.js";
import { kernelBench } from "../harness.js";

kernelBench("f32_planes_gather", {
  sizes: [[9, 14], [256, 14], [256, 56]], // rows of patches, width of a plane
  arguments: (random, rows, width) => {
    const taps = Uint32Array.from({ length: rows }, () => 4 * random.below(4000));
    const offsets = Uint32Array.from({ length: 32 }, (_, at) => 4 * (at + 2 * Math.floor(at / width)));
    return [rows, 32, random.uniform(4100), taps, offsets, new Float32Array(32 * rows)];
  },
  flops: () => 0,
  bytes: (rows) => 256 * rows,
  opponents: { reference: f32_planes_gather },
});
