/**
 * ONNX Runtime, as far as it is needed: it is loaded when it is first asked for, and may be missing. Its settings stay
 * as they were, and what it says in errors has a sentence of ours before it.
 */
import { kindOf } from "../describe.js";
import { ArgumentRangeError, FormatError, MissingPackageError } from "../errors.js";
import { f32FromF16 } from "../io/half.js";
import type { Samples } from "./samples.js";

/** A tensor of ONNX Runtime. */
export interface RuntimeTensor {
  /** ONNX Runtime's name of the element type. */
  readonly type: string;
  /** A typed array; of texts an array. */
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
    options?: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  /** Gives its memory back. */
  release(): Promise<void>;
}

/** The part of the module `onnxruntime-web` (or `onnxruntime-node`) that is used. */
export interface Runtime {
  /** Settings of the web version. */
  readonly env?: { readonly wasm?: { numThreads?: number | undefined } };
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

/** Sums repeat on one thread alone; nothing is printed but what ends the process. */
const THREADS = 1;
const QUIET = { logSeverityLevel: 4, logVerbosityLevel: 0 } as const;

/**
 * The runtime to use.
 *
 * @param given  the caller's own; default the package onnxruntime-web
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
  const { env, Tensor, InferenceSession } = loaded.InferenceSession ? loaded : (loaded.default as Runtime);
  const own: Runtime = { ...(env ? { env } : {}), Tensor, InferenceSession };
  ours.add(own);
  return own;
}

/** Runtimes that nobody gave us: they run on one thread. */
const ours = new WeakSet<Runtime>();

type Settings = Record<string, unknown>;

/** Settings as they were before the first of those who open a session now, and how many do. */
const kept = new WeakMap<object, { readonly settings: Settings; users: number }>();

/** Settings count when a session is opened; ONNX Runtime writes its defaults into them then. All are put back. */
async function keepingSettings<T>(runtime: Runtime, work: () => Promise<T>): Promise<T> {
  const wasm = runtime.env?.wasm as Settings | undefined;
  if (!wasm) return work();
  const own = kept.get(wasm) ?? { settings: { ...wasm }, users: 0 };
  kept.set(wasm, own);
  own.users++;
  if (ours.has(runtime)) wasm.numThreads = THREADS;
  try {
    return await work();
  } finally {
    if (--own.users === 0) {
      kept.delete(wasm);
      for (const key of Object.keys(wasm)) if (!(key in own.settings)) delete wasm[key];
      Object.assign(wasm, own.settings);
    }
  }
}

/**
 * Loads a model. Nothing is optimised away: what is asked for is there, and is what the file says.
 *
 * @param runtime  of `runtimeOf`
 * @param bytes  the file
 * @throws {FormatError} when the runtime refuses it
 */
export async function openSession(runtime: Runtime, bytes: Uint8Array): Promise<Session> {
  try {
    const options = { graphOptimizationLevel: "disabled", ...QUIET };
    return await keepingSettings(runtime, () => runtime.InferenceSession.create(bytes, options));
  } catch (cause) {
    const message = `"bytes" expected a model that ONNX Runtime loads; it says: ${wordsOf(cause)}`;
    throw new FormatError(message, { cause });
  }
}

/**
 * Runs a model on a run of its samples.
 *
 * @param session  of `openSession`
 * @param runtime  that runs it
 * @param samples  of the model
 * @param run  from 0
 * @param names  of the outputs that are wanted; a runtime does not run for none
 * @throws {ArgumentRangeError} when the runtime cannot
 */
export async function runSamples(
  session: Session,
  runtime: Runtime,
  samples: Samples,
  run: number,
  names: readonly string[],
): Promise<Readonly<Record<string, RuntimeTensor>>> {
  if (names.length === 0) return {};
  try {
    return await session.run(samples.feeds(runtime, run), names, QUIET);
  } catch (cause) {
    const { first, taken } = samples.placeOf(run);
    const which = taken === 1 ? `sample ${first}` : `samples ${first} to ${first + taken - 1} together`;
    const message = `"calibration" expected samples that the model runs on; of ${which} ONNX Runtime says: `;
    throw new ArgumentRangeError(message + wordsOf(cause), { cause });
  }
}

/** What another's error says, in a line; the heap of WebAssembly tells of the lack of memory by a number. */
function wordsOf(cause: unknown): string {
  if (typeof cause === "number") return "not enough memory";
  const words = String((cause as { message?: unknown })?.message ?? cause);
  return words.replace(/\s+/g, " ").trim();
}

/** The values of a floating-point tensor. Halves come as bits where the host has no array for them. */
export function floatsOf({ data }: RuntimeTensor): Float32Array {
  const kind = kindOf(data);
  if (kind === "Float32Array") return data as Float32Array;
  return kind === "Uint16Array" ? f32FromF16(data as Uint16Array) : Float32Array.from(data as Float64Array);
}
