/**
 * Random features: a fixed random layer whose outputs a linear model is fitted on.
 *
 * Source: Rahimi & Recht, "Random Features for Large-Scale Kernel Machines", 2007; Belkin, Hsu, Ma, Mandal,
 * "Reconciling modern machine-learning practice and the classical bias-variance trade-off", 2019, section 2.
 */
import {
  checkGiven,
  checkInstance,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkTypedArray,
} from "../check.js";
import { ShapeError } from "../errors.js";
import { GEMM_SCRATCH_BYTES, packedBytes, panelsBytes, RELU } from "../linalg/panels.js";
import { STREAM, seedWords } from "../random.js";
import type { Lifetime } from "../runtime/workspace.js";
import { Core } from "../tensor/core.js";
import type { DoubleMatrix } from "../tensor/double-matrix.js";

/** The kinds of random features, by name. */
export const FEATURE_KINDS = ["fourier", "relu"] as const;

/** Cosines and sines of random projections, or what is positive of them. */
export type FeatureKind = (typeof FEATURE_KINDS)[number];

/** How random features are drawn. */
export interface FeatureMapOptions {
  /** Fourier or ReLU. */
  readonly kind: FeatureKind;
  /** Numbers a sample has. */
  readonly columns: number;
  /** N: real features; a cosine and a sine count as two. Fewer are the first of more. */
  readonly features: number;
  /** σ of Fourier features, those of exp(−‖x − z‖² / 2σ²), in units of the samples; ReLU has none. Default 5. */
  readonly bandwidth?: number;
  /** An integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
}

/** Samples mapped at once. */
const CHUNK = 256;

/** A drawn map; `featureMap` makes it. Its memory goes with the scope it was made in. */
export class FeatureMap {
  /** In whose memory it is. */
  readonly core: Core;
  /** Fourier or ReLU. */
  readonly kind: FeatureKind;
  /** Numbers a sample has. */
  readonly columns: number;
  /** N: numbers that a sample becomes. */
  readonly features: number;
  /** Projections: one for two Fourier features. */
  readonly #projections: number;
  readonly #packed: number;
  readonly #lifetime: Lifetime;

  /** @param options  checked; a bandwidth is there */
  constructor(core: Core, options: Required<FeatureMapOptions>) {
    const { kind, columns, features, bandwidth, seed } = options;
    this.core = core;
    this.#lifetime = core.lifetime;
    this.kind = kind;
    this.columns = columns;
    this.features = features;
    this.#projections = kind === "fourier" ? Math.ceil(features / 2) : features;
    this.#packed = core.allocate(packedBytes(this.#projections, columns));
    core.scoped(() => {
      const count = this.#projections * columns;
      const drawn = core.allocate(4 * count);
      // Fourier: in turns, so that the cosine is that of 2π times the projection.
      const deviation = kind === "fourier" ? 1 / (2 * Math.PI * bandwidth) : 1;
      core.kernels.f32_random_normal(count, 0, deviation, ...seedWords(seed), STREAM.features, 0, drawn);
      if (kind === "relu") normaliseRows(core.f32(drawn, count), columns);
      core.kernels.f32_pack_a(this.#projections, columns, drawn, columns, 0, 0, this.#packed);
    });
  }

  /**
   * The features of samples.
   *
   * @param inputs  any number × columns, row after row: bytes, read as value / 255, or f32
   * @returns samples × features, in the core's memory until the innermost open scope ends. Feature 2j is cos vⱼ·x and
   *   2j + 1 is sin vⱼ·x, v normal with deviation 1 / σ; or max(0, vⱼ·x), v uniform on the unit sphere. The projection
   *   is in f32.
   * @throws {ArgumentTypeError | ShapeError} when the samples are no such array
   * @throws {OutOfMemoryError} when the memory cannot hold them
   * @throws {DisposedError} when its scope or core has ended
   */
  apply(inputs: Uint8Array | Float32Array): DoubleMatrix {
    this.#lifetime.check("features");
    const { core, columns, features } = this;
    checkTypedArray("inputs", inputs, "Uint8Array", "Float32Array");
    const count = inputs.length / columns;
    if (!Number.isInteger(count)) {
      throw new ShapeError(`"inputs" expected a multiple of ${columns} values, got ${inputs.length}`);
    }
    const out = core.doubleMatrix(count, features);
    for (let first = 0; first < count; first += CHUNK) {
      const part = inputs.subarray(first * columns, Math.min(count, first + CHUNK) * columns);
      core.scoped(() => this.#mapInto(part, out.ptr + 8 * first * features));
    }
    return out;
  }

  #mapInto(inputs: Uint8Array | Float32Array, out: number): void {
    const { core, columns, features } = this;
    const { kernels } = core;
    const projections = this.#projections;
    const batch = inputs.length / columns;
    const rows = core.allocate(4 * batch * Math.max(columns, projections));
    const [x, y] = [
      core.allocate(panelsBytes(columns, batch)),
      core.allocate(panelsBytes(projections, batch)),
    ];
    const values = core.f32(rows, inputs.length);
    values.set(inputs);
    if (inputs instanceof Uint8Array) for (let i = 0; i < values.length; i++) values[i] /= 255;
    kernels.f32_panels_from_rows(columns, batch, rows, columns, x);
    const flags = this.kind === "relu" ? RELU : 0;
    const scratch = core.allocate(GEMM_SCRATCH_BYTES);
    kernels.f32_gemm_panels(projections, batch, columns, this.#packed, x, y, 0, flags, scratch);
    kernels.f32_rows_from_panels(projections, batch, y, rows, projections);
    if (this.kind === "relu") {
      core.f64(out, batch * features).set(core.f32(rows, batch * features));
      return;
    }
    const pairs = core.allocate(16 * batch * projections);
    kernels.f64_cos_sin_turns(batch * projections, rows, pairs);
    // Of an odd number the last sine is left out.
    for (let i = 0; i < batch; i++) {
      const row = core.f64(pairs + 16 * i * projections, features);
      core.f64(out + 8 * i * features, features).set(row);
    }
  }
}

/**
 * Draws random features.
 *
 * @param core  whose generator draws and whose memory they take: 4 bytes a projection and column
 * @param options  kind, columns, features, bandwidth, seed
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option does not fit
 * @throws {OutOfMemoryError} when the memory cannot hold them
 */
export function featureMap(core: Core, options: FeatureMapOptions): FeatureMap {
  checkInstance("core", core, Core);
  checkGiven("options", options, ["kind", "columns", "features", "bandwidth", "seed"]);
  const { bandwidth = 5 } = options;
  checkOneOf("options.kind", options.kind, FEATURE_KINDS);
  checkInteger("options.columns", options.columns, 1);
  checkInteger("options.features", options.features, 1);
  checkNumber("options.bandwidth", bandwidth, Number.MIN_VALUE);
  return new FeatureMap(core, { ...options, bandwidth });
}

/** Normal rows on the unit sphere: uniform there. */
function normaliseRows(values: Float32Array, columns: number): void {
  for (let at = 0; at < values.length; at += columns) {
    const row = values.subarray(at, at + columns);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0));
    for (let j = 0; j < columns; j++) row[j] /= length;
  }
}
