/** How well a network does on a data set. */

import { checkInstance, checkObject } from "../check.js";
import { describe } from "../describe.js";
import { ArgumentTypeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../linalg/panels.js";
import { Core } from "../tensor/core.js";
import { checkData, type Dataset } from "./dataset.js";

/** Samples handled at a time: panels of all layers of LeNet-300-100 then stay in a 2 MiB cache. */
const CHUNK = 256;

/** What can be evaluated: a network of any kind. */
export interface Runnable {
  /** In whose memory it is. */
  readonly core: Core;
  /** Numbers of a sample: at the input, …, classes. */
  readonly sizes: readonly number[];

  /**
   * The outputs for activations in panels; they live until the innermost open scope ends.
   *
   * @param batch  samples
   * @param x  address of inputs × batch
   * @param scratch  GEMM_SCRATCH_BYTES
   * @returns address of outputs × batch
   */
  forwardPanels(batch: number, x: number, scratch: number): number;
}

/** @returns `net`, of any kind that runs. @throws {ArgumentTypeError} */
export function checkNetwork<T extends Pick<Runnable, "core" | "sizes">>(name: string, net: T): T {
  checkInstance(`${name}.core`, checkObject(name, net).core, Core);
  if (Array.isArray(net.sizes) && typeof (net as Partial<Runnable>).forwardPanels === "function") return net;
  throw new ArgumentTypeError(`"${name}" expected a network, got ${describe(net)}`);
}

/** Loss and accuracy over a data set. */
export interface Score {
  /** Mean softmax cross-entropy, in nats. */
  readonly loss: number;
  /** Share of the samples whose largest logit is their label's; ties count for the lower class. */
  readonly accuracy: number;
}

/**
 * Runs a network over all samples of a data set.
 *
 * @param net  in the core of the data
 * @param data  at least one sample
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when they are none or do not fit each other
 */
export function evaluate(net: Runnable, data: Dataset): Score {
  const { core } = checkNetwork("net", net);
  checkData("data", data, net);
  let loss = 0;
  let correct = 0;
  core.scoped(() => {
    const x = core.allocate(panelsBytes(data.features, CHUNK));
    const labels = core.allocate(4 * CHUNK);
    const indices = core.allocate(4 * CHUNK);
    const scratch = core.allocate(GEMM_SCRATCH_BYTES);
    for (let first = 0; first < data.count; first += CHUNK) {
      const batch = Math.min(CHUNK, data.count - first);
      core.u32(indices, batch).forEach((_, i, all) => {
        all[i] = first + i;
      });
      core.scoped(() => {
        data.gatherInto(batch, indices, x, labels);
        const logits = net.forwardPanels(batch, x, scratch);
        loss += core.kernels.f32_softmax_cross_entropy(data.classes, batch, logits, labels, 1, 0);
        correct += core.kernels.f32_count_correct(data.classes, batch, logits, labels);
      });
    }
  });
  return { loss: loss / data.count, accuracy: correct / data.count };
}
