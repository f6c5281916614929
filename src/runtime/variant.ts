/** The binaries: their names, and which of them this host runs. */
import { VariantError } from "../errors.js";

/** The binaries by name, the fastest first. All are built from the same sources. */
export const VARIANTS = ["relaxed", "simd"] as const;

/**
 * - `simd` gives the same bits on every host.
 * - `relaxed` multiplies and adds in one step where the host can: faster, but results may differ from one
 *   host to another in the last bit.
 */
export type Variant = (typeof VARIANTS)[number];

/** What may be asked for: a variant by name, or the fastest one that the host runs. */
export type VariantChoice = Variant | "fastest";

/** All that may be asked for. */
export const VARIANT_CHOICES = [...VARIANTS, "fastest"] as const;

const NEEDS: Record<Variant, string> = {
  simd: "it lacks WebAssembly SIMD, which is in Node 16.4, Chrome 91, Firefox 89, Safari 16.4 and later ones",
  relaxed:
    "it lacks relaxed SIMD, which is in Node 22, Chrome 114, Firefox 146 and later ones, " +
    'and in Node 20 under the flag --experimental-wasm-relaxed-simd; variant "simd" runs everywhere',
};

/**
 * Decides which variant to run.
 *
 * @param choice  a variant by name, or "fastest"
 * @param accepts  whether the host runs a variant; see {@link hostAccepts}
 * @returns the variant to run
 * @throws {VariantError} when the host refuses the one that was named, or all of them
 */
export function chooseVariant(choice: VariantChoice, accepts: (variant: Variant) => boolean): Variant {
  const wanted = choice === "fastest" ? VARIANTS : [choice];
  const accepted = wanted.find(accepts);
  if (accepted !== undefined) return accepted;
  throw refusalOf(wanted[wanted.length - 1]);
}

/**
 * Whether the host runs a binary: it is asked to validate the very bytes it would run.
 *
 * @param bytes  a binary of this package
 */
export function hostAccepts(bytes: BufferSource): boolean {
  return typeof WebAssembly !== "undefined" && WebAssembly.validate(bytes);
}

/**
 * The error for a variant that the host refuses: says what the host lacks and where it is found.
 *
 * @param variant  the one refused
 * @param cause  the host's own error, if there is one
 */
export function refusalOf(variant: Variant, cause?: unknown): VariantError {
  const reason = typeof WebAssembly === "undefined" ? "it has no WebAssembly at all" : NEEDS[variant];
  const said = cause === undefined ? "" : ` (${(cause as Error).message})`;
  const message = `"variant" expected one that this host runs, got "${variant}": ${reason}${said}`;
  return new VariantError(message, cause === undefined ? undefined : { cause });
}
