import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../../src/errors.js";
import { type FeatureMapOptions, featureMap } from "../../src/interpolation/feature-map.js";
import { openSync } from "../../src/open.js";
import { STREAM } from "../../src/random.js";
import { cosTurn, sinTurn } from "../../src/reference/math.js";
import { f32_random_normal } from "../../src/reference/random.js";
import { Random } from "../harness/random.js";

const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
  Array.from(x, (value, i) => value * y[i]).reduce((a, b) => a + b, 0);

function mapped(inputs: Uint8Array | Float32Array, options: Partial<FeatureMapOptions> = {}) {
  using core = openSync();
  const map = featureMap(core, {
    kind: "fourier",
    columns: 7,
    features: 6,
    bandwidth: 0.7,
    seed: 4,
    ...options,
  });
  const matrix = map.apply(inputs);
  expect([matrix.rows, matrix.columns]).toEqual([inputs.length / map.columns, map.features]);
  return matrix.toArray();
}

/** Projections of samples on the rows that seed 4 gives, plain. */
function projections(inputs: Float32Array, count: number, deviation: number): number[][] {
  const drawn = new Float32Array(count * 7);
  f32_random_normal(drawn.length, 0, deviation, 4, 0, STREAM.features, 0, drawn);
  const rows = Array.from({ length: count }, (_, r) => drawn.subarray(7 * r, 7 * r + 7));
  return Array.from({ length: inputs.length / 7 }, (_, i) =>
    rows.map((row) => dot(inputs.subarray(7 * i, 7 * i + 7), row)),
  );
}

describe("features of samples", () => {
  test.each([0, 1, 33, 257, 520])("Fourier: cosine and sine of each projection, of %i samples", (count) => {
    const inputs = new Random(2).uniform(count * 7);
    const want = projections(inputs, 3, 1 / (2 * Math.PI * 0.7)).flatMap((turns) =>
      turns.map((turn) => turn - Math.floor(turn)).flatMap((turn) => [cosTurn(turn), sinTurn(turn)]),
    );
    const got = mapped(inputs);
    expect(got.length).toBe(want.length);
    for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThan(5e-6);
  });

  test("ReLU: what is positive of the projections on a sphere", () => {
    const inputs = new Random(2).uniform(300 * 7);
    const drawn = new Float32Array(35);
    f32_random_normal(35, 0, 1, 4, 0, STREAM.features, 0, drawn);
    const lengths = [0, 1, 2, 3, 4].map((r) =>
      Math.sqrt(dot(drawn.subarray(7 * r, 7 * r + 7), drawn.subarray(7 * r))),
    );
    const want = projections(inputs, 5, 1).flatMap((row) =>
      row.map((value, r) => Math.max(0, value / lengths[r])),
    );
    const got = mapped(inputs, { kind: "relu", features: 5 });
    for (const [i, value] of got.entries()) expect(Math.abs(value - want[i])).toBeLessThan(1e-6);
    expect(got.some((value) => value === 0) && got.some((value) => value > 0)).toBe(true);
  });

  test("bytes are read as value / 255", () => {
    const bytes = Uint8Array.from(new Random(3).bits(21), (word) => word & 255);
    expect(mapped(bytes)).toEqual(mapped(Float32Array.from(bytes, (byte) => byte / 255)));
  });

  test.each(["fourier", "relu"] as const)("fewer are the first of more, alone or in a batch: %s", (kind) => {
    const inputs = new Random(5).uniform(40 * 7);
    const all = mapped(inputs, { kind, features: 9 });
    for (const features of [1, 2, 5, 8]) {
      const some = mapped(inputs, { kind, features });
      expect(some).toEqual(
        Float64Array.from(some, (_, at) => all[9 * Math.floor(at / features) + (at % features)]),
      );
    }
    expect(mapped(inputs.subarray(70, 77), { kind, features: 9 })).toEqual(all.slice(90, 99));
  });

  test("their products tend to the Gaussian kernel", () => {
    const inputs = new Random(6).uniform(2 * 7, 0, 1);
    const [x, z] = [inputs.subarray(0, 7), inputs.subarray(7)];
    const difference = x.map((value, i) => value - z[i]);
    const features = 20_000;
    for (const bandwidth of [0.5, 1, 3]) {
      const got = mapped(inputs, { features, bandwidth });
      const kernel = dot(got.subarray(0, features), got.subarray(features)) / (features / 2);
      const want = Math.exp(-dot(difference, difference) / (2 * bandwidth ** 2));
      // Five standard errors of the mean of 10,000 cosines.
      expect(Math.abs(kernel - want)).toBeLessThan(5 / Math.sqrt(features));
    }
  });
});

test("refuses what does not fit", () => {
  using core = openSync();
  const good: FeatureMapOptions = { kind: "relu", columns: 7, features: 3, seed: 1 };
  const wrong = (options: object) => () => featureMap(core, { ...good, ...options });
  expect(wrong({ kind: "tanh" })).toThrow(ArgumentRangeError);
  expect(wrong({ columns: 0 })).toThrow(ArgumentRangeError);
  expect(wrong({ features: 2.5 })).toThrow(ArgumentRangeError);
  expect(wrong({ bandwidth: 0 })).toThrow(ArgumentRangeError);
  expect(wrong({ seed: -1 })).toThrow(ArgumentRangeError);
  expect(wrong({ width: 3 })).toThrow(ArgumentTypeError);
  const map = featureMap(core, good);
  expect(() => map.apply(new Float32Array(8))).toThrow(ShapeError);
  expect(() => map.apply([1, 2] as unknown as Float32Array)).toThrow(ArgumentTypeError);
});
