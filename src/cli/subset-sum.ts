/** `golden-ticket subset-sum`: looks for subsets of pools that sum to targets. */

import {
  type Core,
  type Objective,
  open,
  SOLVER_NAMES,
  type SubsetSumOptions,
  SubsetSums,
  searchSubsetSums,
} from "../index.js";
import { type Tensor, writeSafetensors } from "../io/index.js";
import type { Queue } from "../queue/index.js";
import { type Checkpoint, leave, openCheckpoint, resuming, sha256 } from "./checkpoint.js";
import { type Command, columns, common, variant } from "./command.js";
import { checkOut, force, writeWhole } from "./files.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { choice, file, type Given, integer, name, number, readOptions, refusal } from "./options.js";
import { stageLine } from "./progress.js";
import { keptOf, queueSpecs, withQueue } from "./queue-options.js";
import { shellWord } from "./shell.js";
import { type RealTensor, readReals } from "./tensor-file.js";

/** How often --checkpoint writes. */
const SAVE_MS = 5000;

const specs = {
  pool: file("FILE[:TENSOR]", "n values for all targets, or targets × n, a row for each; n from 1 to 48"),
  targets: file("FILE[:TENSOR]", "the sums that are wanted; of any shape"),
  objective: choice(
    "the least residual, the first within the tolerance, or the fewest values within it. Default nearest",
    ...(["nearest", "any", "fewest"] satisfies Objective[]),
  ),
  tolerance: number("E", "residual at most; any and fewest need one", 0, 1e300),
  limit: integer("K", "values of a subset at most. Default all", 0, 48),
  solver: name(
    "NAME",
    "Takes one target after the other. Default what is fastest for many targets",
    SOLVER_NAMES,
  ),
  out: file("FILE", "where masks, sums, residuals and status go, .safetensors"),
  force,
  ...resuming,
  seed: integer("N", "as other commands have it; nothing is random here", 0, Number.MAX_SAFE_INTEGER),
  workers: integer(
    "N",
    "threads beside this one, 0 = none. Default all cores where it pays; the result is the same",
    0,
    1024,
  ),
  ...queueSpecs,
  variant,
  ...common,
};

type Options = Given<typeof specs>;

export const subsetSum: Command = {
  summary:
    "Finds for each target a subset of a pool that sums to it: the nearest of all, any within a tolerance, or " +
    "the one of the fewest values.",
  specs,
  notes: [
    "FILE is .safetensors, .npz or .npy, of floats; FILE:TENSOR picks a tensor by name. A pool of one dimension " +
      "serves all targets, one of two dimensions has a row for each.",
    "--out gets masks (U8, targets × n, 1 = in the subset), sums and residuals (F64), and status (U8: 1 found, " +
      "2 impossible within the tolerance, 3 gave up). Ctrl-C leaves FILE.checkpoint beside it; the same command with " +
      "--resume goes on.",
  ],
  examples: [
    ["subset-sum --pool pool.npy --targets weights.npy --out masks.safetensors", "the nearest sums"],
    [
      "subset-sum --pool pool.npy --targets lenet.safetensors:4.weight --objective fewest --tolerance 0.01",
      "as few values as will do, for every weight of a layer",
    ],
  ],
  run(args) {
    const given = readOptions(specs, args);
    return withQueue(keptOf("subset-sum", specs, given), given, (queue) => run(given, queue));
  },
};

/** What is asked for, read and checked. */
interface Problem {
  readonly pool: RealTensor;
  readonly targets: RealTensor;
  /** Of a pool. */
  readonly values: number;
  readonly options: SubsetSumOptions & { readonly pools: "shared" | "own" };
}

async function run(given: Options, queue?: Queue): Promise<number> {
  const started = performance.now();
  const { pool, targets, values, options } = problemOf(given);
  const read = given.force ? {} : { "--pool": given.pool, "--targets": given.targets };
  const out = given.out === undefined ? undefined : checkOut(given.out, read);
  for (const option of ["checkpoint", "resume"] as const) {
    if (given[option] && out === undefined) throw refusal("--out", `a file beside --${option}`, "nothing");
  }
  using core = await open({ variant: given.variant ?? "simd" });
  const { limit, objective, tolerance, solver } = options;
  const begun = {
    command: "subset-sum",
    options: { objective, tolerance, limit, solver, variant: core.variant },
    inputs: sha256([pool, targets].flatMap(({ data, shape }) => [String(shape), data])),
  };
  const checkpoint = out === undefined ? undefined : await openCheckpoint(out, begun, given.resume === true);
  const found = new SubsetSums(targets.data.length, values);
  if (checkpoint && checkpoint.tensors.size > 0) found.set(0, partOf(checkpoint, found));
  const problem = { pool, targets, values, options };
  const { signal, end, echo } = interruptible();
  try {
    await search(
      core,
      problem,
      found,
      { ...given, queue },
      signal,
      () => void checkpoint?.save(tensorsOf(found)),
    );
    if (out !== undefined) await writeWhole(out, outputOf(found));
    await checkpoint?.remove();
    report(found, problem, given, Number(((performance.now() - started) / 1000).toFixed(3)));
    return 0;
  } catch (error) {
    if (!signal.aborted) throw error;
    await leave(checkpoint, keptIn(found), () => tensorsOf(found));
    await echo();
    return INTERRUPTED;
  } finally {
    end();
  }
}

