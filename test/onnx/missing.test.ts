/** What happens where ONNX Runtime is not installed. */
import { expect, test, vi } from "vitest";
import { MissingPackageError } from "../../src/errors.js";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { openSync } from "../../src/open.js";
import { network, pictures } from "./models.js";

vi.mock("onnxruntime-web", () => {
  throw new Error("Cannot find package 'onnxruntime-web'");
});

test("activations are refused with what to install", async () => {
  using core = openSync();
  const pruned = pruneOnnx(core, network(), { sparsity: 0.5, calibration: pictures(2), workers: 0 });
  await expect(pruned).rejects.toThrow(MissingPackageError);
  await expect(pruned).rejects.toThrow("npm install onnxruntime-web");
});

test("methods that need none work", async () => {
  using core = openSync();
  for (const method of ["magnitude", "random"] as const) {
    expect((await pruneOnnx(core, network(), { method, sparsity: 0.5 })).sparsity).toBe(0.5);
  }
});
