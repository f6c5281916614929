/** LeNet-300-100 from one start: two trainings in one valley, and masks that move while it trains. */
import { evaluate } from "../net/evaluate.js";
import { network } from "../net/network.js";
import { adam } from "../net/optimizer.js";
import { instability } from "../search/connectivity.js";
import { trainSparse } from "../search/train-sparse.js";
import type { Context, Experiment, Series } from "./contract.js";
import { percent, testData, trainingData } from "./mnist-nets.js";

const LENET = [784, 300, 100, 10];
const ITERATIONS = 3000;
const QUICK_ITERATIONS = 1500;

const iterationsOf = ({ isQuick }: Context) => (isQuick ? QUICK_ITERATIONS : ITERATIONS);

/** Two trainings of LeNet that differ in the order of the data end in one valley. */
export const connectivity: Experiment = {
  name: "mode-connectivity",
  paper: "Frankle, Dziugaite, Roy & Carbin 2020, Linear Mode Connectivity",
  result: "LeNet-300-100: instability to the order of the data from step 0 on, 30 points on the line",
  published: "stable: below 2 %",
  differs: `${ITERATIONS} steps, ${QUICK_ITERATIONS} with --quick`,
  rule: "each seed is below",
  async run(context) {
    const { core, mnist, seeds } = context;
    using _scope = core.scope();
    const [data, test] = [trainingData({ core, mnist }), testData({ core, mnist })];
    const series: Series[] = [];
    const rises: number[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const net = network(core, LENET, { seed });
      const found = await instability(net, data, test, { iterations: iterationsOf(context) });
      rises.push(found.instability);
      series.push({
        name: `seed ${seed}`,
        points: found.path.map(({ alpha, error }) => [alpha, 100 * error] as const),
      });
    }
    const figure = {
      title: "Between two trainings of LeNet-300-100",
      x: "share of the one, the rest of the other",
      y: "% of the test pictures classified wrongly",
      series,
    };
    return {
      measured: `${rises.map((rise) => percent(rise)).join(", ")} %`,
      holds: rises.every((rise) => rise < 0.02),
      figures: [figure],
    };
  },
};

const METHODS = ["static", "rigl", "gradual"] as const;

/** Masks that move find better places than random ones that stay. */
export const rigl: Experiment = {
  name: "rigl",
  paper: "Evci et al. 2020, Rigging the Lottery",
  result: "LeNet-300-100 at a sparsity of 90 and 98 %: test accuracy with RigL, static and gradual masks",
  published: "RigL above static masks (ResNet-50, where 90 % gives 73.07 with RigL)",
  differs: `LeNet on MNIST, ${ITERATIONS} steps of Adam (quick: ${QUICK_ITERATIONS}); gradual pruning is not judged`,
  rule: "means over the seeds: RigL is above static masks at both",
  async run(context) {
    const { core, mnist, seeds } = context;
    using _scope = core.scope();
    const [data, test] = [trainingData({ core, mnist }), testData({ core, mnist })];
    const means: Record<string, number>[] = [];
    const series: Series[] = [];
    for (const sparsity of [0.9, 0.98]) {
      const mean: Record<string, number> = { static: 0, rigl: 0, gradual: 0 };
      const points: Series["points"][number][] = [];
      for (const [m, method] of METHODS.entries()) {
        const accuracies: number[] = [];
        for (let seed = 1; seed <= seeds; seed++) {
          using _run = core.scope();
          const net = network(core, LENET, { seed });
          const options = { method, sparsity, seed, iterations: iterationsOf(context), optimizer: adam() };
          await trainSparse(net, data, options);
          accuracies.push(100 * evaluate(net, test).accuracy);
          mean[method] += accuracies[seed - 1] / 100 / seeds;
        }
        points.push([m, 100 * mean[method], Math.min(...accuracies), Math.max(...accuracies)]);
      }
      means.push(mean);
      series.push({ name: `${100 * sparsity} % pruned`, points });
    }
    const shown = means.map((mean) =>
      Object.entries(mean).map(([name, share]) => `${name} ${percent(share)}`),
    );
    return {
      measured: `90 %: ${shown[0].join(", ")}; 98 %: ${shown[1].join(", ")}`,
      holds: means.every((mean) => mean.rigl > mean.static),
      figures: [
        {
          title: "LeNet-300-100 with masks that move and masks that stay",
          x: "method",
          y: "% of the test pictures right",
          categories: METHODS,
          series,
          note: "Mean, least and largest over the seeds.",
        },
      ],
    };
  },
};
