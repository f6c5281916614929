import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ShapeError } from "../../src/errors.js";
import { bitmaskNames, bitmaskOf, bitmaskTensors, denseOf, readBitmask } from "../../src/io/bitmask.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { openSync } from "../../src/open.js";
import { packBitmask, unpackBitmask } from "../../src/sparse/bitmask.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { mutants, readAll } from "./mutants.js";

const core = openSync();

/** 3 × 10: an empty row, a full row, and one whose last bits stand in the second byte. */
function example() {
  const bits = [...Array(10).fill(0), ...Array(10).fill(1), 1, 0, 0, 0, 0, 0, 0, 1, 0, 1];
  const weights = core.matrix(
    3,
    10,
    Array.from({ length: 30 }, (_, i) => (bits[i] ? i : Number.NaN)),
  );
  return packBitmask(weights, core.mask(3, 10, bits));
}

test("stores tight rows of bits and the kept weights", () => {
  const { rows, columns, bits, values } = example();
  expect([rows, columns]).toEqual([3, 10]);
  expect(bits).toEqual(Uint8Array.of(0, 0, 0xff, 0x03, 0b10000001, 0b10));
  expect(values).toEqual(Float32Array.of(10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 27, 29));
});

test("a file has the tensors of compressed-tensors, packed as by numpy.packbits(bitorder='little')", () => {
  expect([...bitmaskTensors("w", example())]).toEqual([
    ["w.bitmask", { dtype: "U8", shape: [3, 2], data: Uint8Array.of(0, 0, 0xff, 0x03, 0x81, 0x02) }],
    ["w.compressed", { dtype: "F32", shape: [13], data: example().values }],
    ["w.row_offsets", { dtype: "I64", shape: [3], data: BigInt64Array.of(0n, 0n, 10n) }],
    ["w.shape", { dtype: "I64", shape: [2], data: BigInt64Array.of(3n, 10n) }],
  ]);
});

test("values of other widths become f32", () => {
  const tensors = bitmaskTensors("w", bitmaskOf(1, 3, Float32Array.of(1.5, 0, -2)));
  for (const [dtype, data] of [
    ["F64", Float64Array.of(1.5, -2)],
    ["F16", Uint16Array.of(0x3e00, 0xc000)],
    ["BF16", Uint16Array.of(0x3fc0, 0xc000)],
  ] as const) {
    tensors.set("w.compressed", { dtype, shape: [2], data } as Tensor);
    expect(readBitmask(tensors, "w").values).toEqual(Float32Array.of(1.5, -2));
  }
});

test("without a core: what is not 0 is kept, or what a mask keeps", () => {
  const weights = Float32Array.of(0, -0, Number.NaN, 4);
  expect(bitmaskOf(2, 2, weights)).toEqual({
    rows: 2,
    columns: 2,
    bits: Uint8Array.of(0, 3),
    values: Float32Array.of(Number.NaN, 4),
  });
  expect(denseOf(bitmaskOf(2, 2, weights, [0, 1, 0, 1]))).toEqual({
    weights: Float32Array.of(0, -0, 0, 4),
    mask: Uint8Array.of(0, 1, 0, 1),
  });
  expect(denseOf(bitmaskOf(0, 3, new Float32Array(0)))).toEqual({
    weights: new Float32Array(0),
    mask: new Uint8Array(0),
  });
});

test("random matrices come back from a file as they were, pruned weights as 0", () => {
  const shape = fc.tuple(fc.nat(12), fc.nat(70), fc.nat(1e9));
  fc.assert(
    fc.property(shape, ([rows, columns, seed]) => {
      using _scope = core.scope();
      const random = new Random(seed);
      const bits = Uint8Array.from({ length: rows * columns }, () => random.below(2));
      const weights = core.matrix(rows, columns, random.uniform(rows * columns));
      const mask = core.mask(rows, columns, bits);
      const kept = weights.toArray().map((w, i) => (bits[i] ? w : 0));
      expect(bitmaskOf(rows, columns, weights.toArray(), bits)).toEqual(packBitmask(weights, mask));
      const file = writeSafetensors(bitmaskTensors("fc1.weight", packBitmask(weights, mask)));
      const { tensors } = readSafetensors(file);
      expect(bitmaskNames(tensors)).toEqual(["fc1.weight"]);
      const back = unpackBitmask(core, readBitmask(tensors, "fc1.weight"));
      expect(back.mask.equals(mask)).toBe(true);
      expect(denseOf(readBitmask(tensors, "fc1.weight"))).toEqual({
        weights: Float32Array.from(kept),
        mask: bits,
      });
      expect(back.weights.toArray()).toEqual(kept);
    }),
    { numRuns: 100, seed: 1 },
  );
});

