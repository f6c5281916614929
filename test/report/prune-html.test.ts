import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { pruneReportHtml } from "../../src/report/prune-html.js";
import type { PruneReport, PruneReportLayer } from "../../src/report/prune-result.js";

/** A layer with every third weight kept. */
const layer = (name: string, rows: number, columns: number): PruneReportLayer => {
  const mask = Uint8Array.from({ length: rows * columns }, (_, i) => Number(i % 3 === 0));
  const curve = [0, 0.25, 0.5, 0.75].map((sparsity) => ({ sparsity, error: sparsity ** 3 / 10 }));
  const kept = mask.reduce((sum, bit) => sum + bit, 0);
  return { name, rows, columns, kept, relativeError: 0.0123, curve, mask };
};

const report: PruneReport = {
  ...{ method: "exact-obs", model: "<b>.safetensors", version: "1.2.3", seconds: 75 },
  runs: [
    { sparsity: 0.5, outputError: 0.001, accuracy: 0.98, bytes: 9000, smallestBytes: 3000 },
    { sparsity: 2 / 3, outputError: 0.02, accuracy: 0.95, bytes: 9000, smallestBytes: 2000 },
  ],
  layers: [layer("fc1", 200, 30), layer("fc2", 6, 200)],
  ...{ shown: 1, accuracyBefore: 0.985, judgedBy: "50 samples held back", bytesBefore: 10_000 },
  packing: "gzipped",
  unpruned: [{ name: "scale", rows: 2, columns: 3, reason: "operator Einsum" }],
  settings: [["seed", 3]],
  command: "npx golden-ticket prune m.safetensors --sweep 0.5,0.667",
};

const documentOf = (change: Partial<PruneReport> = {}) =>
  parseHTML(pruneReportHtml({ ...report, ...change })).document;
const texts = (root: ParentNode, selector: string) =>
  [...root.querySelectorAll(selector)].map((element) => element.textContent?.replace(/\s+/g, " ").trim());

describe("the report of a made-up pruning", () => {
  const document = documentOf();

  test("says what was measured", () => {
    expect(texts(document, "h1")).toEqual([
      "With 33.3% of its weights: 95.00%, against 98.50% with all of them",
    ]);
    expect(texts(document, ".tiles .value")).toEqual(["33.3%", "2%", "98.50%", "95.00%", "20.0%"]);
    expect(texts(document, '[aria-labelledby="sweep"] tbody tr').map((row) => row?.split(" "))).toEqual([
      ["50.0%", "1.00e-3", "98.00%", "9,000", "3,000"],
      ["66.7%", "2.00e-2", "95.00%", "9,000", "2,000"],
    ]);
    expect(texts(document, '[aria-labelledby="layers"] tbody tr')).toEqual([
      "fc1 200 × 30 33.3% 2,000 1.23e-2",
      "fc2 6 × 200 33.3% 400 1.23e-2",
    ]);
    expect(document.querySelectorAll('[aria-labelledby="curves"] svg').length).toBe(2);
    const pictures = [...document.querySelectorAll('[aria-labelledby="masks"] img')];
    expect(
      pictures.map((picture) => [picture.getAttribute("width"), picture.getAttribute("height")]),
    ).toEqual([
      ["30", "96"],
      ["96", "6"],
    ]);
  });

  test("asks for nothing, and takes names as text", () => {
    expect(document.querySelectorAll("script, link, iframe, b.safetensors").length).toBe(0);
    expect(texts(document, "title")).toEqual(["exact-obs on <b>.safetensors: golden-ticket"]);
    expect(pruneReportHtml(report)).toBe(pruneReportHtml(report));
  });

  test("leaves out what nobody measured", () => {
    const runs = [{ sparsity: 0.5, outputError: null, accuracy: null, bytes: 9000, smallestBytes: 3000 }];
    const layers = report.layers.map((one) => ({ ...one, curve: [], relativeError: null }));
    const bare = documentOf({
      runs,
      layers,
      shown: 0,
      accuracyBefore: null,
      judgedBy: "no labels",
      unpruned: [],
    });
    expect(texts(bare, "h1")).toEqual(["50.0% of the weights are left"]);
    expect(texts(bare, ".tiles dt")).toEqual(["Weights kept", "Packed"]);
    expect(bare.querySelector('[aria-labelledby="sweep"], [aria-labelledby="curves"]')).toBeNull();
    expect(bare.body.textContent).not.toMatch(/NaN|undefined|null|Infinity/);
  });
});
