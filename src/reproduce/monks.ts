/** MONK's problems: Optimal Brain Surgeon leaves a quarter of the weights, and finds the rule behind noisy labels. */
import { levenbergMarquardt } from "../net/levenberg-marquardt.js";
import type { SmallNetwork } from "../net/small-network.js";
import { deleteOneByOne } from "../prune/obs.js";
import type { Context, Experiment, Figure, Outcome } from "./contract.js";
import { attributesOf, INPUTS, MONKS, type Monk, monkSamples } from "./monks-data.js";
import { countRight, randomSmallNetwork } from "./small.js";

const SEEDS = 8;
const QUICK_SEEDS = 4;
const STEPS = 200;

interface Setting {
  readonly hidden: number;
  /** Of the training: on the mean of ½ (output − target)². */
  readonly decay: number;
  /** Right answers of 124, 169 or 122, and of 432, that a pruned network has to keep. */
  readonly train: number;
  readonly test: number;
  /** Weights of the paper. */
  readonly weights: number;
}

const SETTINGS: Setting[] = [
  { hidden: 3, decay: 5e-4, train: 124, test: 432, weights: 14 },
  { hidden: 2, decay: 1e-3, train: 169, test: 432, weights: 15 },
  { hidden: 2, decay: 1e-2, train: 114, test: 420, weights: 4 },
];

/** What is left of a network, and how it answers on the way. */
interface Smallest {
  readonly start: number;
  readonly kept: number;
  readonly net: SmallNetwork;
  /** Weights left, with the right answers on the training samples and on all points. */
  readonly chain: readonly (readonly [kept: number, train: number, test: number])[];
}

/** The smallest network that keeps its answers, of all seeds, by one chain of deletions without training between. */
async function smallest({ core, isQuick }: Context, monk: Monk, setting: Setting): Promise<Smallest> {
  const { train, test } = monkSamples(monk);
  let best: Smallest | undefined;
  for (let seed = 0; seed < (isQuick ? QUICK_SEEDS : SEEDS); seed++) {
    const net = randomSmallNetwork(core, [INPUTS, setting.hidden, 1], seed);
    levenbergMarquardt(net, train, { decay: setting.decay, steps: STEPS });
    const start = net.kept;
    const chain: [number, number, number][] = [];
    const look = () => {
      const right = [countRight(net, train), countRight(net, test)] as const;
      chain.push([net.kept, ...right]);
      const isRight = right[0] >= setting.train && right[1] >= setting.test;
      if (isRight && net.kept < (best?.kept ?? Infinity))
        best = { start, kept: net.kept, net: copyOf(core, net), chain };
      return true;
    };
    await deleteOneByOne(net, train, { rule: "obs", look });
  }
  if (!best) throw new Error(`expected a network for ${monk.name} that keeps its answers, got none`);
  return best;
}

function copyOf(core: Context["core"], net: SmallNetwork): SmallNetwork {
  const copy = randomSmallNetwork(core, net.sizes, 0);
  copy.parameters.set(net.parameters);
  copy.mask.set(net.mask);
  return copy;
}

/** Whether the network answers as the rule a5 ≠ 4 and a2 ≠ 3 on all points. */
function isTheRule(net: SmallNetwork, monk: Monk): boolean {
  let point = 0;
  for (const { trace } of net.traces(monkSamples(monk).test)) {
    const [, a2, , , a5] = attributesOf(point++);
    if (trace[trace.length - 1][0] > 0.5 !== (a5 !== 4 && a2 !== 3)) return false;
  }
  return true;
}

function figureOf(monk: Monk, setting: Setting, chain: Smallest["chain"]): Figure {
  const trained = monkSamples(monk).train.targets.length;
  const answers = (which: 1 | 2, of: number) =>
    chain.map((row) => [row[0], (100 * row[which]) / of] as const);
  return {
    title: `${monk.name}: answers of the best network while weights go one by one`,
    x: "weights left",
    y: "% of the answers right",
    rules: [{ x: setting.weights, name: "paper" }],
    series: [
      { name: "training samples", points: answers(1, trained) },
      { name: "all 432 points", points: answers(2, 432) },
    ],
  };
}

/** One for each problem. */
export const monks: readonly Experiment[] = MONKS.map((monk, m) => {
  const setting = SETTINGS[m];
  const parameters = setting.hidden * (INPUTS + 2) + 1;
  return {
    name: `obs-${monk.name.toLowerCase()}`,
    paper: "Hassibi & Stork 1993, Optimal Brain Surgeon",
    result: `${monk.name}: weights left with the same answers, without retraining`,
    published: `${parameters} → ${setting.weights}`,
    differs: `the best of ${SEEDS} nets, ${QUICK_SEEDS} with --quick`,
    rule: `at most one weight more is left${m < 2 ? "" : ", and they are the rule a5 ≠ 4 and a2 ≠ 3"}`,
    async run(context): Promise<Outcome> {
      const { start, kept, net, chain } = await smallest(context, monk, setting);
      const { train, test } = monkSamples(monk);
      const answers = `${countRight(net, train)}/${train.targets.length}, ${countRight(net, test)}/432`;
      const isRule = m < 2 || isTheRule(net, monk);
      const which = m < 2 ? "" : isRule ? "; it is the rule a5 ≠ 4 and a2 ≠ 3" : "; it is another rule";
      return {
        measured: `${start} → ${kept} (${answers})${which}`,
        holds: kept <= setting.weights + 1 && isRule,
        figures: [figureOf(monk, setting, chain)],
      };
    },
  };
});
