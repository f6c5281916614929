/** What methods that look at all weights of a network at once share: their masks, and the zeros they are asked for. */
import { ArgumentRangeError, ShapeError } from "../errors.js";
import type { Network } from "../net/network.js";
import type { Target } from "../select/pattern.js";
import type { Mask } from "../tensor/mask.js";

/** Copies of the masks of all layers, everything kept where there is none, in the innermost open scope. */
export function masksOf({ core, layers }: Network): Mask[] {
  return layers.map(({ mask, outputs, inputs }) =>
    mask ? core.mask(outputs, inputs, mask) : core.mask(outputs, inputs).fill(1),
  );
}

/** @throws {ShapeError} when targets are neither one a layer nor one number over all */
export function checkTargets(net: Network, targets: readonly Target[] | number): void {
  if (typeof targets === "number" || targets.length === net.layers.length) return;
  throw new ShapeError(`"targets" expected ${net.layers.length}, one a layer, got ${targets.length}`);
}

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
  checkTargets(net, targets);
  if (typeof targets === "number") return targets;
  return targets.map(({ pattern, zeros }) => {
    if (pattern.kind === "unstructured") return zeros;
    throw new ArgumentRangeError(
      `"options.pattern" expected "unstructured" for "${method}", got "${pattern.kind}"`,
    );
  });
}
