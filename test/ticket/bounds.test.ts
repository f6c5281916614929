import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../../src/errors.js";
import {
  type BoundOptions,
  type ConstructionBound,
  hyperbolicIntervals,
  malachBound,
  orseauBound,
  pensiaBound,
} from "../../src/ticket/bounds.js";

const lenet = [784, 300, 100, 10];
const one = { sizes: [1, 1], epsilon: 0.01, delta: 0.01 };
const calculators: [string, (options: BoundOptions) => ConstructionBound][] = [
  ["malach", malachBound],
  ["orseau", orseauBound],
  ["subset-sum", pensiaBound],
];

describe("Malach", () => {
  test("848,000 pairs for one weight at 0.01 and 0.01", () => {
    expect(Math.round(malachBound(one).neuronsPerWeight / 1000)).toBe(848);
    expect(malachBound(one).layers[0].width).toBe(Math.ceil(160_000 * Math.log(200)));
  });
  test("8,500 pairs at 0.1", () => {
    expect(malachBound({ ...one, epsilon: 0.1 }).neuronsPerWeight).toBe(8478);
  });
  test("2.0e16 pairs a weight of LeNet-300-100 for 0.01 at the outputs", () => {
    const { layers, depth, weightEpsilon } = malachBound({ ...one, sizes: lenet, of: "network" });
    expect(depth).toBe(6);
    expect(layers[0].neuronsPerWeight).toBeGreaterThan(1.95e16);
    expect(layers[0].neuronsPerWeight).toBeLessThan(2.05e16);
    expect(layers[0].neuronsPerWeight).toBeGreaterThan(layers[1].neuronsPerWeight);
    expect(weightEpsilon).toBeCloseTo(0.01 / (6 * 784 * Math.sqrt(300)), 15);
  });
  test("the union bound covers all weights", () => {
    const { neuronsPerWeight, layers } = malachBound({ ...one, sizes: [3, 2, 4] });
    expect(neuronsPerWeight).toBe(Math.ceil(160_000 * Math.log(2800)));
    expect(layers.map(({ targets, keptPerWeight }) => [targets, keptPerWeight])).toEqual([
      [6, 4],
      [8, 4],
    ]);
  });
});

describe("Orseau", () => {
  test.each([
    [1e-2, 13, 208, 2117, 26],
    [1e-3, 19, 304, 3152, 38],
    [1e-4, 24, 384, 4026, 48],
    [1e-5, 30, 480, 5086, 60],
    [1e-6, 36, 576, 6156, 72],
  ])(
    "at %d: %d intervals, %d neurons a weight, %d on their own, %d kept",
    (epsilon, k, pooled, own, kept) => {
      const bound = orseauBound({ sizes: lenet, epsilon, delta: 0.01 });
      expect(bound.intervals).toBe(k);
      expect(Math.round(bound.neuronsPerWeight)).toBe(pooled);
      expect(Math.abs(bound.independentNeuronsPerWeight - own)).toBeLessThanOrEqual(1);
      expect(bound.layers.every(({ keptNeuronsPerWeight }) => keptNeuronsPerWeight === kept)).toBe(true);
    },
  );
  test("layers of 48.9, 6.24 and 0.21 million neurons at 0.01", () => {
    const widths = orseauBound({ sizes: lenet, epsilon: 0.01, delta: 0.01 }).layers.map(
      ({ width }) => width / 1e6,
    );
    expect(widths.map((width) => width.toFixed(2))).toEqual(["48.92", "6.24", "0.21"]);
  });
  test("0.01 at the outputs of LeNet-300-100 is 1e-5 to 1e-6 a weight", () => {
    const bound = orseauBound({ sizes: lenet, epsilon: 0.01, of: "network", delta: 0.01 });
    expect(bound.weightEpsilon).toBeCloseTo(0.01 / 1184, 12);
    expect(bound.neuronsPerWeight).toBeGreaterThanOrEqual(480);
    const norms = { inputNorms: [100, 20, 10], lipschitz: [9, 2, 3] };
    const { weightEpsilon } = orseauBound({
      sizes: lenet,
      epsilon: 0.01,
      of: "network",
      delta: 0.01,
      ...norms,
    });
    expect(weightEpsilon).toBeCloseTo(0.01 / (100 * 2 * 3 + 20 * 3 + 10), 12);
  });
  test("intervals are counted without rounding at powers of 3/2", () => {
    for (let k = 1; k < 30; k++) {
      expect(hyperbolicIntervals(1.5 ** (k - 1), 1)).toBe(k);
      expect(hyperbolicIntervals(1.5 ** (k - 1) * (1 + 1e-9), 1)).toBe(k + 1);
    }
    expect(hyperbolicIntervals(0.5, 1)).toBe(0);
    expect(hyperbolicIntervals(1, 1e-300)).toBeGreaterThan(1700);
    expect(orseauBound({ ...one, epsilon: 2 }).neurons).toBe(0);
    expect(() => hyperbolicIntervals(0, 1)).toThrow(ArgumentRangeError);
    expect(() => hyperbolicIntervals(1, 0)).toThrow(ArgumentRangeError);
    expect(() => hyperbolicIntervals(1e300, 1e-300)).toThrow(ArgumentRangeError);
  });
});

