/** The doors in a page: the same calls as in Node, and the ways a binary can arrive there. */
import { describe, expect, test } from "vitest";
import { open, openSync } from "../../src/open.js";
import { open as openSlim } from "../../src/slim.js";
import { readBinary } from "../harness/read-binary.js";

const simd = await readBinary("simd");

test("this is a browser", () => expect(typeof window).toBe("object"));

describe.each([
  ["open", open],
  ["openSync", async () => openSync()],
])("%s", (_, run) => {
  test("gives a core that works and grows", async () => {
    using core = await run();
    const weights = core.matrix(1, 3, [1, 2, 3]);
    const mask = core.mask(1, 3, [1, 0, 1]);
    core.matrix(1000, 1000);
    const y = core.matrix(1, 1);
    core.kernels.f32_gemv_masked(1, 3, weights.ptr, 3, mask.ptr, 1, weights.ptr, y.ptr);
    expect([...y.view()]).toEqual([10]);
  });
});

test("runs relaxed", async () => {
  using core = await open({ variant: "relaxed" });
  expect(core.variant).toBe("relaxed");
  using fastest = await open({ variant: "fastest" });
  expect(fastest.variant).toBe("relaxed");
});

test("200 cores one after another", () => {
  for (let i = 0; i < 200; i++) {
    using core = openSync();
    expect(core.matrix(1024, 1024).row(1023).length).toBe(1024);
  }
});

describe("slim", () => {
  test.each([
    ["bytes", () => simd],
    ["a request", () => fetch("/build/simd.wasm")],
    ["an address", () => new URL("/build/simd.wasm", location.href)],
    ["a module", () => WebAssembly.compile(simd)],
    ["the wrong MIME type", () => new Response(simd, { headers: { "content-type": "text/plain" } })],
  ])("opens %s", async (_, binary) => {
    using core = await openSlim({ binary: binary() });
    expect(core.matrix(1, 1, [4]).view()[0]).toBe(4);
  });
  test("says so when a page came instead", async () => {
    const page = new Response("<!DOCTYPE html><html></html>", {
      headers: { "content-type": "application/wasm" },
    });
    await expect(openSlim({ binary: page })).rejects.toThrow(/got HTML/);
  });
  test("refuses another program's module", async () => {
    const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    await expect(openSlim({ binary: empty })).rejects.toThrow(/expected the export heap_base, got none/);
  });
  test("reports an address nobody answers at", async () => {
    const refusal = expect.objectContaining({ name: "BinaryError", code: "ERR_BINARY" });
    await expect(openSlim({ binary: "http://127.0.0.1:9/simd.wasm" })).rejects.toEqual(refusal);
  });
});
