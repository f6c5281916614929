/** What both doors, `open.ts` and `slim.ts`, do once they have a compiled binary. */
import { checkBoolean, checkInteger, checkOneOf } from "./check.js";
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
  /**
   * Whether views that are stale throw a DisposedError, instead of showing what has taken their place. Slow: for
   * finding mistakes. Default false.
   */
  checkViews?: boolean;
}

/**
 * @param options  with no unknown keys
 * @returns all of them, checked
 * @throws {ArgumentTypeError | ArgumentRangeError}
 */
export function withDefaults(options: OpenOptions): Required<OpenOptions> {
  const { variant = "simd", memoryLimitMiB = 4096, checkViews = false } = options;
  return {
    variant: checkOneOf("variant", variant, VARIANT_CHOICES),
    memoryLimitMiB: checkInteger("memoryLimitMiB", memoryLimitMiB, 1, 4096),
    checkViews: checkBoolean("checkViews", checkViews),
  };
}

/** The keys of {@link OpenOptions}. */
export const OPEN_KEYS = ["variant", "memoryLimitMiB", "checkViews"] as const;

/**
 * @param variant  which binary the module is
 * @param module  compiled
 * @param options  how far the memory may grow, whether stale views throw
 * @throws {BinaryError} when the module is another program's
 * @throws {OutOfMemoryError} when the host gives no memory
 */
export function newCoreSync(
  variant: Variant,
  module: WebAssembly.Module,
  options: Required<OpenOptions>,
): Core {
  const { memoryLimitMiB, checkViews } = options;
  const memory = newMemory(memoryLimitMiB);
  return new Core(variant, instantiateSync(module, memory), memory, memoryLimitMiB, checkViews);
}

/** The same as {@link newCoreSync}, without blocking. */
export async function newCore(
  variant: Variant,
  module: WebAssembly.Module,
  options: Required<OpenOptions>,
): Promise<Core> {
  const { memoryLimitMiB, checkViews } = options;
  const memory = newMemory(memoryLimitMiB);
  return new Core(variant, await instantiate(module, memory), memory, memoryLimitMiB, checkViews);
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
