/** The published experiment on subset sums at full size: 397,000 weights, each a sum of some of 21 random numbers. */
import { STREAM } from "../random.js";
import type { Objective } from "../subset-sum/contract.js";
import { subsetSum } from "../subset-sum/subset-sums.js";
import type { Core } from "../tensor/core.js";
import type { TargetLayer } from "../ticket/contract.js";
import { uniforms } from "../ticket/domain.js";
import { outputDistance, strongTicket, targetLayers } from "../ticket/strong-ticket.js";
import type { Experiment, Table } from "./contract.js";
import { percent, testAccuracy, testPictures } from "./mnist-nets.js";

const WEIGHTS = 397_000;
const VALUES = 21;
/** Share of the weights that may have no sum within 0.01: one pool in a million has the signs all alike. */
const MOST_MISSED = 1e-5;
const EPSILON = 0.01;
const SEED = 5;
const OBJECTIVES: readonly Objective[] = ["nearest", "any", "fewest"];
const paper = "Pensia et al. 2020, Optimal Lottery Tickets via SubsetSum";
const published =
  "77,266 s on 36 cores (Gurobi); 9.39 kept a weight, all within 0.01; 97.19 % before and after";

/** What was found for the weights of all layers. */
interface Found {
  readonly sums: Float32Array[];
  readonly kept: number;
  readonly mean: number;
  readonly most: number;
  /** Weights without a sum within epsilon. */
  readonly missed: number;
  readonly seconds: number;
}

/** Searches all weights, one pool of 21 numbers for each row of a layer, or for each weight. */
function search(core: Core, layers: readonly TargetLayer[], how: Search): Found {
  const { objective, isShared, range } = how;
  const tolerance = objective === "nearest" ? {} : { tolerance: EPSILON };
  const options = { objective, ...tolerance, pools: isShared ? "shared" : "own" } as const;
  let [count, kept, total, most, missed, seconds] = [0, 0, 0, 0, 0, 0];
  const sums = layers.map(({ rows, columns, weights }, l) => {
    const parts = isShared ? rows : 1;
    const [some, values] = [weights.length / parts, VALUES * (isShared ? 1 : rows * columns)];
    const pools = uniforms(core, parts * values, range, [SEED, STREAM.trials, l]);
    const ofLayer = new Float32Array(weights.length);
    for (let part = 0; part < parts; part++) {
      const targets = weights.subarray(part * some, (part + 1) * some);
      const started = performance.now();
      const found = subsetSum(core, pools.subarray(part * values, (part + 1) * values), targets, options);
      seconds += (performance.now() - started) / 1000;
      ofLayer.set(found.sums, part * some);
      kept += found.kept;
      targets.forEach((weight, t) => {
        // The sum of a weight that has none is 0.
        const error = Math.abs(weight - found.sums[t]);
        total += error;
        most = Math.max(most, error);
        if (error > EPSILON) missed++;
      });
    }
    count += weights.length;
    return ofLayer;
  });
  return { sums, kept: kept / count, mean: total / count, most, missed, seconds };
}

interface Search {
  readonly objective: Objective;
  readonly isShared: boolean;
  readonly range: readonly [number, number];
}

function rangeOf(layers: readonly TargetLayer[]): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { weights } of layers) {
    for (const weight of weights) [low, high] = [Math.min(low, weight), Math.max(high, weight)];
  }
  return [low, high];
}

const rounded = (seconds: number) => Number(seconds.toFixed(2));

/** What the three ways of choosing a subset cost and give. */
function tableOf(pools: string, rows: readonly (Found & { objective: Objective; after: number })[]): Table {
  return {
    title: `Sums for 397,000 weights, ${pools}`,
    head: ["subset", "kept a weight", "mean error", "largest error", "beyond 0.01", "test accuracy"],
    rows: rows.map(({ objective, kept, mean, most, missed, after }) => [
      ...[objective, kept.toFixed(2), mean.toExponential(1), most.toExponential(1), missed],
      `${percent(after)} %`,
    ]),
  };
}

