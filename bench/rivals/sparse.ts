/** Random masks with exact counts, and the problem that the sparse rivals solve with them. */
import { Random } from "../../test/harness/random.js";
import type { Dense } from "./dense.js";

/** A dense problem, its weights 0 where pruned, and one 0 or 1 a weight. */
export interface Sparse extends Dense {
  kept: Uint8Array;
}

/**
 * @param pattern  a share of zeros anywhere; `2:4`; or `4x1@S`: blocks of 4 outputs of an input, S of them 0
 */
export function sparseProblem(batch: number, inputs: number, outputs: number, pattern: string): Sparse {
  const random = new Random(20261122);
  const kept = maskOf(random, inputs, outputs, pattern);
  const w = random.uniform(outputs * inputs).map((weight, at) => weight * kept[at]);
  return { batch, inputs, outputs, x: random.uniform(batch * inputs), w, kept };
}

function maskOf(random: Random, inputs: number, outputs: number, pattern: string): Uint8Array {
  const kept = new Uint8Array(outputs * inputs);
  if (pattern === "2:4") {
    for (let at = 0; at < kept.length; at += 4) kept.set(exactly(random, 4, 2), at);
    return kept;
  }
  const [shape, share] = pattern.includes("@") ? pattern.split("@") : ["1x1", pattern];
  const rows = shape === "4x1" ? 4 : 1;
  const length = kept.length / rows;
  const blocks = exactly(random, length, length - Math.round(Number(share) * length));
  return kept.map((_, at) => blocks[Math.floor(at / inputs / rows) * inputs + (at % inputs)]);
}

/** `count` ones among `length`, every choice of them as likely as any other. */
function exactly(random: Random, length: number, count: number): Uint8Array {
  let left = count;
  return new Uint8Array(length).map((_, at) => (random.below(length - at) < left ? left-- && 1 : 0));
}
