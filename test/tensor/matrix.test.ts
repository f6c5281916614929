import { runInNewContext } from "node:vm";
import { afterAll, describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Matrix } from "../../src/tensor/matrix.js";

const core = openSync();
afterAll(() => core.dispose());

const f32 = Float32Array.of;
const six = [1, 2, 3, 4, 5, 6];
/** 2 × 3 with 4 elements from row to row, in a frame of 9. */
function strided(): Matrix {
  const frame = core.matrix(2, 4).fill(9);
  return new Matrix(core, frame.ptr, 2, 3, 4);
}

describe("a new matrix", () => {
  test("is all 0, also where something was before", () => {
    core.scoped(() => core.matrix(8, 8).fill(1));
    core.scoped(() => expect(core.matrix(8, 8).toArray()).toEqual(new Float32Array(64)));
  });
  test.each([
    ["an array", six],
    ["Float32Array", Float32Array.from(six)],
    ["Float64Array", Float64Array.from(six)],
    ["an array of another realm", runInNewContext("[1, 2, 3, 4, 5, 6]")],
    ["a Float32Array of another realm", runInNewContext("Float32Array.of(1, 2, 3, 4, 5, 6)")],
  ])("takes values from %s, row by row", (_, values) => {
    const matrix = core.matrix(2, 3, values);
    expect(matrix.toArray()).toEqual(Float32Array.from(six));
    expect(matrix.row(1)).toEqual(f32.call(Float32Array, 4, 5, 6));
    expect(matrix).toMatchObject({ rows: 2, columns: 3, stride: 3, core });
    expect(matrix.ptr % 16).toBe(0);
  });
  test("takes values from a matrix of the same core even when the copy makes the memory grow", () => {
    using own = openSync();
    const source = own.matrix(120, 120).fill(3);
    const { buffer } = own.memory;
    const copy = own.matrix(120, 120, source);
    expect(own.memory.buffer).not.toBe(buffer);
    expect(copy.toArray()).toEqual(new Float32Array(14400).fill(3));
  });
  test.each([
    [0, 0],
    [0, 5],
    [5, 0],
  ])("may be %i × %i", (rows, columns) => {
    const matrix = core.matrix(rows, columns, []);
    expect(matrix.view()).toHaveLength(0);
    expect(matrix.fill(1).copyFrom([], { finite: true }).toArray()).toHaveLength(0);
    if (rows > 0) expect(matrix.row(rows - 1)).toHaveLength(0);
  });
  test.each([
    ["3", 1, "ArgumentTypeError", '"rows" expected an integer from 0 to 4294967295, got "3"'],
    [-1, 1, "ArgumentRangeError", '"rows" expected an integer from 0 to 4294967295, got -1'],
    [1, 0.5, "ArgumentRangeError", '"columns" expected an integer from 0 to 4294967295, got 0.5'],
    [1, 2 ** 32, "ArgumentRangeError", '"columns" expected an integer from 0 to 4294967295, got 4294967296'],
  ])("cannot be %s × %s", (rows, columns, name, message) => {
    expect(() => core.matrix(rows as number, columns)).toThrow(expect.objectContaining({ name, message }));
  });
  test("allocates nothing when its values do not fit", () => {
    const { freeBytes } = core;
    expect(() => core.matrix(2, 3, [1])).toThrow();
    expect(core.freeBytes).toBe(freeBytes);
  });
});

