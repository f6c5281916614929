/** Batch normalisation without affine parameters as a stage on images. */
import { RELU } from "../linalg/panels.js";
import type { Core } from "../tensor/core.js";
import type { BatchNormDescription, PlacedLayer } from "./description.js";
import { imagesBytes } from "./image-stages.js";
import type { Stage, StageTrainer } from "./stage.js";

/** Normalises each channel, by the batch in training and by running averages otherwise; ReLU if asked. */
export class BatchNorm implements Stage {
  /** Running means of the channels, then their variances. */
  readonly state: Float32Array;
  readonly #core: Core;
  readonly #placed: PlacedLayer<BatchNormDescription>;
  readonly #mean: number;
  readonly #factor: number;

  constructor(core: Core, placed: PlacedLayer<BatchNormDescription>) {
    const [channels] = placed.input;
    this.#core = core;
    this.#placed = placed;
    this.state = new Float32Array(2 * channels).fill(1, channels);
    this.#mean = core.allocate(4 * channels);
    this.#factor = core.allocate(4 * channels);
  }

  bytes(batch: number): number {
    return imagesBytes(this.#placed.output, batch);
  }

  forward(batch: number, x: number, y: number): void {
    const [channels] = this.#placed.input;
    this.#normalise(batch, x, y, this.state.subarray(0, channels), this.state.subarray(channels));
  }

  trainer(batch: number, isFirst: boolean): StageTrainer {
    const { input, relu } = this.#placed;
    const [channels, height, width] = input;
    const core = this.#core;
    const dx = isFirst ? 0 : core.allocate(imagesBytes(input, batch));
    const [mean, variance, sums] = [8, 8, 16].map((bytes) => core.allocate(bytes * channels));
    return {
      dx,
      forward: (x, y) => {
        core.kernels.f64_batch_statistics(channels, height * width, batch, x, mean, variance);
        const [means, variances] = [mean, variance].map((at) => core.f64(at, channels).slice());
        this.#normalise(batch, x, y, means, variances);
        this.#remember(means, variances, batch * height * width);
      },
      backward: (x, y, dy) => {
        if (!dx) return;
        const { kernels } = core;
        if (relu) kernels.f32_relu_gradient(this.bytes(batch) / 4, y, dy);
        kernels.f32_batch_norm_gradient(
          ...([channels, height * width, batch, x, this.#mean, this.#factor, dy, sums, dx] as const),
        );
      },
    };
  }

  /** Leaves mean and factor in the core, for the gradient. */
  #normalise(
    batch: number,
    x: number,
    y: number,
    means: ArrayLike<number>,
    variances: ArrayLike<number>,
  ): void {
    const { input, description, relu } = this.#placed;
    const [channels, height, width] = input;
    const factors = Float32Array.from(variances, (value) => 1 / Math.sqrt(value + description.epsilon));
    this.#core.f32(this.#mean, channels).set(means);
    this.#core.f32(this.#factor, channels).set(factors);
    this.#core.kernels.f32_normalise(
      ...([channels, height * width, batch, x, this.#mean, this.#factor, relu ? RELU : 0, y] as const),
    );
  }

  /** The variance of what the batch is a sample of: n / (n − 1) times its own. */
  #remember(means: ArrayLike<number>, variances: ArrayLike<number>, n: number): void {
    const { momentum } = this.#placed.description;
    const [channels] = this.#placed.input;
    const towards = (at: number, value: number) => {
      this.state[at] += momentum * (value - this.state[at]);
    };
    for (let c = 0; c < channels; c++) {
      towards(c, means[c]);
      towards(channels + c, (variances[c] * n) / Math.max(1, n - 1));
    }
  }
}
