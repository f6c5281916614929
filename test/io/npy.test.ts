import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readNpy, writeNpy } from "../../src/io/npy.js";
import type { Dtype, Tensor } from "../../src/io/tensor.js";
import { tenth } from "../harness/size.js";
import { arbitraryTensor, bits } from "./arbitrary-tensor.js";
import { mutants, readAll } from "./mutants.js";

/** A file from its header text and data, as the format is described, right or wrong. */
function file(
  header: string,
  data: readonly number[] = [],
  version = 1,
  declared = header.length,
): Uint8Array {
  const length =
    version === 1 ? [declared & 0xff, declared >> 8] : [0, 8, 16, 24].map((by) => (declared >>> by) & 0xff);
  const text = [...new TextEncoder().encode(header)];
  return Uint8Array.from([
    0x93,
    ...new TextEncoder().encode("NUMPY"),
    version,
    0,
    ...length,
    ...text,
    ...data,
  ]);
}

const dict = (descr: string, shape: string, order = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

/** What numpy.save of NumPy 2.4.6 wrote. */
const saved: [string, Uint8Array, Tensor][] = [
  [
    "np.arange(6, dtype='<f4').reshape(2, 3) / 4",
    file(
      `${dict("<f4", "(2, 3)").padEnd(117)}\n`,
      [0, 0, 0, 0, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f, 0, 0, 0x40, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0xa0, 0x3f],
    ),
    { dtype: "F32", shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) },
  ],
  [
    "np.array([True, False, True])",
    file(`${dict("|b1", "(3,)").padEnd(117)}\n`, [1, 0, 1]),
    { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) },
  ],
  [
    "np.array(7, dtype='<i8')",
    file(`${dict("<i8", "()").padEnd(117)}\n`, [7, 0, 0, 0, 0, 0, 0, 0]),
    { dtype: "I64", shape: [], data: BigInt64Array.of(7n) },
  ],
  [
    "np.zeros((0, 3))",
    file(`${dict("<f8", "(0, 3)").padEnd(117)}\n`),
    { dtype: "F64", shape: [0, 3], data: new Float64Array(0) },
  ],
];

