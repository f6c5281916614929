import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { certify, spectralNormBound } from "../../src/ticket/certificate.js";
import type { Residuals, TargetLayer } from "../../src/ticket/contract.js";
import type { Domain } from "../../src/ticket/domain.js";
import { evaluateTarget, evaluateTicket } from "../../src/ticket/evaluate.js";
import { Random } from "../harness/random.js";
import { DOMAINS, perturbed, pointIn, randomPerturbation, randomTarget, spoil, target } from "./nets.js";

const residuals = (weights: number[], bias: number[]): Residuals => ({
  weights: Float64Array.from(weights),
  bias: Float64Array.from(bias),
});
const unitBox: Domain = { kind: "box", low: 0, high: 1 };

/** At least `value`, and no more than a few hundred roundings above. */
function expectJustAbove(bound: number, value: number): void {
  expect(bound).toBeGreaterThanOrEqual(value);
  expect(bound).toBeLessThanOrEqual(value * (1 + 1e-12));
}

describe("worked by hand", () => {
  test("one weight", () => {
    const layers = [target(1, 1, [3], [1])];
    const { outputs, maximum, euclidean } = certify(layers, [residuals([0.25], [0.5])], {
      kind: "box",
      low: -2,
      high: 1,
    });
    for (const bound of [outputs[0], maximum, euclidean]) expectJustAbove(bound, 1);
  });

  test("2-2-1: the second layer sees the first one's activations and errors", () => {
    const layers = [target(2, 2, [1, 2, -1, 1], [0, 0], true), target(1, 2, [2, -3])];
    const off = [residuals([0.1, 0.2, 0, 0.1], [0.05, 0]), residuals([0.01, 0.02], [0.5])];
    const { layers: found, outputs } = certify(layers, off, unitBox);
    // Sums within [0, 3] and [-1, 1], errors 0.1 + 0.2 + 0.05 and 0.1.
    expectJustAbove(found[0].maximum, 0.35);
    expectJustAbove(found[0].euclidean, Math.sqrt(0.35 ** 2 + 0.1 ** 2));
    const [before, spread] = [Math.sqrt(0.35 ** 2 + 0.1 ** 2), 2 * 0.35 + 3 * 0.1];
    expect(Math.sqrt(13) * before).toBeGreaterThan(spread);
    const norm = Math.sqrt(0.01 ** 2 + 0.02 ** 2) * (Math.sqrt(10) + before);
    expectJustAbove(outputs[0], spread + Math.min(0.01 * 3.35 + 0.02 * 1.1, norm) + 0.5);
  });

  test("on a ball, the 2-norm counts", () => {
    const layers = [target(1, 4, [1, 1, 1, 1])];
    const off = [residuals([0.1, 0.1, 0.1, 0.1], [0])];
    expectJustAbove(certify(layers, off, { kind: "ball", radius: 3 }).maximum, 0.6);
    expectJustAbove(certify(layers, off, { kind: "box", low: -3, high: 3 }).maximum, 1.2);
  });

  test("a neuron that cannot wake up has no error", () => {
    const asleep = [target(2, 1, [1, 1], [-2, -1.5], true)];
    const { outputs } = certify(asleep, [residuals([0.25, 0.75], [0.5, 0])], unitBox);
    expect(outputs[0]).toBe(0);
    expectJustAbove(outputs[1], 0.25);
  });

  test("the signs of a box count", () => {
    const layers = [target(1, 2, [1, -1], [0], true), target(1, 1, [1])];
    const off = [residuals([0, 0], [0]), residuals([0.5], [0])];
    expectJustAbove(certify(layers, off, { kind: "box", low: [0, 1], high: [3, 2] }).maximum, 1);
  });

  test("0 for residuals of 0, Infinity for what f64 does not hold", () => {
    const random = new Random(3);
    const layers = randomTarget(random, [5, 7, 4, 2]);
    const off = layers.map(({ rows, columns }) =>
      residuals(Array(rows * columns).fill(0), Array(rows).fill(0)),
    );
    for (const domain of [unitBox, { kind: "ball", radius: 100 } as const]) {
      const { outputs, maximum, euclidean } = certify(layers, off, domain);
      expect([...outputs, maximum, euclidean]).toEqual([0, 0, 0, 0]);
    }
    const huge = Array.from({ length: 12 }, () => target(1, 1, [3e38]));
    const { maximum, euclidean } = certify(huge, Array(12).fill(residuals([1], [0])), unitBox);
    expect([maximum, euclidean]).toEqual([Infinity, Infinity]);
    const tiny = certify([target(1, 1, [1])], [residuals([1e-300], [0])], {
      kind: "box",
      low: 0,
      high: 1e-300,
    });
    expect(tiny.maximum).toBeGreaterThan(0);
  });
});

