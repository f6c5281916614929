/** The cosine schedule: from 1 to 0, slowly at both ends. */

/** (−1)ᵏ / (2k)!, highest first: at π / 2 the next one is below a rounding of 1. */
const SERIES = Array.from({ length: 12 }, (_, i) => {
  let coefficient = 1;
  for (let j = 1; j <= 2 * (11 - i); j++) coefficient /= j;
  return i % 2 === 0 ? -coefficient : coefficient;
});

/**
 * ½ (1 + cos(π · step / steps)), summed in one written order: the same bits on every engine.
 *
 * Source: Loshchilov & Hutter 2017, "SGDR", equation 5, without restarts.
 *
 * @param step  0 ≤ step ≤ steps
 * @param steps  > 0
 * @returns 1 at the start, ½ in the middle, 0 at the end
 */
export function cosineDecay(step: number, steps: number): number {
  const isLate = 2 * step > steps;
  const turn = Math.PI * ((isLate ? steps - step : step) / steps);
  const square = turn * turn;
  const cosine = SERIES.reduce((sum, coefficient) => sum * square + coefficient, 0);
  return isLate ? 0.5 - 0.5 * cosine : 0.5 + 0.5 * cosine;
}
