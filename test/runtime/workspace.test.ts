import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { collectGarbage } from "../harness/gc.js";

const MIB = 2 ** 20;
const scopeEnded = expect.objectContaining({
  name: "DisposedError",
  code: "ERR_DISPOSED",
  message: '"matrix" expected a handle in use, got one whose scope has ended',
});
const coreGone = expect.objectContaining({ name: "DisposedError", code: "ERR_DISPOSED" });

describe("views", () => {
  test("are of the kind asked for, at the address asked for", () => {
    using core = openSync();
    const ptr = core.allocate(32);
    core.f64(ptr, 1)[0] = 1;
    expect([...core.u8(ptr, 8)]).toEqual([0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    expect([...core.u32(ptr, 2)]).toEqual([0, 0x3ff00000]);
    expect(core.f32(ptr + 4, 1)[0]).toBe(1.875);
    expect(core.f32(ptr, 0)).toHaveLength(0);
  });
  test("are of today's buffer after growth", () => {
    using core = openSync();
    const ptr = core.allocate(16);
    const old = core.f32(ptr, 4);
    old.set([1, 2, 3, 4]);
    core.allocate(8 * MIB);
    expect(old).toHaveLength(0);
    expect([...core.f32(ptr, 4)]).toEqual([1, 2, 3, 4]);
  });
});

describe("allocate", () => {
  test.each([
    ["64", "ArgumentTypeError"],
    [undefined, "ArgumentTypeError"],
    [-1, "ArgumentRangeError"],
    [1.5, "ArgumentRangeError"],
    [Number.NaN, "ArgumentRangeError"],
  ])("refuses %s", (lengthBytes, name) => {
    using core = openSync();
    expect(() => core.allocate(lengthBytes as number)).toThrow(expect.objectContaining({ name }));
  });
  test("works above 2 GiB, where addresses no longer fit in a signed word", ({ skip }) => {
    using core = openSync();
    try {
      core.allocate(2.25 * 2 ** 30);
    } catch {
      skip("this host gives no 2.25 GiB");
    }
    const weights = core.matrix(1, 4, [1, 2, 3, 4]);
    const mask = core.mask(1, 4, [1, 0, 1, 1]);
    const x = core.matrix(4, 1, [1, 10, 100, 1000]);
    const y = core.matrix(1, 1);
    expect(weights.ptr).toBeGreaterThan(2 ** 31);
    core.kernels.f32_gemv_masked(1, 4, weights.ptr, 4, mask.ptr, 1, x.ptr, y.ptr);
    expect([...y.view()]).toEqual([4301]);
  });
});

describe("a scope", () => {
  test("gives its memory back at the end of the block", () => {
    using core = openSync();
    const kept = core.matrix(1, 1, [7]);
    const { freeBytes } = core;
    let inside = kept;
    {
      using _scope = core.scope();
      inside = core.matrix(10, 10);
      expect(core.freeBytes).toBe(freeBytes - 400);
    }
    expect(core.freeBytes).toBe(freeBytes);
    expect(() => inside.view()).toThrow(scopeEnded);
    expect(kept.toArray()).toEqual(Float32Array.of(7));
  });
  test("ends the ones opened after it, and no other", () => {
    using core = openSync();
    const outer = core.scope();
    const a = core.matrix(1, 1, [1]);
    const middle = core.scope();
    const b = core.matrix(1, 1, [2]);
    const inner = core.scope();
    const c = core.matrix(1, 1, [3]);
    middle.dispose();
    expect(inner.lifetime.ended).toBe(true);
    expect(() => b.ptr).toThrow(scopeEnded);
    expect(() => c.ptr).toThrow(scopeEnded);
    expect(a.toArray()).toEqual(Float32Array.of(1));
    const d = core.matrix(1, 1, [4]);
    inner.dispose();
    middle[Symbol.dispose]();
    expect(d.toArray()).toEqual(Float32Array.of(4));
    outer.dispose();
    expect(() => d.ptr).toThrow(scopeEnded);
  });
  test("may end after its core", () => {
    const core = openSync();
    const scope = core.scope();
    core.dispose();
    expect(() => scope.dispose()).not.toThrow();
  });
});

describe("scoped", () => {
  test("gives the result back and the memory, too", () => {
    using core = openSync();
    const { freeBytes } = core;
    expect(core.scoped(() => core.matrix(2, 2, [1, 2, 3, 4]).toArray()[3])).toBe(4);
    expect(core.freeBytes).toBe(freeBytes);
    const matrix = core.scoped(() => core.matrix(1, 1));
    expect(() => matrix.ptr).toThrow(scopeEnded);
  });
  test("ends when the function throws", () => {
    using core = openSync();
    const { freeBytes, lifetime } = core;
    const body = () => {
      core.allocate(1000);
      throw new Error("mine");
    };
    expect(() => core.scoped(body)).toThrow("mine");
    expect(core.freeBytes).toBe(freeBytes);
    expect(core.lifetime).toBe(lifetime);
  });
  test("refuses an asynchronous function, and leaves no unhandled rejection behind", async () => {
    using core = openSync();
    const { freeBytes } = core;
    const body = async () => {
      const matrix = core.matrix(1, 1);
      await null;
      return matrix.view();
    };
    const message = '"body" expected a synchronous function, got one that returns Promise';
    expect(() => core.scoped(body)).toThrow(expect.objectContaining({ name: "ArgumentTypeError", message }));
    expect(core.freeBytes).toBe(freeBytes);
    await new Promise((resolve) => setTimeout(resolve));
  });
});

describe("dispose", () => {
  test("ends everything, inside scopes and out", () => {
    const core = openSync();
    const matrix = core.matrix(1, 1);
    const mask = core.mask(1, 1);
    const scope = core.scope();
    const inside = core.matrix(1, 1);
    core.dispose();
    core.dispose();
    core[Symbol.dispose]();
    const uses = [
      () => core.kernels,
      () => core.memory,
      () => core.freeBytes,
      () => core.limitBytes,
      () => core.allocate(1),
      () => core.f32(1024, 1),
      () => core.f64(1024, 1),
      () => core.u32(1024, 1),
      () => core.u8(1024, 1),
      () => core.scope(),
      () => core.scoped(() => 1),
      () => core.matrix(1, 1),
      () => core.mask(1, 1),
      () => matrix.ptr,
      () => matrix.view(),
      () => matrix.row(0),
      () => matrix.toArray(),
      () => matrix.fill(1),
      () => matrix.copyFrom([1]),
      () => inside.view(),
      () => mask.ptr,
      () => mask.words(),
      () => mask.count,
      () => mask.get(0, 0),
      () => mask.fill(1),
      () => mask.toArray(),
      () => mask.equals(mask),
    ];
    for (const use of uses) expect(use, String(use)).toThrow(coreGone);
    expect(() => matrix.ptr).toThrow('"matrix" expected a handle in use, got one whose core was disposed of');
    expect(core.variant).toBe("simd");
    expect(scope.lifetime.ended && core.lifetime.ended).toBe(true);
  });
  test("lets the host take the memory back, even while handles are kept", async () => {
    const core = openSync();
    const matrix = core.matrix(1000, 1000);
    const memory = new WeakRef(core.memory);
    core.dispose();
    await collectGarbage();
    expect(memory.deref()).toBeUndefined();
    expect(() => matrix.ptr).toThrow(coreGone);
  });
  test("200 cores one after another, 16 MiB each", () => {
    for (let i = 0; i < 200; i++) {
      using core = openSync();
      const matrix = core.matrix(2048, 2048).fill(i);
      expect(matrix.row(2047)[2047]).toBe(i);
    }
  });
});
