/** Targets and tickets in f64, one sample at a time, and a search for the input on which they differ most. */

import {
  checkArray,
  checkInstance,
  checkInteger,
  checkLength,
  checkObject,
  checkShape,
  checkTypedArray,
} from "../check.js";
import { STREAM } from "../random.js";
import { checkCsr } from "../sparse/csr-rows.js";
import { Core } from "../tensor/core.js";
import { checkTargets } from "./certificate.js";
import type { TargetLayer, TicketBlock, TicketLayer } from "./contract.js";
import { type Domain, type Region, regionOf, samplePoints, toSphere } from "./domain.js";

/**
 * The outputs of a target network, in f64; sums run upwards over the inputs, the bias first.
 *
 * @param targets  layers, the first takes the input
 * @param x  as many as the first layer has columns; left as it is
 */
export function evaluateTarget(targets: readonly TargetLayer[], x: Float64Array): Float64Array {
  return targets.reduce((input, { rows, columns, weights, bias, relu }) => {
    const output = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = bias[i];
      for (let j = 0; j < columns; j++) sum += weights[i * columns + j] * input[j];
      output[i] = relu ? Math.max(0, sum) : sum;
    }
    return output;
  }, x);
}

/**
 * The outputs of a ticket, in f64; sums run upwards over the kept weights, the bias first.
 *
 * @param blocks  one a layer of the target
 * @param x  as many as the first layer has columns; left as it is
 */
export function evaluateTicket(
  blocks: readonly Pick<TicketBlock, "inner" | "outer">[],
  x: Float64Array,
): Float64Array {
  return blocks.reduce((input, { inner, outer }) => sparseLayer(outer, sparseLayer(inner, input)), x);
}

function sparseLayer(
  { rows, rowStarts, columnIndices, values, bias, relu }: TicketLayer,
  x: Float64Array,
): Float64Array {
  const output = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    let sum = bias[i];
    for (let at = rowStarts[i]; at < rowStarts[i + 1]; at++) sum += values[at] * x[columnIndices[at]];
    output[i] = relu ? Math.max(0, sum) : sum;
  }
  return output;
}

/** How long `adversarialError` looks. */
export interface AdversarialOptions {
  /** An integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** Points to start from: corners of the box or points on the sphere, and points inside, in turns. */
  readonly starts: number;
  /** The most steps from each. */
  readonly steps: number;
}

/** The worst input that was found. */
export interface AdversarialError {
  /** |F(x)_i − G(x)_i| there, of the worst output; a lower bound of the supremum, but for f64 rounding. */
  readonly maximum: number;
  /** x. */
  readonly input: Float64Array;
}

/**
 * Looks for the input on which a tiny ticket is farthest from its target. Each start climbs the error of one output: to
 * where the gradient points, as far as it gains most, and, in a box, from end to end of one coordinate after another.
 *
 * @param core  whose generator draws the starts
 * @param targets  layers of the target
 * @param blocks  the ticket's, one a layer
 * @param domain  box or ball of inputs
 * @param options  seed, starts, steps
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError | NonFiniteError} when an argument does not fit
 *
 * Cost: starts · steps · (2 · inputs + 8) evaluations of both networks.
 */
export function adversarialError(
  core: Core,
  targets: readonly TargetLayer[],
  blocks: readonly Pick<TicketBlock, "inner" | "outer">[],
  domain: Domain,
  options: AdversarialOptions,
): AdversarialError {
  checkInstance("core", core, Core);
  const { seed, starts, steps } = checkObject("options", options);
  checkTargets(targets);
  checkBlocks(targets, blocks);
  checkInteger("options.starts", starts, 1);
  checkInteger("options.steps", steps, 0);
  const { columns } = targets[0];
  const region = regionOf(domain, columns);
  const points = samplePoints(core, region, starts, seed, STREAM.inputs, 0);
  const worst = { maximum: -1, input: new Float64Array(columns) };
  const differences = (x: Float64Array): Float64Array => {
    const ticket = evaluateTicket(blocks, x);
    return evaluateTarget(targets, x).map((value, i) => Math.abs(value - ticket[i]));
  };
  const record = (x: Float64Array): void => {
    const maximum = differences(x).reduce((most, value) => Math.max(most, value), 0);
    if (maximum > worst.maximum) Object.assign(worst, { maximum, input: x.slice() });
  };
  for (let start = 0; start < starts; start++) {
    const x = points.slice(start * columns, (start + 1) * columns);
    if (start % 2 === 0) toBorder(region, x);
    record(x);
    const output = (start >> 1) % targets[targets.length - 1].rows;
    climb(region, x, steps, (at) => differences(at)[output]);
    record(x);
  }
  return worst;
}

