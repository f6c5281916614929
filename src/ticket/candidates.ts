/** The products that a subset sum is chosen from. */
import { checkInteger, checkNumber, checkOptions } from "../check.js";
import type { Network } from "../net/network.js";
import type { Domain } from "./domain.js";
import { isNonNegative, targetLayers, UNIT_BOX } from "./strong-ticket.js";
import { MOST_POOL, Neurons, poolSize } from "./subset-sum.js";

/** Which ticket, by the options that it is built with; and which weight. */
export interface CandidateOptions {
  /** Of the ticket: gives the pool's default. */
  readonly epsilon: number;
  /** Of the ticket: products in a pool. */
  readonly pool?: number;
  /** Of the ticket; 0 when absent. */
  readonly seed?: number;
  /** Of the ticket: where its inputs lie; 0 to 1 when absent. */
  readonly domain?: Domain;
  /** Layer of the target, from 0. */
  readonly layer: number;
  /** Output of the layer. */
  readonly row: number;
  /** Input of the layer; the one after the last is the bias. */
  readonly column: number;
}

/**
 * The random products u·w among which `strongTicket` looks for the subset that sums to a weight: the first pool, drawn
 * again. It keeps some of them, or, where no subset is within epsilon, some of another pool.
 *
 * Draws what comes before the weight too: time and memory of the layer's random numbers up to its input.
 *
 * @param net  the target
 * @param options  of the ticket, and the weight
 * @returns the pool's products, exact in f64; where inputs may be below 0, those for them after the others
 * @throws {ArgumentTypeError | ArgumentRangeError | ShapeError} when an argument does not fit
 */
export function candidateProducts(net: Network, options: CandidateOptions): Float64Array {
  const {
    epsilon,
    seed = 0,
    domain = UNIT_BOX,
    ...place
  } = checkOptions("options", options, ["epsilon", "pool", "seed", "domain", "layer", "row", "column"]);
  checkNumber("options.epsilon", epsilon, Number.MIN_VALUE);
  const n = checkInteger("options.pool", place.pool ?? poolSize(epsilon), 1, MOST_POOL);
  const targets = targetLayers(net);
  const layer = checkInteger("options.layer", place.layer, 0, targets.length - 1);
  const target = targets[layer];
  const row = checkInteger("options.row", place.row, 0, target.rows - 1);
  const column = checkInteger("options.column", place.column, 0, target.columns);
  using _scope = net.core.scope();
  const sides = isNonNegative(targets, layer, domain) ? 1 : 2;
  const neurons = new Neurons(net.core, target, n, sides, { seed, layer });
  for (let before = 0; before < column; before++) neurons.draw(before);
  const groups = neurons.draw(column);
  return Float64Array.from(
    groups.flatMap(({ inner, outer }) => Array.from(inner, (weight, k) => outer[row * n + k] * weight)),
  );
}
