/** A convolution as a stage on images: a layer over patches, some places of the window at a time. */
import type { Core } from "../tensor/core.js";
import type { ConvDescription, PlacedLayer } from "./description.js";
import { imagesBytes, imagesOf } from "./image-stages.js";
import { Linear } from "./linear.js";
import type { Prepare, Stage, StageTrainer } from "./stage.js";

/** Places whose patches are made at a time: 256 columns of a product, and patches stay in cache. */
const PLACES = 8;

/** Outputs × (channels · rows · columns of the window) weights, applied to the patch under each place. */
export class ConvStage implements Stage {
  readonly layer: Linear;
  readonly #core: Core;
  readonly #placed: PlacedLayer<ConvDescription>;

  constructor(core: Core, placed: PlacedLayer<ConvDescription>) {
    const { input, description, relu } = placed;
    const [height, width] = description.kernel;
    this.#core = core;
    this.#placed = placed;
    this.layer = new Linear(core, input[0] * height * width, description.outputs, relu);
  }

  /** Places of the window in all images of a batch; each is a panel of 32 columns. */
  places(batch: number): number {
    const [, rows, columns] = this.#placed.output;
    return imagesOf(batch) * rows * columns;
  }

  bytes(batch: number): number {
    return imagesBytes(this.#placed.output, batch);
  }

  forward(batch: number, x: number, y: number, scratch: number): void {
    const { layer } = this;
    this.#core.scoped(() => {
      this.#forward(batch, x, y, this.#core.allocate(128 * PLACES * layer.inputs), scratch);
    });
  }

  /**
   * Makes patches, channel after channel, row after row.
   *
   * @param x  address of images
   * @param first  place
   * @param count  places
   * @param patches  address of 128 · count · inputs bytes, overwritten: count panels of 32 columns
   */
  patchesInto(x: number, first: number, count: number, patches: number): void {
    this.#core.kernels.f32_patches(...this.#shape, first, count, x, patches);
  }

  columns(batch: number): number {
    return 32 * Math.min(PLACES, this.places(batch));
  }

  trainer(batch: number, isFirst: boolean, prepare: Prepare): StageTrainer {
    const { layer } = this;
    const core = this.#core;
    const bytes = imagesBytes(this.#placed.input, batch);
    const patches = core.allocate(128 * PLACES * layer.inputs);
    const dx = isFirst ? 0 : core.allocate(bytes);
    const places = this.places(batch);
    const trainer = prepare(layer, this.columns(batch), isFirst);
    return {
      dx,
      forward: (x, y, scratch) => this.#forward(batch, x, y, patches, scratch),
      backward: (x, y, dy) => {
        const { kernels } = core;
        if (layer.relu) kernels.f32_relu_gradient(this.bytes(batch) / 4, y, dy);
        trainer.biasBackward(32 * places, dy);
        if (dx) {
          core.u8(dx, bytes).fill(0);
          trainer.beginInputs();
        }
        this.#eachChunk(places, (first, count) => {
          const own = dy + 128 * first * layer.outputs;
          this.patchesInto(x, first, count, patches);
          trainer.weightsBackward(32 * count, patches, own, first > 0);
          if (!dx) return;
          trainer.inputsBackward(32 * count, own);
          kernels.f32_patches_adjoint(...this.#shape, first, count, trainer.dx, dx);
        });
      },
    };
  }

  #forward(batch: number, x: number, y: number, patches: number, scratch: number): void {
    const { layer } = this;
    this.#eachChunk(this.places(batch), (first, count) => {
      this.patchesInto(x, first, count, patches);
      layer.forwardPanels(32 * count, patches, y + 128 * first * layer.outputs, scratch);
    });
  }

  #eachChunk(places: number, visit: (first: number, count: number) => void): void {
    for (let first = 0; first < places; first += PLACES) visit(first, Math.min(PLACES, places - first));
  }

  get #shape() {
    const { input, description } = this.#placed;
    return [...input, ...description.kernel, description.stride, description.padding] as const;
  }
}
