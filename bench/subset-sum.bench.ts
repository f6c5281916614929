/** Subset sums of 1,000 targets with pools of their own, masks recovered, in one thread. */
import { openSync } from "../src/open.js";
import { subsetSum } from "../src/subset-sum/subset-sums.js";
import { assertAccepted, binaries, type Variant } from "./binaries.js";
import { bench } from "./harness.js";
import type { Prepared } from "./measure.js";
import { subsetSumHighs } from "./rivals/highs.js";
import { subsetSumJs } from "./rivals/js-subset-sum.js";
import { tunedSubsetSum } from "./rivals/js-tuned-subset-sum.js";
import {
  JUDGED, judge, type Objective, RESIDUAL_BOUND, type SubsetProblem, subsetProblem,
} from "./rivals/subset-sum.js";

function ours(variant: Variant, problem: SubsetProblem): Prepared {
  assertAccepted(binaries[variant].bytes);
  const { pools, targets, objective, tolerance } = problem;
  const core = openSync({ variant });
  const options = { objective, pools: "own", ...(objective === "nearest" ? {} : { tolerance }) } as const;
  let masks: Uint32Array = new Uint32Array(0);
  return {
    run: () => {
      masks = subsetSum(core, pools, targets, options).masks;
    },
    output: () => judge(problem, masks),
    close: () => core.dispose(),
  };
}

function prepared(problem: SubsetProblem, solve: () => Uint32Array, scale?: number): Prepared {
  let masks: Uint32Array = new Uint32Array(0);
  return {
    run: () => {
      masks = solve();
    },
    output: () => judge(problem, masks),
    scale,
  };
}

for (const [objective, n, tolerance, count] of [
  ["nearest", 8, 0, 20],
  ["nearest", 16, 0, 1000],
  ["nearest", 21, 0, 1000],
  ["any", 21, 0.01, 1000],
  ["fewest", 21, 0.01, 1000],
] as [Objective, number, number, number][]) {
  let made: SubsetProblem | undefined;
  const problem = () => (made ??= subsetProblem(objective, n, tolerance, count));
  bench({
    suite: "subset-sum",
    name: `${objective} n=${n}${tolerance ? ` e=${tolerance}` : ""}`,
    quick: n === 8,
    expected: () => ({
      values: judge(problem(), subsetSumJs({ ...problem(), count: JUDGED })),
      bound: () => (objective === "nearest" ? RESIDUAL_BOUND : 0),
    }),
    implementations: {
      simd: () => ours("simd", problem()),
      js: () => prepared(problem(), () => subsetSumJs(problem())),
      "js-tuned": () => prepared(problem(), tunedSubsetSum(problem())),
      highs: async () => prepared(problem(), await subsetSumHighs(problem()), count / JUDGED),
    },
  });
}
