/** The cubic schedule of gradual pruning: fast while there is much to prune, slow at the end. */

/**
 * How many weights are kept after a round: to + (from − to) · (1 − round / rounds)³, in whole numbers.
 *
 * Source: Zhu & Gupta 2017, "To prune, or not to prune", equation 1.
 *
 * @param from  kept before the first round, an integer
 * @param to  kept after the last, 0 ≤ to ≤ from
 * @param round  from 0 to rounds
 * @param rounds  how many there are, ≥ 1
 * @returns exactly `to` in the last round
 */
export function cubicKept(from: number, to: number, round: number, rounds: number): number {
  const left = 1 - round / rounds;
  return to + Math.round((from - to) * left * left * left);
}
