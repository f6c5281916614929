/**
 * The kernels that run models: products and windows over planes. They are a module of their own, so that a bundle holds
 * them only where something calls them.
 */
import type { ModelKernels } from "../generated/kernels.js";
import { patch } from "../generated/models-relaxed.js";
import { packed } from "../generated/models-simd.js";
import { Inlined } from "./inlined.js";
import { onCores } from "./more-kernels.js";

/**
 * The kernels of assembly/models.ts on the memory of a core, in its variant.
 *
 * @throws {BinaryError} when the host may not compile WebAssembly (Content-Security-Policy)
 * @throws {DisposedError}
 */
export const modelKernelsOf = onCores<ModelKernels>(new Inlined("models", packed, patch));
