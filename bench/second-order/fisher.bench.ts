/** Block Fisher over all weights of MLPNet, gradients of samples included. */
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { fisher } from "../../src/prune/fisher.js";
import { prune } from "../../src/prune/prune.js";
import { Random } from "../../test/harness/random.js";
import { assertAccepted, binaries, type Variant } from "../binaries.js";
import { bench } from "../harness.js";
import type { Prepared } from "../measure.js";

function pruned(variant: Variant, sizes: readonly number[], gradients: number): Prepared {
  assertAccepted(binaries[variant].bytes);
  const core = openSync({ variant });
  const random = new Random(20261122);
  const calibration = random.uniform(gradients * sizes[0], 0, 1);
  const labels = Uint8Array.from({ length: gradients }, () => random.below(10));
  let kept = 0;
  return {
    run: async () => {
      using _scope = core.scope();
      const net = network(core, sizes, { seed: 1 });
      const method = fisher({ gradients });
      const { layers } = await prune(net, { method, budget: "global", sparsity: 0.95, calibration, labels });
      kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
    },
    output: () => [kept],
    close: () => core.dispose(),
  };
}

for (const [sizes, gradients] of [
  [[20, 12, 10], 40],
  [[784, 40, 20, 10], 400],
] as const) {
  const weights = sizes.slice(1).reduce((sum, outputs, l) => sum + outputs * sizes[l], 0);
  bench({
    suite: "second-order",
    name: `fisher ${weights}@0.95`,
    quick: weights < 1000,
    expected: () => ({ values: [weights - Math.round(0.95 * weights)], bound: () => 0 }),
    implementations: {
      simd: () => pruned("simd", sizes, gradients),
      relaxed: () => pruned("relaxed", sizes, gradients),
    },
  });
}
