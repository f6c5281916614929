/** Which layers of a model are pruned, and which stay as they are and why. */

import { ArgumentRangeError, type OutOfMemoryError } from "../errors.js";
import type { OnnxLayer } from "../io/onnx/layers.js";
import type { OnnxModel } from "../io/onnx/onnx.js";
import { isByLosses, targetsOf } from "../prune/budgets.js";
import { hessianShortage, tooWide } from "../prune/hessian-memory.js";
import type { OnnxLayerPlan } from "./contract.js";
import { needsHessian, needsInputs } from "./methods.js";
import { type Settled, unitOf } from "./options.js";

/** A layer and its plan. */
export interface PlannedLayer extends OnnxLayerPlan {
  readonly layer: OnnxLayer;
  /** Its Hessian is beyond the memory: at most the diagonal of it can be had. */
  readonly isTooWide?: true;
}

/**
 * @param model  to be pruned
 * @param options  what is asked for
 * @param memory  bytes that Hessians may take
 * @throws {ArgumentRangeError} when a name in `skip` is that of no layer
 * @throws {OutOfMemoryError} that names the widest layer, when the Hessians that are needed take more
 */
export function planLayers(model: OnnxModel, options: Settled, memory: number): PlannedLayer[] {
  const isSkipped = skipping([...model.layers, ...model.others], options.skip);
  const areAllFixed = model.layers.every(looksFixed);
  const plan = model.layers.map((layer): PlannedLayer => {
    const { name, op, rows, columns, groups } = layer;
    const isFixed = !areAllFixed && looksFixed(layer);
    const skipped = reasonFor(layer, options, isSkipped(name)) ?? (isFixed ? fixed(layer) : undefined);
    return { name, op, rows, columns, groups, ...(skipped ? { skipped } : {}), layer };
  });
  return options.calibration || needsInputs(options.method) ? withinMemory(plan, options, memory) : plan;
}

/** The widest layers do without a Hessian, as many as have to. */
function withinMemory(plan: PlannedLayer[], options: Settled, memory: number): PlannedLayer[] {
  const wanting = plan.filter(({ skipped, layer }) => !skipped && layer.isReachable);
  const isNeeded = needsHessian(options.method);
  const wide = new Set<PlannedLayer>();
  for (const { layer, neededBytes } of tooWide(wanting, options.method, memory)) {
    if (isNeeded && options.unreached === undefined) throw shortage(wanting[layer], neededBytes, memory);
    wide.add(wanting[layer]);
  }
  const skips = isNeeded && options.unreached === "skip";
  return plan.map((one) => {
    if (!wide.has(one)) return one;
    return { ...one, isTooWide: true, ...(skips ? { skipped: "its Hessian is beyond the memory" } : {}) };
  });
}

function shortage(widest: PlannedLayer, needed: number, memory: number): OutOfMemoryError {
  const { name, rows, columns, op } = widest;
  const advice =
    '"skip" (--skip) leaves it as it is, "unreached": "magnitude" (--unreached magnitude) prunes it by magnitude, ' +
    'and "wanda" (--method wanda) needs no Hessian';
  const what = `${JSON.stringify(name)} (${op}, ${rows} × ${columns})`;
  return hessianShortage(what, widest, needed, memory, advice);
}

/**
 * Constants that no layer is made of, as rows beside those of layers: the first axis down, all others across.
 *
 * @param model  to be pruned
 */
export function otherWeights({ others }: OnnxModel): (OnnxLayerPlan & { readonly skipped: string })[] {
  return others.map(({ name, op, dims: [rows, ...rest], reason }) => {
    const columns = rest.reduce((product, size) => product * size, 1);
    return { name, op, rows, columns, groups: 1, skipped: reason };
  });
}

/**
 * A 3 × 3 matrix, or one filter of 9 numbers, is more often given than learned: it turns colours into others, or finds
 * edges. In a model of nothing else it is meant.
 */
const looksFixed = ({ rows, columns, groups, isDepthwise, op }: OnnxLayer): boolean =>
  !isDepthwise && (rows / groups) * columns === 9 && (rows === columns || op.endsWith("Conv"));

const fixed = ({ rows, columns }: OnnxLayer): string => `${rows} × ${columns}: looks fixed`;

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
  // What is pruned for one use, such as an output layer tied to the embedding, would be damaged for the other.
  const others = layer.uses.filter(({ isProduct }) => !isProduct).map(({ op }) => op);
  if (others.length > 0) return `read by ${[...new Set(others)].join(", ")} too`;
  if (layer.isDepthwise && !options.depthwise) return "depthwise";
  const unit = unitOf(pattern);
  if (layer.columns % unit > 0) return `${layer.columns} columns are no multiple of ${unit}`;
  if (needsInputs(method) && unreached !== "magnitude" && !layer.isReachable)
    return "its activations are out of reach";
  return undefined;
}

function skipping(
  layers: readonly { readonly name: string }[],
  skip: readonly string[],
): (name: string) => boolean {
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