describe("readNpy", () => {
  test.each(saved)("reads what numpy.save wrote: %s", (_, bytes, tensor) => {
    expect(readNpy(bytes)).toEqual(tensor);
  });
  test("reads version 2, other quotes, other order of keys, no spaces", () => {
    const header = `{"shape":(2,),'descr':"|u1","fortran_order":False}`;
    expect(readNpy(file(header, [8, 9], 2))).toEqual({ dtype: "U8", shape: [2], data: Uint8Array.of(8, 9) });
  });
  test("one dimension has one order", () => {
    expect(readNpy(file(dict("|u1", "(2,)", "True"), [1, 2])).data).toEqual(Uint8Array.of(1, 2));
  });
  test("turns columns into rows, of any number of axes and any type", () => {
    const shape = [2, 3, 4];
    const at = (i: number, j: number, k: number) => 100 * i + 10 * j + k;
    const indices = Array.from({ length: 24 }, (_, n) => n);
    const columns = indices.map((n) => at(n % 2, Math.floor(n / 2) % 3, Math.floor(n / 6)));
    const rows = indices.map((n) => at(Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4));
    for (const [descr, dtype, Kind] of [
      ["|u1", "U8", Uint8Array],
      ["<u2", "U16", Uint16Array],
      ["<f4", "F32", Float32Array],
      ["<f8", "F64", Float64Array],
    ] as const) {
      const data = [...new Uint8Array(new Kind(columns).buffer)];
      const read = readNpy(file(dict(descr, "(2, 3, 4)", "True"), data));
      expect(read).toEqual({ dtype, shape, data: new Kind(rows) });
    }
    const wide = new BigInt64Array(columns.map(BigInt));
    const read = readNpy(file(dict("<i8", "(2, 3, 4)", "True"), [...new Uint8Array(wide.buffer)]));
    expect(read.data).toEqual(new BigInt64Array(rows.map(BigInt)));
    expect(readNpy(file(dict("<f4", "(0, 3)", "True"))).shape).toEqual([0, 3]);
  });
  test("reads big-endian values, in either order of the axes", () => {
    const values = file(dict(">i2", "(2, 2)"), [0, 1, 0, 2, 255, 253, 1, 4]);
    expect(readNpy(values)).toEqual({ dtype: "I16", shape: [2, 2], data: Int16Array.of(1, 2, -3, 260) });
    const columns = file(
      dict(">f4", "(2, 2)", "True"),
      [63, 128, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 192, 0, 0, 0],
    );
    expect(readNpy(columns).data).toEqual(Float32Array.of(1, 0, 2, -2));
  });
  test.each<[string, Uint8Array, string]>([
    ["an empty file", new Uint8Array(0), "expected to start with"],
    ["another file", new TextEncoder().encode("PK\x03\x04 and so on"), "expected to start with"],
    ["version 4", file(dict("<f4", "()"), [0, 0, 0, 0], 4), "version 1, 2 or 3, found 4.0"],
    ["a header longer than the file", file("{}", [], 1, 60000), "at most 2 bytes, found a length of 60000"],
    ["a header of 4 GiB", file("{}", [], 2, 0xffffffff), "at most 2 bytes, found a length of 4294967295"],
    [
      "a header longer than NumPy takes",
      file("{".padEnd(20_000), [], 2),
      "at most 10000 bytes, found a length of 20000",
    ],
    ["no length", file("", [], 2).subarray(0, 11), "at most 0 bytes, found a length of Infinity"],
    [
      "an order that is none",
      file(dict("|u1", "(2,)", "'C'"), [1, 2]),
      "expected True or False, found \"'C'\"",
    ],
    ["a byte order of bytes", file(dict(">u1", "(1,)"), [0]), "found \"'>u1'\""],
    ["text", file(dict("<U3", "(1,)"), []), "found \"'<U3'\""],
    [
      "a structured array",
      file("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
      "of a plain array",
    ],
    ["a missing key", file("{'descr': '<f4', 'fortran_order': False, }"), "'shape' of a plain array"],
    [
      "a key twice",
      file("{'descr': '<f4', 'descr': '<f8', 'fortran_order': False, 'shape': ()}"),
      "'descr' twice",
    ],
    ["code after the header", file(`${dict("<f4", "()")} + 1`, [0, 0, 0, 0]), "of a plain array"],
    ["a number for a shape", file(dict("|u1", "(2)"), [1, 2]), 'a tuple of whole numbers, found "(2)"'],
    ["text for a shape", file(dict("|u1", "'2,'"), [1, 2]), "a tuple of whole numbers"],
    ["a hole in a shape", file(dict("|u1", "(1,,2)"), [1, 2]), "a tuple of whole numbers"],
    ["a size above 2⁵³", file(dict("|u1", "(99999999999999999999,)"), []), "a tuple of whole numbers"],
    ["too little data", file(dict("<f4", "(2, 2)"), [1, 2, 3]), "16 bytes for F32 [2, 2], found 3"],
    ["too much data", file(dict("|u1", "(1,)"), [1, 2]), "1 bytes for U8 [1], found 2"],
    ["sizes whose product overflows", file(dict("<f8", "(4294967296, 4294967296)"), []), "found 0"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readNpy(bytes)).toThrow(FormatError);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  test("reads a damaged file right or refuses it", () => {
    const counts = { refused: 0, read: 0 };
    for (const [, bytes] of saved) {
      const { refused, read } = readAll(mutants(bytes, tenth(5000)), readNpy, (tensor, mutant) => {
        const start = (mutant[6] === 1 ? 10 : 12) + mutant[8] + 256 * mutant[9];
        const isSwapped = new TextDecoder("latin1").decode(mutant.subarray(0, start)).includes("'>");
        const order = (all: number[]) => (isSwapped ? all.sort((a, b) => a - b) : all);
        expect(order(bits(tensor).bytes)).toEqual(order([...mutant.subarray(start)]));
        expect(tensor.data.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
      });
      counts.refused += refused;
      counts.read += read;
    }
    expect(counts.refused).toBeGreaterThan(tenth(1000));
    expect(counts.read).toBeGreaterThan(tenth(500));
  });
});

describe("writeNpy", () => {
  test.each(saved)("writes what numpy.save writes: %s", (_, bytes, tensor) => {
    expect(writeNpy(tensor)).toEqual(bytes);
  });
  test("is undone by reading", () => {
    const dtypes: Dtype[] = [
      "F64",
      "I64",
      "U64",
      "F32",
      "I32",
      "U32",
      "F16",
      "I16",
      "U16",
      "I8",
      "U8",
      "BOOL",
    ];
    fc.assert(
      fc.property(arbitraryTensor(dtypes), (tensor) => {
        const bytes = writeNpy(tensor);
        expect((bytes.length - tensor.data.byteLength) % 64).toBe(0);
        expect(bits(readNpy(bytes))).toEqual(bits(tensor));
      }),
    );
  });
  test.each<[string, unknown, string]>([
    [
      "a dtype NumPy lacks",
      { dtype: "BF16", shape: [1], data: Uint16Array.of(1) },
      "a dtype that NumPy has, got BF16",
    ],
    [
      "too many values",
      { dtype: "U8", shape: [1], data: Uint8Array.of(1, 2) },
      "expected 1 values for shape [1], got 2",
    ],
    [
      "65 dimensions",
      { dtype: "U8", shape: Array(65).fill(1), data: Uint8Array.of(1) },
      "at most 64 dimensions, got 65",
    ],
  ])("refuses %s", (_, tensor, message) => {
    expect(() => writeNpy(tensor as Tensor)).toThrow(message);
  });
});
