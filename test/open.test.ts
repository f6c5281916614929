import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as api from "../src/index.js";
import { open, openSync } from "../src/open.js";
import { refuseRelaxed } from "./harness/refuse-relaxed.js";
import { variants } from "./harness/variants.js";

const relaxedAccepted = variants.some(({ name, accepted }) => name === "relaxed" && accepted);
const doors = [
  ["open", open],
  ["openSync", async (options?: api.OpenOptions) => openSync(options)],
] as const;

describe.each(doors)("%s", (_, run) => {
  test("gives simd and 4 GiB by default", async () => {
    using core = await run();
    expect(core.variant).toBe("simd");
    expect(core.limitBytes).toBe(2 ** 32 - 65536);
    expect(core.memory.buffer.byteLength).toBe(65536);
    expect(core.matrix(2, 2, [1, 2, 3, 4]).row(1)).toEqual(Float32Array.of(3, 4));
  });
  test("gives each core its own memory", async () => {
    using one = await run();
    using two = await run();
    const matrix = one.matrix(1, 1, [1]);
    two.matrix(1, 1, [2]);
    expect(one.memory).not.toBe(two.memory);
    expect(matrix.view()[0]).toBe(1);
  });
  test("fastest is relaxed where the host accepts it", async () => {
    using core = await run({ variant: "fastest" });
    expect(core.variant).toBe(relaxedAccepted ? "relaxed" : "simd");
  });
  test.skipIf(!relaxedAccepted)("relaxed (if the host accepts it)", async () => {
    using core = await run({ variant: "relaxed", memoryLimitMiB: 2 });
    expect(core.variant).toBe("relaxed");
    expect(core.limitBytes).toBe(2 ** 21);
  });
  test.each([
    [
      { variant: "checked" },
      "ArgumentRangeError",
      /^"variant" expected "relaxed" or "simd" or "fastest", got "checked"$/,
    ],
    [{ variant: 1 }, "ArgumentTypeError", /got 1$/],
    [
      { memoryLimitMiB: 0 },
      "ArgumentRangeError",
      /^"memoryLimitMiB" expected an integer from 1 to 4096, got 0$/,
    ],
    [{ memoryLimitMiB: 4097 }, "ArgumentRangeError", /got 4097$/],
    [{ memoryLimitMiB: "64" }, "ArgumentTypeError", /got "64"$/],
    [{ memoryLimit: 64 }, "ArgumentTypeError", /did you mean "memoryLimitMiB"\?$/],
    ["simd", "ArgumentTypeError", /^"options" expected an object, got "simd"$/],
  ])("refuses %j", async (options, name, message) => {
    const error = { name, message: expect.stringMatching(message) };
    await expect(run(options as object)).rejects.toEqual(expect.objectContaining(error));
  });
  test("opens within 5 ms once the binary is compiled", async () => {
    const times: number[] = [];
    for (let i = 0; i < 21; i++) {
      const start = performance.now();
      (await run()).dispose();
      times.push(performance.now() - start);
    }
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(5);
  });
});

describe("where the host has no relaxed SIMD", async () => {
  vi.resetModules();
  const fresh = await import("../src/open.js");
  beforeEach(refuseRelaxed);
  afterEach(() => void vi.restoreAllMocks());

  test("relaxed is refused and says what to do", async () => {
    const message = expect.stringMatching(
      /^"variant" expected .* lacks relaxed SIMD.*--experimental-wasm-relaxed-simd/,
    );
    const refusal = expect.objectContaining({ name: "VariantError", code: "ERR_VARIANT", message });
    await expect(fresh.open({ variant: "relaxed" })).rejects.toEqual(refusal);
    expect(() => fresh.openSync({ variant: "relaxed" })).toThrow(refusal);
  });
  test("fastest is simd", async () => {
    using core = await fresh.open({ variant: "fastest" });
    expect(core.variant).toBe("simd");
  });
});

test("the public names", () => {
  expect(Object.keys(api)).toEqual(
    expect.arrayContaining(["Mask", "Matrix", "OutOfMemoryError", "open", "openSync"]),
  );
  expect(Object.keys(api)).not.toContain("Core");
});
