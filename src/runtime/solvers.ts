/**
 * The kernels that solve: linear systems, pruning, subset sums. They are a module of their own, so that a bundle holds
 * them only where something calls them.
 */
import type { Kernels, Solvers } from "../generated/kernels.js";
import { patch } from "../generated/solvers-relaxed.js";
import { packed } from "../generated/solvers-simd.js";
import { Inlined } from "./inlined.js";
import { instantiateSync } from "./load.js";
import type { Workspace } from "./workspace.js";

const inlined = new Inlined("solvers", packed, patch);
/** By the kernels of the core, which go when it is disposed of. */
const instances = new WeakMap<Kernels, Solvers>();

/**
 * The kernels of assembly/solvers.ts on the memory of a core, in its variant: compiled at the first call in a thread,
 * instantiated at the first for a core.
 *
 * @throws {BinaryError} when the host may not compile WebAssembly (Content-Security-Policy)
 * @throws {DisposedError}
 */
export function solversOf(core: Workspace): Solvers {
  const known = instances.get(core.kernels);
  if (known) return known;
  const solvers = instantiateSync<Solvers>(inlined.moduleSync(core.variant), core.memory);
  instances.set(core.kernels, solvers);
  return solvers;
}
