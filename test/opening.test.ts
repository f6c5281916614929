import { afterEach, expect, test, vi } from "vitest";
import { newCore, newCoreSync, withDefaults } from "../src/opening.js";
import { readBinary } from "./harness/read-binary.js";

const module = new WebAssembly.Module(await readBinary("simd"));

const small = withDefaults({ memoryLimitMiB: 2 });

afterEach(() => void vi.restoreAllMocks());

test("withDefaults", () => {
  expect(withDefaults({})).toEqual({ variant: "simd", memoryLimitMiB: 4096, checkViews: false });
  const options = { variant: "fastest", memoryLimitMiB: 1, checkViews: true } as const;
  expect(withDefaults(options)).toEqual(options);
});

test("a host without a page to give is out of memory", async () => {
  const cause = new RangeError("WebAssembly.Memory(): could not allocate memory");
  vi.spyOn(WebAssembly, "Memory").mockImplementation(function refuse() {
    throw cause;
  });
  const shortage = { requestedBytes: 65536, freeBytes: 0, limitBytes: 2 ** 21, cause };
  const refusal = expect.objectContaining({ name: "OutOfMemoryError", ...shortage });
  expect(() => newCoreSync("simd", module, small)).toThrow(refusal);
  await expect(newCore("simd", module, small)).rejects.toEqual(refusal);
});

test("the core has the name it was given", async () => {
  using core = await newCore("relaxed", module, small);
  expect(core.variant).toBe("relaxed");
  expect(core.limitBytes).toBe(2 ** 21);
});
