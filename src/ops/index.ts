/** The table of operators: one line a family. What a model needs beyond it is named before anything runs. */
import { ACTIVATIONS } from "./activation.js";
import type { OperatorTable } from "./contract.js";
import { ELEMENTWISE } from "./elementwise.js";
import { PRODUCTS } from "./products.js";
import { REDUCTIONS } from "./reductions.js";
import { SHAPES } from "./shapes.js";
import { WINDOWS } from "./windows.js";

/** By ONNX's names. */
export const OPERATORS: OperatorTable = {
  ...ACTIVATIONS,
  ...ELEMENTWISE,
  ...PRODUCTS,
  ...REDUCTIONS,
  ...SHAPES,
  ...WINDOWS,
};
