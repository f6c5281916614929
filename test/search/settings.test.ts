import { describe, expect, test } from "vitest";
import { MOST_RATE } from "../../src/net/optimizer.js";
import { NETWORKS } from "../../src/net/presets.js";
import type { SearchOptions } from "../../src/search/contract.js";
import { settingsOf } from "../../src/search/settings.js";
import { samples } from "./fake-engine.js";

describe("settings", () => {
  test("default to the network and the rates of the paper", () => {
    expect(settingsOf(samples, {})).toEqual({
      method: "imp",
      rounds: 12,
      trials: 1,
      seed: 1,
      controlRounds: [],
      controlRoles: ["reinitialised", "shuffled"],
      variant: "simd",
      protocol: {
        sizes: [4, 300, 100, 2],
        init: "glorot-normal",
        optimizer: "adam",
        learningRate: 1.2e-3,
        momentum: 0,
        weightDecay: 0,
        batch: 10,
        iterations: 3000,
        evaluateEvery: 100,
        rewindTo: 0,
        rates: [0.2, 0.2, 0.1],
      },
    });
  });

  test("look at the validation set ten times when there are few steps", () => {
    const every = (iterations: number) =>
      settingsOf(samples, { protocol: { iterations } }).protocol.evaluateEvery;
    expect([1, 20, 999, 1000, 50_000].map(every)).toEqual([1, 2, 100, 100, 100]);
  });

  test("take networks by name or as they are described, and prune convolutions half as fast", () => {
    const pictures = { inputs: new Uint8Array(784), labels: new Uint8Array(1) };
    const parts = { train: pictures, validation: pictures, test: pictures };
    const mnist = { features: 784, classes: 10, ...parts };
    const { protocol } = settingsOf(mnist, { protocol: { network: "lenet-5" } });
    expect(protocol.network).toEqual(NETWORKS["lenet-5"]);
    expect(protocol.sizes).toEqual([784, 6 * 784, 16 * 100, 120, 84, 10]);
    expect(protocol.rates).toEqual([0.1, 0.1, 0.2, 0.2, 0.1]);
    expect(settingsOf(mnist, { protocol: { network: NETWORKS["lenet-5"] } }).protocol).toEqual(protocol);
    const plain = settingsOf(mnist, { protocol: { network: "lenet-300-100" } });
    expect(plain).toEqual(settingsOf(mnist, {}));
  });

  test("sort the rounds with controls", () => {
    const { controlRounds } = settingsOf(samples, { controlRounds: [7, 3, 10, 3] });
    expect(controlRounds).toEqual([3, 7, 10]);
  });

  test("put controls in their order", () => {
    const { controlRoles } = settingsOf(samples, { controlRoles: ["signs", "reinitialised", "signs"] });
    expect(controlRoles).toEqual(["reinitialised", "signs"]);
  });

  test("refuse samples that do not fit", () => {
    const none = { inputs: new Uint8Array(0), labels: new Uint8Array(0) };
    const broken = { inputs: new Uint8Array(7), labels: new Uint8Array(2) };
    expect(() => settingsOf({ ...samples, validation: none }, {})).toThrow(
      '"samples.validation" expected at least one',
    );
    expect(() => settingsOf({ ...samples, test: broken }, {})).toThrow(
      '"samples.test.inputs" expected 8 values (2 × 4), got 7',
    );
  });

  const wrong: [SearchOptions | object, string][] = [
    [{ round: 3 }, 'got "round"; did you mean "rounds"?'],
    [{ rounds: -1 }, '"options.rounds" expected an integer from 0 to 99, got -1'],
    [{ trials: 0 }, '"options.trials" expected an integer from 1 to 1000, got 0'],
    [{ seed: 0.5 }, '"options.seed" expected an integer from 0'],
    [{ method: "magic" }, '"options.method" expected "imp" or "one-shot" or "edge-popup"'],
    [
      { controlRoles: ["ticket"] },
      '"options.controlRoles[0]" expected "reinitialised" or "shuffled" or "signs"',
    ],
    [{ controlRoles: "signs" }, '"options.controlRoles" expected an array, got "signs"'],
    [{ workers: -1 }, '"options.workers" expected an integer from 0 to 1024, got -1'],
    [{ controlRounds: [13] }, '"options.controlRounds[0]" expected an integer from 1 to 12, got 13'],
    [{ controlRounds: 3 }, '"options.controlRounds" expected an array, got 3'],
    [{ rounds: 0, controlRounds: [1] }, '"options.controlRounds" expected []'],
    [{ protocol: { batch: 11 } }, '"options.protocol.batch" expected an integer from 1 to 10, got 11'],
    [{ protocol: { steps: 11 } }, '"options.protocol" expected only the keys sizes'],
    [{ protocol: { iterations: 0 } }, '"options.protocol.iterations" expected an integer ≥ 1, got 0'],
    [
      { protocol: { iterations: 5, rewindTo: 5 } },
      '"options.protocol.rewindTo" expected an integer from 0 to 4',
    ],
    [
      { method: "edge-popup", protocol: { iterations: 5, rewindTo: 1 } },
      '"options.protocol.rewindTo" expected 0 for edge-popup, got 1',
    ],
    [
      { protocol: { learningRate: NaN } },
      `"options.protocol.learningRate" expected a finite number from 0 to ${MOST_RATE}, got NaN`,
    ],
    [{ protocol: { network: "vgg" } }, '"options.protocol.network" expected "conv-2"'],
    [{ protocol: { network: "conv-2" } }, "expected 4, …, 2 as the samples have, got 784, …, 10"],
    [{ protocol: { network: "conv-2", sizes: [4, 2] } }, 'expected either "network" or "sizes", got both'],
    [{ protocol: { sizes: [4] } }, "at least two layer sizes, got Array(1)"],
    [{ protocol: { sizes: [5, 2] } }, "expected 4, …, 2 as the samples have, got 5, …, 2"],
    [{ protocol: { sizes: [4, 0, 2] } }, '"options.protocol.sizes[1]" expected an integer ≥ 1, got 0'],
    [{ protocol: { rates: [0.2] } }, "expected 3 rates, one for each layer, got 1"],
    [
      { protocol: { rates: [0.2, 2, 0] } },
      '"options.protocol.rates[1]" expected a finite number from 0 to 1',
    ],
  ];
  test.each(wrong)("refuse %j", (options, message) => {
    expect(() => settingsOf(samples, options as SearchOptions)).toThrow(message);
  });
});
