/** ONNX Runtime, as far as it is needed: it is loaded when it is first asked for, and may be missing. */
import { kindOf } from "../describe.js";
import { MissingPackageError } from "../errors.js";
import { f32FromF16 } from "../io/half.js";

/** A tensor of ONNX Runtime. */
export interface RuntimeTensor {
  /** ONNX Runtime's name of the element type. */
  readonly type: string;
  /** A typed array. */
  readonly data: unknown;
  /** Its shape. */
  readonly dims: readonly number[];
}

/** A model ready to run. */
export interface Session {
  /** Runs the model on the inputs and gives the outputs asked for. */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  /** Gives its memory back. */
  release(): Promise<void>;
}

/** The part of the module `onnxruntime-web` (or `onnxruntime-node`) that is used. */
export interface Runtime {
  /** Settings of the web version. */
  readonly env?: { readonly wasm?: { numThreads?: number } };
  /** Its class of tensors. */
  readonly Tensor: new (
    type: never,
    data: never,
    dims: readonly number[],
  ) => RuntimeTensor;
  /** Opens models. */
  readonly InferenceSession: {
    /** Opens a model from the bytes of its file. */
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<Session>;
  };
}

/**
 * The runtime to use.
 *
 * @param given  the caller's own; default the package onnxruntime-web, on one thread, so that sums repeat
 * @throws {MissingPackageError} when the package is not installed
 */
export async function runtimeOf(given?: Runtime): Promise<Runtime> {
  if (given) return given;
  let loaded: { default?: Runtime } & Runtime;
  try {
    loaded = (await import("onnxruntime-web")) as unknown as typeof loaded;
  } catch (cause) {
    throw new MissingPackageError(
      'activations of ONNX models expected the package "onnxruntime-web": npm install onnxruntime-web',
      { cause },
    );
  }
  const runtime = loaded.InferenceSession ? loaded : (loaded.default as Runtime);
  if (runtime.env?.wasm) runtime.env.wasm.numThreads = 1;
  return runtime;
}

/**
 * Loads a model. Nothing is optimised away: what is asked for is there, and is what the file says.
 *
 * @param runtime  of `runtimeOf`
 * @param bytes  the file
 */
export const openSession = (runtime: Runtime, bytes: Uint8Array): Promise<Session> =>
  runtime.InferenceSession.create(bytes, { graphOptimizationLevel: "disabled", logSeverityLevel: 3 });

/** The values of a floating-point tensor. Halves come as bits where the host has no array for them. */
export function floatsOf({ data }: RuntimeTensor): Float32Array {
  const kind = kindOf(data);
  if (kind === "Float32Array") return data as Float32Array;
  return kind === "Uint16Array" ? f32FromF16(data as Uint16Array) : Float32Array.from(data as Float64Array);
}
