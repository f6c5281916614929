/**
 * Numbers as text: a row a line, with commas, semicolons or tabs between.
 *
 *   header   the first line, when a cell of it is no number; each column has a name then
 *   cells    decimal numbers, nan and inf; blanks beside them and quotes around them mean nothing, but for names with
 *            separators in them
 *   lines    end in LF or CRLF; empty ones and those that begin with # are skipped
 *
 * Source: RFC 4180; what numpy.savetxt and pandas.to_csv(index=False) write.
 */
import { FormatError } from "../errors.js";
import { checkBytes, shown, type Tensor, unshared } from "./tensor.js";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const INFINITE = /^([+-]?)inf(inity)?$/i;

/**
 * Reads a .csv file.
 *
 * @param bytes  the whole file, UTF-8
 * @returns rows × columns
 * @throws {ArgumentTypeError} when `bytes` is anything else
 * @throws {FormatError} when a cell is no number, or lines differ in length; it names line and column
 */
export function readCsv(bytes: Uint8Array): Tensor<"F64"> {
  return readTable(bytes).numbers;
}

/**
 * The same with the names of columns.
 *
 * @param bytes  as of `readCsv`, which it throws like
 * @returns names that are undefined where the file has none
 */
export function readTable(bytes: Uint8Array): {
  readonly names: readonly string[] | undefined;
  readonly numbers: Tensor<"F64">;
} {
  checkBytes(bytes);
  const lines = linesOf(bytes);
  const [first] = lines;
  if (!first) throw new FormatError("CSV file expected numbers, found none");
  const outside = first.text.replace(/"[^"]*"/g, "");
  const separator = [";", "\t"].find((one) => outside.includes(one)) ?? ",";
  const head = cellsOf(first.text, separator);
  const isHeader = head.some((cell) => numberOf(cell) === undefined);
  if (isHeader) checkHeader(head);
  const rows = lines.slice(isHeader ? 1 : 0);
  const data = new Float64Array(rows.length * head.length);
  for (const [r, { text, number }] of rows.entries()) {
    const cells = cellsOf(text, separator);
    if (cells.length !== head.length)
      throw new FormatError(`CSV line ${number} expected ${head.length} cells, found ${cells.length}`);
    for (const [c, cell] of cells.entries()) {
      const value = numberOf(cell);
      if (value === undefined)
        throw new FormatError(`CSV line ${number}, column ${c + 1} expected a number, found ${shown(cell)}`);
      data[r * head.length + c] = value;
    }
  }
  const numbers = { dtype: "F64", shape: [rows.length, head.length], data } as const;
  return { names: isHeader ? head : undefined, numbers };
}

/** Lines with something on them, and their numbers in the file. */
function linesOf(bytes: Uint8Array): { text: string; number: number }[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(unshared(bytes));
  } catch {
    throw new FormatError("CSV file expected text in UTF-8, found other bytes");
  }
  return text
    .split(/\r\n|\n|\r/)
    .map((line, index) => ({ text: line, number: index + 1 }))
    .filter((line) => line.text.trim() !== "" && !line.text.startsWith("#"));
}

/** pandas writes the numbers of rows as a first column without a name, which is no data. */
function checkHeader(names: readonly string[]): void {
  const nameless = names.indexOf("");
  if (nameless < 0) return;
  const advice = "pandas leaves its index out with to_csv(index=False)";
  throw new FormatError(
    `CSV header expected a name for each column, found none for column ${nameless + 1}: ${advice}`,
  );
}

function cellsOf(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator).map((cell) => cell.trim());
  const cells = [""];
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    if (character === separator && !isQuoted) cells.push("");
    else cells[cells.length - 1] += character;
  }
  return cells.map(unquoted);
}

const unquoted = (cell: string): string =>
  cell
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();

/** Undefined for what is no number. */
function numberOf(cell: string): number | undefined {
  if (NUMBER.test(cell)) return Number(cell);
  if (/^[+-]?nan$/i.test(cell)) return Number.NaN;
  const infinite = INFINITE.exec(cell);
  return infinite ? (infinite[1] === "-" ? -Infinity : Infinity) : undefined;
}