/** To the nearest corner of the box, or out to the sphere. */
function toBorder({ low, high, radius }: Region, x: Float64Array): void {
  if (radius !== undefined) toSphere(x, radius);
  else for (let j = 0; j < x.length; j++) x[j] = x[j] - low[j] < high[j] - x[j] ? low[j] : high[j];
}

const FRACTIONS = [1, 0.5, 0.25, 0.125, 1 / 16, 1 / 64, 1 / 256, 1 / 1024];

function climb(region: Region, x: Float64Array, steps: number, error: (x: Float64Array) => number): void {
  let best = error(x);
  const attempt = (point: Float64Array): boolean => {
    const found = error(point);
    if (!(found > best)) return false;
    best = found;
    x.set(point);
    return true;
  };
  for (let step = 0; step < steps; step++) {
    const from = x.slice();
    const vertex = vertexAlong(region, gradientOf(region, x, error));
    for (const t of FRACTIONS)
      attempt(from.map((value, j) => (t === 1 ? vertex[j] : value + t * (vertex[j] - value))));
    const moved = from.some((value, j) => value !== x[j]);
    if (!moved && !coordinateStep(region, x, attempt)) return;
  }
}

/** Forward differences, backward at the upper end; in a ball they may leave it by a hair. */
function gradientOf(
  { low, high }: Region,
  x: Float64Array,
  error: (x: Float64Array) => number,
): Float64Array {
  const here = error(x);
  return x.map((value, j) => {
    const width = (high[j] - low[j]) * 2 ** -20;
    const step = value + width <= high[j] ? width : -width;
    if (step === 0) return 0;
    return (error(x.with(j, value + step)) - here) / step;
  });
}

/** The point of the domain that lies farthest along a direction. */
function vertexAlong({ low, high, radius }: Region, direction: Float64Array): Float64Array {
  if (radius === undefined) return direction.map((value, j) => (value < 0 ? low[j] : high[j]));
  const point = direction.slice();
  toSphere(point, radius);
  return point;
}

function coordinateStep(
  { low, high, radius }: Region,
  x: Float64Array,
  attempt: (x: Float64Array) => boolean,
): boolean {
  if (radius !== undefined) return false;
  let gained = false;
  for (let j = 0; j < x.length; j++) {
    for (const end of [low[j], high[j]]) if (attempt(x.with(j, end))) gained = true;
  }
  return gained;
}

function checkBlocks(
  targets: readonly TargetLayer[],
  blocks: readonly Pick<TicketBlock, "inner" | "outer">[],
): void {
  checkArray("blocks", blocks, targets.length);
  blocks.forEach((block, l) => {
    const { inner, outer } = checkObject(`blocks[${l}]`, block);
    const { rows, columns } = targets[l];
    checkLayer(`blocks[${l}].inner`, inner, checkObject(`blocks[${l}].inner`, inner).rows, columns);
    checkLayer(`blocks[${l}].outer`, outer, rows, inner.rows);
  });
}

function checkLayer(name: string, layer: TicketLayer, rows: number, columns: number): void {
  checkShape(name, checkObject(name, layer), rows, columns);
  checkCsr(name, layer);
  checkLength(`${name}.bias`, checkTypedArray(`${name}.bias`, layer.bias, "Float32Array"), rows, 1);
}
