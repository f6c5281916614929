import { describe, expect, test } from "vitest";
import type { Kernels } from "../../src/generated/kernels.js";
import { f32_softmax_cross_entropy as reference } from "../../src/reference/train/softmax-cross-entropy.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { variants } from "../harness/variants.js";

const batches = [0, 1, 2, 3, 4, 5, 31, 32, 33, 35, 36, 64, 65, 67];

function paddedBatch(batch: number): number {
  const rest = batch % 32;
  return batch - rest + (rest === 1 ? 1 : Math.ceil(rest / 4) * 4);
}

function labelsOf(random: Random, classes: number, batch: number): Uint32Array {
  return Uint32Array.from({ length: batch }, () => random.below(classes));
}

function arguments_(random: Random, classes: number, batch: number, spread: number): Argument[] {
  const z = random.uniform(classes * paddedBatch(batch), -spread, spread);
  return [classes, batch, z, labelsOf(random, classes, batch), 1 / 60, new Float32Array(z.length).fill(NaN)];
}

/** One sample, f32 logits. */
const sample = (label: number, ...logits: number[]): Argument[] => [
  logits.length, 1, Float32Array.from(logits), Uint32Array.of(label), 0.5,
  new Float32Array(logits.length).fill(NaN),
];

/** scale · (p (1 + spread of z) + onehot): the argument of exp is rounded too. */
function magnitude([classes, batch, z, labels, scale, dz]: Argument[]): Float32Array {
  if (dz === 0) return new Float32Array();
  const out = dz as Float32Array;
  const logits = z as Float32Array;
  reference(classes as number, batch as number, logits, labels as Uint32Array, 1, out);
  const finite = logits.filter(Number.isFinite);
  const spread = Math.max(0, ...finite) - Math.min(0, ...finite);
  return out.map((p) => Math.abs(scale as number) * (p < 0 ? 2 : p * (1 + spread)));
}

kernelTest("f32_softmax_cross_entropy", reference, {
  *cases(random) {
    for (const classes of [1, 2, 10, 300])
      for (const batch of batches) {
        yield arguments_(random, classes, batch, 3);
        const [, , z, labels] = arguments_(random, classes, batch, 3);
        yield [classes, batch, z, labels, 1, 0];
      }
    yield arguments_(random, 10, 67, 30);
  },
  output: 5,
  terms: ([classes]) => Number(classes) + 12,
  magnitude,
  returns: true,
  special: {
    "large logits do not overflow": () => sample(1, 3e38, 3e38, -3e38),
    "−Infinity is probability 0": () => sample(0, 1, -Infinity, 2),
    "−Infinity at the label: Infinity": () => sample(1, 1, -Infinity, 2),
    "NaN makes the sample NaN": () => sample(0, 1, NaN, 2),
    "NaN in class 0": () => sample(1, NaN, 1, 2),
    "Infinity makes the sample NaN": () => sample(1, 1, Infinity, 2),
    "NaN stays in its sample": () => [
      2, 3, Float32Array.of(NaN, 1, 2, NaN, 1, 2, 3, NaN), Uint32Array.of(0, 1, 0), 1, new Float32Array(8),
    ],
  },
  traps: {
    "no classes": [0, 1, new Float32Array(1), new Uint32Array(1), 1, 0],
    "z not aligned": [1, 1, 2, new Uint32Array(1), 1, 0],
    "labels not aligned": [1, 1, new Float32Array(1), 2, 1, 0],
  },
});

describe("softmax cross-entropy", () => {
  for (const variant of variants.filter(({ accepted }) => accepted)) {
    test(`probabilities below 2⁻⁶⁴ and padding lanes are +0 (${variant.name})`, () => {
      const dz = new Float32Array(12).fill(NaN);
      const z = Float32Array.of(0, 0, 0, NaN, -44.3, -44.5, -90, NaN, -300, -1, -2, NaN);
      variant.open().call("f32_softmax_cross_entropy", [3, 3, z, Uint32Array.of(0, 0, 0), 1, dz]);
      expect(dz[4]).toBeGreaterThan(2 ** -64);
      for (const i of [5, 6, 8, 3, 7, 11]) expect(Object.is(dz[i], 0)).toBe(true);
    });

    test(`dz may be z; the bits are the same on every engine and variant (${variant.name})`, () => {
      const memory = new WebAssembly.Memory({ initial: 2 });
      const module = new WebAssembly.Module(variant.bytes);
      const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
      const random = new Random(11);
      const logits = random.uniform(10 * 68, -8, 8);
      const z = new Float32Array(memory.buffer, 4096, 680);
      const dz = new Float32Array(memory.buffer, 8192, 680);
      const labels = new Uint32Array(memory.buffer, 12288, 67);
      labels.set(labelsOf(random, 10, 67));
      z.set(logits);
      const loss = kernels.f32_softmax_cross_entropy(10, 67, 4096, 12288, 1 / 60, 8192);
      expect(z).toEqual(logits);
      expect(kernels.f32_softmax_cross_entropy(10, 67, 4096, 12288, 1 / 60, 4096)).toBe(loss);
      expect(z).toEqual(dz);
      expect(loss).toBe(473.0166510314684);
      expect(checksum(new Uint32Array(memory.buffer, 4096, 680))).toBe(2249611615);
    });
  }
});

/** FNV-1a over words. */
function checksum(words: Uint32Array): number {
  return words.reduce((hash, word) => Math.imul(hash ^ word, 16777619) >>> 0, 2166136261);
}
