import { describe, expect, test, vi } from "vitest";
import { Arena } from "../../src/runtime/arena.js";

const PAGE = 65536;
const MIB = 2 ** 20;
const arena = (limitMiB = 4096, base = 1024) =>
  new Arena(new WebAssembly.Memory({ initial: 1 }), base, limitMiB);

describe("allocate", () => {
  test("gives addresses in steps of 16, above the module's own bytes and never below 1024", () => {
    const high = arena(1, 5000);
    expect(high.allocate(1)).toBe(5008);
    expect(high.allocate(17)).toBe(5024);
    expect(high.allocate(0)).toBe(5056);
    expect(high.allocate(16)).toBe(5056);
    expect(arena(1, 0).allocate(4)).toBe(1024);
  });
  test("counts what is free", () => {
    const one = arena(1);
    expect(one.freeBytes).toBe(PAGE - 1024);
    one.allocate(100);
    expect(one.freeBytes).toBe(PAGE - 1024 - 112);
  });
  test("grows with headroom, so that many small requests grow it seldom", () => {
    const one = arena();
    const grow = vi.spyOn(one.memory, "grow");
    for (let i = 0; i < 10_000; i++) one.allocate(4096);
    expect(one.memory.buffer.byteLength).toBeGreaterThanOrEqual(10_000 * 4096);
    expect(one.memory.buffer.byteLength).toBeLessThan(1.3 * 10_000 * 4096);
    expect(grow.mock.calls.length).toBeLessThan(40);
  });
  test("uses every byte up to the limit", () => {
    const one = arena(1);
    const start = one.allocate(MIB - 1024);
    expect(start).toBe(1024);
    expect(one.freeBytes).toBe(0);
    expect(one.allocate(0)).toBe(MIB);
    expect(() => one.allocate(1)).toThrow(expect.objectContaining({ freeBytes: 0, requestedBytes: 1 }));
  });
});

test("release gives back what was allocated after the mark", () => {
  const one = arena();
  const first = one.allocate(64);
  const mark = one.mark();
  const second = one.allocate(5 * PAGE);
  one.release(mark);
  expect(one.allocate(16)).toBe(second);
  expect(second).toBe(first + 64);
});

describe("without memory left", () => {
  test("says how much was asked, free and possible, and changes nothing", () => {
    const one = arena(1);
    one.allocate(1024);
    const error = expect.objectContaining({
      name: "OutOfMemoryError",
      code: "ERR_OUT_OF_MEMORY",
      requestedBytes: 2 * MIB,
      freeBytes: PAGE - 2048,
      limitBytes: MIB,
      message:
        '"memory" expected a request of at most 1,046,528 bytes (63,488 bytes free now, ' +
        "the rest by growing to the limit of 1,048,576 bytes), got 2,097,152 bytes: " +
        '"memoryLimitMiB" allows no more',
    });
    expect(() => one.allocate(2 * MIB)).toThrow(error);
    expect(one.memory.buffer.byteLength).toBe(PAGE);
    expect(one.allocate(16)).toBe(2048);
  });
  test("refuses more than 4 GiB, and the last page, whose end is no u32", () => {
    const one = arena(4096);
    expect(one.limitBytes).toBe(65535 * PAGE);
    for (const requestedBytes of [65535 * PAGE, 2 ** 32, 2 ** 40, 2 ** 66]) {
      expect(() => one.allocate(requestedBytes)).toThrow(expect.objectContaining({ requestedBytes }));
    }
    expect(one.allocate(16)).toBe(1024);
  });
  test("takes just what is needed when the host refuses the headroom", () => {
    const one = arena();
    one.allocate(100 * PAGE);
    const grow = one.memory.grow.bind(one.memory);
    vi.spyOn(one.memory, "grow").mockImplementation((pages) => {
      if (pages > 1) throw new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
      return grow(pages);
    });
    const before = one.memory.buffer.byteLength;
    expect(() => one.allocate(before - 1024 - 100 * PAGE + PAGE)).not.toThrow();
    expect(one.memory.buffer.byteLength).toBe(before + PAGE);
  });
  test("reports a host that refuses to grow below the limit", () => {
    const one = arena();
    const cause = new RangeError("WebAssembly.Memory.grow(): Unable to grow instance memory");
    vi.spyOn(one.memory, "grow").mockImplementation(() => {
      throw cause;
    });
    const error = expect.objectContaining({
      code: "ERR_OUT_OF_MEMORY",
      cause,
      requestedBytes: MIB,
      message: expect.stringContaining("the host gives no more now"),
    });
    expect(() => one.allocate(MIB)).toThrow(error);
    vi.restoreAllMocks();
    expect(one.allocate(MIB)).toBe(1024);
  });
});