test("rounding is outward: never below the bound of exact arithmetic", () => {
  const random = new Random(17);
  const some = () => (random.u32() / 2 ** 32 + random.u32() / 2 ** 64) * 2 ** -random.below(20);
  const exact = (value: number) => BigInt(value * 2 ** 160);
  for (let round = 0; round < 3000; round++) {
    const n = 1 + random.below(30);
    const off = residuals(Array.from({ length: n }, some), [some()]);
    const high = Array.from({ length: n }, some);
    const { outputs } = certify([target(1, n, new Float32Array(n))], [off], { kind: "box", low: 0, high });
    let sum = exact(off.bias[0]) << 160n;
    high.forEach((x, j) => {
      sum += exact(off.weights[j]) * exact(x);
    });
    const bound = exact(outputs[0]) << 160n;
    if (!(bound >= sum && bound - sum <= sum / 10n ** 13n)) {
      expect.unreachable(`${n} terms: ${outputs[0]} for ${Number(sum) / 2 ** 320}`);
    }
  }
});

test("so are the ends of intervals, over very many inputs", () => {
  const random = new Random(23);
  const exact = (value: number) => BigInt(value * 2 ** 80);
  for (let round = 0; round < 8; round++) {
    const n = 200_000;
    const layers = [target(1, n, random.uniform(n), random.uniform(1), true), target(1, 1, [0])];
    const high = Float64Array.from({ length: n }, () => random.u32() / 2 ** 32);
    const off = [residuals(Array(n).fill(0), [0]), residuals([1], [0])];
    const { maximum } = certify(layers, off, { kind: "box", low: 0, high });
    let most = exact(layers[0].bias[0]) << 80n;
    high.forEach((x, j) => {
      most += exact(Math.max(0, layers[0].weights[j])) * exact(x);
    });
    const bound = exact(maximum) << 80n;
    expect(bound >= most && bound - most <= most / 10n ** 9n).toBe(true);
  }
});

describe("the spectral norm", () => {
  test.each([
    [1, 1],
    [1, 9],
    [9, 1],
    [8, 5],
    [20, 33],
  ])("of %d × %d is at least what the power method finds, and near it", (rows, columns) => {
    const random = new Random(rows * 100 + columns);
    for (const scale of [1, 1e-30, 1e30]) {
      const layer = target(
        rows,
        columns,
        random.uniform(rows * columns).map((w) => w * scale),
      );
      let x = Float64Array.from(random.uniform(columns));
      let norm = 0;
      for (let round = 0; round < 300; round++) {
        const y = Array.from({ length: rows }, (_, i) =>
          x.reduce((sum, v, j) => sum + v * layer.weights[i * columns + j], 0),
        );
        const z = Float64Array.from({ length: columns }, (_, j) =>
          y.reduce((sum, v, i) => sum + v * layer.weights[i * columns + j], 0),
        );
        const length = Math.sqrt(z.reduce((sum, v) => sum + v * v, 0));
        norm = Math.sqrt(length / Math.sqrt(x.reduce((sum, v) => sum + v * v, 0)));
        x = z.map((v) => v / length);
      }
      expect(spectralNormBound(layer)).toBeGreaterThanOrEqual(norm * (1 - 1e-14));
      expect(spectralNormBound(layer)).toBeLessThanOrEqual(norm * 1.12);
    }
  });

  test("of rank one is not below |u|·|v|", () => {
    const random = new Random(31);
    for (let round = 0; round < 40; round++) {
      const [u, v] = [300, 7].map((n) => Array.from({ length: n }, () => random.below(4096) - 2048));
      const layer = target(
        300,
        7,
        u.flatMap((a) => v.map((b) => a * b)),
      );
      const square = (values: number[]) => values.reduce((sum, value) => sum + BigInt(value) ** 2n, 0n);
      const wanted = (square(u) * square(v)) << 80n;
      const bound = BigInt(spectralNormBound(layer) * 2 ** 40) ** 2n;
      expect(bound >= wanted && bound - wanted < wanted / 10n ** 11n).toBe(true);
    }
  });

  test("of identities, zeros and big layers", () => {
    const n = 40;
    const identity = target(
      n,
      n,
      Array.from({ length: n * n }, (_, at) => Number(at % (n + 1) === 0)),
    );
    expectJustAbove(spectralNormBound(identity), 1);
    expect(spectralNormBound(target(3, 2, Array(6).fill(0)))).toBe(0);
    const ones = target(1030, 1030, new Float32Array(1030 ** 2).fill(1));
    expectJustAbove(spectralNormBound(ones), 1030);
  });
});

