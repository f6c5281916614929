/** The main door: opens a core from the bytes that come with the code. */
import { checkOptions } from "./check.js";
import { patch } from "./generated/relaxed.js";
import { packed } from "./generated/simd.js";
import { newCore, newCoreSync, OPEN_KEYS, type OpenOptions, withDefaults } from "./opening.js";
import { Inlined } from "./runtime/inlined.js";
import { chooseVariant, type Variant } from "./runtime/variant.js";
import type { Core } from "./tensor/core.js";

const inlined = new Inlined("binary", packed, patch);

/**
 * Opens a core: an own memory with kernels working on it. Compiles without blocking the thread.
 *
 * @param options.variant  "simd" (default; same bits on every host), "relaxed", or "fastest" of the two
 * @param options.memoryLimitMiB  how far the memory may grow, 1 to 4096 (default)
 * @param options.checkViews  whether stale views throw a DisposedError; slow, for finding mistakes. Default false
 * @throws {VariantError} when the host cannot run the variant
 * @throws {BinaryError} when the host may not compile WebAssembly (Content-Security-Policy)
 * @throws {OutOfMemoryError} when the host has no memory to give
 * @throws {ArgumentTypeError | ArgumentRangeError} when an option is none
 *
 * @example
 * ```ts
 * using core = await open();
 * core.matrix(2, 2, [1, 2, 3, 4]).row(1); // Float32Array [3, 4]
 * ```
 */
export async function open(options?: OpenOptions): Promise<Core> {
  const checked = chosen(options);
  return newCore(checked.variant, await inlined.module(checked.variant), checked);
}

/**
 * The same as {@link open}, at once: for scripts and workers. A page's main thread should rather await
 * `open`; Chromium compiles at most 8 MB there.
 *
 * @param options  as for `open`
 * Throws as `open` does.
 */
export function openSync(options?: OpenOptions): Core {
  const checked = chosen(options);
  return newCoreSync(checked.variant, inlined.moduleSync(checked.variant), checked);
}

function chosen(options?: OpenOptions): Required<OpenOptions> & { variant: Variant } {
  const checked = withDefaults(checkOptions("options", options, OPEN_KEYS));
  return { ...checked, variant: chooseVariant(checked.variant, (variant) => inlined.accepts(variant)) };
}
