/** Nodes that need no step: their outputs are memory that is there already. */
import type { Site } from "../ops/contract.js";
import type { TensorType } from "../ops/ir.js";
import type { Stored } from "./storage.js";

const RESHAPES = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"];

/**
 * @param site  a node
 * @param types  of its outputs
 * @param storedAs  where a value lies
 * @returns where its outputs lie, when that is part of where its input lies; else undefined
 */
export function aliasOf(
  { node }: Site,
  types: readonly TensorType[],
  storedAs: (name: string) => Stored | undefined,
): Stored[] | undefined {
  const source = storedAs(node.inputs[0]);
  if (!source) return undefined;
  if (node.op !== "Identity" && RESHAPES.includes(node.op)) {
    // Another shape of the same elements: planes have to be contiguous.
    source.slot.isStrided = false;
    return [{ ...source, type: types[0] }];
  }
  if (node.op === "Identity") return [{ ...source }];
  return undefined;
}
