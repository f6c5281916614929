/** Modules beside the first, which every core has: kernels on the memory of a core, for those who call them. */
import type { Kernels, ModelKernels, Solvers } from "../generated/kernels.js";
import type { Inlined } from "./inlined.js";
import { instantiateSync } from "./load.js";
import type { Workspace } from "./workspace.js";

/**
 * The kernels of a module by core.
 *
 * @param inlined  its binaries
 * @returns gives them in a core's variant: compiled at the first call in a thread, instantiated at the first for a core
 */
export function onCores<K extends ModelKernels | Solvers>(inlined: Inlined): (core: Workspace) => K {
  /** By the kernels of the core, which go when it is disposed of. */
  const instances = new WeakMap<Kernels, K>();
  return (core) => {
    const known = instances.get(core.kernels);
    if (known) return known;
    const kernels = instantiateSync<K>(inlined.moduleSync(core.variant), core.memory);
    instances.set(core.kernels, kernels);
    return kernels;
  };
}
