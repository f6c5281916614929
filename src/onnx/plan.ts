/** Which layers of a model are pruned, and which stay as they are and why. */

import { ArgumentRangeError } from "../errors.js";
import type { OnnxLayer } from "../io/onnx/layers.js";
import type { OnnxModel } from "../io/onnx/onnx.js";
import { isByLosses, targetsOf } from "../prune/budgets.js";
import type { OnnxLayerPlan } from "./contract.js";
import { needsInputs } from "./methods.js";
import { type Settled, unitOf } from "./options.js";

/** A layer and its plan. */
export interface PlannedLayer extends OnnxLayerPlan {
  readonly layer: OnnxLayer;
}

/**
 * @param model  to be pruned
 * @param options  what is asked for
 * @throws {ArgumentRangeError} when a name in `skip` is that of no layer
 */
export function planLayers(model: OnnxModel, options: Settled): PlannedLayer[] {
  const isSkipped = skipping(model.layers, options.skip);
  return model.layers.map((layer) => {
    const { name, op, rows, columns, groups } = layer;
    const skipped = reasonFor(layer, options, isSkipped(name));
    return { name, op, rows, columns, groups, ...(skipped ? { skipped } : {}), layer };
  });
}

/**
 * The zeros of each layer, as far as losses do not tell them.
 *
 * @param plan  of `planLayers`
 * @param options  what is asked for
 * @returns one number a layer; undefined for layers that are skipped, and for all where losses tell
 */
export function zerosOfPlan(plan: readonly PlannedLayer[], options: Settled): (number | undefined)[] {
  const { pattern, budget, sparsity = 0, maxError } = options;
  if (isByLosses(budget) || maxError !== undefined) return plan.map(() => undefined);
  const owners = plan.flatMap(({ skipped, groups }, l) => (skipped ? [] : Array<number>(groups).fill(l)));
  const shapes = owners.map((l) => ({ rows: plan[l].rows / plan[l].groups, columns: plan[l].columns }));
  const zeros: (number | undefined)[] = plan.map(({ skipped }) => (skipped ? undefined : 0));
  for (const [p, target] of targetsOf(shapes, pattern, budget, sparsity).entries()) {
    zeros[owners[p]] = (zeros[owners[p]] ?? 0) + target.zeros;
  }
  return zeros;
}

function reasonFor(layer: OnnxLayer, options: Settled, isSkipped: boolean): string | undefined {
  const { pattern, method, unreached } = options;
  if (isSkipped) return "as asked for";
  if (layer.isDepthwise && !options.depthwise) return "depthwise";
  const unit = unitOf(pattern);
  if (layer.columns % unit > 0) return `${layer.columns} columns are no multiple of ${unit}`;
  if (needsInputs(method) && unreached === "skip" && !layer.isReachable)
    return "its activations are out of reach";
  return undefined;
}

function skipping(layers: readonly OnnxLayer[], skip: readonly string[]): (name: string) => boolean {
  const rules = skip.map((name) => {
    const parts = name.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
    const rule = new RegExp(`^${parts.join(".*")}$`, "s");
    if (layers.some((layer) => rule.test(layer.name))) return rule;
    const names = layers.map((layer) => JSON.stringify(layer.name)).join(", ");
    throw new ArgumentRangeError(
      `"options.skip" expected names of layers, got ${JSON.stringify(name)}; there are ${names}`,
    );
  });
  return (name) => rules.some((rule) => rule.test(name));
}
