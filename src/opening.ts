/** What both doors, `open.ts` and `slim.ts`, do once they have a compiled binary. */
import { checkInteger, checkOneOf } from "./check.js";
import { OutOfMemoryError } from "./errors.js";
import { limitBytesOf } from "./runtime/arena.js";
import { instantiate, instantiateSync } from "./runtime/load.js";
import { VARIANT_CHOICES, type Variant, type VariantChoice } from "./runtime/variant.js";
import { Core } from "./tensor/core.js";

/** How to open a core. */
export interface OpenOptions {
  /** Which binary to run: "simd" (the default, same bits everywhere), "relaxed", or "fastest" of the two. */
  variant?: VariantChoice;
  /** How far the memory may grow, in MiB: an integer from 1 to 4096, the default. */
  memoryLimitMiB?: number;
}

/**
 * @param options  with no unknown keys
 * @returns all of them, checked
 * @throws {ArgumentTypeError | ArgumentRangeError}
 */
export function withDefaults(options: OpenOptions): Required<OpenOptions> {
  const { variant = "simd", memoryLimitMiB = 4096 } = options;
  return {
    variant: checkOneOf("variant", variant, VARIANT_CHOICES),
    memoryLimitMiB: checkInteger("memoryLimitMiB", memoryLimitMiB, 1, 4096),
  };
}

/**
 * @param variant  which binary the module is
 * @param module  compiled
 * @param memoryLimitMiB  how far the memory may grow
 * @throws {BinaryError} when the module is another program's
 * @throws {OutOfMemoryError} when the host gives no memory
 */
export function newCoreSync(variant: Variant, module: WebAssembly.Module, memoryLimitMiB: number): Core {
  const memory = newMemory(memoryLimitMiB);
  return new Core(variant, instantiateSync(module, memory), memory, memoryLimitMiB);
}

/** The same as {@link newCoreSync}, without blocking. */
export async function newCore(
  variant: Variant,
  module: WebAssembly.Module,
  memoryLimitMiB: number,
): Promise<Core> {
  const memory = newMemory(memoryLimitMiB);
  return new Core(variant, await instantiate(module, memory), memory, memoryLimitMiB);
}

/** One page. No maximum is declared: hosts short of address space reserve all of it at once. */
function newMemory(memoryLimitMiB: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1 });
  } catch (cause) {
    const shortage = { requestedBytes: 65536, freeBytes: 0, limitBytes: limitBytesOf(memoryLimitMiB) };
    const message = '"memory" expected one page of 65,536 bytes to start with, got nothing from the host';
    throw new OutOfMemoryError(message, shortage, { cause });
  }
}
