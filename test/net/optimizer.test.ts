/** What optimisers refuse, and that what they take keeps pruned weights at +0. */
import { describe, expect, test } from "vitest";
import { batchNorm } from "../../src/net/description.js";
import { network } from "../../src/net/network.js";
import { adam, type Optimizer, sgd } from "../../src/net/optimizer.js";
import { trainer } from "../../src/net/trainer.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";

const core = openSync();
const TINY = 1e-47;
const HUGE = 3.5e38;

test.each<[string, (value: number) => unknown, readonly number[]]>([
  ["epsilon", (epsilon) => adam({ epsilon }), [0, TINY, HUGE, -1e-8]],
  ["beta1", (beta1) => adam({ beta1 }), [1, 1 - 2 ** -26, TINY, -0.1]],
  ["beta2", (beta2) => adam({ beta2 }), [1, 1 - 2 ** -26, TINY, 1.5]],
  ["learningRate", (learningRate) => adam({ learningRate }), [TINY, HUGE, 1e38, -1]],
  ["weightDecay", (weightDecay) => adam({ weightDecay }), [TINY, HUGE]],
  ["learningRate", (learningRate) => sgd({ learningRate }), [TINY, HUGE, Number.NaN]],
  ["momentum", (momentum) => sgd({ momentum }), [TINY, HUGE, 1 - 2 ** -26]],
  ["weightDecay", (weightDecay) => sgd({ weightDecay }), [TINY, HUGE]],
  ["epsilon", (epsilon) => batchNorm({ epsilon }), [0, TINY, HUGE]],
])("%s: what is 0, 1 or infinite in f32 is refused by its name", (name, make, values) => {
  for (const value of values) {
    const refusal = { code: "ERR_RANGE", message: expect.stringContaining(`"options.${name}" expected`) };
    expect(() => make(value), String(value)).toThrow(expect.objectContaining(refusal));
  }
});

/** Weights under the mask that are not +0 after some steps, half of all weights pruned. */
function touched(optimizer: Optimizer, format: "dense" | "csr"): number {
  const random = new Random(61);
  return core.scoped(() => {
    const net = network(core, [9, 7, 3], { seed: 2 });
    for (const layer of net.layers) {
      const bits = Uint8Array.from({ length: layer.outputs * layer.inputs }, () => random.below(2));
      layer.setMask(core.mask(layer.outputs, layer.inputs, bits), format);
    }
    const steps = trainer(net, { batch: 8, optimizer });
    for (let step = 0; step < 3; step++) {
      steps.step(
        random.uniform(72),
        Uint8Array.from({ length: 8 }, () => random.below(3)),
      );
    }
    let count = 0;
    for (const { weights, mask } of net.layers) {
      const bits = mask?.toArray() ?? [];
      weights.toArray().forEach((weight, i) => {
        if (!bits[i] && !Object.is(weight, 0)) count++;
      });
    }
    return count;
  });
}

describe.each(["dense", "csr"] as const)("%s", (format) => {
  test.each<[string, Optimizer]>([
    ["the least epsilon", adam({ epsilon: 2 ** -149 })],
    ["the largest decays", adam({ beta1: 1 - 2 ** -24, beta2: 1 - 2 ** -24 })],
    ["no decay", adam({ beta1: 0, beta2: 0 })],
    ["the largest step", adam({ learningRate: 2 ** 100, beta1: 1 - 2 ** -24 })],
    ["no step", adam({ learningRate: 0 })],
    ["the least step", sgd({ learningRate: 2 ** -149 })],
    ["the largest decay of weights", adam({ weightDecay: 3.4e38 })],
    ["steps that diverge", sgd({ learningRate: 2 ** 100, momentum: 3.4e38, weightDecay: 3.4e38 })],
  ])("pruned weights stay +0: %s", (_, optimizer) => {
    expect(touched(optimizer, format)).toBe(0);
  });
});
