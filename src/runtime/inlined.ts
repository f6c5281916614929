/** Binaries that come with the code, as text. */
import { compile, compileSync } from "./load.js";
import { type ReadyMade, readyMade } from "./ready-made.js";
import { applyPatch, unpack } from "./unpack.js";
import { hostAccepts, type Variant } from "./variant.js";

/** The variants of one module: each is unpacked and compiled at its first use in a thread, and kept. */
export class Inlined {
  readonly #name: keyof ReadyMade;
  readonly #packed: string;
  readonly #patch: string;
  readonly #binaries = new Map<Variant, Uint8Array<ArrayBuffer>>();
  readonly #modules = new Map<Variant, WebAssembly.Module>();

  /**
   * @param name  in messages, and among modules that the host has compiled
   * @param packed  the binary "simd", as scripts/pack.mjs writes it
   * @param patch  what makes "relaxed" out of it, written likewise
   */
  constructor(name: keyof ReadyMade, packed: string, patch: string) {
    this.#name = name;
    this.#packed = packed;
    this.#patch = patch;
  }

  /** Whether the host runs the variant. */
  accepts(variant: Variant): boolean {
    return this.#known(variant) !== undefined || hostAccepts(this.#bytesOf(variant));
  }

  /** Compiles without blocking the thread. @throws {BinaryError} when the host refuses */
  async module(variant: Variant): Promise<WebAssembly.Module> {
    return this.#known(variant) ?? this.#keep(variant, await compile(...this.#source(variant)));
  }

  /** The same at once. @throws {BinaryError} when the host refuses */
  moduleSync(variant: Variant): WebAssembly.Module {
    return this.#known(variant) ?? this.#keep(variant, compileSync(...this.#source(variant)));
  }

  #known(variant: Variant): WebAssembly.Module | undefined {
    return readyMade(this.#name, variant) ?? this.#modules.get(variant);
  }

  #keep(variant: Variant, module: WebAssembly.Module): WebAssembly.Module {
    this.#modules.set(variant, module);
    return module;
  }

  #source(variant: Variant) {
    return [this.#bytesOf(variant), `the inlined ${this.#name} "${variant}"`] as const;
  }

  #bytesOf(variant: Variant): Uint8Array<ArrayBuffer> {
    const known = this.#binaries.get(variant);
    if (known) return known;
    const bytes =
      variant === "simd" ? unpack(this.#packed) : applyPatch(this.#bytesOf("simd"), unpack(this.#patch));
    this.#binaries.set(variant, bytes);
    return bytes;
  }
}
