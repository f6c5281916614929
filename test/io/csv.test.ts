import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/errors.js";
import { readCsv } from "../../src/io/csv.js";

const csv = (text: string) => new TextEncoder().encode(text);
const rows = (text: string) => {
  const { dtype, shape, data } = readCsv(csv(text));
  expect([dtype, shape[0] * shape[1]]).toEqual(["F64", data.length]);
  return Array.from({ length: shape[0] }, (_, r) => [...data.subarray(r * shape[1], (r + 1) * shape[1])]);
};

const numbers = [
  [1, -2.5],
  [0.003, 40],
];

describe("reads", () => {
  test.each<[string, string]>([
    ["numbers alone", "1,-2.5\n3e-3,40\n"],
    ["a header", "first,second\n1,-2.5\n3e-3,40"],
    ["a header of which one name is a number", "1,second\n1,-2.5\n3e-3,40"],
    ["Windows' line ends and a byte order mark", "\ufeffa,b\r\n1,-2.5\r\n3e-3,40\r\n"],
    ["quotes and blanks", '"a","b"\n"1", -2.5 \n 3E-3 ,"+40"\n'],
    ["separators in the quotes of names", '"a, in cm","b; x"\n1,-2.5\n3e-3,"40"\n'],
    ["semicolons beside commas in quotes", '"a, in cm";"b"\n1;-2.5\n3e-3;40\n'],
    ["semicolons", "a;b\n1;-2.5\n.003;40.\n"],
    ["tabs", "1\t-2.5\n0.003\t40\n"],
    ["empty lines and comments, as numpy.savetxt heads a file", "# a,b\n1,-2.5\n\n3e-3,40\n\n"],
  ])("%s", (_, text) => {
    expect(rows(text)).toEqual(numbers);
  });

  test("one column, one line, numbers that are none, and a table without lines", () => {
    expect(rows("label\n3\n1\n2\n")).toEqual([[3], [1], [2]]);
    expect(rows("1,2,3")).toEqual([[1, 2, 3]]);
    expect(rows("nan,-inf,Infinity\n1,2,3")).toEqual([
      [Number.NaN, -Infinity, Infinity],
      [1, 2, 3],
    ]);
    expect(readCsv(csv("a,b\n")).shape).toEqual([0, 2]);
  });
});

test.each<[string, string | Uint8Array, string]>([
  ["nothing", "\n# only words\n", "expected numbers, found none"],
  ["a short line", "a,b\n1,2\n\n3\n", "line 4 expected 2 cells, found 1"],
  ["a long line", "1,2\n3,4,5\n", "line 2 expected 2 cells, found 3"],
  ["a missing number", "a,b\n1,\n", 'line 2, column 2 expected a number, found ""'],
  ["words", "a,b\n1,cat\n", 'line 2, column 2 expected a number, found "cat"'],
  ["hexadecimal", "1,2\n3,0x10\n", 'expected a number, found "0x10"'],
  ["decimal commas in quotes", 'a,b\n"1,5",2\n', 'line 2, column 1 expected a number, found "1,5"'],
  ["a quote that does not end", 'a,b\n"1,2\n', "line 2 expected 2 cells, found 1"],
  ["decimal commas", "a;b\n1,5;2\n", 'line 2, column 1 expected a number, found "1,5"'],
  ["the index of pandas", ",a,b\n0,1,2\n", "found none for column 1: pandas leaves its index out"],
  ["other bytes", Uint8Array.of(0x31, 0xff, 0x32), "expected text in UTF-8"],
  ["a web page", "<!DOCTYPE html>\n<html>1,2</html>", "found a web page"],
  ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"],
])("refuses %s", (_, content, message) => {
  const bytes = typeof content === "string" ? csv(content) : content;
  expect(() => readCsv(bytes)).toThrow(FormatError);
  expect(() => readCsv(bytes)).toThrow(message);
});
