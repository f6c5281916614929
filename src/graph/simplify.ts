/** Rewrites a bound graph into fewer nodes. Each rule is a few lines and is tested against the graph as it was. */
import type { Node } from "../ops/ir.js";
import type { Bound } from "./bind.js";
import { Editing } from "./editing.js";
import {
  absorbInputScale,
  makeAffine,
  makeClip,
  makeGelu,
  makeHardSwish,
  makeLayerNormalization,
  makeSwish,
} from "./rules/activations.js";
import { absorbAffine, absorbClamp, absorbPad, absorbResidual, splitBatchNorm } from "./rules/products.js";
import { moveTransposes } from "./rules/transposes.js";

/** A rule: changes the graph where it fits a node, and says whether it did. */
export type Rule = (editing: Editing, node: Node) => boolean;

const dropIdentities: Rule = (editing, node) => {
  if (node.op !== "Identity" && !(node.op === "Dropout" && node.outputs.length === 1)) return false;
  return !editing.bound.outputs.includes(node.outputs[0]) && editing.bypass(node, node.inputs[0]);
};

/** In stages: each is applied until nothing changes, then the next. */
const STAGES: readonly (readonly Rule[])[] = [
  [dropIdentities, makeHardSwish, makeSwish, makeGelu, makeClip, makeLayerNormalization],
  [moveTransposes],
  [absorbPad, absorbAffine, absorbResidual, absorbClamp],
  [splitBatchNorm],
  [makeAffine],
  [absorbInputScale],
];

/** Applies all rules until none applies. */
export function simplify(bound: Bound): void {
  const editing = new Editing(bound);
  for (const rules of STAGES) {
    let changes = true;
    while (changes) {
      changes = false;
      for (const node of [...bound.nodes])
        for (const rule of rules)
          if (editing.has(node) && rule(editing, node)) {
            changes = true;
            break;
          }
      editing.sweep();
    }
  }
}
