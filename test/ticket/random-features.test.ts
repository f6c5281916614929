import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ShapeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { STREAM } from "../../src/random.js";
import type { TargetLayer } from "../../src/ticket/contract.js";
import { type Domain, regionOf, samplePoints } from "../../src/ticket/domain.js";
import { evaluateTarget, evaluateTicket } from "../../src/ticket/evaluate.js";
import { randomFeatures } from "../../src/ticket/random-features.js";
import { Random } from "../harness/random.js";
import { dense, target } from "./nets.js";

const ball: Domain = { kind: "ball", radius: 1 };

function unitNeuron(d: number): TargetLayer {
  const weights = new Random(d).uniform(d);
  const norm = Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0));
  return target(
    1,
    d,
    weights.map((w) => w / norm),
    [0],
    true,
  );
}

const identity = (n: number) =>
  dense(
    n,
    n,
    Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0)),
    new Float32Array(n),
    false,
  );

/** By Gauss-Jordan on the normal equations. */
function leastSquares(rows: { readonly y: number; readonly features: Float64Array }[], chosen: number[]) {
  const a = chosen.map((r) => [
    ...chosen.map((q) => rows.reduce((sum, { features }) => sum + features[r] * features[q], 0)),
    rows.reduce((sum, { y, features }) => sum + features[r] * y, 0),
  ]);
  for (let i = 0; i < a.length; i++) {
    a[i] = a[i].map((value) => value / a[i][i]);
    for (let j = 0; j < a.length; j++) {
      const factor = a[j][i];
      if (j !== i) a[j] = a[j].map((value, c) => value - factor * a[i][c]);
    }
  }
  const factors = a.map((row) => row[chosen.length]);
  const error = rows.reduce((sum, { y, features }) => {
    return sum + (factors.reduce((fit, factor, i) => fit + factor * features[chosen[i]], 0) - y) ** 2;
  }, 0);
  return { factors, error };
}

