/** The optimal budget: the division of zeros among layers that costs least, by dynamic programming. */
import { type CurveOfLayer, relativeLoss, unitsPruned, zerosByLoss } from "./loss-curves.js";

/** Steps of all layers together that the first look takes; exact for networks of no more weights. */
const STEPS = 4096;
/** Steps that a layer may move either way when they are halved. */
const REACH = 4;

/**
 * Divides zeros among layers so that the sum of their relative losses is least, whatever the curves look like.
 *
 * A dynamic programme over all layers in steps of equal size, at most 4,096 in all, then in steps of half the size
 * around what it found, down to single weights. So it is the optimum for up to 4,096 weights or blocks, and of more the
 * best near the optimum in steps of 1/4,096 to 1/2,048 of the network. Where that is no better than taking what costs
 * least step by step (`zerosByLoss`), it is that.
 *
 * About 10⁷ additions, twice the steps a layer more each time that they are halved.
 * Source: Frantar & Alistarh, "SPDY: Accurate Pruning with Speedup Guarantees", 2022, section 3.2, with weights in
 * place of milliseconds.
 *
 * @param layers  with all their losses; their units are equal
 * @param zeros  over all layers
 * @returns zeros of each layer, those there already included; their sum is `zeros`, rounded up to whole units, or what
 *   is there already
 */
export function optimalZeros(layers: readonly CurveOfLayer[], zeros: number): number[] {
  const unit = layers[0]?.unit ?? 1;
  const units = layers.map(({ weights }) => weights / unit);
  const least = layers.map(unitsPruned);
  const total = Math.max(Math.ceil(zeros / unit), sum(least));
  let step = 1;
  while (sum(units) / step > STEPS) step *= 2;
  let given = least;
  for (let reach = Infinity; step >= 1; step /= 2) {
    const lows = given.map((at, l) => Math.min(reach, Math.floor((at - least[l]) / step)));
    const highs = given.map((at, l) => Math.min(reach, Math.floor((units[l] - at) / step)));
    const firsts = given.map((at, l) => at - lows[l] * step);
    const costs = layers.map((layer, l) =>
      Float64Array.from({ length: lows[l] + highs[l] + 1 }, (_, k) =>
        relativeLoss(layer, unit * (firsts[l] + k * step)),
      ),
    );
    // Layers whose weights are no multiple of the step are filled up when it is smaller.
    const wanted = Math.floor((total - sum(firsts)) / step);
    const moves = leastCost(costs, Math.min(wanted, sum(lows) + sum(highs)));
    given = firsts.map((first, l) => first + moves[l] * step);
    reach = REACH;
  }
  const best = given.map((count) => unit * count);
  const greedy = zerosByLoss(layers, zeros);
  return lossOf(layers, best) <= lossOf(layers, greedy) ? best : greedy;
}

/**
 * One number for each layer, with the given sum and the least cost; ties to the earlier layers.
 *
 * @param costs  of 0, 1, … for each layer
 * @param total  at most what all layers can take
 */
function leastCost(costs: readonly Float64Array[], total: number): number[] {
  let best = new Float64Array(total + 1).fill(Infinity);
  best[0] = 0;
  const choices = costs.map((cost) => {
    const next = new Float64Array(total + 1).fill(Infinity);
    const choice = new Uint32Array(total + 1);
    for (let k = 0; k < cost.length; k++) {
      for (let t = k; t <= total; t++) {
        const candidate = best[t - k] + cost[k];
        if (candidate >= next[t]) continue;
        next[t] = candidate;
        choice[t] = k;
      }
    }
    best = next;
    return choice;
  });
  const chosen = costs.map(() => 0);
  for (let l = costs.length - 1, left = total; l >= 0; left -= chosen[l--]) chosen[l] = choices[l][left];
  return chosen;
}

const lossOf = (layers: readonly CurveOfLayer[], zeros: readonly number[]) =>
  sum(layers.map((layer, l) => relativeLoss(layer, zeros[l])));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
