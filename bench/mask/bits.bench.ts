import { u32_mask_and, u32_mask_count } from "../../src/reference/mask/bits.js";
import { kernelBench } from "../harness.js";

const sizes: [number][] = [[64], [7500]];

kernelBench("u32_mask_and", {
  sizes,
  arguments: (random, words) => [words, random.bits(words), random.bits(words), new Uint32Array(words)],
  flops: () => 0,
  bytes: (words) => 12 * words,
  opponents: { reference: u32_mask_and },
});

kernelBench("u32_mask_count", {
  sizes,
  arguments: (random, words) => [words, random.bits(words)],
  flops: () => 0,
  bytes: (words) => 4 * words,
  opponents: { reference: u32_mask_count },
});