test("no input of a million is farther off than the bound says; all sums are exact", () => {
  const random = new Random(11);
  let [evaluations, violations, closest] = [0, 0, 0];
  for (let net = 0; evaluations < 1_050_000; net++) {
    const depth = 1 + random.below(4);
    const sizes = Array.from({ length: depth + 1 }, () => 1 + random.below(4));
    const layers = randomTarget(random, sizes, [0, 0.5, 4][(net % 7) % 3]);
    const domain = DOMAINS[net % DOMAINS.length];
    const size = 2 ** -(1 + random.below(5));
    const all = layers.map((layer) => randomPerturbation(random, layer, size, net % 3));
    if (net % 5 === 0) spoil(layers, all, pointIn(random, domain, sizes[0]));
    const blocks = layers.map((layer, l) => perturbed(layer, all[l]));
    const { outputs, maximum, euclidean } = certify(
      layers,
      blocks.map((block) => block.residuals),
      domain,
    );
    for (let sample = 0; sample < 3000; sample++, evaluations++) {
      const x = pointIn(random, domain, sizes[0]);
      const ticket = evaluateTicket(blocks, x);
      let squares = 0;
      evaluateTarget(layers, x).forEach((value, i) => {
        const error = Math.abs(value - ticket[i]);
        squares += error * error;
        if (!(error <= outputs[i] && error <= maximum)) violations++;
        if (error > closest * outputs[i]) closest = error / outputs[i];
      });
      if (!(Math.sqrt(squares) <= euclidean)) violations++;
    }
  }
  expect(violations).toBe(0);
  expect(closest).toBeGreaterThan(0.999);
});

test("784-300-100-10 takes well under 0.3 s", () => {
  const random = new Random(1);
  const sizes = [784, 300, 100, 10];
  const layers = sizes
    .slice(1)
    .map((rows, l) =>
      target(rows, sizes[l], random.uniform(rows * sizes[l], -0.1, 0.1), random.uniform(rows), l < 2),
    );
  const off = layers.map(({ rows, columns }) => ({
    weights: new Float64Array(rows * columns).fill(1e-4),
    bias: new Float64Array(rows).fill(1e-4),
  }));
  const best = Math.min(
    ...[0, 1, 2].map(() => {
      const start = performance.now();
      expect(certify(layers, off, unitBox).maximum).toBeLessThan(10);
      return performance.now() - start;
    }),
  );
  console.info(`certificate of 784-300-100-10: ${best.toFixed(0)} ms`);
  expect(best).toBeLessThan(1000);
});

test("what does not fit is refused", () => {
  const layers = [target(2, 2, [1, 2, 3, 4], [0, 0], true), target(1, 2, [1, 1])];
  const fine = [residuals([0, 0, 0, 0], [0, 0]), residuals([0, 0], [0])];
  const refused = (change: { targets?: TargetLayer[]; off?: Residuals[]; domain?: Domain }) => () =>
    certify(change.targets ?? layers, change.off ?? fine, change.domain ?? unitBox);
  expect(refused({})().maximum).toBe(0);
  expect(refused({ targets: [], off: [] })).toThrow(ArgumentRangeError);
  expect(refused({ targets: [layers[0], target(1, 3, [1, 1, 1])] })).toThrow(ShapeError);
  expect(refused({ targets: [target(2, 2, [1, 2, 3]), layers[1]] })).toThrow(ShapeError);
  expect(refused({ targets: [target(2, 2, [1, NaN, 3, 4]), layers[1]] })).toThrow(NonFiniteError);
  expect(refused({ off: fine.slice(1) })).toThrow(ShapeError);
  expect(refused({ off: [residuals([0, 0, 0], [0, 0]), fine[1]] })).toThrow(ShapeError);
  expect(refused({ off: [fine[0], residuals([0, NaN], [0])] })).toThrow(NonFiniteError);
  expect(refused({ off: [fine[0], residuals([0, -1e-9], [0])] })).toThrow(ArgumentRangeError);
  expect(refused({ off: [fine[0], residuals([0, 0], [-1])] })).toThrow(ArgumentRangeError);
  expect(refused({ domain: { kind: "box", low: 1, high: 0 } })).toThrow(ArgumentRangeError);
  expect(refused({ domain: { kind: "box", low: [0, 2], high: [1, 1] } })).toThrow(/index 1/);
  expect(refused({ domain: { kind: "box", low: [0], high: 1 } })).toThrow(ShapeError);
  expect(refused({ domain: { kind: "box", low: [0, NaN], high: 1 } })).toThrow(NonFiniteError);
  expect(refused({ domain: { kind: "ball", radius: -1 } })).toThrow(ArgumentRangeError);
  expect(refused({ domain: { kind: "ball", radius: NaN } })).toThrow(ArgumentRangeError);
  expect(refused({ domain: { kind: "cube" } as unknown as Domain })).toThrow(ArgumentRangeError);
  expect(refused({ domain: 5 as unknown as Domain })).toThrow(ArgumentTypeError);
});
