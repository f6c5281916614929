import { afterEach, describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { solversOf } from "../../src/runtime/solvers.js";
import { collectGarbage } from "../harness/gc.js";
import { variants } from "../harness/variants.js";

const { Module } = WebAssembly;
afterEach(() => {
  WebAssembly.Module = Module;
});
/** From now on the host refuses to compile. A proxy, because modules made before are still instances of it. */
function refuseToCompile(): void {
  const construct = () => {
    throw new WebAssembly.CompileError("blocked by CSP");
  };
  WebAssembly.Module = new Proxy(Module, { construct });
}

/** Before any other call: what is compiled is kept for the thread. */
test("a policy that forbids to compile becomes a BinaryError, and does no harm", () => {
  using core = openSync();
  refuseToCompile();
  const message =
    /^"binary" expected .*, got the inlined solvers "simd": blocked by CSP \(a Content-Security/;
  expect(() => solversOf(core)).toThrow(
    expect.objectContaining({ name: "BinaryError", message: expect.stringMatching(message) }),
  );
  WebAssembly.Module = Module;
  expect(solversOf(core).heap_base.value).toBe(core.kernels.heap_base.value);
});

const accepted = variants.filter(({ name, accepted }) => name !== "checked" && accepted);
describe.each(accepted.map(({ name }) => name))("%s", (name) => {
  const variant = name as "simd" | "relaxed";

  test("they work on the core's memory, also when it has grown", () => {
    using core = openSync({ variant });
    const solvers = solversOf(core);
    core.allocate(2 ** 20);
    const a = core.doubleMatrix(2, 2, [4, 0, 6, 25]);
    expect(solvers.f64_potrf(2, a.ptr, 2, core.allocate(8192))).toBe(0);
    expect([...a.view()].filter((_, i) => i !== 1)).toEqual([2, 3, 4]);
  });
  test("each core has its own, made once and compiled once", () => {
    using one = openSync({ variant });
    using two = openSync({ variant });
    solversOf(one);
    refuseToCompile();
    expect(solversOf(one)).toBe(solversOf(one));
    expect(solversOf(two)).not.toBe(solversOf(one));
  });
});

test("a core that was disposed of has none, and its memory goes", async () => {
  const core = openSync();
  const memory = new WeakRef(core.memory);
  solversOf(core);
  core.dispose();
  expect(() => solversOf(core)).toThrow(expect.objectContaining({ name: "DisposedError" }));
  await collectGarbage();
  expect(memory.deref()).toBeUndefined();
});
