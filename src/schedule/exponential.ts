/** The exponential schedule: every round keeps the same share of what the round before kept. */
import type { Core } from "../tensor/core.js";

/**
 * How many weights are kept after a round: from · (to / from)^(round / rounds), in whole numbers.
 *
 * Source: Tanaka et al. 2020, "Pruning neural networks without any data", algorithm 1.
 *
 * @param core  whose exp and log are taken, so that every engine counts the same
 * @param from  kept before the first round, an integer
 * @param to  kept after the last, 0 ≤ to ≤ from
 * @param round  from 1
 * @param rounds  how many there are
 * @returns exactly `to` in the last round; with nothing to keep, 0 in all
 */
export function exponentialKept(core: Core, from: number, to: number, round: number, rounds: number): number {
  if (round === rounds || to === 0 || to === from) return to;
  return core.scoped(() => {
    const [ratio, log, exponent] = [8, 8, 4].map((bytes) => core.allocate(bytes));
    core.f64(ratio, 1)[0] = to / from;
    core.kernels.f64_log(1, ratio, log);
    core.f32(exponent, 1)[0] = core.f64(log, 1)[0] * (round / rounds);
    core.kernels.f32_exp(1, exponent, exponent);
    return Math.round(from * core.f32(exponent, 1)[0]);
  });
}
