import { f32_count_correct as reference } from "../../src/reference/train/count-correct.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";

const batches = [0, 1, 2, 3, 4, 5, 31, 32, 33, 35, 36, 64, 65, 67];

function paddedBatch(batch: number): number {
  const rest = batch % 32;
  return batch - rest + (rest === 1 ? 1 : Math.ceil(rest / 4) * 4);
}

const sample = (label: number, ...logits: number[]): Argument[] => [
  logits.length, 1, Float32Array.from(logits), Uint32Array.of(label),
];

kernelTest("f32_count_correct", reference, {
  *cases(random) {
    for (const classes of [1, 2, 3, 10, 300])
      for (const batch of batches) {
        const labels = Uint32Array.from({ length: batch }, () => random.below(classes));
        const z = random.uniform(classes * paddedBatch(batch), -2, 2);
        yield [classes, batch, z, labels];
        yield [classes, batch, z.map(Math.round), labels]; // many ties
      }
  },
  output: [],
  returns: true,
  special: {
    "a tie goes to the lower class": () => sample(0, 1, 1, 1),
    "a tie does not go to the higher class": () => sample(2, 1, 1, 1),
    "−0 and +0 are a tie": () => sample(0, -0, 0),
    "NaN never wins, before or after": () => sample(1, NaN, -5, NaN, -6),
    "−Infinity beats NaN": () => sample(1, NaN, -Infinity),
    "only NaN is wrong for class 0": () => sample(0, NaN, NaN),
    "Infinity wins": () => sample(1, 1, Infinity, 2),
    "padding lanes do not count": () => [1, 2, Float32Array.of(1, 1, 1, 1), Uint32Array.of(0, 0)],
    "no class, none correct": () => [0, 3, new Float32Array(0), Uint32Array.of(0, 0, 0)],
  },
  traps: {
    "z not aligned": [1, 1, 2, new Uint32Array(1)],
    "labels not aligned": [1, 1, new Float32Array(1), 2],
  },
});
