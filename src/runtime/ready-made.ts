/** Modules that the host compiled before the program began, because it compiles none while it runs. */
import { BinaryError } from "../errors.js";
import type { Kernels, ModelKernels, Solvers } from "../generated/kernels.js";
import type { Variant } from "./variant.js";

/** The modules of a variant. */
export interface ReadyMade {
  readonly binary: WebAssembly.Module;
  readonly solvers?: WebAssembly.Module;
  readonly models?: WebAssembly.Module;
}

/** A kernel of each by which it is known. */
const MARKS = {
  binary: "f32_gemm_panels" satisfies keyof Kernels,
  solvers: "f32_obs_pack" satisfies keyof Solvers,
  models: "f32_planes_spmm" satisfies keyof ModelKernels,
};

const given = new Map<Variant, ReadyMade>();

/**
 * Makes modules serve everything that is opened in this thread from now on.
 *
 * @param variant  which binaries they are
 * @param modules  those that there are
 * @throws {BinaryError} when one is something else
 */
export function useReadyMade(variant: Variant, modules: ReadyMade): void {
  for (const part of ["binary", "solvers", "models"] as const) {
    const module = modules[part];
    const names = module ? WebAssembly.Module.exports(module).map(({ name }) => name) : [MARKS[part]];
    if (names.includes(MARKS[part])) continue;
    const expected = part === "binary" ? variant : `${part}-${variant}`;
    const found =
      names.length > 0 ? `one that exports ${names.slice(0, 3).join(", ")}, …` : "one without exports";
    throw new BinaryError(`"${part}" expected this package's module ${expected}.wasm, got ${found}`);
  }
  given.set(variant, modules);
}

/**
 * A module that was given.
 *
 * @returns undefined when none was
 */
export const readyMade = (part: keyof ReadyMade, variant: Variant): WebAssembly.Module | undefined =>
  given.get(variant)?.[part];
