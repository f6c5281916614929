/** ONNX models: read, pruned, compared, written (golden-ticket/onnx). */
export {
  type OnnxConstant,
  type OnnxDataReader,
  type OnnxFeed,
  type OnnxFiles,
  type OnnxLayer,
  type OnnxModel,
  type OnnxPatch,
  type OnnxUse,
  type OnnxValue,
  type OnnxWindow,
  onnxFiles,
  patchedFiles,
  readOnnx,
} from "../io/index.js";
export type * from "./contract.js";
export type { IntegerArray, NumberArray } from "./input-types.js";
export { METHOD_NAMES, type MethodName } from "./methods.js";
export type { UncomparedOutput } from "./outputs.js";
export { planOnnx, pruneOnnx, sweepOnnx } from "./prune-onnx.js";
export type { Runtime, RuntimeTensor, Session } from "./runtime.js";
export type { OnnxArray, OnnxSamples } from "./samples.js";
export type { Compared, OutputError } from "./verify.js";
