/** Targets with pools of their own, uniform from −1 to 1, as the kernels for many targets take them. */
import type { Argument } from "../../test/harness/host.js";
import type { Random } from "../../test/harness/random.js";

/** Arguments up to the outputs; `options` stand between the targets and them. */
export function poolsOf(random: Random, n: number, count: number, ...options: number[]): Argument[] {
  const pools = Float64Array.from(random.uniform(n * count));
  const targets = Float64Array.from(random.uniform(count, -0.5, 0.5));
  return [count, n, pools, n, targets, ...options, new Uint32Array(count), new Float64Array(count)];
}
