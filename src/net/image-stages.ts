/** Stages on images (assembly/conv/images.ts) without weights: changes of layout, pooling. */
import { panelsBytes } from "../linalg/panels.js";
import type { Core } from "../tensor/core.js";
import { featuresOf, type ImageShape, type PlacedLayer, type PoolDescription } from "./description.js";
import type { Stage, StageTrainer } from "./stage.js";

/** Images that hold a batch. */
export function imagesOf(batch: number): number {
  return Math.ceil(batch / 32);
}

/** Bytes of a batch in images. */
export function imagesBytes(shape: ImageShape, batch: number): number {
  return 128 * featuresOf(shape) * imagesOf(batch);
}

/** From panels, as data come, to images: always the first stage. */
export class ToImages implements Stage {
  readonly #core: Core;
  readonly #shape: ImageShape;

  constructor(core: Core, shape: ImageShape) {
    this.#core = core;
    this.#shape = shape;
  }

  bytes(batch: number): number {
    return imagesBytes(this.#shape, batch);
  }

  forward(batch: number, x: number, y: number): void {
    const [channels, height, width] = this.#shape;
    this.#core.kernels.f32_images_from_panels(channels, height * width, batch, x, y);
  }

  trainer(batch: number): StageTrainer {
    return { dx: 0, forward: (x, y) => this.forward(batch, x, y), backward: () => undefined };
  }
}

/** From images to panels of features, channel after channel. */
export class Flatten implements Stage {
  readonly #core: Core;
  readonly #shape: ImageShape;

  constructor(core: Core, shape: ImageShape) {
    this.#core = core;
    this.#shape = shape;
  }

  bytes(batch: number): number {
    return panelsBytes(featuresOf(this.#shape), batch);
  }

  forward(batch: number, x: number, y: number): void {
    const [channels, height, width] = this.#shape;
    this.#core.kernels.f32_panels_from_images(channels, height * width, batch, x, y);
  }

  trainer(batch: number, isFirst: boolean): StageTrainer {
    const [channels, height, width] = this.#shape;
    const dx = isFirst ? 0 : this.#core.allocate(imagesBytes(this.#shape, batch));
    return {
      dx,
      forward: (x, y) => this.forward(batch, x, y),
      backward: (_x, _y, dy) => {
        if (dx) this.#core.kernels.f32_images_from_panels(channels, height * width, batch, dy, dx);
      },
    };
  }
}

/** Max or average pooling. */
export class Pool implements Stage {
  readonly #core: Core;
  readonly #placed: PlacedLayer<PoolDescription>;

  constructor(core: Core, placed: PlacedLayer<PoolDescription>) {
    this.#core = core;
    this.#placed = placed;
  }

  bytes(batch: number): number {
    return imagesBytes(this.#placed.output, batch);
  }

  forward(batch: number, x: number, y: number): void {
    this.#pool(batch, x, y, 0);
  }

  trainer(batch: number, isFirst: boolean): StageTrainer {
    const { input, description } = this.#placed;
    const isMax = description.of === "max";
    const bytes = imagesBytes(input, batch);
    const dx = isFirst ? 0 : this.#core.allocate(bytes);
    const winners = isMax ? this.#core.allocate(this.bytes(batch)) : 0;
    const shape = this.#shape(batch);
    return {
      dx,
      forward: (x, y) => this.#pool(batch, x, y, winners),
      backward: (_x, _y, dy) => {
        if (!dx) return;
        const { kernels } = this.#core;
        this.#core.u8(dx, bytes).fill(0);
        if (isMax) kernels.f32_max_pool_gradient(...shape, winners, dy, dx);
        else kernels.f32_average_pool_gradient(...shape, dy, dx);
      },
    };
  }

  #pool(batch: number, x: number, y: number, winners: number): void {
    const { kernels } = this.#core;
    if (this.#placed.description.of === "average") kernels.f32_average_pool(...this.#shape(batch), x, y);
    else kernels.f32_max_pool(...this.#shape(batch), x, y, winners);
  }

  #shape(batch: number) {
    const { input, description } = this.#placed;
    return [...input, description.size, description.stride, imagesOf(batch)] as const;
  }
}
