/**
 * The kernels that run models: products and windows over planes. They are a module of their own, so that a bundle holds
 * them only where something calls them.
 */
import type { Kernels, ModelKernels } from "../generated/kernels.js";
import { patch } from "../generated/models-relaxed.js";
import { packed } from "../generated/models-simd.js";
import { Inlined } from "./inlined.js";
import { instantiateSync } from "./load.js";
import type { Workspace } from "./workspace.js";

const inlined = new Inlined("models", packed, patch);
/** By the kernels of the core, which go when it is disposed of. */
const instances = new WeakMap<Kernels, ModelKernels>();

/**
 * The kernels of assembly/models.ts on the memory of a core, in its variant: compiled at the first call in a thread,
 * instantiated at the first for a core.
 *
 * @throws {BinaryError} when the host may not compile WebAssembly (Content-Security-Policy)
 * @throws {DisposedError}
 */
export function modelKernelsOf(core: Workspace): ModelKernels {
  const known = instances.get(core.kernels);
  if (known) return known;
  const kernels = instantiateSync<ModelKernels>(inlined.moduleSync(core.variant), core.memory);
  instances.set(core.kernels, kernels);
  return kernels;
}
