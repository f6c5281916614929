import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { NEEDS, type Need } from "../../src/saliency/contract.js";
import { type Gathered, layerStatistics } from "../../src/saliency/layer-statistics.js";
import type { Core } from "../../src/tensor/core.js";
import * as oracle from "./oracle.js";

const pace = () => Promise.resolve();

function gathered(net: ReturnType<typeof oracle.maskedNetwork>, samples: oracle.Samples, needs: readonly Need[]) {
  return layerStatistics(net, [...net.layers.keys()], needs, oracle.dataOf(net, samples), pace);
}

const valuesOf = (layer: Gathered, need: Need) => layer[need]?.toArray() ?? new Float32Array(0);

/** Values under kept bits: what stands elsewhere does not matter. */
function expectClose(
  plain: oracle.Plain,
  got: Gathered[],
  need: Need,
  want: readonly Float64Array[],
  tolerance: number,
) {
  const scale = Math.max(...want.flatMap((values) => Array.from(values, Math.abs)));
  for (const [l, values] of want.entries()) {
    const matrix = valuesOf(got[l], need);
    expect(matrix).toHaveLength(values.length);
    for (const [i, value] of values.entries()) {
      if (need !== "inputSquares" && plain.kept[l][i] === 0) continue;
      const difference = Math.abs(matrix[i] - value);
      if (!(difference <= tolerance * scale)) throw new Error(`${need}, layer ${l} [${i}]: ${matrix[i]}, not ${value}`);
    }
  }
}

const WIDE = [33, 40, 9, 4];

describe.each([1, 5, 31, 32, 33, 256, 300, 513])("%i samples", (count) => {
  test.each([oracle.SIZES, WIDE])("means agree with the literal recursion, sample by sample", async (...sizes) => {
    using core = openSync();
    const net = oracle.maskedNetwork(core, sizes);
    const samples = oracle.someSamples(count, sizes);
    const plain = oracle.plainOf(net);
    const needs = ["gradients", "squaredGradients", "curvature", "inputSquares"] as const;
    const got = await gathered(net, samples, needs);
    for (const need of needs) expectClose(plain, got, need, oracle.statistics[need](plain, samples), 2e-6);
  });
});

/** Differences of the f64 gradient, whose own agreement with the loss is tested below. */
function hessianTimesGradient(plain: oracle.Plain, samples: oracle.Samples): Float64Array[] {
  const direction = oracle.gradients(plain, samples);
  const h = 1e-5;
  const at = (step: number) => {
    const weights = plain.weights.map((w, l) => w.map((value, i) => value + step * direction[l][i]));
    return oracle.gradients(oracle.withWeights(plain, weights), samples);
  };
  const [up, down] = [at(h), at(-h)];
  return up.map((values, l) => values.map((value, i) => (value - down[l][i]) / (2 * h)));
}

test.each([1, 4, 33, 300])("H·g is the difference of gradients along g: %i samples", async (count) => {
  using core = openSync();
  const net = oracle.maskedNetwork(core);
  const samples = oracle.someSamples(count);
  const plain = oracle.plainOf(net);
  const want = hessianTimesGradient(plain, samples);
  expectClose(plain, await gathered(net, samples, ["hessianGradient"]), "hessianGradient", want, 1e-5);
  const both = await gathered(net, samples, ["gradients", "hessianGradient"]);
  expectClose(plain, both, "hessianGradient", want, 1e-5);
  expectClose(plain, both, "gradients", oracle.gradients(plain, samples), 2e-6);
});

test("the oracle's gradient agrees with differences of its loss", () => {
  using core = openSync();
  const plain = oracle.plainOf(oracle.maskedNetwork(core));
  const samples = oracle.someSamples(6);
  const gradients = oracle.gradients(plain, samples);
  const h = 1e-5;
  for (const [l, weights] of plain.weights.entries()) {
    for (const i of weights.keys()) {
      if (plain.kept[l][i] === 0) continue;
      const at = (step: number) => {
        const moved = plain.weights.map((w, k) => (k === l ? w.map((v, j) => (j === i ? v + step : v)) : w));
        return oracle.loss(oracle.withWeights(plain, moved), samples);
      };
      expect(Math.abs(gradients[l][i] - (at(h) - at(-h)) / (2 * h))).toBeLessThan(1e-9);
    }
  }
});