describe("copyFrom", () => {
  test.each([
    [[1, 2, 3, 4, 5], "ShapeError", '"values" expected 6 values (2 × 3), got 5'],
    [new Float32Array(7), "ShapeError", '"values" expected 6 values (2 × 3), got 7'],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      "ArgumentTypeError",
      '"values[0]" expected a number, got Array(3)',
    ],
    [[1, 2, 3, 4, 5, "6"], "ArgumentTypeError", '"values[5]" expected a number, got "6"'],
    [Object.assign(new Array(6), [1]), "ArgumentTypeError", '"values[1]" expected a number, got undefined'],
    [new Int32Array(6), "ArgumentTypeError", /^"values" expected a Float32Array, .*, got Int32Array\(6\)$/],
    [{ length: 6 }, "ArgumentTypeError", /got an object$/],
    [null, "ArgumentTypeError", /got null$/],
  ])("refuses %j and writes nothing", (values, name, message) => {
    const matrix = core.matrix(2, 3, six);
    const expected = { name, message: message instanceof RegExp ? expect.stringMatching(message) : message };
    expect(() => matrix.copyFrom(values as number[])).toThrow(expect.objectContaining(expected));
    expect(matrix.toArray()).toEqual(Float32Array.from(six));
  });
  test("refuses a matrix of another shape", () => {
    const call = () => core.matrix(2, 3).copyFrom(core.matrix(3, 2));
    expect(call).toThrow(expect.objectContaining({ message: '"values" expected 2 × 3, got 3 × 2' }));
  });
  test("lets NaN and infinities in, unless told otherwise", () => {
    const values = [1, Number.NaN, Infinity, -Infinity, 0, 1];
    expect(core.matrix(2, 3).copyFrom(values).toArray()).toEqual(Float32Array.from(values));
  });
  test.each([
    [[1, 2, 3, 4, Number.NaN, Infinity], { row: 1, column: 1, index: 4 }, "NaN at row 1, column 1"],
    [
      f32.call(Float32Array, 1, 2, -Infinity, 4, 5, 6),
      { row: 0, column: 2, index: 2 },
      "-Infinity at row 0, column 2",
    ],
    [Float64Array.of(1, 2, 3, 1e300, 5, 6), { row: 1, column: 0, index: 3 }, "Infinity at row 1, column 0"],
  ])("finite: names where %s is not, as f32", (values, position, words) => {
    const matrix = core.matrix(2, 3, six);
    const message = `"values" expected finite numbers, got ${words}`;
    const error = expect.objectContaining({
      name: "NonFiniteError",
      code: "ERR_NON_FINITE",
      message,
      ...position,
    });
    expect(() => matrix.copyFrom(values, { finite: true })).toThrow(error);
    expect(matrix.toArray()).toEqual(Float32Array.from(six));
  });
  test("refuses unknown options", () => {
    const call = () => core.matrix(1, 1).copyFrom([1], { finit: true } as object);
    expect(call).toThrow(/did you mean "finite"\?$/);
  });
  test("takes a matrix of another core", () => {
    using other = openSync();
    expect(
      core
        .matrix(2, 3)
        .copyFrom(other.matrix(2, 3, six))
        .toArray(),
    ).toEqual(Float32Array.from(six));
  });
});

describe("views", () => {
  test("write through", () => {
    const matrix = core.matrix(2, 3);
    matrix.view()[5] = 6;
    matrix.row(0)[1] = 2;
    expect([...matrix.toArray()]).toEqual([0, 2, 0, 0, 0, 6]);
  });
  test("a copy does not", () => {
    const matrix = core.matrix(1, 1);
    matrix.toArray()[0] = 5;
    expect(matrix.view()[0]).toBe(0);
  });
  test.each([[-1], [2], [0.5], ["0"]])("there is no row %s", (i) => {
    expect(() => core.matrix(2, 3).row(i as number)).toThrow(/^"i" expected an integer from 0 to 1, got/);
  });
});

test("fill sets every element and takes numbers only", () => {
  expect(core.matrix(1, 3).fill(-2.5).toArray()).toEqual(Float32Array.of(-2.5, -2.5, -2.5));
  expect(() => core.matrix(1, 3).fill("1" as unknown as number)).toThrow(
    '"value" expected a number, got "1"',
  );
});

describe("rows with gaps between them", () => {
  test("are written and read without touching the gaps", () => {
    const matrix = strided();
    expect([...matrix.copyFrom(six).toArray()]).toEqual(six);
    expect([...core.f32(matrix.ptr, 8)]).toEqual([1, 2, 3, 9, 4, 5, 6, 9]);
    matrix.fill(0);
    expect([...core.f32(matrix.ptr, 8)]).toEqual([0, 0, 0, 9, 0, 0, 0, 9]);
  });
  test("copy to and from one another", () => {
    const matrix = strided().copyFrom(core.matrix(2, 3, six));
    expect([...strided().copyFrom(matrix).toArray()]).toEqual(six);
    expect([...core.matrix(2, 3, matrix).toArray()]).toEqual(six);
  });
  test("have no view as a whole", () => {
    const error = { name: "ShapeError", message: '"stride" expected 3, for rows without gaps, got 4' };
    expect(() => strided().view()).toThrow(expect.objectContaining(error));
    expect([...strided().row(1)]).toEqual([9, 9, 9]);
  });
});
