import { expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readIdx } from "../../src/io/idx.js";
import type { Tensor } from "../../src/io/tensor.js";
import { tenth } from "../harness/size.js";
import { bits } from "./arbitrary-tensor.js";
import { mutants, readAll } from "./mutants.js";

const cases: [string, number[], Tensor][] = [
  [
    "u8",
    [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255],
    { dtype: "U8", shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) },
  ],
  ["i8", [0, 0, 9, 1, 0, 0, 0, 1, 0xfe], { dtype: "I8", shape: [1], data: Int8Array.of(-2) }],
  [
    "i16",
    [0, 0, 11, 1, 0, 0, 0, 2, 0, 1, 0xff, 0xfe],
    { dtype: "I16", shape: [2], data: Int16Array.of(1, -2) },
  ],
  [
    "i32",
    [0, 0, 12, 1, 0, 0, 0, 1, 0x12, 0x34, 0x56, 0x78],
    { dtype: "I32", shape: [1], data: Int32Array.of(0x12345678) },
  ],
  [
    "f32",
    [0, 0, 13, 1, 0, 0, 0, 1, 0xbf, 0xc0, 0, 0],
    { dtype: "F32", shape: [1], data: Float32Array.of(-1.5) },
  ],
  [
    "f64",
    [0, 0, 14, 1, 0, 0, 0, 1, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
    { dtype: "F64", shape: [1], data: Float64Array.of(1) },
  ],
  [
    "no samples",
    [0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 3],
    { dtype: "U8", shape: [0, 3], data: new Uint8Array(0) },
  ],
  ["no dimensions", [0, 0, 8, 0, 7], { dtype: "U8", shape: [], data: Uint8Array.of(7) }],
];

test.each(cases)("reads %s", (_, bytes, tensor) => {
  expect(readIdx(Uint8Array.from(bytes))).toEqual(tensor);
});

test("bytes are a view, wider types a copy that leaves the file as it was", () => {
  const [images, , shorts] = cases.map(([, bytes]) => Uint8Array.from(bytes));
  expect(readIdx(images).data.buffer).toBe(images.buffer);
  expect(readIdx(shorts).data.buffer).not.toBe(shorts.buffer);
  expect([...shorts]).toEqual(cases[2][1]);
});

test.each<[string, number[], string]>([
  ["an empty file", [], "found nothing"],
  ["a gzip file", [0x1f, 0x8b, 8, 0, 0], "found it packed by gzip"],
  ["an unknown type", [0, 0, 10, 1, 0, 0, 0, 1, 7], "found 00 00 0a 01"],
  ["cut sizes", [0, 0, 8, 2, 0, 0, 0, 1], "found 00 00 08 02"],
  ["too little data", [0, 0, 8, 1, 0, 0, 0, 3, 1, 2], "3 bytes for U8 [3], found 2"],
  ["too much data", [0, 0, 11, 1, 0, 0, 0, 1, 1, 2, 3], "2 bytes for I16 [1], found 3"],
  ["16 EiB", [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255], "found 0"],
])("refuses %s", (_, bytes, message) => {
  expect(() => readIdx(Uint8Array.from(bytes))).toThrow(FormatError);
  expect(() => readIdx(Uint8Array.from(bytes))).toThrow(message);
});

test("reads a damaged file right or refuses it", () => {
  const counts = { refused: 0, read: 0 };
  for (const [, bytes] of cases) {
    const { refused, read } = readAll(
      mutants(Uint8Array.from(bytes), tenth(2500)),
      readIdx,
      (tensor, mutant) => {
        const start = 4 + 4 * mutant[3];
        const view = new DataView(mutant.buffer);
        expect(tensor.shape).toEqual(
          Array.from({ length: mutant[3] }, (_, index) => view.getUint32(4 + 4 * index)),
        );
        const width = tensor.data.BYTES_PER_ELEMENT;
        const expected = [...mutant.subarray(start)];
        for (let at = 0; at < expected.length; at += width) {
          expected.splice(at, width, ...expected.slice(at, at + width).reverse());
        }
        expect(bits(tensor).bytes).toEqual(expected);
      },
    );
    counts.refused += refused;
    counts.read += read;
  }
  expect(counts.refused).toBeGreaterThan(tenth(1000));
  expect(counts.read).toBeGreaterThan(tenth(500));
});
