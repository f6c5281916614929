/** XOR and XNOR: of the rules, only Optimal Brain Surgeon keeps deleting the right weights. */
import { levenbergMarquardt } from "../net/levenberg-marquardt.js";
import type { SmallSamples } from "../net/small-network.js";
import { type DeletionRule, deleteOneByOne } from "../prune/obs.js";
import type { Context, Experiment } from "./contract.js";
import { countRight, randomSmallNetwork } from "./small.js";

const SEEDS = 20;
const RULES: readonly DeletionRule[] = ["obs", "obd", "magnitude"];
const inputs = Float64Array.of(0, 0, 0, 1, 1, 0, 1, 1);

/** The weights left when the next deletion spoils an answer, for each seed that learns the function. */
async function weightsLeft({ core }: Context, samples: SmallSamples, rule: DeletionRule): Promise<number[]> {
  const left: number[] = [];
  for (let seed = 0; seed < SEEDS; seed++) {
    const net = randomSmallNetwork(core, [2, 3, 1], seed);
    levenbergMarquardt(net, samples, { decay: 1e-4, steps: 300 });
    if (countRight(net, samples) < 4) continue;
    let kept = net.kept;
    const look = () => {
      const isRight = countRight(net, samples) === 4;
      if (isRight) kept = net.kept;
      return isRight;
    };
    await deleteOneByOne(net, samples, { rule, look });
    left.push(kept);
  }
  return left.sort((a, b) => a - b);
}

const experiment = (name: string, targets: Float64Array): Experiment => ({
  name: `obs-${name.toLowerCase()}`,
  paper: "Hassibi & Stork 1993, Optimal Brain Surgeon",
  result: `${name}: weights of 13 left before the first wrong answer, without retraining`,
  rule: "the median of OBS is below those of OBD and magnitude",
  published: "only OBS always deletes the right weights",
  async run(context) {
    const medians = new Map<DeletionRule, number>();
    let seeds = 0;
    for (const rule of RULES) {
      const left = await weightsLeft(context, { inputs, targets }, rule);
      medians.set(rule, left[left.length >> 1]);
      seeds = left.length;
    }
    const [obs, obd, magnitude] = RULES.map((rule) => medians.get(rule) ?? Number.NaN);
    const measured = `median of ${seeds} nets: OBS ${obs}, OBD ${obd}, magnitude ${magnitude}`;
    return { measured, holds: obs < obd && obs < magnitude };
  },
});

export const xor = experiment("XOR", Float64Array.of(0, 1, 1, 0));
export const xnor = experiment("XNOR", Float64Array.of(1, 0, 0, 1));
