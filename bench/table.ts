/** Rows as a table: for a terminal, and for bench/RESULTS.md. */
import type { Row } from "./measure.js";

const OURS = /^(simd|relaxed)(-(dense|rows|masked))?$/;

const HEADER = ["case", "implementation", "a call", "± MAD", "GFLOP/s", "GB/s", "bytes", "× best rival"];

/** The fastest of the implementations of a case that are not ours. */
function bestRival(row: Row, rows: Row[]): Row | undefined {
  return rows
    .filter((other) => other.suite === row.suite && other.case === row.case)
    .filter((other) => !OURS.test(other.implementation) && other.medianMs !== null)
    .sort((a, b) => Number(a.medianMs) - Number(b.medianMs))[0];
}

/** Header and cells; columns that stay empty are left out, a case is named in its first row only. */
export function cellsOf(rows: Row[]): string[][] {
  const body = rows.map((row, i) => {
    const rival = bestRival(row, rows);
    const ratio = rival && row.medianMs ? (Number(rival.medianMs) / row.medianMs).toFixed(2) : "";
    return [
      rows[i - 1]?.case === row.case ? "" : row.case,
      row.implementation,
      row.medianMs === null ? "" : duration(row.medianMs),
      row.madMs === null ? "" : duration(row.madMs),
      row.gflops?.toFixed(2) ?? "",
      row.gigabytesPerSecond?.toFixed(2) ?? "",
      row.bytes?.toLocaleString("en") ?? "",
      ratio,
    ];
  });
  const used = HEADER.map((_, column) => body.some((cells) => cells[column] !== ""));
  return [HEADER, ...body].map((cells) => cells.filter((_, column) => used[column]));
}

/** A time with its unit, four digits. */
export function duration(timeMs: number): string {
  if (timeMs >= 1000) return `${(timeMs / 1000).toPrecision(4)} s`;
  if (timeMs >= 1) return `${timeMs.toPrecision(4)} ms`;
  return `${(timeMs * 1000).toPrecision(4)} µs`;
}

/** Columns of equal width; the names to the left, the numbers to the right. */
export function textTable(rows: Row[]): string {
  const cells = cellsOf(rows);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const pad = (cell: string, column: number) =>
    column < 2 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return cells.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

/** Header and cells; the first `names` columns to the left. */
export function markdownTable([header, ...body]: string[][], names: number): string {
  const rule = header.map((_, column) => (column < names ? "---" : "--:"));
  return [header, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

/**
 * RESULTS.md with the generated part of one suite replaced, or added at the end when it has none.
 *
 * @param body  what stands below the machine; default the table of all rows
 */
export function withResults(
  page: string,
  suite: string,
  machine: string,
  rows: Row[],
  body = markdownTable(cellsOf(rows), 2),
): string {
  const start = `<!-- generated: ${suite} -->`;
  const end = `<!-- end: ${suite} -->`;
  const part = `${start}\n## ${suite}\n\n${machine}\n\n${body}\n${end}`;
  const from = page.indexOf(start);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${part}\n`;
  return page.slice(0, from) + part + page.slice(to + end.length);
}