function problemOf({
  pool: poolFile,
  targets: targetFile,
  objective,
  tolerance,
  limit,
  solver,
}: Options): Problem {
  if (!poolFile) throw refusal("--pool", "values", "nothing");
  if (!targetFile) throw refusal("--targets", "numbers to reach", "nothing");
  if (objective !== undefined && objective !== "nearest" && tolerance === undefined) {
    throw refusal("--tolerance", `a number for --objective ${objective}`, "nothing");
  }
  const pool = readReals("--pool", poolFile);
  const targets = readReals("--targets", targetFile);
  const { shape } = pool;
  const count = targets.data.length;
  const values = shape[shape.length - 1] ?? 0;
  const isOwn = shape.length === 2;
  if ((!isOwn && shape.length !== 1) || values < 1 || values > 48 || (isOwn && shape[0] !== count)) {
    const expected = `1 to 48 values, or ${count} × 1 to 48, a row for each target`;
    throw refusal("--pool", expected, `shape [${shape.join(", ")}] in ${poolFile}`);
  }
  if (limit !== undefined && limit > values) {
    throw refusal("--limit", `at most ${values}, the values of a pool`, String(limit));
  }
  const options = {
    objective: objective ?? "nearest",
    pools: isOwn ? ("own" as const) : ("shared" as const),
    ...{ tolerance, limit, solver },
  };
  return { pool, targets, values, options };
}

/** Fills in what was not looked at yet; `save` is called now and then if that is asked for. */
async function search(
  core: Core,
  problem: Problem,
  found: SubsetSums,
  {
    workers,
    checkpoint,
    queue,
  }: Pick<Options, "workers" | "checkpoint"> & { readonly queue: Queue | undefined },
  signal: AbortSignal,
  save: () => void,
): Promise<void> {
  const line = stageLine();
  let saved = Number.NEGATIVE_INFINITY;
  const onProgress = (progress: { done: number; total: number }) => {
    line.update({ stage: "search", ...progress });
    if (!checkpoint || performance.now() - saved < SAVE_MS) return;
    saved = performance.now();
    save();
  };
  try {
    await searchSubsetSums(core, problem.pool.data, problem.targets.data, {
      ...problem.options,
      ...{ workers, into: found, signal, onProgress, ...(queue ? { queue } : {}) },
    });
  } finally {
    line.end();
  }
}

/** What an interrupted search has to keep, in words; undefined for nothing. */
function keptIn({ count, codes }: SubsetSums): string | undefined {
  const done = codes.reduce((sum, code) => sum + (code === 0 ? 0 : 1), 0);
  return done === 0 ? undefined : `${done} of ${count} targets`;
}

function tensorsOf({ count, strideWords, masks, sums, residuals, codes }: SubsetSums): Map<string, Tensor> {
  return new Map<string, Tensor>([
    ["masks", { dtype: "U32", shape: [count, strideWords], data: masks }],
    ["sums", { dtype: "F64", shape: [count], data: sums }],
    ["residuals", { dtype: "F64", shape: [count], data: residuals }],
    ["status", { dtype: "U8", shape: [count], data: codes }],
  ]);
}

function partOf(
  checkpoint: Checkpoint,
  { count, strideWords }: SubsetSums,
): Parameters<SubsetSums["set"]>[1] {
  return {
    masks: checkpoint.read("masks", "U32", [count, strideWords]),
    sums: checkpoint.read("sums", "F64", [count]),
    residuals: checkpoint.read("residuals", "F64", [count]),
    codes: checkpoint.read("status", "U8", [count]),
  };
}

function outputOf(found: SubsetSums): Uint8Array {
  const { count, values } = found;
  const masks = new Uint8Array(count * values);
  for (let t = 0; t < count; t++) masks.set(found.subset(t), t * values);
  const tensors = tensorsOf(found).set("masks", { dtype: "U8", shape: [count, values], data: masks });
  return writeSafetensors(tensors, { format: "golden-ticket subset sums", version: "1" });
}

function report(found: SubsetSums, { options }: Problem, { json, out }: Options, seconds: number): void {
  const { count: targets, solved, kept, values } = found;
  let [sum, most] = [0, 0];
  found.codes.forEach((code, t) => {
    if (code !== 1) return;
    sum += found.residuals[t];
    most = Math.max(most, found.residuals[t]);
  });
  const [meanResidual, maxResidual] = solved > 0 ? [sum / solved, most] : [null, null];
  if (json) {
    const result = { targets, solved, meanResidual, maxResidual, kept, seconds };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  const ended = (code: number) => found.codes.reduce((total, one) => total + (one === code ? 1 : 0), 0);
  const exponential = (value: number | null) => (value === null ? "–" : value.toExponential(2));
  const each = solved > 0 ? `${(kept / solved).toFixed(2)} a solved target` : "–";
  const pools =
    options.pools === "own" ? `pools of ${values} values of their own` : `one pool of ${values} values`;
  const rows = columns([
    ["targets", `${targets}, ${pools}`],
    ["solved", `${solved}; ${ended(2)} impossible, ${ended(3)} given up`],
    ["residual", `mean ${exponential(meanResidual)}, largest ${exponential(maxResidual)}`],
    ["kept values", `${kept}, ${each}`],
  ]);
  const where = out === undefined ? "" : `, written to ${shellWord(out)}`;
  process.stdout.write(`${rows}By ${options.objective} in ${seconds} s${where}.\n`);
}
