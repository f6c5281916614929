/** What methods that look at all weights of a network at once share: how many zeros they are asked for. */
import { ArgumentRangeError, ShapeError } from "../errors.js";
import type { Network } from "../net/network.js";
import type { Target } from "../select/pattern.js";

/**
 * The zeros that are asked for, of each layer or over all.
 *
 * @param net  whose layers they are
 * @param targets  one a layer, or one number over all
 * @param method  its name, for messages
 * @throws {ShapeError} when there is not one target a layer
 * @throws {ArgumentRangeError} when a target is not unstructured
 */
export function zerosByLayer(
  net: Network,
  targets: readonly Target[] | number,
  method: string,
): number | number[] {
  if (typeof targets === "number") return targets;
  if (targets.length !== net.layers.length) {
    throw new ShapeError(`"targets" expected ${net.layers.length}, one a layer, got ${targets.length}`);
  }
  return targets.map(({ pattern, zeros }) => {
    if (pattern.kind === "unstructured") return zeros;
    throw new ArgumentRangeError(`"pattern" expected "unstructured" for "${method}", got "${pattern.kind}"`);
  });
}
