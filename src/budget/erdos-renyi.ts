/** The Erdős–Rényi budget: layers keep weights by the sum of their sides, not by the product. */

/** Outputs × inputs of a layer. */
export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/**
 * Divides zeros among layers so that densities go as (rows + columns) / (rows · columns); a layer whose density would
 * be above 1 stays dense, and the others share what it leaves.
 *
 * Source: Mocanu et al. 2018 (SET); Evci et al. 2020 (RigL), section 3.
 *
 * @param layers  their shapes
 * @param zeros  over all layers, from 0 to all weights
 * @returns zeros of each layer; their sum is exactly `zeros`
 */
export function erdosRenyi(layers: readonly Shape[], zeros: number): number[] {
  const sizes = layers.map(({ rows, columns }) => rows * columns);
  const sides = layers.map(({ rows, columns }) => rows + columns);
  const isDense = layers.map(() => false);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const open = (values: readonly number[]) => values.filter((_, l) => !isDense[l]);
  const toKeep = sum(sizes) - zeros;
  let keptPerSide = 0;
  for (let changed = true; changed; ) {
    const left = toKeep - sum(sizes.filter((_, l) => isDense[l]));
    keptPerSide = left / (sum(open(sides)) || 1);
    changed = false;
    for (const [l, size] of sizes.entries()) {
      if (isDense[l] || keptPerSide * sides[l] < size) continue;
      isDense[l] = true;
      changed = true;
    }
  }
  return roundToSum(
    sizes.map((size, l) => (isDense[l] ? 0 : size - keptPerSide * sides[l])),
    zeros,
  );
}

/** Whole numbers next to the given ones with the given sum: those with the largest remainders go up, ties first. */
function roundToSum(values: readonly number[], total: number): number[] {
  const whole = values.map(Math.floor);
  const order = [...values.keys()].sort((a, b) => values[b] - whole[b] - (values[a] - whole[a]) || a - b);
  const missing = total - whole.reduce((sum, value) => sum + value, 0);
  for (const l of order.slice(0, missing)) whole[l]++;
  return whole;
}
