/**
 * The slim door: opens a core from a .wasm file instead of inlined bytes. For those who host the file
 * themselves: a page loads an eighth less, and the browser compiles while it loads. The kernels that solve (pruning,
 * subset sums) are a module of their own and come inlined with the functions that call them, through this door too,
 * unless they are given.
 */
import { checkOneOf, checkOptions } from "./check.js";
import { describe, tagOf } from "./describe.js";
import { ArgumentTypeError, BinaryError, VariantError } from "./errors.js";
import { newCore, OPEN_KEYS, type OpenOptions, withDefaults } from "./opening.js";
import { compile } from "./runtime/load.js";
import { useReadyMade } from "./runtime/ready-made.js";
import { hostAccepts, refusalOf, VARIANTS, type Variant } from "./runtime/variant.js";
import type { Core } from "./tensor/core.js";

export type { OpenOptions } from "./opening.js";
export type { Variant, VariantChoice } from "./runtime/variant.js";
export type { Core } from "./tensor/core.js";

/** Where a binary can come from: an address, an answer to a request, bytes, or a compiled module. */
export type Binary = string | URL | Response | BufferSource | WebAssembly.Module;

/** How to open a core from a file. */
export interface SlimOptions extends OpenOptions {
  /** Which binary; default the file beside this module. It has to be of the named `variant`. */
  binary?: Binary | PromiseLike<Binary>;
  /**
   * The module that solves, compiled from `solvers-simd.wasm` or `solvers-relaxed.wasm`, for hosts that compile nothing
   * while they run. Both modules then serve everything that this package opens in this thread, `searchTickets` too.
   */
  solvers?: WebAssembly.Module;
  /** The module of what runs models, `models-simd.wasm` or `models-relaxed.wasm`, compiled; as `solvers`. */
  models?: WebAssembly.Module;
}

/** The files beside this module, compiled once per thread; a refusal by the host is remembered, too. */
const modules = new Map<Variant, Promise<WebAssembly.Module>>();

/**
 * Opens a core: an own memory with kernels working on it.
 *
 * @param options.variant  "simd" (default; same bits on every host), "relaxed", or "fastest" of the two
 * @param options.memoryLimitMiB  how far the memory may grow, 1 to 4096 (default)
 * @param options.checkViews  whether stale views throw a DisposedError; slow, for finding mistakes. Default false
 * @param options.binary  an address (in Node also of a file: `file://…`), a Response, bytes or a compiled
 *   module, or a promise of one; must be `simd.wasm` or `relaxed.wasm` of this version, as `variant` says
 * @param options.solvers  a compiled module, `solvers-simd.wasm` or `solvers-relaxed.wasm`; both serve the whole thread
 * @param options.models  the same of `models-simd.wasm` or `models-relaxed.wasm`
 * @throws {VariantError} when the host cannot run the variant
 * @throws {BinaryError} when the binary cannot be fetched or is something else, as an error page
 * @throws {OutOfMemoryError} when the host has no memory to give
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option is none
 */
export async function open(options?: SlimOptions): Promise<Core> {
  const { binary, solvers, models, ...rest } = checkOptions("options", options, [
    ...OPEN_KEYS,
    "binary",
    "solvers",
    "models",
  ]);
  const checked = withDefaults(rest);
  const choice = checked.variant;
  if (typeof WebAssembly === "undefined") throw refusalOf("simd");
  if (binary !== undefined || solvers !== undefined || models !== undefined) {
    const variant = checkOneOf("variant", choice, VARIANTS);
    const module = await (binary === undefined ? ownModule(variant) : moduleOf(await binary, variant));
    if (solvers !== undefined || models !== undefined)
      useReadyMade(variant, {
        binary: module,
        solvers: checkModule("solvers", solvers),
        models: checkModule("models", models),
      });
    return newCore(variant, module, checked);
  }
  if (choice !== "fastest") return newCore(choice, await ownModule(choice), checked);
  try {
    return await newCore("relaxed", await ownModule("relaxed"), checked);
  } catch (error) {
    if (!(error instanceof VariantError)) throw error;
    return newCore("simd", await ownModule("simd"), checked);
  }
}