describe("a file that does not fit together", () => {
  const broken = (change: (tensors: Map<string, Tensor>) => void) => {
    const tensors = bitmaskTensors("w", example());
    change(tensors);
    return () => readBitmask(tensors, "w");
  };
  const size = (...values: bigint[]): Tensor => ({
    dtype: "I64",
    shape: [values.length],
    data: BigInt64Array.from(values),
  });
  const set = (name: string, tensor: Tensor) => broken((tensors) => tensors.set(name, tensor));

  test("a tensor is missing or of another kind", () => {
    expect(broken((tensors) => tensors.delete("w.bitmask"))).toThrow(
      'tensor "w.bitmask" expected U8 [3, 2], found none',
    );
    expect(broken((tensors) => tensors.delete("w.row_offsets"))).toThrow(
      'tensor "w.row_offsets" expected I64 [3], found none',
    );
    expect(broken((tensors) => tensors.delete("w.compressed"))).toThrow(
      'tensor "w.compressed" expected F32, F64, F16 or BF16 [13], one a bit, found none',
    );
    expect(set("w.compressed", { dtype: "I32", shape: [13], data: new Int32Array(13) })).toThrow(
      "one a bit, found I32 [13]",
    );
  });
  test("shapes disagree", () => {
    expect(set("w.shape", size(3n, 10n, 1n))).toThrow('tensor "w.shape" expected I64 [2], found I64 [3]');
    expect(set("w.shape", size(3n, -1n))).toThrow('"w.shape" expected rows and columns, found 3 × -1');
    expect(set("w.shape", size(2n ** 60n, 0n))).toThrow("expected rows and columns");
    expect(set("w.shape", size(3n, 17n))).toThrow('tensor "w.bitmask" expected U8 [3, 3], found U8 [3, 2]');
    expect(set("w.compressed", { dtype: "F32", shape: [12], data: new Float32Array(12) })).toThrow(
      "[13], one a bit, found F32 [12]",
    );
    expect(set("w.row_offsets", size(0n, 1n, 10n))).toThrow(
      'tensor "w.row_offsets" expected 0, found 1 in row 1',
    );
    expect(set("w.shape", size(2n ** 52n, 0n))).toThrow("found U8 [3, 2]");
  });
  test("bits beyond the last column", () => {
    const data = Uint8Array.of(0, 0, 0xff, 0x07, 0x81, 0x02);
    expect(set("w.bitmask", { dtype: "U8", shape: [3, 2], data })).toThrow(
      'tensor "w.bitmask" expected no bits beyond column 10, found some in row 1',
    );
  });
});

test("reads a damaged file right or refuses it", () => {
  const file = writeSafetensors(bitmaskTensors("w", example()));
  const read = (bytes: Uint8Array) => {
    const { tensors } = readSafetensors(bytes);
    return { tensors, matrices: bitmaskNames(tensors).map((name) => readBitmask(tensors, name)) };
  };
  const counts = readAll(mutants(file, tenth(20_000)), read, ({ tensors, matrices }) => {
    for (const stored of matrices) {
      const { rows, columns, bits, values } = stored;
      const again = bitmaskOf(rows, columns, denseOf(stored).weights, denseOf(stored).mask);
      expect(again).toEqual({ rows, columns, bits, values });
    }
    if (matrices.length === 0) expect(tensors.has("w.bitmask")).toBe(false);
  });
  expect(counts.refused).toBeGreaterThan(tenth(5000));
  expect(counts.read).toBeGreaterThan(tenth(500));
});

test("refuses what does not fit", () => {
  const stored = example();
  expect(() => packBitmask(core.matrix(3, 9), core.mask(3, 10))).toThrow(ShapeError);
  expect(() => packBitmask(core.matrix(3, 9), openSync().mask(3, 9))).toThrow(ArgumentRangeError);
  expect(() => unpackBitmask(core, { ...stored, rows: 2 })).toThrow(
    '"stored.bits" expected 4 values (2 × 2), got 6',
  );
  expect(() => unpackBitmask(core, { ...stored, values: new Float32Array(12) })).toThrow(
    '"stored.values" expected 13 values, one a bit, got 12',
  );
});
