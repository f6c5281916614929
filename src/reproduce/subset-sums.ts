/** What theorems say of sums: how many random numbers it takes, and which ratio the greedy rule needs. */
import { STREAM } from "../random.js";
import { goldenRatioDecomposition } from "../subset-sum/greedy.js";
import type { Core } from "../tensor/core.js";
import { uniforms } from "../ticket/domain.js";
import { successProbability } from "../ticket/success.js";
import type { Experiment, Series } from "./contract.js";

const COLUMNS = [
  { name: "ε = 0.1", epsilon: 0.1 },
  { name: "0.01", epsilon: 0.01 },
  { name: "0.001", epsilon: 0.001 },
  { name: "0.01 with products", epsilon: 0.01, pool: "product" },
] as const;
const SIZES = [6, 8, 10, 12, 15, 18];
/** Beyond, a trial takes milliseconds. */
const MOST_VALUES = 24;

/** Success against the number of values, and at the number that the bound asks for. */
export const successTable = (trials: number): Experiment => ({
  name: "subset-sum-success",
  paper: "Lueker 1998; Pensia et al. 2020, Optimal Lottery Tickets via SubsetSum",
  result: `share of ${trials} random targets that n uniform numbers reach within ε, n = ${SIZES.join(", ")}`,
  published:
    "n ≥ C log(1 / min(ε, δ)) fails with a chance of at most δ, also for products; their code has C = 3",
  rule: "success rises with n; at the bound at most ε fail, and three standard errors",
  async run({ core }) {
    let holds = true;
    const series: Series[] = [];
    const shown = COLUMNS.map(({ name, ...column }) => {
      const options = { ...column, trials, seed: 7 };
      const shares = SIZES.map((values) => successProbability(core, { ...options, values }));
      const asked = shares[0].bound ?? Number.NaN;
      const values = Math.min(asked, MOST_VALUES);
      const failures = 1 - successProbability(core, { ...options, values }).probability;
      const noise = 3 * Math.sqrt((column.epsilon * (1 - column.epsilon)) / trials);
      const rises = shares.every(({ probability }, i) => i === 0 || probability >= shares[i - 1].probability);
      holds &&= rises && failures <= column.epsilon + noise;
      series.push({
        name,
        points: shares.map(({ probability }, i) => [SIZES[i], 100 * probability] as const),
      });
      const row = shares.map(({ probability }) => probability.toFixed(3)).join(" ");
      const at = values < asked ? `${values}, not even the ${asked} of the bound,` : `the bound's ${asked}`;
      return `${name}: ${row}, at ${at} ${failures.toFixed(4)} fail`;
    });
    const figure = {
      title: "How many random numbers reach a target",
      x: "random numbers",
      y: "% of the targets within ε of a subset sum",
      series,
    };
    return { measured: shown.join("; "), holds, figures: [figure] };
  },
});

const INTERVALS = 20;
const TRIALS = 20_000;

/** The worst remainder of the greedy rule over gᴷ⁻¹: values in each of [gⁱ⁺¹, gⁱ], weights in [0, 1 / g]. */
function worstRemainder(core: Core, g: number): number {
  const uniform = uniforms(core, TRIALS * (INTERVALS + 1), [0, 1], [1, STREAM.trials, 0]);
  const powers = [1];
  for (let i = 0; i < INTERVALS; i++) powers.push(g * powers[i]);
  let worst = 0;
  for (let trial = 0; trial < TRIALS; trial++) {
    const [weight, ...shares] = uniform.subarray(trial * (INTERVALS + 1), (trial + 1) * (INTERVALS + 1));
    // A third anywhere in the intervals, a third at one end or the other, a third all at the same end.
    const share = (i: number) => [shares[i], Math.round(shares[i]), Math.round(shares[0])][trial % 3];
    const values = Array.from(
      { length: INTERVALS },
      (_, i) => powers[i + 1] + share(i) * (powers[i] - powers[i + 1]),
    );
    const wanted = (trial % 5 === 0 ? 1 : weight) / g;
    worst = Math.max(worst, goldenRatioDecomposition(values, wanted).remainder);
  }
  return worst / powers[INTERVALS - 1];
}

/** The golden ratio, 1/φ = 0.618…, is where the greedy rule begins to work. */
export const goldenRatio: Experiment = {
  name: "golden-ratio",
  paper: "Orseau, Hutter & Rivasplata 2020, Logarithmic Pruning is All You Need",
  result: `greedy sums of one value from each of ${INTERVALS} intervals [gⁱ⁺¹, gⁱ]: worst remainder over gᴷ⁻¹`,
  published: "at most 1 for any values, when g ≥ 1/φ = 0.618…",
  rule: "at most 1 for g = 2/3 and 0.62, above 1 for 0.6 and 0.5",
  async run({ core }) {
    const worst = [2 / 3, 0.62, 0.6, 0.5].map((g) => ({ g, ratio: worstRemainder(core, g) }));
    const shown = worst.map(({ g, ratio }) => `g = ${g.toFixed(3)}: ${ratio.toPrecision(4)}`);
    // Sums of numbers near 1 in f64, next to a remainder of 10⁻⁴.
    const isWithin = ({ ratio }: { ratio: number }) => ratio <= 1 + 1e-9;
    return {
      measured: `${shown.join(", ")} (${TRIALS} draws each, ends of the intervals among them)`,
      holds: worst.slice(0, 2).every(isWithin) && !worst.slice(2).some(isWithin),
    };
  },
};