function experiment(name: string, pools: string, isShared: boolean): Experiment {
  return {
    name,
    shares: "bias-free",
    paper,
    result: `397,000 weights of a 784-500-10 net as sums of 21 uniform numbers, ${pools}, one core`,
    published,
    rule: "as many right to 0.5 point (nearest: 0.05), a fifth of nearest's weights at fewest, hardly any beyond 0.01",
    async run(context) {
      const { core } = context;
      using _scope = core.scope();
      const net = await context.withoutBiases();
      const layers = targetLayers(net);
      const before = testAccuracy(context, net);
      const range = rangeOf(layers);
      const rows = OBJECTIVES.map((objective) => {
        const found = search(core, layers, { objective, isShared, range });
        net.load(found.sums.flatMap((sums, l) => [sums, layers[l].bias]));
        return { ...found, objective, after: testAccuracy(context, net) };
      });
      const shown = rows.map(({ objective, kept, mean, most, missed, after }) => {
        const errors = `off by ${mean.toExponential(1)}, at most ${most.toExponential(1)}`;
        const beyond = missed > 0 ? ` (${missed} by more than ${EPSILON})` : "";
        return `${objective}: ${kept.toFixed(2)} kept a weight, ${errors}${beyond}, ${percent(after)} %`;
      });
      const [nearest, , fewest] = rows;
      // Sums that are off by a millionth change hardly an answer, those that are off by up to 0.01 a few.
      const isAsGood = rows.every(
        ({ after, missed }) => after >= before - 0.005 && missed <= MOST_MISSED * WEIGHTS,
      );
      return {
        measured: `${percent(before)} % before; ${shown.join("; ")}`,
        holds: isAsGood && nearest.after >= before - 0.0005 && fewest.kept < nearest.kept / 5,
        tables: [tableOf(pools, rows)],
        secondsOf: Object.fromEntries(rows.map(({ objective, seconds }) => [objective, rounded(seconds)])),
      };
    },
  };
}

export const ownPools = experiment("subset-sum-own-pools", "a pool for each weight", false);
/** As the authors' code draws them, although its comment says a pool for each weight. */
export const rowPools = experiment("subset-sum-row-pools", "a pool for each row", true);

/** What the paper's experiment leaves out: the random ReLU network itself. */
export const builtNetwork: Experiment = {
  name: "subset-sum-built",
  shares: "bias-free",
  paper,
  result: "the same net as a pruned random ReLU network, really built: fewest kept, each weight within 0.01",
  published: "not built; the matrices replaced by their sums: 97.19 % before and after",
  rule: "no weight fails, outputs are within what is certified, at most 0.5 point fewer are right",
  async run(context) {
    const { core } = context;
    using _scope = core.scope();
    const net = await context.withoutBiases();
    const started = performance.now();
    const ticket = await strongTicket(net, { epsilon: EPSILON, objective: "fewest", seed: SEED, workers: 0 });
    const seconds = (performance.now() - started) / 1000;
    const { agreement, maximum } = outputDistance(net, ticket.network, testPictures(context));
    const [before, after] = [testAccuracy(context, net), testAccuracy(context, ticket.network)];
    const kept = `${(ticket.kept / WEIGHTS).toFixed(2)} kept a weight in both layers`;
    const errors = `weights off by ≤ ${ticket.maxWeightError.toExponential(1)}, ${ticket.failures} failed`;
    const outputs = `outputs by ≤ ${maximum.toFixed(2)} (certified ${ticket.certificate.maximum.toFixed(1)})`;
    const accuracy = `${percent(before)} % → ${percent(after)} %, ${percent(agreement)} % the same answers`;
    return {
      measured: `${ticket.neurons} neurons, ${kept}; ${errors}, ${outputs}; ${accuracy}`,
      holds: ticket.failures === 0 && maximum <= ticket.certificate.maximum && after >= before - 0.005,
      secondsOf: { building: rounded(seconds) },
    };
  },
};
