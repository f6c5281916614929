import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError } from "../../src/errors.js";
import { openSync } from "../../src/open.js";
import { STREAM } from "../../src/random.js";
import { uniforms } from "../../src/ticket/domain.js";
import { type SuccessOptions, successProbability } from "../../src/ticket/success.js";

/** Measured elsewhere with 20,000 trials each up to n = 12, then 2,000; the last column is for products, at 0.01. */
const EXPECTED: [n: number, ...shares: number[]][] = [
  [6, 0.874, 0.343, 0.043, 0.347],
  [8, 0.957, 0.701, 0.139, 0.649],
  [10, 0.984, 0.923, 0.416, 0.831],
  [12, 0.994, 0.977, 0.799, 0.911],
  [15, 1.0, 0.998, 0.978, 0.962],
  [18, 1.0, 0.999, 0.997, 0.981],
];
const COLUMNS = [
  { epsilon: 0.1 },
  { epsilon: 0.01 },
  { epsilon: 0.001 },
  { epsilon: 0.01, pool: "product" },
] as const;

test("agrees with an independent measurement, within five standard errors of both", () => {
  using core = openSync();
  const trials = 20_000;
  for (const [values, ...shares] of EXPECTED) {
    for (const [c, column] of COLUMNS.entries()) {
      const { probability } = successProbability(core, { ...column, values, trials, seed: 7 });
      const share = shares[c];
      // The other trials; a share of 1.0 may stand for a failure in 2,000.
      const others = values < 14 ? 20_000 : 2000;
      const variance = Math.max(share * (1 - share), 0.001) * (1 / trials + 1 / others);
      const where = `${values} values, ${JSON.stringify(column)}`;
      expect(Math.abs(probability - share), where).toBeLessThanOrEqual(5 * Math.sqrt(variance) + 0.0005);
    }
  }
});

test.each(["uniform", "product"] as const)("equals brute force over the same draws: %s", (pool) => {
  using core = openSync();
  for (const values of [1, 2, 5]) {
    for (const epsilon of [0, 0.1, 2]) {
      // More than a chunk, so that the draws of the second count.
      const trials = 8192 + 300;
      const draws = (length: number, part: number) =>
        uniforms(core, length, [-1, 1], [3, STREAM.trials, part]);
      let solved = 0;
      for (const [chunk, count] of [8192, 300].entries()) {
        const targets = draws(count, 3 * chunk);
        const [a, b] = [1, 2].map((part) => draws(count * values, 3 * chunk + part));
        for (let t = 0; t < count; t++) {
          let isNear = false;
          for (let mask = 0; mask < 1 << values; mask++) {
            let sum = 0;
            for (let i = 0; i < values; i++) {
              const at = t * values + i;
              if ((mask >> i) & 1) sum += pool === "product" ? a[at] * b[at] : a[at];
            }
            isNear ||= Math.abs(targets[t] - sum) <= epsilon;
          }
          solved += Number(isNear);
        }
      }
      const found = successProbability(core, { values, epsilon, trials, seed: 3, pool });
      expect([found.probability, found.trials]).toEqual([solved / trials, trials]);
    }
  }
});

describe("successProbability", () => {
  const options: SuccessOptions = { values: 8, epsilon: 0.01, trials: 50, seed: 1 };

  test("says what the bound asks for", () => {
    using core = openSync();
    const boundAt = (epsilon: number) => successProbability(core, { ...options, epsilon }).bound;
    expect([0.1, 0.01, 0.001, 0, 1].map(boundAt)).toEqual([9, 21, 30, undefined, undefined]);
  });

  test("repeats for a seed, differs for another, and takes one trial and more than 24 values", () => {
    using core = openSync();
    const many = { ...options, trials: 2000 };
    expect(successProbability(core, many)).toEqual(successProbability(core, many));
    expect(successProbability(core, { ...many, seed: 2 })).not.toEqual(successProbability(core, many));
    expect([0, 1]).toContain(successProbability(core, { ...options, trials: 1 }).probability);
    expect(successProbability(core, { ...options, values: 25, trials: 2 }).probability).toBe(1);
  });

  test("refuses what does not fit", () => {
    using core = openSync();
    for (const change of [
      { values: 0 },
      { values: 49 },
      { epsilon: -0.1 },
      { trials: 0 },
      { seed: -1 },
      { pool: "normal" as "uniform" },
    ]) {
      expect(() => successProbability(core, { ...options, ...change })).toThrow(ArgumentRangeError);
    }
    expect(() => successProbability(core, { ...options, value: 3 } as SuccessOptions)).toThrow(
      ArgumentTypeError,
    );
  });
});
