import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { arbitraryTensor, bits } from "./arbitrary-tensor.js";
import { mutants, readAll } from "./mutants.js";

/** A file from the text of its header and its data, as the format is described, right or wrong. */
function file(header: string | Uint8Array, dataBytes = 0, declared?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + dataBytes).map((_, index) => index & 0xff);
  new DataView(bytes.buffer).setBigUint64(0, declared ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (dtype: string, shape: string, begin: number | string, end: number | string) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

const f32 = (...values: number[]): Tensor => ({
  dtype: "F32",
  shape: [values.length],
  data: Float32Array.from(values),
});

describe("readSafetensors", () => {
  test("reads a file written by hand", () => {
    const bytes = file(
      `{"__metadata__":{"by":"hand"},"b":${entry("F32", "[2,1]", 4, 12)},"a":${entry("I32", "[]", 0, 4)}}  `,
      12,
    );
    const start = bytes.length - 12;
    new DataView(bytes.buffer).setInt32(start, -7, true);
    new DataView(bytes.buffer).setFloat32(start + 4, 1.5, true);
    new DataView(bytes.buffer).setFloat32(start + 8, -0.25, true);
    const { metadata, tensors } = readSafetensors(bytes);
    expect(metadata).toEqual({ by: "hand" });
    expect([...tensors]).toEqual([
      ["a", { dtype: "I32", shape: [], data: Int32Array.of(-7) }],
      ["b", { dtype: "F32", shape: [2, 1], data: Float32Array.of(1.5, -0.25) }],
    ]);
  });
  test("reads a file without tensors", () => {
    expect(readSafetensors(file("{}"))).toEqual({ metadata: {}, tensors: new Map() });
  });
  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    "copies what is not aligned (file at byte %i of a buffer)",
    (offset) => {
      const written = writeSafetensors(new Map([["w", f32(1, 2, 3)]]));
      const bytes = new Uint8Array(written.length + offset).subarray(offset);
      bytes.set(written);
      const { data } = readSafetensors(bytes).tensors.get("w")!;
      expect(data).toEqual(Float32Array.of(1, 2, 3));
      expect(data.buffer === bytes.buffer).toBe(offset % 4 === 0);
    },
  );
  test("takes names that objects treat in their own way", () => {
    const names = ["__proto__", "constructor", "toString", "1", "0", "", 'ключ\u0000"\\'];
    const tensors = new Map(names.map((name, index) => [name, f32(index)]));
    expect(new Map(readSafetensors(writeSafetensors(tensors)).tensors)).toEqual(tensors);
  });

  test.each<[string, Uint8Array, string | RegExp]>([
    ["an empty file", new Uint8Array(0), "at least 8 bytes, found 0"],
    ["text", new TextEncoder().encode("Entry not found"), 'own content, found text, "Entry not found"'],
    ["an archive", new TextEncoder().encode("PK\x03\x04\x14\0\0\0\0"), "found a ZIP archive"],
    ["a header longer than the file", file("{}", 0, 3n), "at most 2 bytes, found a length of 3"],
    ["a header of 2⁶⁴ − 1 bytes", file("{}", 0, 2n ** 64n - 1n), "found a length of 18446744073709551615"],
    ["bad JSON", file('{"a":'), "header expected JSON"],
    ["a header that is no UTF-8", file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), "header expected JSON"],
    ["a byte-order mark", file("\ufeff{}"), "header expected JSON"],
    ["a header that is a list", file("[]"), "expected an object, found []"],
    ["a header that starts with a space", file(" {}"), "expected an object"],
    ["a header of open brackets", file("[".repeat(100_000)), "header expected JSON"],
    [
      "nesting instead of a shape",
      file(`{"a":${entry("F32", "[".repeat(9000) + "]".repeat(9000), 0, 0)}}`),
      "a list",
    ],
    [
      "a key twice",
      file(`{"a":${entry("U8", "[1]", 0, 1)},"\\u0061":${entry("U8", "[1]", 0, 1)}}`, 1),
      '"a" twice',
    ],
    [
      "a field twice",
      file('{"a":{"dtype":"U8","shape":[1],"shape":[2],"data_offsets":[0,2]}}', 2),
      '"shape" twice',
    ],
    ["a tensor that is null", file('{"a":null}'), 'tensor "a" expected an object'],
    [
      "an unknown dtype",
      file(`{"a":${entry("F33", "[1]", 0, 4)}}`, 4),
      /tensor "a" expected a dtype.*found "F33"/,
    ],
    [
      "a dtype of Object.prototype",
      file(`{"a":${entry("constructor", "[1]", 0, 4)}}`, 4),
      'found "constructor"',
    ],
    ["no shape", file('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), "found undefined"],
    ["a negative size", file(`{"a":${entry("U8", "[-1,-1]", 0, 1)}}`, 1), "found [-1, -1]"],
    ["half a row", file(`{"a":${entry("U8", "[0.5,2]", 0, 1)}}`, 1), "found [0.5, 2]"],
    [
      "a size above 2⁵³",
      file(`{"a":${entry("U8", "[9007199254740992]", 0, 1)}}`, 1),
      "found [9007199254740992]",
    ],
    [
      "sizes whose product overflows",
      file(`{"a":${entry("F64", "[4294967296,4294967296]", 0, 0)}}`),
      "found 0",
    ],
    ["∞ · 0 sizes", file(`{"a":${entry("U8", `[${"9007199254740991,".repeat(25)}0]`, 0, 0)}}`), "found 0"],
    ["offsets out of order", file(`{"a":${entry("U8", "[1]", 1, 0)}}`, 1), "found [1, 0]"],
    ["offsets as text", file(`{"a":${entry("U8", "[1]", '"0"', 1)}}`, 1), "found a list"],
    [
      "a size that is not shape × dtype",
      file(`{"a":${entry("F32", "[2,2]", 0, 12)}}`, 12),
      "16 bytes for F32 [2, 2], found 12",
    ],
    [
      "an end beyond the file",
      file(`{"a":${entry("U8", "[5]", 0, 5)}}`, 4),
      "within 4 bytes of data, found 5",
    ],
    [
      "an overlap",
      file(`{"a":${entry("U8", "[2]", 0, 2)},"b":${entry("U8", "[2]", 1, 3)}}`, 3),
      "an overlap",
    ],
    ["a hole", file(`{"a":${entry("U8", "[1]", 0, 1)},"b":${entry("U8", "[1]", 2, 3)}}`, 3), "a hole"],
    ["a hole at the start", file(`{"a":${entry("U8", "[1]", 1, 2)}}`, 2), "offset 0, found 1"],
    [
      "bytes behind the last tensor",
      file(`{"a":${entry("U8", "[1]", 0, 1)}}`, 2),
      "expected 1 bytes of data, found 2",
    ],
    ["metadata that is a number", file('{"__metadata__":1}'), "__metadata__ expected an object, found 1"],
    [
      "a metadata value that is a number",
      file('{"__metadata__":{"n":1}}'),
      '__metadata__ "n" expected text, found 1',
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(FormatError);
    expect(() => readSafetensors(bytes)).toThrow(message);
  });
  test("refuses an ArrayBuffer by name", () => {
    expect(() => readSafetensors(new ArrayBuffer(8) as never)).toThrow(
      '"bytes" expected Uint8Array, got ArrayBuffer',
    );
  });

  test("reads a damaged file right or refuses it", () => {
    const random = new Random(7);
    const tensors = new Map<string, Tensor>([
      ["0.weight", { dtype: "F32", shape: [3, 4], data: random.uniform(12) }],
      ["0.bias", { dtype: "F64", shape: [3], data: Float64Array.of(1, 2, 3) }],
      ["mask", { dtype: "U8", shape: [5], data: Uint8Array.of(1, 0, 1, 1, 0) }],
      ["empty", { dtype: "I64", shape: [0, 2], data: new BigInt64Array(0) }],
    ]);
    const counts = readAll(
      mutants(writeSafetensors(tensors, { seed: "7" }), tenth(20_000)),
      readSafetensors,
      (read, bytes) => {
        const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
        const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
        expect([...read.tensors.keys()].sort()).toEqual(
          Object.keys(header)
            .filter((key) => key !== "__metadata__")
            .sort(),
        );
        let covered = 0;
        for (const [name, tensor] of read.tensors) {
          const {
            dtype,
            shape,
            data_offsets: [begin, end],
          } = header[name];
          expect(bits(tensor)).toMatchObject({
            dtype,
            shape,
            bytes: [...bytes.subarray(start + begin, start + end)],
          });
          covered += end - begin;
        }
        expect(covered).toBe(bytes.length - start);
      },
    );
    expect(counts.refused).toBeGreaterThan(tenth(1000));
    expect(counts.read).toBeGreaterThan(tenth(500));
  });
});

describe("writeSafetensors", () => {
  const named = fc
    .uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), arbitraryTensor()), {
      selector: ([name]) => name,
      maxLength: 6,
    })
    .filter((list) => list.every(([name]) => name !== "__metadata__"));
  const texts = fc.dictionary(fc.string(), fc.string());

  test("is undone by reading", () => {
    fc.assert(
      fc.property(named, texts, (list, metadata) => {
        const read = readSafetensors(writeSafetensors(new Map(list), metadata));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect(read.tensors.size).toBe(list.length);
        for (const [name, tensor] of list) expect(bits(read.tensors.get(name)!)).toEqual(bits(tensor));
      }),
    );
  });
  test("gives the same bytes for any order of tensors and metadata", () => {
    fc.assert(
      fc.property(named, texts, (list, metadata) => {
        const backwards = Object.fromEntries(Object.entries(metadata).reverse());
        expect(writeSafetensors(new Map([...list].reverse()), backwards)).toEqual(
          writeSafetensors(new Map(list), metadata),
        );
      }),
    );
  });
  test("aligns every tensor to its item size: reading copies nothing", () => {
    fc.assert(
      fc.property(named, (list) => {
        const bytes = writeSafetensors(new Map(list));
        expect((bytes.length - list.reduce((sum, [, { data }]) => sum + data.byteLength, 0)) % 8).toBe(0);
        for (const { data } of readSafetensors(bytes).tensors.values())
          expect(data.buffer).toBe(bytes.buffer);
      }),
    );
  });
  test("writes the bytes the format describes", () => {
    const tensors = new Map<string, Tensor>([
      ["u", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ["d", f32(0.5)],
    ]);
    const [d, u] = [entry("F32", "[1]", 0, 4), entry("U8", "[3]", 4, 7)];
    const header = `{"__metadata__":{"a":"1","b":"2"},"d":${d},"u":${u}}`;
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    const expected = file(padded, 7);
    expected.set([0, 0, 0, 0x3f, 1, 2, 3], 8 + padded.length);
    expect(writeSafetensors(tensors, { b: "2", a: "1" })).toEqual(expected);
  });
  test.each<[string, Map<string, unknown>, Record<string, unknown>, string]>([
    [
      "too few values",
      new Map([["w", { ...f32(1, 2), shape: [3] }]]),
      {},
      '"w" expected 3 values for shape [3], got 2',
    ],
    [
      "another array",
      new Map([["w", { ...f32(1), data: Float64Array.of(1) }]]),
      {},
      "Float32Array, got Float64Array",
    ],
    ["a plain list", new Map([["w", { ...f32(1), data: [1] }]]), {}, "Float32Array, got [1]"],
    ["an unknown dtype", new Map([["w", { ...f32(1), dtype: "float32" }]]), {}, 'got "float32"'],
    ["a negative size", new Map([["w", { ...f32(1), shape: [-1] }]]), {}, "got [-1]"],
    ["metadata that is no text", new Map(), { seed: 1 }, '"metadata.seed" expected text, got 1'],
    [
      "a tensor named as the metadata",
      new Map([["__metadata__", f32(1)]]),
      {},
      "no tensor named __metadata__",
    ],
  ])("refuses %s", (_, tensors, metadata, message) => {
    expect(() => writeSafetensors(tensors as never, metadata as never)).toThrow(message);
  });
});
