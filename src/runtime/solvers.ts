/**
 * The kernels that solve: linear systems, pruning, subset sums. They are a module of their own, so that a bundle holds
 * them only where something calls them.
 */
import type { Solvers } from "../generated/kernels.js";
import { patch } from "../generated/solvers-relaxed.js";
import { packed } from "../generated/solvers-simd.js";
import { Inlined } from "./inlined.js";
import { onCores } from "./more-kernels.js";

/**
 * The kernels of assembly/solvers.ts on the memory of a core, in its variant.
 *
 * @throws {BinaryError} when the host may not compile WebAssembly (Content-Security-Policy)
 * @throws {DisposedError}
 */
export const solversOf = onCores<Solvers>(new Inlined("solvers", packed, patch));
