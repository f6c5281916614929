/** The three constructions of strong tickets: what they need, how often they fail, and what they are worth. */
import { network } from "../net/network.js";
import type { Core } from "../tensor/core.js";
import { largest } from "../ticket/block.js";
import { malachBound, orseauBound, pensiaBound } from "../ticket/bounds.js";
import type { TargetLayer } from "../ticket/contract.js";
import { adversarialError } from "../ticket/evaluate.js";
import { compareNeuronSelection } from "../ticket/neurons.js";
import { goldenEdges, orseauBlock, orseauNeurons } from "../ticket/orseau.js";
import { outputDistance, strongTicket, targetLayers } from "../ticket/strong-ticket.js";
import type { Experiment } from "./contract.js";
import { lenet, percent, testAccuracy, testPictures } from "./mnist-nets.js";

const MALACH = "Malach et al. 2020, Proving the Lottery Ticket Hypothesis";
const ORSEAU = "Orseau, Hutter & Rivasplata 2020, Logarithmic Pruning is All You Need";
const PENSIA = "Pensia et al. 2020, Optimal Lottery Tickets via SubsetSum";

/** The neurons that each theorem asks for, next to those that were drawn. */
export const neuronsPerWeight: Experiment = {
  name: "neurons-per-weight",
  paper: ORSEAU,
  result: "LeNet-300-100, each weight within 0.01, δ = 0.01: random neurons a weight, drawn of asked",
  published:
    "a power of 1/ε (Malach), log(1/ε) (Orseau), log(1/ε) with neurons that all outputs share (Pensia)",
  rule: "no weight fails, none draws more than asked, and each theorem asks for less than the one before",
  async run({ core }) {
    using _scope = core.scope();
    const net = lenet(core);
    const layers = targetLayers(net);
    const wMax = Math.max(...layers.map(largest));
    const asked = { sizes: net.sizes, epsilon: 0.01, delta: 0.01, biases: true };
    const bounds = [malachBound(asked), orseauBound({ ...asked, wMax }), pensiaBound(asked)];
    const drawn: number[] = [];
    const kept: number[] = [];
    let failures = 0;
    for (const construction of ["orseau", "subset-sum"] as const) {
      using _ticket = core.scope();
      const ticket = await strongTicket(net, { construction, epsilon: 0.01, seed: 1 });
      drawn.push(ticket.neurons / ticket.targets);
      kept.push(ticket.kept / ticket.targets);
      failures += ticket.failures;
    }
    const [malach, orseau, pensia] = bounds.map((bound) => bound.neuronsPerWeight);
    const pairs = `Malach ${Math.round(malach)} asked`;
    const greedy = `Orseau ${drawn[0].toFixed(1)} of ${orseau.toFixed(1)}, ${kept[0].toFixed(1)} weights kept`;
    const sums = `subset sum ${drawn[1].toFixed(3)} of ${pensia.toFixed(3)}, ${kept[1].toFixed(1)} kept`;
    return {
      measured: `${pairs}; ${greedy}; ${sums}; ${failures} weights failed`,
      holds: failures === 0 && drawn[0] <= orseau && drawn[1] <= pensia && malach > orseau && orseau > pensia,
      tables: [
        {
          title: "Random neurons for each weight of LeNet-300-100, within 0.01",
          head: ["theorem", "asked for", "drawn", "weights kept"],
          rows: [
            ["Malach 2020", Math.round(malach).toLocaleString("en"), "–", "–"],
            ["Orseau 2020", orseau.toFixed(1), drawn[0].toFixed(1), kept[0].toFixed(1)],
            ["Pensia 2020", pensia.toFixed(3), drawn[1].toFixed(3), kept[1].toFixed(1)],
          ],
        },
      ],
    };
  },
};

const DELTA = 0.01;

/** Seeds of which some weight is beyond epsilon, with some share of the pool that the formula asks for. */
async function failingSeeds(core: Core, layers: readonly TargetLayer[], seeds: number, share: number) {
  let failing = 0;
  for (let seed = 0; seed < seeds; seed++) {
    let failures = 0;
    for (const [layer, target] of layers.entries()) {
      const intervals = goldenEdges(largest(target), 0.01).length - 1;
      const asked = orseauNeurons(target.rows * (target.columns + 1), intervals, layers.length, DELTA);
      const options = { epsilon: 0.01, delta: DELTA, layers: layers.length, nonNegative: false, seed, layer };
      const block = await orseauBlock(core, target, { ...options, neurons: Math.ceil(share * asked) });
      failures += block.failures;
    }
    if (failures > 0) failing++;
  }
  return failing;
}

/** How often Orseau's pool is too small. */
export const orseauFailures = (seeds: number): Experiment => ({
  name: "orseau-failures",
  paper: ORSEAU,
  result: `16-8-4 net, weights within 0.01: draws of ${seeds} that fail, with the pool of the formula for δ = ${DELTA}`,
  published: `at most ${DELTA * seeds}`,
  rule: "as published, and a sixteenth of the pool fails more often than not",
  async run({ core }) {
    using _scope = core.scope();
    const layers = targetLayers(network(core, [16, 8, 4], { seed: 3 }));
    const failing: number[] = [];
    const shares = [1, 1 / 4, 1 / 8, 1 / 16];
    for (const share of shares) failing.push(await failingSeeds(core, layers, seeds, share));
    const [all, quarter, eighth, sixteenth] = failing;
    return {
      figures: [
        {
          title: "How often Orseau's pool is too small",
          x: "share of the neurons that the formula asks for",
          y: `% of ${seeds} draws that miss a weight`,
          isXLogarithmic: true,
          series: [
            {
              name: "16-8-4",
              points: shares.map((share, i) => [share, (100 * failing[i]) / seeds] as const),
            },
          ],
        },
      ],
      measured: `${all}; with a quarter of the pool ${quarter}, an eighth ${eighth}, a sixteenth ${sixteenth}`,
      holds: all <= DELTA * seeds && sixteenth > seeds / 2,
    };
  },
});

