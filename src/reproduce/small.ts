/** Small networks as the experiments start and judge them. */
import { initialise } from "../net/init.js";
import { type SmallNetwork, type SmallSamples, smallNetwork } from "../net/small-network.js";
import type { Core } from "../tensor/core.js";

/** U(−b, b) with b² = 6 / columns: 1 for rows of six. */
const COLUMNS = 6;

/** A sigmoid network whose parameters are drawn from U(−1, 1). */
export function randomSmallNetwork(core: Core, sizes: readonly number[], seed: number): SmallNetwork {
  const net = smallNetwork(sizes);
  core.scoped(() => {
    const matrix = core.matrix(Math.ceil(net.parameters.length / COLUMNS), COLUMNS);
    initialise(matrix, "kaiming-uniform", seed, 0);
    net.parameters.set(matrix.view().subarray(0, net.parameters.length));
  });
  return net;
}

/** Samples whose one output is on the side of ½ that it should be on. */
export function countRight(net: SmallNetwork, samples: SmallSamples): number {
  let right = 0;
  for (const { trace, target } of net.traces(samples)) {
    const [output] = trace[trace.length - 1];
    if (output > 0.5 === target[0] > 0.5) right++;
  }
  return right;
}
