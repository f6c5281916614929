import { afterEach, describe, expect, test, vi } from "vitest";
import { compile, compileSync, instantiate, instantiateSync } from "../../src/runtime/load.js";
import { readBinary } from "../harness/read-binary.js";

const simd = await readBinary("simd");
const text = (content: string) => new TextEncoder().encode(content);
/** A module without imports and exports: the magic number and the version. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

afterEach(() => vi.unstubAllGlobals());

describe.each([
  ["compileSync", async (bytes: Uint8Array<ArrayBuffer>) => compileSync(bytes, "here")],
  ["compile", (bytes: Uint8Array<ArrayBuffer>) => compile(bytes, "here")],
])("%s", (_, run) => {
  test("compiles a binary", async () => {
    expect(await run(simd)).toBeInstanceOf(WebAssembly.Module);
  });
  test.each([
    ["HTML", text("<!doctype html><title>404</title>"), /from here, got HTML: .*check the address/],
    ["HTML after blanks", text("\ufeff\n  <HTML>"), /got HTML/],
    ["other bytes", Uint8Array.of(0x50, 0x4b, 3, 4, 5), /from here, got bytes that start with 50 4b 03 04$/],
    ["nothing", new Uint8Array(0), /got no bytes$/],
    ["half a binary", simd.slice(0, simd.length >> 1), /a module that this host compiles, got here: /],
  ])("refuses %s", async (_, bytes, message) => {
    const refusal = expect.objectContaining({ name: "BinaryError", message: expect.stringMatching(message) });
    await expect(run(bytes)).rejects.toEqual(refusal);
  });
  test("names the page's policy when valid bytes are refused", async () => {
    const cause = new WebAssembly.CompileError("disallowed by embedder");
    const refuse = function refuse() {
      throw cause;
    };
    vi.stubGlobal("WebAssembly", { ...WebAssembly, validate: () => true, Module: refuse, compile: refuse });
    await expect(run(simd)).rejects.toThrow(/disallowed by embedder.*'wasm-unsafe-eval'/);
  });
});

describe.each([
  [
    "instantiateSync",
    async (module: WebAssembly.Module, memory: WebAssembly.Memory) => instantiateSync(module, memory),
  ],
  ["instantiate", instantiate],
])("%s", (_, run) => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  test("gives the exports as the host made them", async () => {
    const kernels = await run(compileSync(simd, "here"), memory);
    expect(kernels.heap_base.value).toBeGreaterThanOrEqual(1024);
    expect(String(kernels.f32_gemv_masked)).toContain("native code");
  });
  test("refuses another program's module", async () => {
    const message = '"binary" expected the export heap_base, got none';
    const refusal = expect.objectContaining({ name: "BinaryError", message });
    await expect(run(new WebAssembly.Module(empty), memory)).rejects.toEqual(refusal);
  });
  test("refuses a module that imports something else", async () => {
    // (module (import "a" "b" (func)))
    const foreign = [1, 4, 1, 0x60, 0, 0, 2, 7, 1, 1, 0x61, 1, 0x62, 0, 0];
    const module = new WebAssembly.Module(Uint8Array.of(...empty, ...foreign));
    await expect(run(module, memory)).rejects.toThrow(/this package's module, got another one/);
  });
});
