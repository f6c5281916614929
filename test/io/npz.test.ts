import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, FormatError } from "../../src/errors.js";
import { crc32 } from "../../src/io/crc32.js";
import { writeNpy } from "../../src/io/npy.js";
import { npzNames, readNpz } from "../../src/io/npz.js";
import type { Tensor } from "../../src/io/tensor.js";
import { unzip, zipEntries } from "../../src/io/zip.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { bits } from "./arbitrary-tensor.js";
import { mutants, readAll } from "./mutants.js";

const of = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** What NumPy 2.4.6 wrote of a = np.arange(6, dtype='<f4').reshape(2, 3) / 4 and b = np.array([1, 0, 255], 'u1'). */
const saved = {
  savez: of(
    "UEsDBC0AAAAAAAAAIQAKnACk//////////8FABQAYS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog" +
      "JzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAzKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAgD4AAAA/AABAPwAAgD8AAKA/UEsDBC0AAAAAAAAAIQCfP7M3" +
      "//////////8FABQAYi5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29y" +
      "ZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
      "ICAgICAgICAgICAgICAKAQD/UEsBAi0DLQAAAAAAAAAhAAqcAKSYAAAAmAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsBAi0D" +
      "LQAAAAAAAAAhAJ8/szeDAAAAgwAAAAUAAAAAAAAAAAAAAIABzwAAAGIubnB5UEsFBgAAAAACAAIAZgAAAIkBAAAAAA==",
  ),
  savez_compressed: of(
    "UEsDBC0AAAAIAAAAIQAKnACk//////////8FABQAYS5ucHkBABAAmAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6l" +
      "oG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgYwaLADEvYMDA5A3ADEC+wBUEsDBC0AAAAI" +
      "AAAAIQCfP7M3//////////8FABQAYi5ucHkBABAAgwAAAAAAAABHAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Ce" +
      "ll9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC5Ghv8AUEsBAi0DLQAAAAgAAAAhAAqcAKRWAAAAmAAAAAUAAAAA" +
      "AAAAAAAAAIABAAAAAGEubnB5UEsBAi0DLQAAAAgAAAAhAJ8/szdHAAAAgwAAAAUAAAAAAAAAAAAAAIABjQAAAGIubnB5UEsFBgAA" +
      "AAACAAIAZgAAAAsBAAAAAA==",
  ),
};
const arrays = new Map<string, Tensor>([
  ["a", { dtype: "F32", shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) }],
  ["b", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 0, 255) }],
]);

describe.each(Object.entries(saved))("numpy.%s", (_, file) => {
  test("is read whole, or the arrays that are wanted", () => {
    expect(npzNames(file)).toEqual(["a", "b"]);
    expect(readNpz(file)).toEqual(arrays);
    expect(readNpz(file, ["b"])).toEqual(new Map([["b", arrays.get("b")]]));
    expect(readNpz(file, [])).toEqual(new Map());
  });
  test("is read from the middle of a buffer", () => {
    const within = new Uint8Array(file.length + 6);
    within.set(file, 3);
    expect(readNpz(within.subarray(3, 3 + file.length))).toEqual(arrays);
  });
  test("a name that is not there is refused with those that are", () => {
    expect(() => readNpz(file, ["c"])).toThrow(ArgumentRangeError);
    expect(() => readNpz(file, ["c"])).toThrow('"names" expected arrays out of a, b, got "c"');
  });
  test("every cut is refused", () => {
    for (let length = 0; length < file.length; length++)
      expect(() => readNpz(file.subarray(0, length))).toThrow(FormatError);
  });
  test("damaged, it is read right or refused: the check sum leaves no third way", () => {
    // Deflate may promise 1,032 bytes for one; what is declared is taken, no more.
    const counts = readAll(
      mutants(file, tenth(12_000)),
      (bytes) => readNpz(bytes),
      (read) => {
        for (const tensor of read.values()) {
          expect([...arrays.values()].map(bits)).toContainEqual(bits(tensor));
        }
      },
      1100,
    );
    expect(counts.refused).toBeGreaterThan(tenth(5000));
    expect(counts.read).toBeGreaterThan(tenth(250));
  });
});

test("large arrays come back; files that are no arrays are not read", () => {
  const data = new Random(1).uniform(100_000).map((value, i) => (i % 3 ? 0 : value));
  const x: Tensor = { dtype: "F32", shape: [100, 1000], data };
  const file = zipSync({
    "x.npy": writeNpy(x),
    "folder/y.npy": writeNpy(arrays.get("b")!),
    "readme.txt": of(""),
  });
  expect(npzNames(file)).toEqual(["x", "folder/y"]);
  expect(readNpz(file)).toEqual(
    new Map([
      ["x", x],
      ["folder/y", arrays.get("b")],
    ]),
  );
});

