import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { f32_gemv_masked as reference } from "../../src/reference/mask/gemv-masked.js";
import { Random } from "../harness/random.js";

const MIB = 2 ** 20;

describe("kernels on handles", () => {
  const rows = 37;
  const columns = 75;

  test("agree with their twin, before and after the memory has grown", () => {
    using core = openSync();
    const random = new Random(3);
    const values = Float32Array.from({ length: rows * columns }, () => random.below(64) - 32);
    const input = Float32Array.from({ length: columns }, () => random.below(64) - 32);
    const weights = core.matrix(rows, columns, values);
    const mask = core.mask(
      rows,
      columns,
      Uint8Array.from({ length: rows * columns }, () => random.below(2)),
    );
    const x = core.matrix(columns, 1, input);
    const y = core.matrix(rows, 1);
    const run = () => {
      y.fill(NaN);
      const { ptr: m, strideWords } = mask;
      core.kernels.f32_gemv_masked(rows, columns, weights.ptr, weights.stride, m, strideWords, x.ptr, y.ptr);
      return y.toArray();
    };
    const expected = new Float32Array(rows);
    const { strideWords } = mask;
    reference(rows, columns, values, columns, mask.words().slice(), strideWords, input, expected);
    expect(run()).toEqual(expected);

    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 12; i++) {
      core.matrix(1024, 1024).fill(i);
      buffers.add(core.memory.buffer);
      expect(run()).toEqual(expected);
    }
    expect(buffers.size).toBeGreaterThan(3);
    expect(weights.toArray()).toEqual(values);
    expect(x.view()).toEqual(input);
  });
});

describe("out of memory", () => {
  test("leaves a core of 1 MiB usable", () => {
    using core = openSync({ memoryLimitMiB: 1 });
    expect(core.limitBytes).toBe(MIB);
    const kept = core.matrix(256, 256).fill(1);
    const { freeBytes } = core;
    expect(() => core.matrix(512, 512)).toThrow(
      expect.objectContaining({ requestedBytes: MIB, freeBytes, limitBytes: MIB, code: "ERR_OUT_OF_MEMORY" }),
    );
    expect(kept.toArray()).toEqual(new Float32Array(65536).fill(1));
    expect(core.mask(512, 512).fill(1).count).toBe(512 * 512);
    expect(core.memory.buffer.byteLength).toBeLessThanOrEqual(MIB);
  });
  test("is what more than 4 GiB ends in", () => {
    using core = openSync();
    const refusal = (requestedBytes: number) =>
      expect.objectContaining({ name: "OutOfMemoryError", requestedBytes });
    expect(() => core.matrix(2 ** 16, 2 ** 15)).toThrow(refusal(2 ** 33));
    expect(() => core.matrix(2 ** 32 - 1, 2 ** 32 - 1)).toThrow(refusal(4 * (2 ** 32 - 1) ** 2));
    expect(() => core.mask(2 ** 32 - 1, 64)).toThrow(refusal(8 * (2 ** 32 - 1)));
    expect(core.matrix(1, 1, [5]).view()[0]).toBe(5);
  });
});
