import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { edges } from "../harness/sizes.js";

const core = openSync();
afterAll(() => core.dispose());

const random = new Random(5);
const randomBits = (length: number) => Uint8Array.from({ length }, () => random.below(2));

describe.each(edges(32))("with %i columns", (columns) => {
  const rows = 3;
  const bits = randomBits(rows * columns);
  const ones = bits.reduce((sum, bit) => sum + bit, 0);
  const padding = (mask: { words(): Uint32Array }) =>
    [...mask.words()].filter(
      (word, i) =>
        (i + 1) % Math.ceil(columns / 32) === 0 && columns % 32 !== 0 && word >>> (columns % 32) !== 0,
    );

  test("takes bits and gives them back", () => {
    const mask = core.mask(rows, columns, bits);
    expect(mask.toArray()).toEqual(bits);
    expect(mask.strideWords).toBe(Math.ceil(columns / 32));
    expect(mask.count).toBe(ones);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) expect(mask.get(i, j)).toBe(bits[i * columns + j]);
    }
    expect(padding(mask)).toEqual([]);
  });
  test("fills without its padding", () => {
    const mask = core.mask(rows, columns).fill(1);
    expect(mask.count).toBe(rows * columns);
    expect(padding(mask)).toEqual([]);
    expect(mask.density).toBe(1);
    expect(mask.sparsity).toBe(0);
    expect(mask.fill(false).count).toBe(0);
  });
  test("takes packed words without their padding", () => {
    const words = new Uint32Array(rows * Math.ceil(columns / 32)).fill(0xffffffff);
    const mask = core.mask(rows, columns, words);
    expect(mask.count).toBe(rows * columns);
    expect(padding(mask)).toEqual([]);
    expect([...words].every((word) => word === 0xffffffff)).toBe(true);
    expect(core.mask(rows, columns, core.mask(rows, columns, bits).words().slice()).toArray()).toEqual(bits);
  });
  test("equals a mask with the same bits only", () => {
    const mask = core.mask(rows, columns, bits);
    expect(mask.equals(core.mask(rows, columns, mask))).toBe(true);
    if (columns > 0) {
      bits[bits.length - 1] ^= 1;
      expect(mask.equals(core.mask(rows, columns, bits))).toBe(false);
      bits[bits.length - 1] ^= 1;
    }
    expect(mask.equals(core.mask(rows, columns + 1))).toBe(false);
    expect(mask.equals(core.mask(rows + 1, columns))).toBe(false);
  });
});

test("column j of a row is bit j & 31 of its word j >> 5", () => {
  const mask = core.mask(2, 40);
  const bits = new Uint8Array(80);
  bits[31] = bits[32] = bits[40 + 3] = 1;
  expect([...mask.copyFrom(bits).words()]).toEqual([0x80000000, 1, 8, 0]);
});

test("a new mask is all 0, also where something was before", () => {
  core.scoped(() => core.mask(8, 64).fill(1));
  core.scoped(() => expect(core.mask(8, 64).count).toBe(0));
});

test("density and sparsity are shares of the weights", () => {
  const mask = core.mask(1, 3, [true, false, 0]);
  expect(mask.density).toBe(1 / 3);
  expect(mask.sparsity).toBe(2 / 3);
  const none = core.mask(0, 7);
  expect([none.count, none.density, none.sparsity]).toEqual([0, 1, 0]);
});

test("takes bits of another realm and masks of another core", () => {
  using other = openSync();
  const bits = runInNewContext("Uint8Array.of(1, 0, 1)");
  const mask = core.mask(1, 3, bits);
  const copy = other.mask(1, 3, mask);
  expect(copy.toArray()).toEqual(Uint8Array.of(1, 0, 1));
  expect(copy.equals(mask)).toBe(true);
});

describe("refuses and writes nothing:", () => {
  test.each([
    [[1, 0, 1], "ShapeError", '"bits" expected 4 values (2 × 2), got 3'],
    [Uint32Array.of(1), "ShapeError", '"bits" expected 2 words (2 rows of 1), got 1'],
    [[1, 0, 2, 0], "ArgumentRangeError", '"bits[2]" expected 0 or 1, got 2'],
    [Uint8Array.of(1, 255, 1, 0), "ArgumentRangeError", '"bits[1]" expected 0 or 1, got 255'],
    [[1, "0", 1, 0], "ArgumentTypeError", '"bits[1]" expected 0 or 1, got "0"'],
    [new Float32Array(4), "ArgumentTypeError", /^"bits" expected a Uint8Array .*, got Float32Array\(4\)$/],
    [7, "ArgumentTypeError", /got 7$/],
  ])("%j", (bits, name, message) => {
    const mask = core.mask(2, 2).fill(1);
    const expected = { name, message: message instanceof RegExp ? expect.stringMatching(message) : message };
    expect(() => mask.copyFrom(bits as number[])).toThrow(expect.objectContaining(expected));
    expect(mask.count).toBe(4);
  });
  test("a mask of another shape", () => {
    const call = () => core.mask(2, 2).copyFrom(core.mask(1, 4));
    expect(call).toThrow(expect.objectContaining({ message: '"bits" expected 2 × 2, got 1 × 4' }));
  });
  test("a fill with something else, and places outside", () => {
    const mask = core.mask(2, 2);
    expect(() => mask.fill(2 as 1)).toThrow('"bit" expected 0 or 1, got 2');
    expect(() => mask.get(2, 0)).toThrow('"i" expected an integer from 0 to 1, got 2');
    expect(() => mask.get(0, -1)).toThrow('"j" expected an integer from 0 to 1, got -1');
  });
});
