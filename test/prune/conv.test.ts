import { describe, expect, test } from "vitest";
import { dataset } from "../../src/net/dataset.js";
import { batchNorm, conv, dense, type NetworkDescription, pool } from "../../src/net/description.js";
import { forEachInput } from "../../src/net/layer-inputs.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { layerHessian } from "../../src/prune/calibration.js";
import type { MethodName } from "../../src/prune/methods.js";
import { prune } from "../../src/prune/prune.js";
import { panelIndex } from "../../src/reference/dense/panels.js";
import { layerStatistics } from "../../src/saliency/layer-statistics.js";
import { Random } from "../harness/random.js";

const NET: NetworkDescription = {
  input: [2, 6, 5], layers: [conv(4), batchNorm(), pool("max"), conv(3, { kernel: 2, padding: 1 }), dense(3)],
};

function opened(count: number, description = NET, seed = 1) {
  const core = openSync();
  const net = network(core, description, { seed: 2 });
  const features = net.sizes[0];
  const inputs = new Random(seed).uniform(count * features);
  const labels = Uint8Array.from({ length: count }, (_, s) => s % 3);
  return { core, net, inputs, labels, data: dataset(core, inputs, labels, { features, classes: 3 }) };
}

/** The patches of a first convolution of 3 × 3, padding 1, one array each. */
function patchesOf(inputs: Float32Array, [channels, height, width]: readonly number[]): Float64Array[] {
  const all: Float64Array[] = [];
  const features = channels * height * width;
  for (let at = 0; at < inputs.length; at += features)
    for (let oy = 0; oy < height; oy++)
      for (let ox = 0; ox < width; ox++)
        all.push(Float64Array.from({ length: 9 * channels }, (_, i) => {
          const [c, y, x] = [Math.floor(i / 9), oy + Math.floor((i % 9) / 3) - 1, ox + (i % 3) - 1];
          const isInside = y >= 0 && y < height && x >= 0 && x < width;
          return isInside ? inputs[at + (c * height + y) * width + x] : 0;
        }));
  return all;
}

test.each([1, 31, 32, 70, 300])("a convolution's Hessian is that of all its patches: %d samples", (count) => {
  const { net, inputs, data } = opened(count);
  const patches = patchesOf(inputs, NET.input);
  const hessian = layerHessian(net, 0, data).view();
  for (let i = 0; i < 18; i++)
    for (let j = 0; j < 18; j++) {
      const want = patches.reduce((sum, patch) => sum + patch[i] * patch[j], 0) * 2 / patches.length;
      expect(Math.abs(hessian[18 * i + j] - want)).toBeLessThan(1e-5);
    }
});

test("so are the mean squares of its inputs", async () => {
  const { core, net, inputs, data } = opened(70);
  const [{ inputSquares }, second] = await layerStatistics(net, [0, 1], ["inputSquares"], data, async () => {});
  const patches = patchesOf(inputs, NET.input);
  for (const [j, square] of (inputSquares?.toArray() ?? []).entries()) {
    const want = patches.reduce((sum, patch) => sum + patch[j] ** 2, 0) / patches.length;
    expect(Math.abs(square - want)).toBeLessThan(1e-6);
  }
  const hessian = core.scoped(() => layerHessian(net, 1, data).view().slice());
  for (const [j, square] of (second.inputSquares?.toArray() ?? []).entries())
    expect(square).toBeCloseTo(hessian[17 * j] / 2, 6);
});

test("of many patches about 65,536 are taken, evenly over places", () => {
  const description: NetworkDescription = { input: [1, 28, 28], layers: [conv(2, { kernel: 1 }), dense(3)] };
  const { core, net } = opened(1, description);
  const count = 300;
  // Each picture holds the numbers of its positions.
  const pictures = Float32Array.from({ length: 784 * count }, (_, i) => i % 784);
  const data = dataset(core, pictures, new Uint8Array(count), { features: 784, classes: 3 });
  const seen = new Uint32Array(784);
  let total = 0;
  forEachInput(net, 0, data, (batch, x) => {
    const values = core.f32(x, 32 * Math.ceil(batch / 32));
    for (let s = 0; s < batch; s++) seen[values[panelIndex(1, batch, 0, s)]]++;
    total += batch;
  });
  expect(total).toBeGreaterThan(40_000);
  expect(total).toBeLessThanOrEqual(65_536 + 256);
  expect(Math.min(...seen)).toBeGreaterThan(0);
  expect(Math.max(...seen)).toBeLessThanOrEqual(128);
});

describe("prune", () => {
  test.each<MethodName>(["exact-obs", "sparsegpt", "magnitude", "wanda", "random"])("%s", async (method) => {
    const { net, inputs } = opened(200);
    const pruned = await prune(net, { method, sparsity: 0.5, calibration: inputs, workers: 0 });
    expect(pruned.layers.map(({ rows, columns, kept }) => [rows, columns, kept])).toEqual([
      [4, 18, 36], [3, 16, 24], [3, 36, 54],
    ]);
    for (const { weights, mask } of net.layers) {
      const bits = mask?.toArray() ?? [];
      expect(weights.toArray().every((weight, i) => bits[i] === 1 || weight === 0)).toBe(true);
    }
    expect(pruned.layers.every(({ relativeError = 1 }) => relativeError > 0 && relativeError < 1)).toBe(true);
  });

  test("compensating costs less than magnitudes", async () => {
    const errorOf = async (method: MethodName) => {
      const { net, inputs } = opened(200);
      // Neighbours go together, as in pictures.
      const calibration = inputs.map((value, i) => value / 4 + inputs[i - (i % 60)]);
      const { layers } = await prune(net, { method, sparsity: 0.6, calibration, workers: 0 });
      return layers[0].relativeError ?? 1;
    };
    expect(await errorOf("exact-obs")).toBeLessThan(0.9 * (await errorOf("magnitude")));
  });

  test("2:4, swaps and repair", async () => {
    const { net, inputs } = opened(200, { ...NET, layers: [conv(4, { kernel: 2 }), ...NET.layers.slice(2)] });
    const pattern = { kind: "n:m", n: 2, m: 4 } as const;
    const options = { pattern, calibration: inputs, refine: "swaps", repair: true, workers: 0 } as const;
    const { layers } = await prune(net, { method: "magnitude", ...options });
    expect(layers[0].kept).toBe(16);
  });

  test.each<MethodName>(["snip", "synflow", "obs", "m-fac", "fisher"])(
    "%s refuses, and leaves the network as it was",
    async (method) => {
      const { net, inputs, labels } = opened(40);
      const before = net.parameters();
      const options = { method, sparsity: 0.5, calibration: inputs, labels, workers: 0 };
      await expect(prune(net, options)).rejects.toThrow("expected fully connected layers alone for");
      expect(net.parameters()).toEqual(before);
    },
  );
});
