/** The suite `sparse` for readers, from its rows. */
import { bytesOnDisk, DISK_SHAPE } from "./bytes-on-disk.js";
import type { Row } from "./measure.js";
import { HUMAN_MODELS } from "./rivals/human-models.js";
import { versionOf } from "./rivals/peer.js";
import { duration, markdownTable } from "./table.js";

const IMPLEMENTATIONS = [
  "simd",
  "relaxed",
  "simd-rows",
  "simd-dense",
  "relaxed-dense",
  "js",
  "tfjs-wasm",
  "onnxruntime-web",
];
/** What the speed-ups are over: the faster of these, with all weights. */
const PEERS = ["tfjs-wasm", "onnxruntime-web"];

/** Milliseconds a call by implementation. */
export type Times = Map<string, number>;

/** The times of each case, in the order of the rows. */
export function timesByCase(rows: Row[]): Map<string, Times> {
  const cases = new Map<string, Times>();
  for (const { case: name, implementation, medianMs } of rows) {
    if (!cases.has(name)) cases.set(name, new Map());
    cases.get(name)?.set(implementation, Number(medianMs));
  }
  return cases;
}

/** How many times faster than the best peer; NaN when no peer ran. */
export function speedUp(times: Times, implementation: string): number {
  const peers = PEERS.flatMap((peer) => times.get(peer) ?? []);
  return peers.length === 0 ? Number.NaN : Math.min(...peers) / (times.get(implementation) ?? Number.NaN);
}

/** Markdown: a line a case, with the speed-ups over the peers; implementations that never ran are left out. */
function timesTable(rows: Row[]): string {
  const used = IMPLEMENTATIONS.filter((one) => rows.some(({ implementation }) => implementation === one));
  const header = ["case", ...used, "simd × peer", "relaxed × peer"];
  const lines = [...timesByCase(rows)].map(([name, times]) => [
    name,
    ...used.map((one) => (times.has(one) ? duration(Number(times.get(one))) : "")),
    ...["simd", "relaxed"].map((one) => (times.has(one) ? speedUp(times, one).toFixed(2) : "")),
  ]);
  return markdownTable([header, ...lines], 1);
}

/** Markdown: chart, times, bytes on disk. */
export function sparsePage(rows: Row[]): string {
  const { inputs, outputs } = DISK_SHAPE;
  return `![Speed-up over the best dense peer against sparsity](sparse.svg)

Batch × inputs × outputs @ sparsity. \`simd\` and \`relaxed\` are a layer with a mask, which chooses its kernel;
all others but \`js\`, a plain loop over compressed rows, multiply by all weights. × peer: how many times faster
than the faster of ${PEERS.join(" and ")}.

${timesTable(rows)}

Bytes of a ${inputs} × ${outputs} f32 layer with random weights in a safetensors file: dense with zeros, compressed
rows with 16-bit columns, bit mask and values.

${markdownTable(bytesOnDisk(), 1)}`;
}

/** The suite `sparse-real`: times alone. */
export function sparseRealPage(rows: Row[]): string {
  return `1×1 convolutions and dense layers of networks that their makers pruned, from ${HUMAN_MODELS}
${versionOf(HUMAN_MODELS)}, stored there as float16; the inputs are random. Batch × inputs × outputs @ sparsity, model;
the columns are those of the suite \`sparse\`.

${timesTable(rows)}`;
}
