import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { REFUSAL, refuseRelaxed } from "./harness/refuse-relaxed.js";
import { variants } from "./harness/variants.js";

/** The built entry, as users get it: its binaries lie beside it. */
const dist = new URL("../dist/", import.meta.url);
const slim: typeof import("../src/slim.js") = await import(/* @vite-ignore */ new URL("slim.js", dist).href);
const { open } = slim;
const [, simd, relaxed] = variants;
const wasm = { headers: { "content-type": "application/wasm" } };
const page = "<!doctype html><title>Not found</title>";
const error = (name: string, message: RegExp) =>
  expect.objectContaining({ name, message: expect.stringMatching(message) });

test("opens the file beside it, each time anew", async () => {
  using one = await open();
  using two = await open({ memoryLimitMiB: 3 });
  expect([one.variant, two.variant, two.limitBytes]).toEqual(["simd", "simd", 3 * 2 ** 20]);
  expect(one.memory).not.toBe(two.memory);
  expect(one.matrix(1, 2, [1, 2]).toArray()).toEqual(Float32Array.of(1, 2));
});

test("the kernels that solve come with the functions that call them", async () => {
  const { solveSubsetSum }: typeof import("../src/index.js") = await import(new URL("index.js", dist).href);
  using core = await open();
  expect(solveSubsetSum(core, [1, 2, 4, 8, 16], 21).mask).toEqual(Uint8Array.of(1, 0, 1, 0, 1));
});

test("fastest follows the host", async () => {
  using core = await open({ variant: "fastest" });
  expect(core.variant).toBe(relaxed.accepted ? "relaxed" : "simd");
});

describe("opens", () => {
  test.each([
    ["bytes", () => simd.bytes],
    ["bytes inside a larger buffer", () => Buffer.concat([Buffer.alloc(8), simd.bytes]).subarray(8)],
    ["a buffer", () => simd.bytes.slice().buffer],
    ["a module", () => new WebAssembly.Module(simd.bytes)],
    ["a URL", () => new URL("simd.wasm", dist)],
    ["an address", () => new URL("simd.wasm", dist).href],
    ["a data: address", () => `data:application/wasm;base64,${Buffer.from(simd.bytes).toString("base64")}`],
    ["a response", () => new Response(simd.bytes, wasm)],
    [
      "a response of the wrong MIME type",
      () => new Response(simd.bytes, { headers: { "content-type": "text/plain" } }),
    ],
    ["a promise", () => Promise.resolve(new Response(simd.bytes, wasm))],
  ])("%s", async (_, binary) => {
    using core = await open({ binary: binary() });
    expect(core.matrix(1, 1, [4]).view()[0]).toBe(4);
  });
});

const readAlready = new Response(simd.bytes, wasm);
await readAlready.arrayBuffer();
const brokenOff = new ReadableStream({
  pull: (controller) => controller.error(new Error("connection lost")),
});

describe("refuses", () => {
  test.each([
    ["a page", () => new TextEncoder().encode(page), "BinaryError", /from the given bytes, got HTML/],
    ["a page as response", () => new Response(page), "BinaryError", /from the given response, got HTML/],
    ["a page called wasm", () => new Response(page, wasm), "BinaryError", /got HTML/],
    [
      "half a binary",
      () => new Response(simd.bytes.slice(0, 200), wasm),
      "BinaryError",
      /module that this host compiles/,
    ],
    ["an answer 404", () => new Response(page, { status: 404 }), "BinaryError", /got HTTP 404$/],
    ["a file that is not there", () => new URL("none.wasm", dist), "BinaryError", /none\.wasm, got ENOENT/],
    ["a bad address", () => "::", "BinaryError", /expected WebAssembly from ::, got /],
    ["no address at all", () => "", "BinaryError", /expected WebAssembly from , got /],
    ["half an address", () => "http://", "BinaryError", /from http:\/\/, got /],
    ["a path without its host", () => "./simd.wasm", "BinaryError", /from \.\/simd\.wasm, got /],
    ["a file that cannot be named", () => "file://%", "BinaryError", /from file:\/\/%, got /],
    ["a file of another host", () => "FILE://elsewhere/simd.wasm", "BinaryError", /elsewhere.*, got /],
    ["a scheme that nobody knows", () => "golden:ticket", "BinaryError", /from golden:ticket, got /],
    ["a response read before", () => readAlready, "BinaryError", /a body that was read already$/],
    [
      "a response that breaks off",
      () => new Response(brokenOff, wasm),
      "BinaryError",
      /got connection lost$/,
    ],
    [
      "a number",
      () => 1 as unknown as string,
      "ArgumentTypeError",
      /^"binary" expected an address.*, got 1$/,
    ],
    ["nothing", () => null as unknown as string, "ArgumentTypeError", /got null$/],
  ])("%s", async (_, binary, name, message) => {
    await expect(open({ binary: binary() })).rejects.toEqual(error(name, message));
  });
  test("a binary without the name of its variant", async () => {
    const call = open({ variant: "fastest", binary: simd.bytes });
    await expect(call).rejects.toEqual(
      error("ArgumentRangeError", /^"variant" expected "relaxed" or "simd"/),
    );
  });
  test("an option that is none", async () => {
    await expect(open({ binry: simd.bytes } as object)).rejects.toThrow(/did you mean "binary"\?$/);
  });
});