describe("random features", () => {
  test("the error falls with the number of neurons, and is worse in more dimensions", () => {
    using core = openSync();
    const errors = [2, 4, 8, 16].map((d) =>
      [8, 32, 128].map(
        (features) => randomFeatures(core, unitNeuron(d), { features, domain: ball, seed: 1 }).error,
      ),
    );
    for (const row of errors) for (let i = 1; i < row.length; i++) expect(row[i]).toBeLessThan(row[i - 1]);
    for (let i = 1; i < errors.length; i++) expect(errors[i][2]).toBeGreaterThan(errors[i - 1][2]);
    expect(errors[0][2]).toBeLessThan(0.001);
    expect(errors[3][2]).toBeGreaterThan(0.05);
  });

  test("neurons chosen from more are better than as many drawn, and the fit never gets worse with one more", () => {
    using core = openSync();
    const layer = unitNeuron(4);
    const chosen = (kept: number, features = 96) =>
      randomFeatures(core, layer, { features, kept, domain: ball, samples: 1500, seed: 2 });
    expect(chosen(8).error).toBeLessThan(chosen(8, 8).error / 2);
    let before = 1;
    for (const kept of [1, 2, 4, 8, 16, 48, 96]) {
      const { trainingError, kept: indices, inner } = chosen(kept);
      expect(trainingError).toBeLessThanOrEqual(before * (1 + 1e-6));
      expect(new Set(indices).size).toBe(kept);
      expect(inner.rows).toBe(kept);
      before = trainingError;
    }
  });

  test("the network that is returned has the error that is reported", () => {
    using core = openSync();
    for (const domain of [ball, { kind: "box", low: [0, -1, -2], high: 1 } as const]) {
      const layer = target(1, 3, [0.5, -1, 0.25], [0.125], true);
      const found = randomFeatures(core, layer, {
        features: 40,
        kept: 12,
        domain,
        seed: 3,
        freshSamples: 500,
      });
      const points = samplePoints(core, regionOf(domain, 3), 500, 3, STREAM.inputs, 1);
      let [error, energy] = [0, 0];
      for (let at = 0; at < points.length; at += 3) {
        const x = points.slice(at, at + 3);
        const y = evaluateTarget([layer], x)[0];
        error += (evaluateTicket([found], x)[0] - y) ** 2;
        energy += y * y;
      }
      expect(found.error).toBeCloseTo(error / energy, 12);
      expect(found.error).toBeLessThan(3 * found.trainingError);
    }
  });

  test("each neuron that is chosen is the one that lowers the error most, with least-squares factors", () => {
    using core = openSync();
    const layer = unitNeuron(2);
    for (const seed of [1, 2, 3, 4]) {
      const options = { features: 8, domain: ball, samples: 400, seed };
      const { inner } = randomFeatures(core, layer, options);
      const points = samplePoints(core, regionOf(ball, 2), 400, seed, STREAM.inputs, 0);
      const rows = Array.from({ length: 400 }, (_, i) => {
        const x = points.slice(2 * i, 2 * i + 2);
        return {
          y: evaluateTarget([layer], x)[0],
          features: evaluateTicket([{ inner, outer: identity(8) }], x),
        };
      });
      const energy = rows.reduce((sum, { y }) => sum + y * y, 0);
      const chosen: number[] = [];
      for (let kept = 1; kept <= 4; kept++) {
        const errors = [...Array(8).keys()].map((r) => {
          const asleep = rows.every(({ features }) => features[r] === 0);
          return asleep || chosen.includes(r) ? Infinity : leastSquares(rows, [...chosen, r]).error / energy;
        });
        chosen.push(errors.indexOf(Math.min(...errors)));
        const found = randomFeatures(core, layer, { ...options, kept });
        expect([...found.kept]).toEqual(chosen.toSorted((p, q) => p - q));
        expect(found.trainingError).toBeCloseTo(Math.min(...errors), 7);
        leastSquares(rows, [...found.kept]).factors.forEach((factor, i) => {
          expect(found.outer.values[i]).toBeCloseTo(factor, 3);
        });
      }
    }
  });

  test("neurons that are never awake, and targets that are 0, do no harm", () => {
    using core = openSync();
    const zero = target(1, 2, [-1, -1], [-2], true);
    const found = randomFeatures(core, zero, { features: 6, domain: ball, seed: 1 });
    expect([found.error, found.trainingError]).toEqual([0, 0]);
    const point: Domain = { kind: "ball", radius: 0 };
    expect(randomFeatures(core, unitNeuron(2), { features: 9, kept: 7, domain: point, seed: 1 }).error).toBe(
      0,
    );
  });

  test("repeats, and refuses what does not fit", () => {
    using core = openSync();
    const layer = unitNeuron(2);
    const options = { features: 5, domain: ball, seed: 1 };
    expect(randomFeatures(core, layer, options)).toEqual(randomFeatures(core, layer, options));
    const refused = (change: object) => () => randomFeatures(core, layer, { ...options, ...change });
    for (const change of [
      { features: 0 },
      { kept: 6 },
      { kept: 0 },
      { samples: 0 },
      { freshSamples: 0 },
      { seed: -1 },
    ]) {
      expect(refused(change)).toThrow(ArgumentRangeError);
    }
    expect(() => randomFeatures(core, target(2, 1, [1, 1]), options)).toThrow(ShapeError);
  });
});

describe("points of a domain", () => {
  test("fill a box and a ball evenly, and stay inside", () => {
    using core = openSync();
    const box = regionOf({ kind: "box", low: [-1, 0, 2], high: [1, 0, 5] }, 3);
    const inBox = samplePoints(core, box, 2000, 1, STREAM.inputs, 0);
    const means = [0, 1, 2].map((j) => inBox.reduce((sum, v, at) => sum + (at % 3 === j ? v : 0), 0) / 2000);
    expect(means[0]).toBeCloseTo(0, 1);
    expect(means[1]).toBe(0);
    expect(means[2]).toBeCloseTo(3.5, 0);
    expect(inBox.every((v, at) => v >= box.low[at % 3] && v <= box.high[at % 3])).toBe(true);
    const inBall = samplePoints(core, regionOf({ kind: "ball", radius: 3 }, 3), 2000, 1, STREAM.inputs, 0);
    const norms = Array.from({ length: 2000 }, (_, i) => Math.hypot(...inBall.subarray(3 * i, 3 * i + 3)));
    expect(Math.max(...norms)).toBeLessThanOrEqual(3);
    expect(norms.filter((norm) => norm < 1.5).length / 2000).toBeCloseTo(1 / 8, 1);
  });
});