/** Each address is one literal, the form that bundlers find and follow; in a bundle that is no module there is none. */
function ownAddress(variant: Variant): URL {
  try {
    return variant === "simd"
      ? new URL("./simd.wasm", import.meta.url)
      : new URL("./relaxed.wasm", import.meta.url);
  } catch (cause) {
    const found = "a bundle without an address of its own (import.meta.url): give `binary`";
    throw new BinaryError(`"binary" expected ${variant}.wasm beside this module, got ${found}`, { cause });
  }
}

function checkModule(name: string, module: unknown): WebAssembly.Module | undefined {
  if (module === undefined || tagOf(module) === "WebAssembly.Module") return module as WebAssembly.Module;
  throw new ArgumentTypeError(`"${name}" expected a WebAssembly.Module, got ${describe(module)}`);
}

function ownModule(variant: Variant): Promise<WebAssembly.Module> {
  const known = modules.get(variant);
  if (known) return known;
  const module = (async () => moduleOf(ownAddress(variant), variant))();
  modules.set(variant, module);
  module.catch((error) => error instanceof VariantError || modules.delete(variant));
  return module;
}

async function moduleOf(binary: Binary, variant: Variant): Promise<WebAssembly.Module> {
  const tag = tagOf(binary);
  if (tag === "WebAssembly.Module") return binary as WebAssembly.Module;
  if (tag === "Response") return moduleOfResponse(binary as Response, variant);
  if (tag === "String" || tag === "URL") return moduleAt(String(binary), variant);
  if (tag === "ArrayBuffer" || ArrayBuffer.isView(binary)) {
    return moduleOfBytes(bytesOf(binary as BufferSource), variant, "the given bytes");
  }
  const kinds = "an address, a Response, bytes or a WebAssembly.Module";
  throw new ArgumentTypeError(`"binary" expected ${kinds}, got ${describe(binary)}`);
}

async function moduleAt(address: string, variant: Variant): Promise<WebAssembly.Module> {
  if (/^file:/i.test(address)) {
    return moduleOfBytes(await received(address, () => readFile(address)), variant, address);
  }
  return moduleOfResponse(await received(address, () => fetch(address)), variant);
}

/** What cannot be had becomes an error that says from where. */
async function received<T>(from: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { message } = cause as Error;
    throw new BinaryError(`"binary" expected WebAssembly from ${from}, got ${message}`, { cause });
  }
}

function bytesOf(source: BufferSource): Uint8Array<ArrayBuffer> {
  try {
    if (!ArrayBuffer.isView(source)) return new Uint8Array(source);
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  } catch (cause) {
    throw new ArgumentTypeError('"binary" expected bytes, got a buffer that is gone', { cause });
  }
}

/** Node's fetch refuses `file:` addresses. Asked for this way, no bundler looks for the builtin. */
async function readFile(address: string): Promise<Uint8Array<ArrayBuffer>> {
  const files = globalThis.process?.getBuiltinModule?.("node:fs");
  if (files) return files.promises.readFile(new URL(address));
  return new Uint8Array(await (await fetch(address)).arrayBuffer());
}

/** Compiles while it loads; when that fails, e.g. for a wrong MIME type, once more from all the bytes. */
async function moduleOfResponse(response: Response, variant: Variant): Promise<WebAssembly.Module> {
  const from = response.url || "the given response";
  if (response.bodyUsed || !response.ok) {
    const found = response.bodyUsed ? "a body that was read already" : `HTTP ${response.status}`;
    throw new BinaryError(`"binary" expected WebAssembly from ${from}, got ${found}`);
  }
  const copy = response.clone();
  try {
    const module = await WebAssembly.compileStreaming(response);
    void copy.body?.cancel();
    return module;
  } catch {
    return moduleOfBytes(new Uint8Array(await received(from, () => copy.arrayBuffer())), variant, from);
  }
}

async function moduleOfBytes(
  bytes: Uint8Array<ArrayBuffer>,
  variant: Variant,
  from: string,
): Promise<WebAssembly.Module> {
  try {
    return await compile(bytes, from);
  } catch (error) {
    const refused = error instanceof BinaryError && error.cause !== undefined && !hostAccepts(bytes);
    throw refused && variant === "relaxed" ? refusalOf(variant, error.cause) : error;
  }
}
