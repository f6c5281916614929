/** The entry `golden-ticket/models`: models that people bring, read and run. */
export type { ElementArray, ElementType, Graph, GraphInput, Node, Tensor, TensorType } from "../ops/ir.js";
export { inspectModel, type ModelLayer, type ModelSummary } from "./inspect.js";
export {
  type InputValue,
  Model,
  type ModelOptions,
  missingOperators,
  model,
  type OutputValue,
} from "./model.js";
export type { StepInfo } from "./plan.js";
export { type ModelFile, type ModelFiles, readModel } from "./read-model.js";
export { readOnnxGraph } from "./read-onnx.js";
export { readTfjsGraph } from "./read-tfjs.js";
