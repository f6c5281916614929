/** Small random targets on grids of powers of two, and tickets that are off by known amounts: exact in f64. */
import type { TargetLayer, TicketBlock, TicketLayer } from "../../src/ticket/contract.js";
import type { Domain } from "../../src/ticket/domain.js";
import { evaluateTarget, evaluateTicket } from "../../src/ticket/evaluate.js";
import type { Random } from "../harness/random.js";

/** A multiple of 2⁻⁷ within ±most. */
export function dyadic(random: Random, most = 1): number {
  return ((random.below(257) - 128) / 128) * most;
}

export function target(
  rows: number,
  columns: number,
  weights: ArrayLike<number>,
  bias: ArrayLike<number> = new Float32Array(rows),
  relu = false,
): TargetLayer {
  return { rows, columns, weights: Float32Array.from(weights), bias: Float32Array.from(bias), relu };
}

/** Most hidden layers have a ReLU, a few outputs too. */
export function randomTarget(random: Random, sizes: readonly number[], bias = 0.5): TargetLayer[] {
  return sizes.slice(1).map((rows, l) => {
    const columns = sizes[l];
    const weights = Float32Array.from({ length: rows * columns }, () => dyadic(random));
    const biases = Float32Array.from({ length: rows }, () => dyadic(random, bias));
    return target(rows, columns, weights, biases, random.below(4) > 0 === l + 2 < sizes.length);
  });
}

export function dense(
  rows: number,
  columns: number,
  values: ArrayLike<number>,
  bias: ArrayLike<number>,
  relu: boolean,
): TicketLayer {
  return {
    rows,
    columns,
    rowStarts: Uint32Array.from({ length: rows + 1 }, (_, i) => i * columns),
    columnIndices: Uint32Array.from({ length: rows * columns }, (_, at) => at % columns),
    values: Float32Array.from(values),
    bias: Float32Array.from(bias),
    relu,
  };
}

/** How a weight is off for positive and for negative inputs. */
export interface Perturbation {
  readonly positive: Float64Array;
  readonly negative: Float64Array;
  readonly bias: Float64Array;
}

export function noPerturbation({ rows, columns }: TargetLayer): Perturbation {
  const zeros = () => new Float64Array(rows * columns);
  return { positive: zeros(), negative: zeros(), bias: new Float64Array(rows) };
}

/**
 * x ↦ (w + positive) relu(x) − (w + negative) relu(−x): neurons 2j and 2j + 1 of the inner layer see +x_j and −x_j. The
 * residuals are exactly the larger deviations.
 */
export function perturbed(layer: TargetLayer, { positive, negative, bias }: Perturbation): TicketBlock {
  const { rows, columns, weights } = layer;
  const rowStarts = Uint32Array.from({ length: 2 * columns + 1 }, (_, at) => at);
  const inner: TicketLayer = {
    rows: 2 * columns,
    columns,
    rowStarts,
    columnIndices: Uint32Array.from({ length: 2 * columns }, (_, at) => at >> 1),
    values: Float32Array.from({ length: 2 * columns }, (_, at) => (at & 1 ? -1 : 1)),
    bias: new Float32Array(2 * columns),
    relu: true,
  };
  const values = Float32Array.from({ length: rows * 2 * columns }, (_, to) => {
    const at = to >> 1;
    return to & 1 ? -(weights[at] + negative[at]) : weights[at] + positive[at];
  });
  const outer = dense(
    rows,
    2 * columns,
    values,
    layer.bias.map((value, i) => value + bias[i]),
    layer.relu,
  );
  const residuals = {
    weights: positive.map((value, at) => Math.max(Math.abs(value), Math.abs(negative[at]))),
    bias: bias.map(Math.abs),
  };
  return { inner, outer, residuals, neurons: 2 * columns, failures: 0 };
}

/** Points of a domain with multiples of 2⁻⁷ as coordinates: the corners of a box, and others. */
export function pointIn(random: Random, domain: Domain, columns: number): Float64Array {
  const low = domain.kind === "box" ? (domain.low as number) : -1;
  const high = domain.kind === "box" ? (domain.high as number) : 1;
  const corner = random.below(3) > 0;
  const x = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    const part = corner ? random.below(2) : random.below(129) / 128;
    x[j] = low + (high - low) * part;
  }
  if (domain.kind === "box") return x;
  const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0));
  if (norm <= domain.radius) return x;
  return x.map((value) => Math.trunc((value / norm) * domain.radius * 128) / 128);
}

export function randomPerturbation(
  random: Random,
  layer: TargetLayer,
  size: number,
  style: number,
): Perturbation {
  const some = () => (style === 0 ? dyadic(random, size) : (random.below(2) * 2 - 1) * size);
  const { positive, negative, bias } = noPerturbation(layer);
  for (let at = 0; at < positive.length; at++) {
    positive[at] = some();
    negative[at] = style === 2 ? positive[at] : some();
  }
  return { positive, negative, bias: bias.map(() => (random.below(3) ? some() : 0)) };
}

/** Signs of one deviation after another, each as it makes the error at x greater. */
export function spoil(layers: readonly TargetLayer[], all: Perturbation[], x: Float64Array): void {
  const exact = evaluateTarget(layers, x)[0];
  const error = () =>
    Math.abs(
      evaluateTicket(
        layers.map((layer, l) => perturbed(layer, all[l])),
        x,
      )[0] - exact,
    );
  for (const { positive, negative, bias } of all) {
    for (const values of [bias, positive, negative]) {
      for (let at = 0; at < values.length; at++) {
        const before = error();
        values[at] = -values[at];
        if (error() < before) values[at] = -values[at];
      }
    }
  }
}

export const DOMAINS: Domain[] = [
  { kind: "box", low: 0, high: 1 },
  { kind: "box", low: -1, high: 1 },
  { kind: "box", low: -0.5, high: 2 },
  { kind: "ball", radius: 1 },
];
