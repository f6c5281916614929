/** The cosine schedule: from 1 to 0, slow at both ends. */

/** Coefficients of cos t by t², up to t²⁰: at t ≤ π/2 what is left out is below 3e-17. */
const TERMS = 10;

/**
 * (1 + cos(π · step / steps)) / 2, by additions and multiplications alone, so that every engine gets the same bits.
 *
 * Source: Loshchilov & Hutter 2017, "SGDR", equation 5; as the share of weights that move, Evci et al. 2020, "RigL".
 *
 * @param step  from 0 to steps
 * @param steps  > 0
 * @returns 1 at step 0, exactly 0 at the last
 */
export function cosineDecay(step: number, steps: number): number {
  const turn = step / steps;
  const isSecondHalf = turn > 0.5;
  const t = Math.PI * (isSecondHalf ? 1 - turn : turn);
  let series = 1;
  for (let k = TERMS; k > 0; k--) series = 1 - ((t * t) / (2 * k * (2 * k - 1))) * series;
  return (isSecondHalf ? 1 - series : 1 + series) / 2;
}
