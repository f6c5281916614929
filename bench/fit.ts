/**
 * Measures what a stored weight costs in each format and batch, and writes the table that layers choose by:
 * `npm run bench -- --fit`. The constants are committed, so that every host chooses alike and gets the same bits.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { openSync } from "../src/index.js";
import { GEMM_SCRATCH_BYTES, packedBytes, panelsBytes } from "../src/linalg/panels.js";
import { type Cost, type KernelChoice, storedWeights } from "../src/net/cost.js";
import { formatNamed } from "../src/sparse/index.js";
import { Random } from "../test/harness/random.js";

const TABLE = new URL("../src/net/cost-table.ts", import.meta.url);
const [OUTPUTS, INPUTS] = [300, 784];
const BATCHES = [1, 4, 28, 32];
const SAMPLES = 41;
const SAMPLE_MS = 1;
const WARM_UP_MS = 150;

/**
 * Whether a weight is kept, by a pattern that the format fits. CSR: about where it overtakes dense products, at
 * 60 % of the weights for a panel of samples, at 20 % for one.
 */
const PATTERNS: Record<
  KernelChoice,
  (random: Random, batch: number) => (row: number, column: number) => boolean
> = {
  dense: () => () => true,
  csr: (random, batch) => () => random.below(100) < (batch === 1 ? 20 : 60),
  "block-4x1": (random) => {
    const kept = Array.from({ length: Math.ceil(OUTPUTS / 4) * INPUTS }, () => random.below(10) === 0);
    return (row, column) => kept[(row >> 2) * INPUTS + column];
  },
  "block-1x4": (random) => {
    const kept = Array.from({ length: OUTPUTS * INPUTS }, () => random.below(10) === 0);
    return (row, column) => kept[row * INPUTS + (column >> 2)];
  },
  "2:4": () => (row, column) => (row + column) % 4 < 2,
  "1:4": () => (row, column) => (row + column) % 4 === 0,
  "4:8": () => (row, column) => (3 * row + column) % 8 < 4,
};

interface Timed {
  readonly kernel: KernelChoice;
  readonly batch: number;
  readonly stored: number;
  readonly run: () => void;
  readonly times: number[];
}

/** Times every format at every batch, in turns, and writes the table. */
export function fit(): void {
  const kernels = Object.keys(PATTERNS) as KernelChoice[];
  const all = kernels.flatMap((kernel) => BATCHES.map((batch) => prepare(kernel, batch)));
  for (const timed of all)
    for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) timed.run();
  for (let round = 0; round < SAMPLES; round++) for (const timed of all) timed.times.push(sample(timed));
  const rows = kernels.map((kernel) => {
    const { one, panel, start, quad } = costOf(all.filter((timed) => timed.kernel === kernel));
    const name = /^\w+$/.test(kernel) ? kernel : `"${kernel}"`;
    return `  ${name}: { one: ${one}, panel: ${panel}, start: ${start}, quad: ${quad} },`;
  });
  const cpu = cpus()[0]?.model.trim() ?? "unknown CPU";
  const page = `/**
 * Written by \`npm run bench -- --fit\`: nanoseconds a stored weight, variant simd.
 * ${INPUTS} inputs, ${OUTPUTS} outputs; ${cpu}, Node ${process.versions.node}.
 */
import type { Cost, KernelChoice } from "./cost.js";

export const COSTS: Readonly<Record<KernelChoice, Cost>> = {
${rows.join("\n")}
};
`;
  writeFileSync(TABLE, page);
  console.error(page);
}

function prepare(kernel: KernelChoice, batch: number): Timed {
  const core = openSync();
  const random = new Random(20261122);
  const weights = core.matrix(OUTPUTS, INPUTS, random.uniform(OUTPUTS * INPUTS));
  const isKept = PATTERNS[kernel](random, batch);
  const at = (i: number) => isKept(Math.floor(i / INPUTS), i % INPUTS);
  const mask = core.mask(
    OUTPUTS,
    INPUTS,
    Uint8Array.from({ length: OUTPUTS * INPUTS }, (_, i) => (at(i) ? 1 : 0)),
  );
  const sparse = kernel === "dense" ? undefined : formatNamed(kernel).pack(weights, mask);
  const packed = core.allocate(packedBytes(OUTPUTS, INPUTS));
  core.kernels.f32_pack_a(OUTPUTS, INPUTS, weights.ptr, INPUTS, 0, 0, packed);
  const scratch = core.allocate(GEMM_SCRATCH_BYTES);
  const x = core.allocate(panelsBytes(INPUTS, 32));
  core.f32(x, panelsBytes(INPUTS, 32) / 4).set(random.uniform(panelsBytes(INPUTS, 32) / 4));
  const y = core.allocate(panelsBytes(OUTPUTS, 32));
  const stored = storedWeights(kernel, OUTPUTS, INPUTS, mask.count);
  const run = sparse
    ? () => sparse.multiply(batch, x, y, 0, 0)
    : () => core.kernels.f32_gemm_panels(OUTPUTS, batch, INPUTS, packed, x, y, 0, 0, scratch);
  return { kernel, batch, stored, run, times: [] };
}

/** Nanoseconds a stored weight, over a sample of about SAMPLE_MS. */
function sample({ run, stored }: Timed): number {
  let calls = 0;
  const start = performance.now();
  while (performance.now() - start < SAMPLE_MS) for (let i = 0; i < 8; i++, calls++) run();
  return (1e6 * (performance.now() - start)) / calls / stored;
}

function costOf(timed: Timed[]): Cost {
  const [one, four, most, panel] = timed.map(({ times }) => times.sort((a, b) => a - b)[SAMPLES >> 1]);
  const round = (ns: number) => Number(ns.toFixed(4));
  const quad = (most - four) / 6;
  return { one: round(one), panel: round(panel), start: round(four - quad), quad: round(quad) };
}
