/** What a layer of a network sees of samples: activations, or the patches of a convolution. */
import { CHUNK } from "../linalg/hessian.js";
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../linalg/panels.js";
import { ConvStage } from "./conv-stage.js";
import type { Dataset } from "./dataset.js";
import type { Network } from "./network.js";

/** Patches of a convolution that are looked at, about: more tell little more, and a few pictures have millions. */
const PATCHES = 65_536;

/** Takes how many inputs there are, at most CHUNK, and their address in panels. */
type Visit = (count: number, x: number) => void;

/**
 * Runs the network up to a layer, a chunk of samples at a time. A convolution sees one patch for each place of its
 * window; of more than 65,536 about so many are taken, evenly over samples and places.
 *
 * @param net  as it is now, masks and all
 * @param l  the layer, from 0, whose inputs are wanted
 * @param data  samples in the network's core
 * @param visit  for each chunk of inputs
 */
export function forEachInput(net: Network, l: number, data: Dataset, visit: Visit): void {
  const { core, stages, layers } = net;
  const end = stages.findIndex(({ layer }) => layer === layers[l]);
  const stage = stages[end];
  core.scoped(() => {
    const x = core.allocate(panelsBytes(data.features, CHUNK));
    const [indices, labels] = [core.allocate(4 * CHUNK), core.allocate(4 * CHUNK)];
    const scratch = core.allocate(GEMM_SCRATCH_BYTES);
    const patches = stage instanceof ConvStage ? new Patches(net, stage, data.count) : undefined;
    for (let first = 0; first < data.count; first += CHUNK) {
      const batch = Math.min(CHUNK, data.count - first);
      core.u32(indices, batch).set(Uint32Array.from({ length: batch }, (_, i) => first + i));
      data.gatherInto(batch, indices, x, labels);
      core.scoped(() => {
        const inputs = net.forwardThrough(end, batch, x, scratch);
        if (patches) patches.visit(first, batch, inputs, visit);
        else visit(batch, inputs);
      });
    }
  });
}

/** Takes patches out of images, some places at a time. */
class Patches {
  readonly #net: Network;
  readonly #stage: ConvStage;
  /** Places of the window in 32 pictures. */
  readonly #places: number;
  /** Every how manyth place is taken. */
  readonly #step: number;
  readonly #patches: number;
  readonly #narrow: number;

  constructor(net: Network, stage: ConvStage, count: number) {
    const bytes = 4 * CHUNK * stage.layer.inputs;
    this.#net = net;
    this.#stage = stage;
    this.#places = stage.places(1);
    this.#step = stepOf(count * this.#places, this.#places);
    this.#patches = net.core.allocate(bytes);
    this.#narrow = net.core.allocate(bytes);
  }

  /**
   * @param first  number of the first sample, a multiple of 32
   * @param batch  samples
   * @param x  their images
   */
  visit(first: number, batch: number, x: number, visit: Visit): void {
    const places = this.#places;
    const before = (first / 32) * places;
    const full = before + Math.floor(batch / 32) * places;
    const end = before + this.#stage.places(batch);
    const most = CHUNK / 32;
    let taken = 0;
    for (let place = Math.ceil(before / this.#step) * this.#step; place < end; place += this.#step) {
      const { inputs } = this.#stage.layer;
      this.#stage.patchesInto(x, place - before, 1, this.#patches + 128 * inputs * taken);
      const isLast = place + this.#step >= end;
      if (place >= full) {
        // Some lanes of the last pictures hold no sample.
        if (taken > 0) visit(32 * taken, this.#patches);
        const from = this.#patches + 128 * inputs * taken;
        this.#net.core.kernels.f32_panels_from_images(inputs, 1, batch % 32, from, this.#narrow);
        visit(batch % 32, this.#narrow);
        taken = 0;
      } else if (++taken === most || isLast) {
        visit(32 * taken, this.#patches);
        taken = 0;
      }
    }
  }
}

/** The least that leaves at most PATCHES of so many patches, and visits all places of a picture in turn. */
function stepOf(patches: number, places: number): number {
  let step = Math.ceil(patches / PATCHES);
  while (step > 1 && commonDivisor(step, places) > 1) step++;
  return step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
