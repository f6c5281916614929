/** MLPNet pruned in one shot, without training afterwards: what second-order information is worth. */
import { prune } from "../prune/prune.js";
import type { PruneOptions } from "../prune/prune-options.js";
import type { Context, Experiment, Figure } from "./contract.js";
import { percent, testAccuracy } from "./mnist-nets.js";

const METHODS = ["exact-obs", "fisher", "m-fac", "obd", "diagonal-fisher", "magnitude"] as const;
const NET = "MLPNet 784-40-20-10";

type Accuracies = Readonly<Record<(typeof METHODS)[number] | "dense", number>>;

/** Test accuracy by method, all weights ranked together, from 2,048 training pictures. */
async function accuraciesAt(context: Context, sparsity: number): Promise<Accuracies> {
  const options: PruneOptions = {
    ...{ budget: "global", sparsity, workers: context.workers },
    calibration: context.mnist.trainImages.subarray(0, 784 * 2048),
    labels: context.mnist.trainLabels.subarray(0, 2048),
  };
  using _scope = context.core.scope();
  const accuracies = { dense: testAccuracy(context, await context.mlpnet()) } as Record<string, number>;
  for (const method of METHODS) {
    using _run = context.core.scope();
    const net = await context.mlpnet();
    await prune(net, { ...options, method });
    accuracies[method] = testAccuracy(context, net);
  }
  return accuracies as Accuracies;
}

const shown = (accuracies: Accuracies) =>
  ["dense", ...METHODS].map((name) => `${name} ${percent(accuracies[name as "dense"])}`).join(", ");

function figureOf(accuracies: Accuracies, sparsity: number): Figure {
  const names = ["dense", ...METHODS] as const;
  return {
    title: `${NET}: ${100 * sparsity} % of the weights pruned in one shot`,
    x: "method",
    y: "% of the test pictures right",
    categories: names,
    series: [{ name: "accuracy", points: names.map((name, i) => [i, 100 * accuracies[name]] as const) }],
  };
}

/** One shot to 95 %. */
export const mlpnet: Experiment = {
  name: "one-shot-95",
  shares: "mlpnet",
  paper: "Singh & Alistarh 2020, WoodFisher",
  result: `${NET} at a sparsity of 95 % in one shot: test accuracy`,
  published: "dense 93.97; block WoodFisher 84.18, K-FAC 81.26, diagonal Fisher 19.88",
  differs: "trained here, with biases; 2,000 gradients, not 100; exact steps inside each block",
  rule: "exact OBS and block Fisher are above diagonal Fisher and magnitude",
  async run(context) {
    const found = await accuraciesAt(context, 0.95);
    return {
      measured: shown(found),
      holds: (["exact-obs", "fisher"] as const).every(
        (name) => found[name] > found["diagonal-fisher"] && found[name] > found.magnitude,
      ),
      figures: [figureOf(found, 0.95)],
    };
  },
};

/** One shot to 2 % of the weights. */
export const twoPercent: Experiment = {
  name: "one-shot-98",
  shares: "mlpnet",
  paper: "Benbaki et al. 2023, Fast as CHITA",
  result: `${NET} with 2 % of the weights, 647, in one shot: test accuracy`,
  published: "63 % better, relatively, than the best before it",
  differs:
    "CHITA is not built: exact OBS layer by layer stands in its place, block Fisher in that of the best before",
  rule: "exact OBS is right at least half as often again as block Fisher",
  async run(context) {
    const found = await accuraciesAt(context, 0.98);
    const gain = found["exact-obs"] / found.fisher - 1;
    return {
      measured: `${shown(found)}; exact-obs ${Math.round(100 * gain)} % better than fisher`,
      holds: gain >= 0.5,
      figures: [figureOf(found, 0.98)],
    };
  },
};
