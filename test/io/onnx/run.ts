/** Models in ONNX Runtime, as they stand: nothing is folded or fused. */
import * as ort from "onnxruntime-web";

ort.env.wasm.numThreads = 1;

export type Feeds = Record<string, ort.Tensor>;

export const float = (dims: number[], values: ArrayLike<number>) =>
  new ort.Tensor("float32", Float32Array.from(values), dims);
export const bool = (value: boolean) => new ort.Tensor("bool", [value], []);
export const int64 = (value: number) => new ort.Tensor("int64", BigInt64Array.of(BigInt(value)), []);

/** @returns the outputs by name */
export async function run(file: Uint8Array, feeds: Feeds): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(file, {
    graphOptimizationLevel: "disabled",
    executionProviders: ["wasm"],
  });
  try {
    return { ...(await session.run(feeds)) };
  } finally {
    await session.release();
  }
}
