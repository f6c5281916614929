import { describe, expect, test, vi } from "vitest";
import { chooseVariant, hostAccepts, refusalOf, VARIANTS } from "../../src/runtime/variant.js";
import { readBinary } from "../harness/read-binary.js";

test("the fastest comes first", () => expect(VARIANTS).toEqual(["relaxed", "simd"]));

describe("chooseVariant", () => {
  test("fastest is relaxed where the host accepts it, else simd", () => {
    expect(chooseVariant("fastest", () => true)).toBe("relaxed");
    expect(chooseVariant("fastest", (variant) => variant === "simd")).toBe("simd");
  });
  test("a name is taken at its word", () => {
    expect(chooseVariant("simd", () => true)).toBe("simd");
    expect(chooseVariant("relaxed", () => true)).toBe("relaxed");
  });
  test("a refused variant says what the host lacks and how to get it", () => {
    const onlySimd = (variant: string) => variant === "simd";
    expect(() => chooseVariant("relaxed", onlySimd)).toThrow(
      expect.objectContaining({ name: "VariantError", code: "ERR_VARIANT" }),
    );
    expect(() => chooseVariant("relaxed", onlySimd)).toThrow(
      /lacks relaxed SIMD.*--experimental-wasm-relaxed-simd/,
    );
    expect(() => chooseVariant("simd", () => false)).toThrow(
      /got "simd": it lacks WebAssembly SIMD.*Node 16\.4/,
    );
    expect(() => chooseVariant("fastest", () => false)).toThrow(/got "simd"/);
  });
});

test("refusalOf carries the host's own words", () => {
  const cause = new Error("invalid opcode");
  const error = refusalOf("relaxed", cause);
  expect(error.message).toContain("(invalid opcode)");
  expect(error.cause).toBe(cause);
});

test("the host is asked with the binaries themselves", async () => {
  expect(hostAccepts(await readBinary("simd"))).toBe(true);
  expect(hostAccepts(await readBinary("relaxed"))).toBe(WebAssembly.validate(await readBinary("relaxed")));
  expect(hostAccepts(Uint8Array.of(1, 2, 3))).toBe(false);
});

test("a host without WebAssembly is told apart", () => {
  vi.stubGlobal("WebAssembly", undefined);
  expect(() => chooseVariant("fastest", () => hostAccepts(Uint8Array.of(0)))).toThrow(
    /no WebAssembly at all$/,
  );
  vi.unstubAllGlobals();
});
