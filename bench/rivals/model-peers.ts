/** Whole models on other people's runtimes, one thread; from arrays to arrays, as ours. */
import type { Feed, Loaded } from "./models.js";

/** The part of ONNX Runtime used here, in a page or in Node. */
export interface OnnxRuntime {
  env: { wasm: { numThreads: number; wasmPaths?: string } };
  Tensor: new (type: string, data: Feed["data"], shape: readonly number[]) => unknown;
  InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{ run(feeds: object): Promise<Record<string, { data: Values }>>; release(): Promise<void> }>;
  };
}

interface TfTensor {
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

/** The part of TensorFlow.js used here. */
export interface Tfjs {
  tensor(values: Feed["data"], shape: readonly number[], type: string): TfTensor;
  dispose(container: object): void;
}

export interface Converter {
  loadGraphModel(handler: object): Promise<{
    execute(inputs: object, outputs: readonly string[]): TfTensor | TfTensor[];
    dispose(): void;
  }>;
}

/** A model ready to run: from arrays to arrays. */
export interface Whole {
  run(): unknown;
  /** Of a run, in the order of the graph. */
  outputs(): Promise<Values[]> | Values[];
  close(): void;
}

type Values = ArrayLike<number | bigint>;

const ONNX_TYPES: Readonly<Record<string, string>> = { f32: "float32", i64: "int64", i32: "int32" };

/** A session of ONNX Runtime, whichever. */
export async function onnxModel(runtime: OnnxRuntime, loaded: Loaded, options: object): Promise<Whole> {
  const session = await runtime.InferenceSession.create(loaded.files[loaded.main], {
    ...options,
    logSeverityLevel: 3,
  });
  const run = () =>
    session.run(
      Object.fromEntries(
        loaded.feeds.map(({ name, dtype, shape, data }) => [
          name,
          new runtime.Tensor(ONNX_TYPES[dtype], data, shape),
        ]),
      ),
    );
  return {
    run,
    outputs: async () => {
      const outputs = await run();
      return loaded.graph.outputs.map((name) => outputs[name].data);
    },
    close: () => void session.release(),
  };
}

/** A graph model on the backend of TensorFlow.js that is set. */
export async function tfjsModel(tf: Tfjs, converter: Converter, loaded: Loaded): Promise<Whole> {
  const json = JSON.parse(new TextDecoder().decode(loaded.files[loaded.main]));
  const manifest = json.weightsManifest as { paths: string[]; weights: object[] }[];
  const shards = manifest.flatMap(({ paths }) => paths).map((path) => loaded.files[path]);
  const graphModel = await converter.loadGraphModel({
    load: async () => ({
      ...json,
      weightSpecs: manifest.flatMap(({ weights }) => weights),
      weightData: await new Blob(shards as BlobPart[]).arrayBuffer(),
    }),
  });
  const run = () => {
    const inputs = Object.fromEntries(
      loaded.feeds.map(({ name, dtype, shape, data }) => [
        name,
        tf.tensor(data, shape, dtype === "f32" ? "float32" : "int32"),
      ]),
    );
    const outputs = [graphModel.execute(inputs, loaded.graph.outputs)].flat();
    const values = outputs.map((output) => output.dataSync());
    tf.dispose(inputs);
    tf.dispose(outputs);
    return values;
  };
  return { run, outputs: run, close: () => graphModel.dispose() };
}
