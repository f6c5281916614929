/** The inputs over which a ticket and its target are compared: a box, or a ball around 0. */
import {
  checkFinite,
  checkInstance,
  checkInteger,
  checkLength,
  checkNumber,
  checkNumbers,
  checkOneOf,
} from "../check.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { exp, log } from "../net/float64.js";
import { STREAM, seedWords } from "../random.js";
import { Core } from "../tensor/core.js";

/** low ≤ x ≤ high, for each input or the same for all; or ‖x‖₂ ≤ radius. */
export type Domain =
  | {
      readonly kind: "box";
      readonly low: number | ArrayLike<number>;
      readonly high: number | ArrayLike<number>;
    }
  | { readonly kind: "ball"; readonly radius: number };

/** The box around a domain, and how far from 0 it reaches. */
export interface Region {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** Of a ball; absent for a box. */
  readonly radius?: number;
}

/**
 * @param domain  a box or a ball
 * @param inputs  how many coordinates
 * @returns the same, checked, its numbers written out
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when it is not a domain of `inputs`
 */
export function regionOf(domain: Domain, inputs: number): Region {
  if (typeof domain !== "object" || domain === null) {
    throw new ArgumentTypeError(
      `"domain" expected a box or a ball, got ${domain === null ? "null" : typeof domain}`,
    );
  }
  if (checkOneOf("domain.kind", domain.kind, ["box", "ball"]) === "ball") {
    const { radius } = domain as Domain & { kind: "ball" };
    checkNumber("domain.radius", radius, 0);
    return {
      low: new Float64Array(inputs).fill(-radius),
      high: new Float64Array(inputs).fill(radius),
      radius,
    };
  }
  const box = domain as Domain & { kind: "box" };
  const low = sideOf("domain.low", box.low, inputs);
  const high = sideOf("domain.high", box.high, inputs);
  const wrong = low.findIndex((value, j) => value > high[j]);
  if (wrong < 0) return { low, high };
  throw new ArgumentRangeError(
    `"domain.low" expected at most "domain.high", got ${low[wrong]} > ${high[wrong]} at index ${wrong}`,
  );
}

function sideOf(name: string, side: number | ArrayLike<number>, inputs: number): Float64Array {
  if (typeof side === "number") return new Float64Array(inputs).fill(checkNumber(name, side));
  return Float64Array.from(checkFinite(name, checkLength(name, checkNumbers(name, side), inputs, 1)));
}

/**
 * Points that are uniform in a domain: f32 deviates, scaled in f64.
 *
 * @param core  whose generator is used
 * @param region  of `regionOf`
 * @param count  how many points
 * @param seed  an integer from 0 to 2⁵³ − 1
 * @param stream  what the deviates are for (src/random.ts)
 * @param substream  number of the draw
 * @returns count × inputs, row after row
 */
export function samplePoints(
  core: Core,
  { low, high, radius }: Region,
  count: number,
  seed: number,
  stream: number,
  substream: number,
): Float64Array {
  const inputs = low.length;
  const length = count * inputs;
  const key = [...seedWords(seed), stream] as const;
  return core.scoped(() => {
    const ptr = core.allocate(4 * (length + count));
    const { f32_random_uniform, f32_random_normal } = core.kernels;
    if (radius === undefined) {
      f32_random_uniform(length, 0, 1, ...key, 2 * substream, ptr);
      return Float64Array.from(core.f32(ptr, length), (u, at) => {
        const j = at % inputs;
        return Math.min(high[j], low[j] + u * (high[j] - low[j]));
      });
    }
    f32_random_normal(length, 0, 1, ...key, 2 * substream, ptr);
    f32_random_uniform(count, 0, 1, ...key, 2 * substream + 1, ptr + 4 * length);
    const points = Float64Array.from(core.f32(ptr, length));
    core.f32(ptr + 4 * length, count).forEach((u, row) => {
      // The share of a ball within r is rⁿ.
      toSphere(points.subarray(row * inputs, row * inputs + inputs), radius * exp(log(u) / inputs));
    });
    return points;
  });
}

/** Sides of a box are written out. */
const MOST_INPUTS = 2 ** 24;

/**
 * Random inputs for networks, uniform in a domain and then rounded to f32.
 *
 * @param core  whose generator is used
 * @param domain  box or ball
 * @param inputs  numbers a sample
 * @param count  samples
 * @param seed  an integer from 0 to 2⁵³ − 1
 * @param draw  other numbers give other samples of the same seed
 * @returns count × inputs, row after row
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 */
export function randomInputs(
  core: Core,
  domain: Domain,
  inputs: number,
  count: number,
  seed = 0,
  draw = 0,
): Float32Array {
  checkInstance("core", core, Core);
  const region = regionOf(domain, checkInteger("inputs", inputs, 1, MOST_INPUTS));
  checkInteger("count", count);
  checkInteger("draw", draw);
  return Float32Array.from(samplePoints(core, region, count, seed, STREAM.inputs, draw));
}

/**
 * @param length  how many deviates; fewer are the first of more
 * @param range  low and high
 * @param key  seed, stream (src/random.ts), substream
 * @returns f32 deviates, low ≤ u < high
 */
export function uniforms(
  core: Core,
  length: number,
  [low, high]: readonly [number, number],
  [seed, stream, substream]: readonly [number, number, number],
): Float32Array {
  const words = seedWords(seed);
  return core.scoped(() => {
    const ptr = core.allocate(4 * length);
    core.kernels.f32_random_uniform(length, low, high, ...words, stream, substream, ptr);
    return core.f32(ptr, length).slice();
  });
}

/** Scales a point to a 2-norm of `radius` (a hair less, so that rounding does not leave the ball). */
export function toSphere(point: Float64Array, radius: number): void {
  const norm = Math.sqrt(point.reduce((sum, value) => sum + value * value, 0));
  const factor = norm > 0 ? (radius / norm) * (1 - 2 ** -50 * (point.length + 4)) : 0;
  for (let j = 0; j < point.length; j++) point[j] *= factor;
}
