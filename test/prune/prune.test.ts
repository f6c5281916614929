import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loadMnist } from "../../src/cli/mnist-files.js";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { dataset } from "../../src/net/dataset.js";
import { evaluate } from "../../src/net/evaluate.js";
import { type Network, network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { prune } from "../../src/prune/prune.js";
import type { PruneOptions, PruneProgress } from "../../src/prune/prune-options.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";
import { whole } from "../harness/size.js";

const mnist = loadMnist();
const file = new URL("../fixtures/lenet-300-100-mnist.safetensors", import.meta.url);
const { tensors } = readSafetensors(new Uint8Array(await readFile(file)));

/** LeNet-300-100 as PyTorch trained it: 97.97 % on the test pictures. */
function lenet(core: Core): Network {
  const net = network(core, [784, 300, 100, 10]);
  const names = [0, 2, 4].flatMap((l) => [`${l}.weight`, `${l}.bias`]);
  net.load(names.map((name) => tensors.get(name)?.data as Float32Array));
  return net;
}

const pictures = (count: number) => mnist.trainImages.subarray(0, 784 * count);

function accuracyOf(net: Network): number {
  const data = dataset(net.core, mnist.testImages, mnist.testLabels, { features: 784, classes: 10 });
  return evaluate(net, data).accuracy;
}

const small = (core: Core) => network(core, [12, 16, 8, 4], { seed: 3 });
const samples = new Random(5).uniform(200 * 12);

describe.runIf(whole)("LeNet-300-100 with 2,048 training pictures", () => {
  const calibration = pictures(2048);

  test("exact OBS, uniform: the published code's accuracy and better, and other sparsities at once", async () => {
    using core = openSync();
    const net = lenet(core);
    const pruned = await prune(net, { sparsity: 0.9, calibration, workers: 0 });
    expect(pruned.layers.map(({ kept }) => kept)).toEqual([23_520, 3_000, 100]);
    expect(pruned.layers[0].relativeError).toBeLessThan(6.4e-3 * 1.01);
    const isDead = (j: number) => calibration.every((value, i) => i % 784 !== j || value === 0);
    expect(pruned.layers[0].deadInputs).toEqual([...Array(784).keys()].filter(isDead));
    expect(accuracyOf(net)).toBeGreaterThan(0.9592 - 0.003);
    expect((await pruned.at(0.8)).sparsity).toBe(0.8);
    expect(accuracyOf(net)).toBeGreaterThan(0.974 - 0.003);
  });

  test("a budget by the losses of all layers together is worth 5 % at a sparsity of 95 %", async () => {
    using core = openSync();
    const net = lenet(core);
    const options: PruneOptions = { sparsity: 0.95, budget: "global", calibration, refine: "swaps", workers: 0 };
    const pruned = await prune(net, options);
    expect(pruned.layers.reduce((sum, { kept }) => sum + kept, 0)).toBe(266_200 - 252_890);
    expect(accuracyOf(net)).toBeGreaterThan(0.965);
  });
});

describe("prune", () => {
  test("lowers the error by swaps, on the same number of weights", async () => {
    using core = openSync();
    const errorOf = async (options: PruneOptions) => {
      const net = network(core, [40, 30], { seed: 3 });
      const calibration = new Random(7).uniform(100 * 40);
      const { layers } = await prune(net, { sparsity: 0.6, calibration, workers: 0, ...options });
      expect(layers[0].kept).toBe(480);
      return layers[0].relativeError as number;
    };
    expect(await errorOf({ refine: "swaps" })).toBeLessThan(0.999 * (await errorOf({})));
  });

  test("a network's masks stay pruned", async () => {
    using core = openSync();
    const net = small(core);
    const before = net.layers.map(({ outputs, inputs }) => {
      const bits = new Uint8Array(outputs * inputs).map((_, i) => Number(i % 4 > 0));
      return core.mask(outputs, inputs, bits);
    });
    for (const [l, layer] of net.layers.entries()) layer.setMask(before[l]);
    const { layers } = await prune(net, { sparsity: 0.5, calibration: samples, refine: "swaps", workers: 0 });
    for (const [l, { mask }] of layers.entries()) {
      expect(mask.sparsity).toBe(0.5);
      expect(mask.toArray().filter((bit, i) => bit && i % 4 === 0)).toEqual(new Uint8Array(0));
      expect(net.layers[l].mask).toBe(mask);
    }
  });

  test("takes a sparsity for each layer, N:M, and blocks", async () => {
    using core = openSync();
    const options = { calibration: samples, workers: 0 };
    const each = await prune(small(core), { ...options, budget: [0.5, 0, 1] });
    expect(each.layers.map(({ sparsity }) => sparsity)).toEqual([0.5, 0, 1]);
    const nm = await prune(small(core), { ...options, pattern: { kind: "n:m", n: 1, m: 4 } });
    expect(nm.sparsity).toBe(0.75);
    const block = await prune(small(core), { ...options, pattern: { kind: "block", columns: 4 }, sparsity: 0.5 });
    expect(block.sparsity).toBe(0.5);
  });

  test("tells where it stands", async () => {
    using core = openSync();
    const seen: PruneProgress[] = [];
    const onProgress = (progress: PruneProgress) => void seen.push(progress);
    const options: PruneOptions = { sparsity: 0.5, budget: "global", calibration: samples, refine: "swaps" };
    await prune(small(core), { ...options, workers: 0, onProgress });
    expect(seen[0]).toMatchObject({ stage: "curves", layer: 0, layers: 3 });
    expect(seen.at(-1)).toEqual({ stage: "refine", layer: 2, layers: 3, done: 4, total: 4 });
  });

  test("leaves the network as it was when it is stopped", async () => {
    using core = openSync();
    const net = small(core);
    const before = net.parameters();
    const controller = new AbortController();
    const reason = new Error("enough");
    const onProgress = ({ layer }: PruneProgress) => layer === 1 && controller.abort(reason);
    const work = prune(net, { sparsity: 0.5, calibration: samples, workers: 0, signal: controller.signal, onProgress });
    await expect(work).rejects.toBe(reason);
    expect(net.parameters()).toEqual(before);
    expect(net.layers.map(({ mask }) => mask)).toEqual([undefined, undefined, undefined]);
  });

  const [tooMany, odd, twoOfFour, blocks] = [
    { kind: "n:m", n: 5, m: 4 },
    { kind: "n:m", n: 2, m: 5 },
    { kind: "n:m", n: 2, m: 4 },
    { kind: "block", columns: 4 },
  ] as const;
  const wrong = samples.slice();
  wrong[25] = Number.NaN;
  test.each<[PruneOptions, new (...args: never[]) => Error, string]>([
    [{ sparsity: 2 }, ArgumentRangeError, '"options.sparsity" expected a finite number from 0 to 1, got 2'],
    [{}, ArgumentTypeError, '"options.sparsity" expected a number from 0 to 1, got undefined'],
    [{ sparsity: 0.5, calibration: samples.subarray(1) }, ShapeError, "a multiple of 12 values, got 2399"],
    [{ sparsity: 0.5, calibration: samples.subarray(0, 0) }, ArgumentRangeError, "at least one sample, got none"],
    [{ sparsity: 0.5, calibration: new Float32Array(24) }, ArgumentRangeError, "samples that are not all 0"],
    [{ sparsity: 0.5, calibration: new Float32Array(24).fill(1) }, ArgumentRangeError, "samples that differ"],
    [{ sparsity: 0.5, calibration: wrong }, NonFiniteError, "got NaN at row 2, column 1"],
    [{ sparsity: 0.5, calibration: undefined }, ArgumentTypeError, 'expected samples for "exact-obs", got undefined'],
    [{ pattern: tooMany }, ArgumentRangeError, '"options.pattern.n" expected an integer from 0 to 4, got 5'],
    [{ pattern: odd }, ArgumentRangeError, "a divisor of 12 columns, got 5"],
    [{ pattern: twoOfFour, sparsity: 0.5 }, ArgumentRangeError, "expected none beside 2:4, got 0.5"],
    [{ sparsity: 0.5, budget: [0.5] }, ShapeError, "expected 3 sparsities, got 1"],
    [{ sparsity: 0.5, labels: new Uint8Array(3) }, ShapeError, "expected 200, one a sample, got 3"],
    [{ sparsity: 0.5, labels: new Uint8Array(200).fill(4) }, ArgumentRangeError, "classes below 4, got 4 at index 0"],
    [{ sparsity: 0.5, damping: -1 }, ArgumentRangeError, '"options.damping"'],
    [{ sparsity: 0.5, pattern: blocks, refine: "swaps" }, ArgumentRangeError, "no swaps for blocks"],
    [{ sparsity: 0.5, methd: "exact-obs" } as PruneOptions, ArgumentTypeError, 'did you mean "method"?'],
  ])("refuses %o", async (options, kind, message) => {
    using core = openSync();
    const net = small(core);
    const before = net.parameters();
    const work = prune(net, { calibration: samples, workers: 0, ...options });
    await expect(work).rejects.toThrow(kind);
    await expect(prune(net, { calibration: samples, workers: 0, ...options })).rejects.toThrow(message);
    expect(net.parameters()).toEqual(before);
  });

  test.each(["uniform", "global", "optimal"] as const)(
    "all layers at once, %s: another sparsity gives what a run of its own does",
    async (budget) => {
      using core = openSync();
      const options = { budget, calibration: samples, sequential: false, workers: 0 };
      const [all, alone] = [small(core), small(core)];
      const first = await prune(all, { ...options, sparsity: 0.3 });
      const later = await first.at(0.7);
      const own = await prune(alone, { ...options, sparsity: 0.7 });
      expect(all.parameters()).toEqual(alone.parameters());
      expect(later.outputError).toBe(own.outputError);
      for (const [l, { rows, columns, kept, relativeError }] of own.layers.entries()) {
        const error = own.lossAt(l, rows * columns - kept) as number;
        // Traces know the losses under the damped Hessian, which are larger.
        expect(error / (relativeError as number)).toBeGreaterThan(1);
        expect(error / (relativeError as number)).toBeLessThan(2);
        expect(later.lossAt(l, rows * columns - kept)).toBe(error);
        expect(own.lossAt(l, 0)).toBe(0);
      }
      expect(() => own.lossAt(3, 0)).toThrow('"layer" expected');
      const wanda = { method: "wanda", sparsity: 0.5, sequential: false, calibration: samples } as const;
      await expect(prune(alone, wanda)).rejects.toThrow('"options.sequential" expected true for "wanda"');
    },
  );

  test("only methods with traces know other sparsities", async () => {
    using core = openSync();
    const { traces: _, ...method } = exactObs();
    const pruned = await prune(small(core), { method, sparsity: 0.5, calibration: samples, workers: 0 });
    await expect(pruned.at(0.6)).rejects.toThrow(ArgumentRangeError);
    await expect(
      prune(small(core), { method, sparsity: 0.5, budget: "global", calibration: samples }),
    ).rejects.toThrow('got "global"');
  });
});
