/**
 * Draws docs/layer.svg from the suite `sparse` in bench/RESULTS.md: the time of a layer of 784 inputs and 300 outputs
 * on 64 samples against sparsity. `node scripts/chart.mjs` after `npm run bench -- --suite sparse --write`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

process.chdir(fileURLToPath(new URL("..", import.meta.url)));

const CASE = "64x784x300@";
const UNITS = { µs: 1e-3, ms: 1, s: 1e3 };
/** Columns of the table, as the chart names them, with the class that colours them. */
const LINES = {
  js: ["plain JS, kept weights only", "js"],
  "onnxruntime-web": ["onnxruntime-web, dense", "peer"],
  "tfjs-wasm": ["tfjs-wasm, dense", "peer"],
  "simd-dense": ["golden-ticket, dense", "dense"],
  simd: ["golden-ticket, masked", "ours"],
};
/** Colours on white and on black. */
const COLOURS = {
  js: ["#8250df", "#bc8cff"],
  peer: ["#bc4c00", "#f0883e"],
  dense: ["#57606a", "#9aa4ae"],
  ours: ["#0969da", "#58a6ff"],
  text: ["#1f2328", "#e6edf3"],
  grid: ["#d8dee4", "#30363d"],
  paper: ["#ffffff", "#0d1117"],
};

function points() {
  const text = readFileSync("bench/RESULTS.md", "utf8");
  const [, suite] = /<!-- generated: sparse -->([\s\S]*?)<!-- end: sparse -->/.exec(text);
  const [host] = /^AMD.*?Node v\d+|^.*Node v\d+/m.exec(suite);
  const rows = suite.split("\n").filter((line) => line.startsWith("| "));
  const cells = (row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const header = cells(rows[0]);
  const found = rows
    .map(cells)
    .filter(([name]) => name.startsWith(CASE))
    .flatMap(([name, ...times]) => {
      const pattern = name.slice(CASE.length);
      const kept = pattern === "2:4" ? 0.5 : 1 - Number(pattern.split("@").at(-1));
      return Object.keys(LINES).map((column) => {
        const [value, unit] = times[header.indexOf(column) - 1].split(" ");
        return { column, pattern, kept, ms: Number(value) * UNITS[unit] };
      });
    });
  return { host, found };
}

const { host, found } = points();
const isAnywhere = ({ pattern }) => !/[:@]/.test(pattern);
const all = found.filter(isAnywhere);
const patterned = found.filter((point) => !isAnywhere(point) && point.column === "simd");
const last = Math.min(...all.map(({ kept }) => kept));
const paint = (column) => `var(--${LINES[column][1]})`;
const { document } = parseHTML("<!doctype html><html><body></body></html>");
const TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const [width, height] = [860, 400];

const plot = Plot.plot({
  document,
  ...{ width, height, marginLeft: 64, marginRight: 250, marginTop: 44, marginBottom: 44 },
  style: { fontSize: "14px", background: "none" },
  x: { type: "log", reverse: true, domain: [last, 0.5], label: null },
  y: { type: "log", label: null },
  marks: [
    // As text: the library hides the labels that it finds too many on a logarithmic axis.
    Plot.axisX([0.5, 0.2, 0.1, 0.05, 0.02], { text: (kept) => `${Math.round(100 - 100 * kept)} %` }),
    Plot.axisY(TICKS, { text: (ms) => (ms < 1 ? `${1000 * ms} µs` : `${ms} ms`), tickSize: 0 }),
    Plot.gridY(TICKS, { stroke: "var(--grid)", strokeOpacity: 1 }),
    Plot.line(all, {
      x: "kept",
      y: "ms",
      z: "column",
      stroke: ({ column }) => paint(column),
      strokeWidth: 2.5,
    }),
    Plot.dot(all, { x: "kept", y: "ms", fill: ({ column }) => paint(column), r: 3.5 }),
    Plot.dot(patterned, {
      x: "kept",
      y: "ms",
      r: 6,
      stroke: "var(--ours)",
      strokeWidth: 2,
      fill: "var(--paper)",
    }),
    Plot.text(patterned, {
      ...{ x: "kept", y: "ms", dx: 10, dy: 16, textAnchor: "start", fill: "var(--ours)" },
      text: ({ pattern }) => (pattern === "2:4" ? "2:4" : "4×1 blocks"),
    }),
  ],
});
const y = (column) =>
  plot.scale("y").apply(all.find((point) => point.column === column && point.kept === last).ms);

/** Names at the right ends of the lines, moved apart where they would touch. */
function labels() {
  const ends = Object.keys(LINES)
    .map((column) => ({ column, at: y(column) }))
    .sort((a, b) => a.at - b.at);
  for (let i = 1; i < ends.length; i++) ends[i].at = Math.max(ends[i].at, ends[i - 1].at + 19);
  return ends.map(({ column, at }) => {
    return `<text x="${width - 240}" y="${at + 5}" fill="${paint(column)}">${LINES[column][0]}</text>`;
  });
}

const variables = (i) => Object.entries(COLOURS).map(([name, both]) => `--${name}: ${both[i]};`);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"
 width="${width}" height="${height}"
 font-family="system-ui, sans-serif" font-size="14" role="img"
 aria-label="Time of a layer against sparsity; bench/RESULTS.md has the numbers">
<style>
:root { ${variables(0).join(" ")} color: var(--text); fill: var(--text); }
@media (prefers-color-scheme: dark) { :root { ${variables(1).join(" ")} } }
</style>
<rect width="${width}" height="${height}" rx="6" fill="var(--paper)"/>
<text x="14" y="24">64 samples through a layer, 784 → 300: time by share of zeros (${host}, one thread)</text>
${plot.outerHTML.replace(/<style>[\s\S]*?<\/style>/, "").replace(/ class="[^"]*"/, "")}
${labels().join("\n")}
</svg>
`;
writeFileSync("docs/layer.svg", svg);
