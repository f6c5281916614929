/** Makes this host one that has no relaxed SIMD, until mocks are restored. */
import { vi } from "vitest";
import { variants } from "./variants.js";

const relaxed = Buffer.from(variants[2].bytes);

/** Node 20's words without its flag. */
export const REFUSAL = "invalid numeric opcode 0xfd105, enable with --experimental-wasm-relaxed-simd";

export function refuseRelaxed(): void {
  const isRelaxed = (bytes: BufferSource) => relaxed.equals(bytes as Uint8Array);
  const { validate, compile } = WebAssembly;
  vi.spyOn(WebAssembly, "validate").mockImplementation((bytes) => !isRelaxed(bytes) && validate(bytes));
  vi.spyOn(WebAssembly, "compile").mockImplementation(async (bytes) => {
    if (isRelaxed(bytes)) throw new WebAssembly.CompileError(REFUSAL);
    return compile(bytes);
  });
}
