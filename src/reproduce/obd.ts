/** Optimal Brain Damage on a network that knows digits: what it predicts, and how far it gets with training between. */
import { evaluate } from "../net/evaluate.js";
import { adam } from "../net/optimizer.js";
import { train } from "../net/train.js";
import { prune } from "../prune/prune.js";
import { layerStatistics } from "../saliency/layer-statistics.js";
import { obd as criterion } from "../saliency/obd.js";
import type { Experiment } from "./contract.js";
import { percent, testAccuracy, trainingData } from "./mnist-nets.js";

/** Optimal Brain Damage: the sum of the saliencies says what deletions cost, as long as they are few. */
export const obdPrediction: Experiment = {
  name: "obd-prediction",
  shares: "mlpnet",
  paper: "LeCun, Denker & Solla 1990, Optimal Brain Damage",
  result: "predicted against true increase of the training loss, by parameters deleted",
  published: "they agree up to about 30 % deleted",
  differs: "MLPNet on MNIST, not the shared weights of 1990",
  rule: "up to 30 % both are below a hundredth of the loss",
  async run(context) {
    const { core } = context;
    using _scope = core.scope();
    const data = trainingData(context, 10_000);
    const net = await context.mlpnet();
    const before = evaluate(net, data).loss;
    const layers = net.layers.map((_, l) => l);
    const statistics = await layerStatistics(net, layers, ["curvature"], data, async () => {});
    const saliencies = net.layers.flatMap(({ weights }, index) => {
      const out = core.matrix(weights.rows, weights.columns);
      criterion.score({ weights, index, seed: 0, ...statistics[index] }, out);
      return [...out.view()];
    });
    saliencies.sort((a, b) => a - b);
    const calibration = context.mnist.trainImages.subarray(0, 784 * 10_000);
    const rows: { share: number; predicted: number; increase: number }[] = [];
    for (const share of [0.1, 0.2, 0.3, 0.4, 0.6]) {
      const pruned = await context.mlpnet();
      await prune(pruned, { method: "obd", budget: "global", sparsity: share, calibration });
      const predicted = saliencies
        .slice(0, Math.round(share * saliencies.length))
        .reduce((sum, s) => sum + s, 0);
      rows.push({ share, predicted, increase: evaluate(pruned, data).loss - before });
    }
    const shown = rows.map(
      ({ share, predicted, increase }) =>
        `${100 * share} %: ${predicted.toExponential(1)} / ${increase.toExponential(1)}`,
    );
    // Up to 30 % both say "next to nothing": less than a hundredth of the loss. Beyond, the truth rises faster.
    const isNear = rows
      .slice(0, 3)
      .every(({ predicted, increase }) => Math.max(predicted, increase) < before / 100);
    const figure = {
      title: "Optimal Brain Damage: what deletions cost",
      x: "parameters deleted, %",
      y: "increase of the training loss",
      isYLogarithmic: true,
      series: (["predicted", "increase"] as const).map((kind) => ({
        name: kind === "increase" ? "true" : kind,
        points: rows.map((row) => [100 * row.share, row[kind]] as const).filter(([, y]) => y > 0),
      })),
    };
    const measured = `loss ${before.toExponential(1)}; ${shown.join(", ")}`;
    return { measured, holds: isNear, figures: [figure] };
  },
};

/** Optimal Brain Damage: most of the parameters go without a loss, with training between deletions. */
export const obdRetraining: Experiment = {
  name: "obd-retraining",
  shares: "mlpnet",
  paper: "LeCun, Denker & Solla 1990, Optimal Brain Damage",
  result: "test error after deleting 60 % of the parameters, with retraining",
  published: "unchanged",
  differs: "MLPNet on MNIST, in three steps",
  rule: "not more than 0.2 point worse",
  async run(context) {
    using _scope = context.core.scope();
    const data = trainingData(context);
    const net = await context.mlpnet();
    const before = testAccuracy(context, net);
    const calibration = context.mnist.trainImages.subarray(0, 784 * 5_000);
    for (const sparsity of [0.2, 0.4, 0.6]) {
      await prune(net, { method: "obd", budget: "global", sparsity, calibration });
      await train(net, data, { iterations: 2000, batch: 60, optimizer: adam({ learningRate: 5e-4 }) });
    }
    const after = testAccuracy(context, net);
    const measured = `${percent(1 - before)} % → ${percent(1 - after)} %`;
    return { measured, holds: after >= before - 0.002 };
  },
};
