/** From bytes to running kernels. The one file that knows @assemblyscript/loader. */
import * as loader from "@assemblyscript/loader";
import { BinaryError } from "../errors.js";
import type { Kernels, ModelKernels, Solvers } from "../generated/kernels.js";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * Compiles on the calling thread.
 *
 * @param bytes  a binary of this package
 * @param from  where the bytes come from, for messages
 * @throws {BinaryError} when they are something else, or the host refuses to compile them
 */
export function compileSync(bytes: Bytes, from: string): WebAssembly.Module {
  checkBinary(bytes, from);
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    throw compileFailure(bytes, from, cause);
  }
}

/**
 * Compiles off the main thread, which a browser's page must not block.
 *
 * @param bytes  a binary of this package
 * @param from  where the bytes come from, for messages
 * @throws {BinaryError} when they are something else, or the host refuses to compile them
 */
export async function compile(bytes: Bytes, from: string): Promise<WebAssembly.Module> {
  checkBinary(bytes, from);
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw compileFailure(bytes, from, cause);
  }
}

/**
 * Makes the kernels of a module work on a memory.
 *
 * @param module  a binary of this package, compiled
 * @param memory  what the kernels read and write
 * @throws {BinaryError} when the module is another program's
 */
export function instantiateSync<K extends Kernels | ModelKernels | Solvers = Kernels>(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): K {
  try {
    return kernelsOf<K>(loader.instantiateSync(module, { env: { memory } }).instance);
  } catch (cause) {
    throw instanceFailure(cause);
  }
}

/**
 * Makes the kernels of a module work on a memory, without blocking a page. (Node is served synchronously:
 * the loader's asynchronous call looks at `Response`, for which Node loads all of its fetch, 40 ms.)
 *
 * @param module  a binary of this package, compiled
 * @param memory  what the kernels read and write
 * @throws {BinaryError} when the module is another program's
 */
export async function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<Kernels> {
  if (globalThis.process?.versions?.node) return instantiateSync(module, memory);
  try {
    return kernelsOf((await loader.instantiate(module, { env: { memory } })).instance);
  } catch (cause) {
    throw instanceFailure(cause);
  }
}

/** The exports as the host made them: the loader's own wrap each call, which costs more than the call. */
function kernelsOf<K extends Kernels | ModelKernels | Solvers>(instance: WebAssembly.Instance): K {
  const kernels = instance.exports as unknown as K;
  if (typeof kernels.heap_base?.value === "number") return kernels;
  const found = Object.keys(kernels).join(", ") || "none";
  throw new BinaryError(`"binary" expected the export heap_base, got ${found}`);
}

function checkBinary(bytes: Bytes, from: string): void {
  const [zero, a, s, m] = bytes;
  if (zero === 0 && a === 0x61 && s === 0x73 && m === 0x6d) return;
  const start = new TextDecoder().decode(bytes.subarray(0, 256)).trimStart();
  if (/^<(!|h)/i.test(start)) {
    const why = "a server that answers unknown paths with a page does that";
    throw new BinaryError(`"binary" expected WebAssembly from ${from}, got HTML: ${why}; check the address`);
  }
  const found = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const got = found ? `bytes that start with ${found}` : "no bytes";
  throw new BinaryError(`"binary" expected WebAssembly from ${from}, got ${got}`);
}

function compileFailure(bytes: Bytes, from: string, cause: unknown): BinaryError {
  const policy = "a Content-Security-Policy must allow 'wasm-unsafe-eval' in script-src";
  const ready =
    "hosts that compile nothing take ready-made modules: `binary` and `solvers` of golden-ticket/slim";
  const hint = WebAssembly.validate(bytes) ? ` (${policy}; ${ready})` : "";
  const found = `${from}: ${(cause as Error).message}${hint}`;
  return new BinaryError(`"binary" expected a module that this host compiles, got ${found}`, { cause });
}

function instanceFailure(cause: unknown): BinaryError {
  if (cause instanceof BinaryError) return cause;
  const message = `"binary" expected this package's module, got another one: ${(cause as Error).message}`;
  return new BinaryError(message, { cause });
}