test("with no hidden layer, curvature is the exact diagonal of the loss's Hessian", async () => {
  using core = openSync();
  const sizes = [5, 3];
  const net = network(core, sizes, { seed: 2 });
  const samples = oracle.someSamples(40, sizes);
  const plain = oracle.plainOf(net);
  const h = 1e-4;
  const want = plain.weights.map((weights) =>
    weights.map((_, i) => {
      const at = (step: number) =>
        oracle.loss(oracle.withWeights(plain, [weights.map((v, j) => (j === i ? v + step : v))]), samples);
      return (at(h) - 2 * at(0) + at(-h)) / h ** 2;
    }),
  );
  expectClose(plain, await gathered(net, samples, ["curvature"]), "curvature", want, 1e-5);
});

describe("curvature", () => {
  test("of the first layer goes up by exactly 4 when inputs double and weights halve", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const samples = oracle.someSamples(50);
    const [before] = await gathered(net, samples, ["curvature"]);
    net.layers[0].weights.copyFrom(net.layers[0].weights.toArray().map((w) => w / 2));
    net.layers[0].changed();
    const doubled = { ...samples, x: samples.x.map((value) => 2 * value) };
    const [after] = await gathered(net, doubled, ["curvature"]);
    const got = valuesOf(after, "curvature");
    expect(got).toEqual(valuesOf(before, "curvature").map((h) => 4 * h));
    expect(Math.max(...got)).toBeGreaterThan(0);
  });

  test("of an input that is always 0 is 0, and never negative", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const [first] = await gathered(net, oracle.someSamples(50), ["curvature"]);
    const values = valuesOf(first, "curvature");
    expect(values.every((h) => h >= 0)).toBe(true);
    for (let i = 0; i < 6; i++) expect(values[7 * i + 2]).toBe(0);
  });

  test("does not ask what the labels are", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const samples = oracle.someSamples(50);
    const plain = oracle.plainOf(net);
    const other = { ...samples, labels: new Uint8Array(50) };
    const want = oracle.curvature(plain, samples);
    expectClose(plain, await gathered(net, other, ["curvature"]), "curvature", want, 2e-6);
  });
});

describe("layers", () => {
  test("some of them give what all give, bit for bit", async () => {
    using core = openSync();
    const net = oracle.maskedNetwork(core);
    const data = oracle.dataOf(net, oracle.someSamples(70));
    const needs = NEEDS.filter((need) => need !== "hessianGradient");
    const all = await layerStatistics(net, [0, 1, 2], needs, data, pace);
    for (const [l, want] of all.entries()) {
      for (const need of needs) {
        const [got] = await layerStatistics(net, [l], [need], data, pace);
        expect(valuesOf(got, need)).toEqual(valuesOf(want, need));
      }
    }
  });

  test("a sparse layer gives what its dense form gives", async () => {
    const run = async (core: Core, kernel: "dense" | "csr") => {
      const net = oracle.maskedNetwork(core, WIDE);
      net.layers[1].setMask(net.layers[1].mask, kernel);
      return gathered(net, oracle.someSamples(40, WIDE), ["gradients"]);
    };
    using core = openSync();
    const [dense, csr] = [await run(core, "dense"), await run(core, "csr")];
    for (const [l, layer] of dense.entries()) {
      const got = valuesOf(csr[l], "gradients");
      for (const [i, g] of valuesOf(layer, "gradients").entries()) {
        expect(Math.abs(got[i] - g)).toBeLessThan(1e-6);
      }
    }
  });
});

test("what stands under pruned bits does not matter, not even NaN", async () => {
  using core = openSync();
  const net = oracle.maskedNetwork(core);
  const samples = oracle.someSamples(20);
  const plain = oracle.plainOf(net);
  const values = net.layers[1].weights.view();
  plain.kept[1].forEach((bit, i) => {
    if (bit === 0) values[i] = Number.NaN;
  });
  net.layers[1].changed();
  const got = await gathered(net, samples, NEEDS);
  const want = hessianTimesGradient(plain, samples);
  expectClose(plain, got, "hessianGradient", want, 1e-5);
  for (const need of ["gradients", "curvature"] as const) {
    expectClose(plain, got, need, oracle.statistics[need](plain, samples), 2e-6);
  }
});

test("refuses samples with other features", async () => {
  using core = openSync();
  const net = oracle.maskedNetwork(core);
  const other = oracle.maskedNetwork(core, WIDE);
  const data = oracle.dataOf(other, oracle.someSamples(3, WIDE));
  await expect(layerStatistics(net, [0], ["inputSquares"], data, pace)).rejects.toThrow(ShapeError);
});

test("gives its scratch space back", async () => {
  using core = openSync();
  const net = oracle.maskedNetwork(core);
  const data = oracle.dataOf(net, oracle.someSamples(40));
  const before = core.allocate(0);
  {
    using _scope = core.scope();
    await layerStatistics(net, [0, 1, 2], NEEDS, data, pace);
  }
  expect(core.allocate(0)).toBe(before);
});
