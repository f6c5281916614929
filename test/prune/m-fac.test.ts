import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { FisherInverse, mFac } from "../../src/prune/m-fac.js";
import { sampleGradients } from "../../src/prune/sample-gradients.js";
import { UNSTRUCTURED } from "../../src/select/pattern.js";
import { Random } from "../harness/random.js";
import * as oracle from "../saliency/oracle.js";

const now = async () => {};

/** (λI + GᵀG/m)⁻¹ by Gauss-Jordan. */
function denseInverse(gradients: readonly Float64Array[], damping: number): number[][] {
  const d = gradients[0].length;
  const a = Array.from({ length: d }, (_, i) =>
    Array.from({ length: 2 * d }, (_, j) => {
      if (j >= d) return Number(j - d === i);
      return gradients.reduce((sum, g) => sum + (g[i] * g[j]) / gradients.length, i === j ? damping : 0);
    }),
  );
  for (let k = 0; k < d; k++) {
    a[k] = a[k].map((value) => value / a[k][k]);
    for (let i = 0; i < d; i++) {
      const factor = a[i][k];
      if (i !== k) a[i] = a[i].map((value, j) => value - factor * a[k][j]);
    }
  }
  return a.map((row) => row.slice(d));
}

describe("the inverse Fisher matrix", () => {
  test.each([
    [1, 1],
    [5, 3],
    [16, 40],
    [64, 20],
  ])("of %d weights and %d gradients is the dense one", async (d, m) => {
    const random = new Random(d);
    const gradients = Array.from({ length: m }, () => Float64Array.from(random.uniform(d)));
    const dense = denseInverse(gradients, 0.01);
    const inverse = await FisherInverse.of(gradients, 0.01, now);
    const diagonal = inverse.diagonal(d);
    for (let q = 0; q < d; q++) {
      const column = inverse.times(new Float64Array(d).fill(1, q, q + 1));
      expect(Math.abs(diagonal[q] - dense[q][q])).toBeLessThan(1e-9 * dense[q][q]);
      for (let i = 0; i < d; i++) expect(Math.abs(column[i] - dense[i][q])).toBeLessThan(1e-8);
    }
  });
});

describe("M-FAC", () => {
  test("takes gradients sample by sample, 0 where pruned, whatever the chunk", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const samples = oracle.someSamples(300);
    const masks = net.layers.map(({ mask, outputs, inputs }) => mask ?? core.mask(outputs, inputs).fill(1));
    const vectors = await sampleGradients(net, masks, oracle.dataOf(net, samples), 290, now);
    expect(vectors).toHaveLength(290);
    const plain = oracle.plainOf(net);
    for (const s of [0, 31, 32, 255, 256, 289]) {
      const one = { x: samples.x.slice(7 * s, 7 * s + 7), labels: samples.labels.slice(s, s + 1) };
      const expected = oracle.gradients(plain, one).flatMap((values) => Array.from(values));
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(vectors[s][i] - value)).toBeLessThan(1e-5);
      }
    }
  });

  test.each([0, 1, 30, 86])("prunes to %d zeros and moves the kept as the dense inverse says", async (zeros) => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const before = oracle.plainOf(net);
    const kept = before.kept.flatMap((bits) => Array.from(bits));
    const already = kept.filter((bit) => !bit).length;
    const data = oracle.dataOf(net, oracle.someSamples(40));
    const masks = net.layers.map(({ mask, outputs, inputs }) => mask ?? core.mask(outputs, inputs).fill(1));
    const inverse = denseInverse(await sampleGradients(net, masks, data, 40, now), 0.01);
    const w = before.weights.flatMap((values) => Array.from(values));
    await mFac({ damping: 0.01, gradients: 40 }).solve(net, data, zeros, {});
    const order = [...w.keys()].filter((i) => kept[i]);
    order.sort((a, b) => w[a] ** 2 / inverse[a][a] - w[b] ** 2 / inverse[b][b]);
    const gone = order.slice(0, Math.max(0, zeros - already));
    const isGone = new Set(gone);
    const after = net.layers.flatMap(({ weights }) => Array.from(weights.toArray()));
    for (const [i, value] of after.entries()) {
      const move = gone.reduce((sum, q) => sum + (inverse[i][q] * w[q]) / inverse[q][q], 0);
      expect(Math.abs(value - (kept[i] && !isGone.has(i) ? w[i] - move : 0))).toBeLessThan(1e-5);
    }
    expect(net.layers.reduce((sum, layer) => sum + layer.kept, 0)).toBe(87 - Math.max(zeros, already));
  });

  test("refuses what does not fit", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const data = oracle.dataOf(net, oracle.someSamples(4));
    expect(() => mFac({ damping: 0 })).toThrow(ArgumentRangeError);
    expect(() => mFac({ gradients: 0 })).toThrow(ArgumentRangeError);
    await expect(mFac().solve(net, undefined, 3, {})).rejects.toThrow(ArgumentTypeError);
    await expect(mFac().solve(net, data, [{ pattern: UNSTRUCTURED, zeros: 3 }], {})).rejects.toThrow(ShapeError);
  });
});
