/** Formats: bytes in, tensors out, and back. Nothing here touches files. */
export { bitmaskNames, bitmaskOf, bitmaskTensors, denseOf, readBitmask } from "./bitmask.js";
export { readCsv } from "./csv.js";
export { bf16FromF32, f16FromF32, f32FromBf16, f32FromF16 } from "./half.js";
export { readIdx } from "./idx.js";
export { type Mnist, type MnistFiles, mnist } from "./mnist.js";
export {
  type Model,
  type ModelForm,
  type ModelLayer,
  type ReadModelOptions,
  readModel,
  writeModel,
} from "./model.js";
export { type RewriteForm, rewriteModel } from "./model-edit.js";
export { readNpy, writeNpy } from "./npy.js";
export { npzNames, readNpz, writeNpz } from "./npz.js";
export type { OnnxConstant } from "./onnx/constants.js";
export { type OnnxDataReader, type OnnxFiles, type OnnxPatch, patchedFiles } from "./onnx/external.js";
export type { OnnxValue } from "./onnx/graph.js";
export type { OnnxFeed, OnnxLayer, OnnxUse } from "./onnx/layers.js";
export type { OnnxWindow } from "./onnx/matrices.js";
export { type OnnxModel, onnxFiles, readOnnx } from "./onnx/onnx.js";
export { readSafetensors, type Safetensors, writeSafetensors } from "./safetensors.js";
export { readShards, type Shards, shardNames, writeShards } from "./shards.js";
export { type ArrayOf, type Dtype, FLOATS, floatsOf, type Tensor } from "./tensor.js";
export { readTfjs, type TfjsWeights, tfjsPaths } from "./tfjs.js";
export {
  isTicketModel,
  readTicketModel,
  type TicketModelLayer,
  ticketTensors,
  writeTicketModel,
} from "./ticket-model.js";