/** How often Malach's pairs fail, and whether the certificate covers the worst input that can be found. */
export const malachFailures = (seeds: number): Experiment => ({
  name: "malach-failures",
  paper: MALACH,
  result: `3-2-1 nets, weights within 0.1: weights of ${seeds} draws that fail; worst error of a search for it`,
  published: `at most a share of ${DELTA}, the δ of each weight; the error of the network follows from the weights'`,
  rule: "as published, and no error is beyond what is certified",
  async run({ core }) {
    let [failures, weights, pairs, worst, tightest, broken] = [0, 0, 0, 0, 0, 0];
    const domain = { kind: "box", low: -1, high: 1 } as const;
    for (let seed = 0; seed < seeds; seed++) {
      using _scope = core.scope();
      const net = network(core, [3, 2, 1], { init: "glorot-uniform", seed });
      const options = { construction: "malach", epsilon: 0.1, delta: DELTA, domain, seed } as const;
      const { blocks, certificate, ...ticket } = await strongTicket(net, options);
      failures += ticket.failures;
      weights += net.layers.reduce((sum, { kept }) => sum + kept, 0);
      pairs += ticket.neurons;
      const search = { seed, starts: 6, steps: 8 };
      const { maximum } = adversarialError(core, targetLayers(net), blocks, domain, search);
      worst = Math.max(worst, maximum);
      tightest = Math.max(tightest, maximum / certificate.maximum);
      if (maximum > certificate.maximum) broken++;
    }
    const error = `worst error ${worst.toFixed(3)}, at most ${percent(tightest)} % of what is certified`;
    return {
      measured: `${failures} of ${weights} weights, ${Math.round(pairs / weights)} pairs each; ${error}`,
      holds: failures <= DELTA * weights && broken === 0,
    };
  },
});

/** Whole neurons of a random layer against single weights. */
export const neuronSelection: Experiment = {
  name: "neuron-selection",
  paper: MALACH,
  result:
    "one ReLU neuron of 2 and of 8 inputs, weights within 0.1: random neurons needed, kept whole or pruned",
  published: "whole neurons are as strong as random features, which some neurons need exponentially many of",
  rule: "of 8 inputs 28 whole neurons are too few, while by weights it takes at most 6 times as many as of 2",
  async run({ core }) {
    const options = { dimensions: [2, 8], epsilon: 0.1, neurons: 16, trials: 5, seed: 1 };
    const rows = compareNeuronSelection(core, options);
    const [few, many] = rows;
    const shown = rows.map(({ dimension, randomFeatures, structured, structuredDrawn, weightPruning }) => {
      const whole = structured.neededNeurons?.toFixed(1) ?? "more than 28";
      const drawn = `${structuredDrawn / options.neurons} times as many drawn`;
      const single = weightPruning.neededNeurons?.toFixed(1) ?? "more than 28 a weight";
      const features = `error of 16 random features ${randomFeatures.error.toPrecision(2)}`;
      return `${dimension} inputs: whole ${whole} (${drawn}), by weights ${single}, ${features}`;
    });
    return {
      measured: shown.join("; "),
      // Four times the inputs: about four times the neurons by weights, with room for the noise of five trials.
      holds:
        many.structured.neededNeurons === undefined &&
        (many.weightPruning.neededNeurons ?? Infinity) <= 6 * (few.weightPruning.neededNeurons ?? 0) &&
        many.randomFeatures.error > few.randomFeatures.error,
    };
  },
};

/** A trained network as a pruned random one. */
export const lenetTicket: Experiment = {
  name: "strong-lenet",
  paper: PENSIA,
  result:
    "LeNet-300-100 as a pruned random ReLU network, each weight within 0.001: the same answers on test digits",
  published: "a network within ε exists; none was built",
  rule: "no weight fails, 99.9 % the same answers, outputs within what is certified",
  async run(context) {
    const { core } = context;
    using _scope = core.scope();
    const net = lenet(core);
    const started = performance.now();
    const ticket = await strongTicket(net, { epsilon: 0.001, seed: 1, workers: context.workers });
    const { agreement, maximum } = outputDistance(net, ticket.network, testPictures(context));
    const seconds = (performance.now() - started) / 1000;
    const [before, after] = [testAccuracy(context, net), testAccuracy(context, ticket.network)];
    const size = `${ticket.neurons} neurons, ${(ticket.kept / ticket.targets).toFixed(2)} kept a weight`;
    const errors = `weights off by ≤ ${ticket.maxWeightError.toExponential(1)}`;
    const outputs = `outputs by ≤ ${maximum.toExponential(1)} (certified ${ticket.certificate.maximum.toPrecision(2)})`;
    const accuracy = `${percent(before)} % → ${percent(after)} %, ${percent(agreement)} % the same answers`;
    return {
      measured: `${size}; ${errors}, ${outputs}; ${accuracy}`,
      holds: ticket.failures === 0 && agreement >= 0.999 && maximum <= ticket.certificate.maximum,
      secondsOf: { "building and running": Number(seconds.toFixed(1)) },
    };
  },
};