test("one broken array does not hide the others", () => {
  const file = zipSync({ "x.npy": of("AAAA"), "b.npy": writeNpy(arrays.get("b")!) });
  expect(readNpz(file, ["b"]).size).toBe(1);
  expect(() => readNpz(file)).toThrow('array "x": npy file expected to start with');
});

test("an archive with a comment; an empty one", () => {
  const file = zipSync({});
  expect(readNpz(file)).toEqual(new Map());
  const commented = new Uint8Array(saved.savez.length + 5);
  commented.set(saved.savez);
  commented[saved.savez.length - 2] = 5;
  expect(readNpz(commented)).toEqual(arrays);
});

describe("refuses", () => {
  const { savez: stored, savez_compressed: deflated } = saved;
  const central = (file: Uint8Array) => new DataView(file.buffer).getUint32(file.length - 6, true);
  /** A copy with 16- or 32-bit numbers at places of the first directory entry, or of the end record. */
  const changed = (
    file: Uint8Array,
    from: "directory" | "end" | "file",
    ...numbers: [at: number, bytes: 2 | 4, value: number][]
  ) => {
    const copy = file.slice();
    const view = new DataView(copy.buffer);
    const base = { directory: central(file), end: file.length - 22, file: 0 }[from];
    for (const [at, bytes, value] of numbers) {
      if (bytes === 2) view.setUint16(base + at, value, true);
      else view.setUint32(base + at, value, true);
    }
    return copy;
  };
  test.each<[string, Uint8Array, string]>([
    ["nothing", new Uint8Array(0), "the end of a directory, found none in 0 bytes"],
    ["an npy file", writeNpy(arrays.get("a")!), "the end of a directory, found none"],
    ["two disks", changed(stored, "end", [4, 2, 1]), "its one directory"],
    [
      "a directory elsewhere",
      changed(stored, "end", [16, 4, 7]),
      "its one directory to end at byte 495, found",
    ],
    [
      "zip64",
      changed(stored, "end", [8, 2, 0xffff], [10, 2, 0xffff], [16, 4, 0xffffffff]),
      "its one directory",
    ],
    ["more entries than there are", changed(stored, "end", [8, 2, 3], [10, 2, 3]), "an entry at byte 495"],
    ["fewer entries", changed(stored, "end", [8, 2, 1], [10, 2, 1]), "102 bytes of entries, found 51"],
    ["a long name", changed(stored, "directory", [28, 2, 999]), "to end at byte 495, found 1438"],
    ["encrypted data", changed(stored, "directory", [8, 2, 1]), "found encrypted data"],
    [
      "another method",
      changed(stored, "directory", [10, 2, 12]),
      "(0) or deflated (8) data, found method 12",
    ],
    ["a name twice", changed(stored, "directory", [97, 2, 0x2e61]), 'each name once, found "a.npy" twice'],
    [
      "a bomb",
      changed(deflated, "directory", [24, 4, 2 ** 31]),
      "at most 94600 bytes from 86 packed ones, found 2147483648",
    ],
    [
      "bombs that share their data",
      changed(deflated, "directory", [20, 4, 390], [24, 4, 428_000], [71, 4, 390], [75, 4, 428_000]),
      "zip file expected at most 430100 bytes",
    ],
    ["no local header", changed(stored, "directory", [42, 4, 1]), "a local header, found none at byte 1"],
    [
      "a local header beyond",
      changed(stored, "directory", [42, 4, 0xffffffff]),
      "a local header, found none",
    ],
    ["another local name", changed(stored, "file", [30, 2, 0x2e63]), 'in its local header, found "c.npy"'],
    [
      "data beyond the directory",
      changed(stored, "file", [28, 2, 400]),
      "152 bytes before the directory, found -42",
    ],
    ["data of another length", changed(stored, "directory", [24, 4, 151]), "expected 151 bytes, found 152"],
    ["less than declared", changed(deflated, "directory", [24, 4, 153]), "expected 153 bytes, found 152"],
    ["more than declared", changed(deflated, "directory", [24, 4, 100]), "expected the check sum"],
    ["a changed value", changed(stored, "file", [200, 2, 1]), "expected the check sum"],
    ["data that are not deflated", changed(deflated, "file", [55, 2, 0xffff]), "deflated data, found"],
  ])("%s", (_, file, message) => {
    expect(() => readNpz(file)).toThrow(FormatError);
    expect(() => readNpz(file)).toThrow(message);
  });
  test("what is no Uint8Array", () => {
    expect(() => readNpz("x" as never)).toThrow('"bytes" expected Uint8Array, got "x"');
  });
});

test("a stored entry is a view, and the check sum the standard one", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32([])).toBe(0);
  const entry = zipEntries(saved.savez).get("b.npy")!;
  expect(unzip(saved.savez, entry).buffer).toBe(saved.savez.buffer);
});
