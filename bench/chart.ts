/** The chart of the suite `sparse`. */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Row } from "./measure.js";
import { speedUp, timesByCase } from "./sparse-page.js";

const COLOURS: Record<string, string> = { 1: "#0072b2", 64: "#d55e00", 256: "#008060" };

interface Point {
  batch: string;
  shape: string;
  /** Share of weights kept. */
  density: number;
  pattern: string;
  sparse: number;
  dense: number;
}

function points(rows: Row[]): Point[] {
  return [...timesByCase(rows)].map(([name, times]) => {
    const [, batch, inputs, outputs, pattern] = /^(\d+)x(\d+)x(\d+)@(.+)$/.exec(name) ?? [];
    return {
      batch,
      shape: `${inputs} → ${outputs}`,
      density: pattern === "2:4" ? 0.5 : 1 - Number(pattern.split("@").at(-1)),
      pattern: /[:@]/.test(pattern) ? pattern.split("@")[0].replace("x", "×") : "",
      sparse: speedUp(times, "simd"),
      dense: speedUp(times, "simd-dense"),
    };
  });
}

const TICKS = [0.5, 1, 2, 5, 10, 20, 50];
const SYMBOLS: Record<string, Plot.SymbolType> = { "2:4": "diamond", "4×1": "square" };

/** A picture on white: speed-up of `simd` over the best peer against sparsity, one panel a shape. */
export function sparseChart(rows: Row[]): string {
  const all = points(rows).filter(({ sparse }) => Number.isFinite(sparse));
  const anywhere = all.filter(({ pattern }) => pattern === "");
  const colour = ({ batch }: Point) => COLOURS[batch];
  const common = { fx: "shape", x: "density", stroke: colour } as const;
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const plot = Plot.plot({
    document,
    width: 880,
    height: 380,
    marginLeft: 50,
    marginRight: 24,
    marginTop: 40,
    marginBottom: 30,
    style: { fontSize: "13px", background: "none" },
    fx: { label: null, domain: [...new Set(all.map(({ shape }) => shape))] },
    x: { type: "log", reverse: true, domain: [0.018, 0.55], label: null },
    y: { type: "log", label: null },
    marks: [
      // As text: the library hides the labels that it finds too many on a logarithmic axis.
      Plot.axisX([0.5, 0.2, 0.1, 0.05, 0.02], {
        text: (kept: number) => `${Math.round(100 - 100 * kept)} %`,
      }),
      Plot.axisY(TICKS, { text: String, tickSize: 0 }),
      Plot.gridY(TICKS, { stroke: "#ddd", strokeOpacity: 1 }),
      Plot.ruleY([1], { stroke: "#333", strokeWidth: 1.5 }),
      Plot.line(anywhere, { ...common, y: "dense", z: "batch", strokeDasharray: "4 4", strokeWidth: 1.5 }),
      Plot.line(anywhere, { ...common, y: "sparse", z: "batch", strokeWidth: 2.5 }),
      Plot.dot(anywhere, { ...common, y: "sparse", r: 4, fill: colour }),
      ...["2:4", "4×1"].map((pattern) =>
        Plot.dot(
          all.filter((point) => point.pattern === pattern),
          { ...common, y: "sparse", r: 5.5, fill: "white", strokeWidth: 2, symbol: SYMBOLS[pattern] },
        ),
      ),
    ],
  });
  const svg = plot.outerHTML.replace("<svg ", '<svg y="36" ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="880" height="420" viewBox="0 0 880 420"
 font-family="system-ui, sans-serif" font-size="13" role="img"
 aria-label="Speed-up of sparse layers over the best dense peer against sparsity; RESULTS.md has the numbers">
<rect width="880" height="420" fill="white"/>
${legend()}
<text x="10" y="52">× the best dense peer</text>
<text x="440" y="416" text-anchor="middle">sparsity</text>
${svg}
</svg>
`;
}

function legend(): string {
  const entry = (x: number, label: string, sign: string) =>
    `<g transform="translate(${x} 20)">${sign}<text x="30" y="4">${label}</text></g>`;
  const line = (style: string) => `<path d="M0 0H24" fill="none" stroke-width="2.5" ${style}/>`;
  const mark = (shape: string) => `<path d="${shape}" fill="white" stroke="#333" stroke-width="2"/>`;
  return [
    ...Object.entries(COLOURS).map(([batch, colour], i) =>
      entry(50 + 105 * i, `batch ${batch}`, line(`stroke="${colour}"`)),
    ),
    entry(370, "own dense", line('stroke="#333" stroke-dasharray="4 4"')),
    entry(480, "2:4", mark("M12 -7L19 0L12 7L5 0Z")),
    entry(550, "blocks 4×1", mark("M6 -6H18V6H6Z")),
    entry(665, "break-even", line('stroke="#333"')),
  ].join("\n");
}
