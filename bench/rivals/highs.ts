/** HiGHS in WebAssembly: subset sums as mixed-integer programs, a few of them. */
import { peer } from "./peer.js";
import { JUDGED, type SubsetProblem } from "./subset-sum.js";

interface Highs {
  solve(model: string): { Columns: Record<string, { Primal: number }> };
}

/** min z over binaries x: |t − Σ a x| ≤ z; with a tolerance instead of z, any point, or the fewest ones. */
function modelOf({ n, pools, targets, objective, tolerance }: SubsetProblem, t: number): string {
  const names = Array.from({ length: n }, (_, i) => `x${i}`);
  const sum = names.map(
    (name, i) => `${pools[t * n + i] < 0 ? "-" : "+"} ${Math.abs(pools[t * n + i])} ${name}`,
  );
  const isNearest = objective === "nearest";
  const goal = { nearest: "z", any: "0 x0", fewest: names.join(" + ") }[objective];
  const [above, below] = isNearest
    ? [targets[t], targets[t]]
    : [targets[t] + tolerance, targets[t] - tolerance];
  return [
    `Minimize\n obj: ${goal}`,
    `Subject To\n high: ${sum.join(" ")} ${isNearest ? "- z " : ""}<= ${above}`,
    ` low: ${sum.join(" ")} ${isNearest ? "+ z " : ""}>= ${below}`,
    `Binary\n ${names.join(" ")}`,
    "End",
  ].join("\n");
}

/** The masks of the first targets. */
export async function subsetSumHighs(problem: SubsetProblem): Promise<() => Uint32Array> {
  const { default: load } = await peer<{ default(): Promise<Highs> }>("highs");
  const highs = await load();
  return () =>
    Uint32Array.from({ length: JUDGED }, (_, t) => {
      const { Columns } = highs.solve(modelOf(problem, t));
      let mask = 0;
      for (let i = 0; i < problem.n; i++) if (Columns[`x${i}`].Primal > 0.5) mask |= 1 << i;
      return mask;
    });
}