test("a bundle that is no module says that it has no address", async () => {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    ...{ entryPoints: [new URL("slim.js", dist).pathname], bundle: true, write: false, logLevel: "silent" },
    ...{ format: "cjs", platform: "node" },
  });
  const module = { exports: {} as typeof slim };
  new Function("module", "exports", outputFiles[0].text)(module, module.exports);
  for (const variant of ["simd", "relaxed"] as const) {
    const message = /expected (simd|relaxed)\.wasm beside this module, got .*import\.meta\.url.*`binary`/;
    await expect(module.exports.open({ variant })).rejects.toEqual(error("BinaryError", message));
  }
  using core = await module.exports.open({ binary: simd.bytes });
  expect(core.matrix(1, 1, [4]).view()[0]).toBe(4);
});

describe("modules that the host has compiled", async () => {
  const fresh = (await import(/* @vite-ignore */ new URL("slim.js?ready", dist).href)) as typeof slim;
  const compiled = (name: string) => new WebAssembly.Module(readFileSync(new URL(name, dist)));
  const [binary, solvers] = ["simd.wasm", "solvers-simd.wasm"].map(compiled);

  test.each([
    [
      "of the other kind",
      { binary: solvers, solvers: binary },
      "BinaryError",
      /"binary" expected .*simd\.wasm, got/,
    ],
    [
      "twice the same",
      { binary, solvers: binary },
      "BinaryError",
      /"solvers" expected .*solvers-simd\.wasm, got/,
    ],
    [
      "of another program",
      { binary, solvers: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) },
      ...(["BinaryError", /one without exports/] as const),
    ],
    [
      "not compiled",
      { binary, solvers: simd.bytes as never },
      "ArgumentTypeError",
      /"solvers" expected a Web/,
    ],
  ])("are refused: %s", async (_, options, name, message) => {
    await expect(fresh.open(options)).rejects.toEqual(error(name, message));
  });
  test("serve the whole thread, searches and all, where nothing may be compiled", () => {
    const program = `
      import { readFileSync } from "node:fs";
      const compiled = (name) => new WebAssembly.Module(readFileSync(new URL(name, "${dist.href}")));
      const [binary, solvers] = ["simd.wasm", "solvers-simd.wasm"].map(compiled);
      const refuse = () => { throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder"); };
      const { Module, instantiate } = WebAssembly;
      const { exports, prototype } = Module;
      WebAssembly.Module = Object.assign(function () { refuse(); }, { exports, prototype });
      WebAssembly.compile = WebAssembly.compileStreaming = async () => refuse();
      WebAssembly.instantiate = async (what, imports) => what instanceof Module ? instantiate(what, imports) : refuse();
      const { open } = await import("${dist.href}slim.js");
      const api = await import("${dist.href}index.js");
      const { hashes, verdict } = await import("${new URL("../scripts/program.mjs", dist).href}");
      const before = await api.open().then(() => "opened", ({ name }) => name);
      await open({ binary, solvers });
      console.log(before, verdict(await hashes(api, 0)));`;
    const args = ["--input-type=module", "--eval", program];
    expect(execFileSync(process.execPath, args, { encoding: "utf8" })).toBe("BinaryError same\n");
  });
});

describe("where the host has no relaxed SIMD", async () => {
  const fresh = (await import(/* @vite-ignore */ new URL("slim.js?fresh", dist).href)) as typeof slim;
  beforeEach(refuseRelaxed);
  afterEach(() => void vi.restoreAllMocks());

  test.each([
    ["its own binary", () => undefined],
    ["bytes", () => relaxed.bytes],
    ["a response", () => new Response(relaxed.bytes)],
  ])("relaxed is refused in the host's words: %s", async (_, binary) => {
    const call = fresh.open({ variant: "relaxed", binary: binary() });
    await expect(call).rejects.toMatchObject({ name: "VariantError", cause: { message: REFUSAL } });
  });
  test("fastest is simd", async () => {
    using core = await fresh.open({ variant: "fastest" });
    expect(core.variant).toBe("simd");
  });
});

test("needs WebAssembly", async () => {
  vi.stubGlobal("WebAssembly", undefined);
  await expect(open()).rejects.toEqual(error("VariantError", /no WebAssembly at all/));
  vi.unstubAllGlobals();
});

describe("over HTTP", () => {
  const server = createServer((request, response) => {
    if (request.url !== "/simd.wasm")
      return response.writeHead(200, { "content-type": "text/html" }).end(page);
    return response.writeHead(200, { "content-type": "application/wasm" }).end(simd.bytes);
  });
  const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void server.close());

  test("loads the binary", async () => {
    using core = await open({ binary: at("simd.wasm") });
    expect(core.variant).toBe("simd");
  });
  test("says where HTML came from", async () => {
    await expect(open({ binary: at("else.wasm") })).rejects.toThrow(`from ${at("else.wasm")}, got HTML`);
  });
});

test("does not pull in the inlined bytes", () => {
  const seen = new Set<string>();
  const visit = (url: URL) => {
    if (seen.has(url.href)) return;
    seen.add(url.href);
    for (const [, path] of readFileSync(url, "utf8").matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      visit(new URL(path, url));
    }
  };
  visit(new URL("slim.js", dist));
  expect(seen.size).toBeGreaterThan(5);
  expect([...seen].filter((href) => href.includes("/generated/"))).toEqual([]);
  expect(existsSync(new URL("generated/simd.js", dist))).toBe(true);
});
