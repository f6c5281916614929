import { describe, expect, test } from "vitest";
import { checkResumed, planOf, protocolOf } from "../../src/cli/find-plan.js";

describe("a plan", () => {
  test("is the quick preset by default", () => {
    expect(planOf({})).toEqual({
      data: "mnist",
      method: "imp",
      preset: "quick",
      rounds: 10,
      iterations: 3000,
      trials: 1,
      hidden: [300, 100],
      rate: 0.2,
      "output-rate": 0.1,
      "train-size": 55_000,
      rewind: 0,
      batch: 60,
      optimizer: "adam",
      "learning-rate": 0.0012,
      controls: [3, 5, 7, 10],
      seed: 1,
      variant: "simd",
    });
  });

  test("of the short preset has its rate", () => {
    const short = { iterations: 800, rounds: 5, rate: 0.35, "output-rate": 0.175, controls: [3, 5] };
    expect(planOf({ preset: "short" })).toMatchObject(short);
    expect(planOf({ preset: "short", rate: 0.5 })).toMatchObject({ rate: 0.5, "output-rate": 0.25 });
  });

  test("of a network with convolutions prunes those half as fast", () => {
    const plan = planOf({ network: "conv-4", rate: 0.3 });
    expect(plan).toMatchObject({ network: "conv-4", hidden: [] });
    const { network, sizes, rates } = protocolOf(plan, 784, 10);
    expect([network, sizes]).toEqual(["conv-4", undefined]);
    expect(rates).toEqual([0.15, 0.15, 0.15, 0.15, 0.3, 0.3, 0.15]);
    expect(() => planOf({ network: "lenet-5", hidden: [30] })).toThrow(
      '"--hidden" expected none beside --network lenet-5, got 30',
    );
  });

  test("of the paper has its steps, rounds and trials; options go before", () => {
    expect(planOf({ preset: "paper" })).toMatchObject({
      iterations: 50_000,
      rounds: 20,
      trials: 5,
      controls: [3, 7, 9, 12, 15, 18, 20],
    });
    expect(planOf({ preset: "paper", trials: 2 })).toMatchObject({ iterations: 50_000, trials: 2 });
  });

  test("keeps controls to the rounds that there are", () => {
    expect(planOf({ rounds: 5 }).controls).toEqual([3, 5]);
    expect(planOf({ rounds: 0 }).controls).toEqual([]);
    expect(planOf({ controls: [7, 3, 7] }).controls).toEqual([3, 7]);
    expect(planOf({ controls: [] }).controls).toEqual([]);
    expect(() => planOf({ rounds: 2, controls: [3] })).toThrow(
      '"--controls" expected rounds from 1 to 2, got 3',
    );
  });

  test("fits defaults to each other", () => {
    expect(planOf({ optimizer: "sgd", rate: 0.3 })).toMatchObject({
      "learning-rate": 0.1,
      "output-rate": 0.15,
    });
    expect(planOf({ "train-size": 50 }).batch).toBe(50);
    expect(() => planOf({ rewind: 10, iterations: 10 })).toThrow('"--rewind" expected at most 9');
  });

  test("becomes a protocol", () => {
    const plan = planOf({ hidden: [20, 30, 40], rewind: 7 });
    expect(protocolOf(plan, 784, 10)).toEqual({
      sizes: [784, 20, 30, 40, 10],
      optimizer: "adam",
      learningRate: 0.0012,
      batch: 60,
      iterations: 3000,
      rewindTo: 7,
      rates: [0.2, 0.2, 0.2, 0.1],
    });
  });

  test("is gone on with under the same options only", () => {
    const begun = planOf({ seed: 3, controls: [] });
    expect(() => checkResumed({}, begun)).not.toThrow();
    const same = { seed: 3, hidden: [300, 100], controls: [], workers: 4, json: true, resume: "x" } as const;
    expect(() => checkResumed(same, begun)).not.toThrow();
    expect(() => checkResumed({ seed: 4 }, begun)).toThrow(
      '"--seed" expected 3 as the search was begun with, got 4',
    );
    expect(() => checkResumed({ controls: [3] }, begun)).toThrow(
      '"--controls" expected none as the search was begun',
    );
    expect(() => checkResumed({ hidden: [300] }, begun)).toThrow('"--hidden" expected 300,100 as the search');
  });
});