describe("Pensia", () => {
  test("21 candidates for one weight at 0.01, as the authors' code has it", () => {
    expect(pensiaBound(one).layers[0].candidatesPerWeight).toBe(21);
    expect(pensiaBound({ ...one, constant: 2.5 }).layers[0].candidatesPerWeight).toBe(17);
  });
  test("a layer is wide enough for both signs, or for one", () => {
    const [layer] = pensiaBound({ ...one, sizes: [784, 500], of: "network" }).layers;
    expect(layer.candidatesPerWeight).toBe(3 * Math.round(Math.log2((784 * 500) / 0.01)));
    expect(layer.width).toBe(2 * 784 * layer.candidatesPerWeight);
    expect(layer.neuronsPerWeight).toBeCloseTo((2 * layer.candidatesPerWeight) / 500, 12);
    const [half] = pensiaBound({ ...one, sizes: [784, 500], of: "network", nonNegative: true }).layers;
    expect(half.width * 2).toBe(layer.width);
    expect(half.keptPerWeight * 2).toBe(layer.keptPerWeight);
  });
  test("the least of error and chance of failure counts", () => {
    const candidates = (epsilon: number, delta: number) =>
      pensiaBound({ sizes: [8, 4], epsilon, delta }).layers[0].candidatesPerWeight;
    expect(candidates(0.5, 0.01)).toBe(3 * Math.round(Math.log2(3200)));
    expect(candidates(1e-6, 0.9)).toBe(3 * Math.round(Math.log2(1e6)));
    expect(candidates(0.9, 0.99)).toBe(3 * 5);
  });
});

describe.each(calculators)("%s", (construction, bound) => {
  test("asks for more when the error is less, the chance less, the network deeper", () => {
    const base = { sizes: [20, 10, 5], epsilon: 0.01, delta: 0.01 };
    for (const of of ["weight", "network"] as const) {
      const { neurons } = bound({ ...base, of });
      expect(bound({ ...base, of, epsilon: 1e-7 }).neurons).toBeGreaterThan(neurons);
      expect(bound({ ...base, of, delta: 1e-9 }).neurons).toBeGreaterThan(neurons);
      expect(bound({ ...base, of, sizes: [20, 10, 10, 5] }).neurons).toBeGreaterThan(neurons);
      expect(bound({ ...base, of, biases: true }).neurons).toBeGreaterThan(neurons);
    }
  });
  test("adds up and says where its constants are from", () => {
    const found = bound({ sizes: lenet, epsilon: 0.01, delta: 0.01, biases: true });
    expect(found.construction).toBe(construction);
    expect(found.depth).toBe(6);
    expect(found.layers.map(({ targets }) => targets)).toEqual([785 * 300, 301 * 100, 101 * 10]);
    const neurons = found.layers.reduce((sum, { width }) => sum + width, 0);
    expect(found.neurons).toBe(neurons);
    expect(found.neuronsPerWeight).toBeCloseTo(neurons / 266_610, 9);
    expect(new Set(found.sources.map(({ status }) => status)).size).toBeGreaterThan(1);
    for (const source of found.sources) expect(source.constant && source.source).toBeTruthy();
  });
  test("refuses what does not fit", () => {
    const refused = (change: object) => () => bound({ ...one, ...change } as BoundOptions);
    expect(refused({ sizes: [3] })).toThrow(ArgumentRangeError);
    expect(refused({ sizes: [3, 0] })).toThrow(ArgumentRangeError);
    expect(refused({ sizes: [3, 1.5] })).toThrow(ArgumentRangeError);
    expect(refused({ sizes: 3 })).toThrow(ArgumentTypeError);
    for (const epsilon of [0, -1, NaN, Infinity]) expect(refused({ epsilon })).toThrow(ArgumentRangeError);
    for (const delta of [0, 1, 2, NaN]) expect(refused({ delta })).toThrow(ArgumentRangeError);
    expect(refused({ of: "layer" })).toThrow(ArgumentRangeError);
    expect(refused({ biases: 1 })).toThrow(ArgumentTypeError);
    expect(refused({ epsilom: 1 })).toThrow(/did you mean "epsilon"/);
  });
});

test("options of one calculator", () => {
  expect(() => orseauBound({ ...one, inputNorms: [1, 2] })).toThrow(ShapeError);
  expect(() => orseauBound({ ...one, lipschitz: [0] })).toThrow(ArgumentRangeError);
  expect(() => orseauBound({ ...one, wMax: 0 })).toThrow(ArgumentRangeError);
  expect(() => pensiaBound({ ...one, constant: 0 })).toThrow(ArgumentRangeError);
  expect(() => malachBound({ ...one, constant: 3 } as BoundOptions)).toThrow(ArgumentTypeError);
});
