/** SynFlow: scores that each layer and each neuron hands on in full, and that empty no layer. */
import { network } from "../net/network.js";
import { byCriterion } from "../prune/by-criterion.js";
import type { Criterion } from "../saliency/contract.js";
import { CRITERIA } from "../saliency/index.js";
import { layerStatistics } from "../saliency/layer-statistics.js";
import type { Core } from "../tensor/core.js";
import type { Context, Experiment } from "./contract.js";

const paper = "Tanaka et al. 2020, Pruning neural networks without any data";

/** Scores of all layers, rows × columns each. */
async function scoresOf(core: Core, sizes: readonly number[]): Promise<Float32Array[]> {
  const net = network(core, sizes, { seed: 1 });
  const layers = net.layers.map((_, l) => l);
  const statistics = await layerStatistics(net, layers, ["pathGradients"], undefined, async () => {});
  return net.layers.map(({ weights }, index) => {
    const out = core.matrix(weights.rows, weights.columns);
    CRITERIA.synflow.score({ weights, index, seed: 0, ...statistics[index] }, out);
    return out.toArray();
  });
}

/** Sums over rows (what goes into each neuron) or columns (what goes out of each). */
function sums(scores: Float32Array, columns: number, by: "row" | "column"): Float64Array {
  const totals = new Float64Array(by === "row" ? scores.length / columns : columns);
  scores.forEach((score, i) => {
    totals[by === "row" ? Math.floor(i / columns) : i % columns] += score;
  });
  return totals;
}

/** What flows into a neuron flows out of it. */
export const conservation: Experiment = {
  name: "synflow-conservation",
  paper,
  result:
    "784-300-100-10: sum of the scores of each layer over that of all paths; into and out of each neuron",
  published: "all equal (theorems 1 and 2)",
  rule: "equal to 1e-5",
  async run({ core }) {
    using _scope = core.scope();
    const sizes = [784, 300, 100, 10];
    const scores = await scoresOf(core, sizes);
    const totals = scores.map((layer) => layer.reduce((sum, score) => sum + score, 0));
    let worst = 0;
    for (let l = 1; l < scores.length; l++) {
      const [into, outOf] = [sums(scores[l - 1], sizes[l - 1], "row"), sums(scores[l], sizes[l], "column")];
      into.forEach((sum, neuron) => {
        // A neuron without a flow has 0 on both sides.
        worst = Math.max(worst, Math.abs(sum - outOf[neuron]) / (sum || 1));
      });
    }
    const shown = totals.map((total) => total.toFixed(6)).join(", ");
    return {
      measured: `layers ${shown}; neurons off by at most ${worst.toExponential(1)}`,
      holds: totals.every((total) => Math.abs(total - 1) < 1e-5) && worst < 1e-5,
    };
  },
};

const DEEP = [40, 60, 60, 60, 60, 60, 10];
const RULES: readonly Criterion[] = [
  CRITERIA.synflow,
  { ...CRITERIA.synflow, name: "synflow in one round", rounds: 1 },
  CRITERIA.random,
  CRITERIA.magnitude,
];
const SPARSITIES = [0.9, 0.97, 0.99, 0.997, 0.999];

/** Weights of the emptiest layer. */
async function leastKept(
  { core }: Pick<Context, "core">,
  criterion: Criterion,
  sparsity: number,
): Promise<number> {
  using _scope = core.scope();
  const net = network(core, DEEP, { seed: 1 });
  const weights = net.layers.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0);
  await byCriterion({ ...criterion, comparable: true }).solve(
    net,
    undefined,
    Math.round(sparsity * weights),
    {},
  );
  return Math.min(...net.layers.map(({ kept }) => kept));
}

/** Scores that are conserved, in many rounds, never cut a network in two. */
export const layerCollapse: Experiment = {
  name: "synflow-collapse",
  paper,
  result: `a net of ${DEEP.length - 1} layers, scores of all layers ranked together: weights of the emptiest layer`,
  published: "SynFlow in rounds leaves no layer empty as long as any path can be left (theorem 3); others do",
  rule: "in rounds no layer is empty, in one round some is",
  async run(context) {
    const rows: number[][] = [];
    for (const rule of RULES) {
      const ofRule: number[] = [];
      for (const sparsity of SPARSITIES) ofRule.push(await leastKept(context, rule, sparsity));
      rows.push(ofRule);
    }
    const [rounds, once] = rows;
    return {
      measured: RULES.map(({ name }, r) => `${name} ${rows[r].join(" ")}`).join("; "),
      holds: rounds.every((kept) => kept > 0) && once.some((kept) => kept === 0),
      tables: [
        {
          title: `Weights of the emptiest layer of ${DEEP.join("-")}`,
          head: ["pruned", ...SPARSITIES.map((sparsity) => `${Number((100 * sparsity).toFixed(1))} %`)],
          rows: RULES.map(({ name }, r) => [name, ...rows[r]]),
        },
      ],
    };
  },
};
