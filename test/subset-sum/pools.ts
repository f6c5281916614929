/** Pools and targets of all kinds, for the kernels that search for many targets. */
import type { Argument } from "../harness/host.js";
import type { Random } from "../harness/random.js";

/** Kinds of pools: n values each; `draw` gives a number from −1 to 1. */
export const KINDS: Record<string, (n: number, draw: () => number) => number[]> = {
  uniform: (n, draw) => Array.from({ length: n }, draw),
  positive: (n, draw) => Array.from({ length: n }, () => Math.abs(draw())),
  negative: (n, draw) => Array.from({ length: n }, () => -Math.abs(draw())),
  integers: (n, draw) => Array.from({ length: n }, () => Math.round(1000 * draw())),
  products: (n, draw) => Array.from({ length: n }, () => draw() * draw()),
  "with twins": (n, draw) => {
    const values = Array.from({ length: n }, draw);
    return values.map((value, i) => (i % 5 === 4 ? values[i - 1] : value));
  },
  "with zeros": (n, draw) => Array.from({ length: n }, (_, i) => (i % 4 === 1 ? 0 : draw())),
  huge: (n, draw) => Array.from({ length: n }, () => 1e300 * draw()),
  tiny: (n, draw) => Array.from({ length: n }, () => 1e-290 * draw()),
  "of many sizes": (n, draw) => Array.from({ length: n }, (_, i) => 4 ** -(i % 9) * draw()),
};

/** One pool and a target for each kind, or one pool for all targets. */
export function poolArguments(random: Random, n: number, isShared = false): Argument[] {
  const draw = () => random.uniform(1)[0];
  const kinds = Object.values(KINDS);
  const count = kinds.length * 3;
  const pools = Array.from({ length: isShared ? 1 : count }, (_, t) => kinds[t % kinds.length](n, draw));
  const targets = Array.from({ length: count }, (_, t) => {
    const pool = pools[isShared ? 0 : t];
    const sum = pool.reduce((total, value) => total + value, 0);
    const reach = pool.reduce((total, value) => total + Math.abs(value), 0);
    // In the middle of the sums, at one of them, beyond all of them.
    if (t % 3 === 0) return sum / 2 + (reach / 8) * draw();
    if (t % 3 === 1) return pool.reduce((total, value, i) => total + (i % 2 ? value : 0), 0);
    return 1.5 * reach * draw();
  });
  return [count, n, Float64Array.from(pools.flat()), isShared ? 0 : n, Float64Array.from(targets)];
}

export const outputs = (count: number): Argument[] => [
  new Uint32Array(count).fill(7),
  new Float64Array(count).fill(Number.NaN),
];
