/** ONNX Runtime Web on its Wasm provider (MLAS), one thread. */
import type { Prepared } from "../measure.js";
import { type Dense, transposedWeights } from "./dense.js";
import { peer } from "./peer.js";

interface Session {
  run(feeds: Record<string, unknown>): Promise<Record<string, { data: Float32Array }>>;
  release(): Promise<void>;
}

interface OnnxRuntime {
  env: { wasm: { numThreads: number } };
  Tensor: new (type: string, data: Float32Array, shape: number[]) => unknown;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

interface OnnxProto {
  onnx: { ModelProto: { create(model: object): object; encode(model: object): { finish(): Uint8Array } } };
}

const FLOAT = 1;
const IR_VERSION = 8;
const OPSET = 13;

/** A model of one MatMul whose weights are an initializer, so that the session packs them once. */
function matMulModel({ onnx }: OnnxProto, dense: Dense): Uint8Array {
  const { batch, inputs, outputs } = dense;
  const tensor = (name: string, shape: number[]) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
  });
  const rawData = new Uint8Array(transposedWeights(dense).buffer);
  const model = onnx.ModelProto.create({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: OPSET }],
    graph: {
      name: "dense",
      node: [{ opType: "MatMul", input: ["x", "w"], output: ["y"] }],
      initializer: [{ name: "w", dims: [inputs, outputs], dataType: FLOAT, rawData }],
      input: [tensor("x", [batch, inputs])],
      output: [tensor("y", [batch, outputs])],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

/** Its API takes inputs from and returns outputs to JavaScript memory, so a call copies both. */
export async function denseOnnx(dense: Dense): Promise<Prepared> {
  const runtime = await peer<OnnxRuntime>("onnxruntime-web");
  const proto = await peer<OnnxProto>("onnx-proto");
  runtime.env.wasm.numThreads = 1;
  const options = { executionProviders: ["wasm"] };
  const session = await runtime.InferenceSession.create(matMulModel(proto, dense), options);
  const x = new runtime.Tensor("float32", dense.x, [dense.batch, dense.inputs]);
  return {
    run: () => session.run({ x }),
    output: async () => (await session.run({ x })).y.data,
    close: () => void session.release(),
  };
}
