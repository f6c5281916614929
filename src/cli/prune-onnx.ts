/** `golden-ticket prune` for ONNX models. */
import { FormatError, type LayerRecord, open } from "../index.js";
import { onnxFiles, readOnnx } from "../io/index.js";
import {
  METHOD_NAMES,
  type OnnxProgress,
  type OnnxPruneOptions,
  type OnnxPruning,
  type OnnxSamples,
  planOnnx,
  pruneOnnx,
  sweepOnnx,
} from "../onnx/index.js";
import type { Queue } from "../queue/index.js";
import { type Begun, sha256 } from "./checkpoint.js";
import { openCheckpointFolder, placeOf } from "./checkpoint-folder.js";
import { writeWhole } from "./files.js";
import { SHARE } from "./held-back.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import { checkBeside, chunksOf, type DataFiles, filesBeside, namesBeside } from "./onnx-files.js";
import { type OnnxRun, onnxSizes, writtenRun } from "./onnx-output.js";
import { showOnnxPlan, showOnnxResult } from "./onnx-report.js";
import { readSamples } from "./onnx-samples.js";
import { onnxShare } from "./onnx-share.js";
import { refusal } from "./options.js";
import { stageLine } from "./progress.js";
import { leaving, recordsIn, saveRecord } from "./prune-checkpoint.js";
import { definedOf, type Options, outsOf, patternOf, refuseOptions } from "./prune-options.js";
import type { Sizes } from "./sizes.js";
import { bytesOfFile, readLabels } from "./tensor-file.js";
import { exitCompared } from "./uncompared.js";

/** Classes that labels count at most. */
const CLASSES = 65_536;

/**
 * Prunes an ONNX file.
 *
 * @param path  of it
 * @param given  the options of `prune`
 * @param queue  of other machines
 * @returns the exit code
 */
export async function pruneOnnxFile(path: string, given: Options, queue?: Queue): Promise<number> {
  const stackOnly = ["refine", "repair", "format", "dtype", "masks", "order"] as const;
  refuseOptions(given, stackOnly, ".onnx");
  const method = METHOD_NAMES.find((name) => name === (given.method ?? "exact-obs"));
  if (!method)
    throw refusal("--method", `${METHOD_NAMES.join(" or ")} for .onnx models`, String(given.method));
  const outs = outsOf(path, given, ".onnx");
  const bytes = bytesOfFile("MODEL", path);
  const files = filesBeside(
    path,
    namingFile(path, () => onnxFiles(bytes)),
  );
  const places = outs.map((out) => ({ out, names: namesBeside(path, out, [...files.keys()]) }));
  if (!given["dry-run"] && !given.force) for (const { out, names } of places) checkBeside(files, out, names);
  const options = { method, files, ...optionsOf(path, bytes, files, given), ...definedOf({ queue }) };
  const budget = options.budget ?? (method === "exact-obs" && !given.pattern ? "optimal" : "uniform");
  const plan = namingFile(path, () => planOnnx(bytes, options));
  const { json = false, report } = given;
  if (given["dry-run"]) {
    showOnnxPlan(plan, { method, budget, json, out: given.out });
    return 0;
  }
  const started = performance.now();
  const runs: OnnxRun[] = [];
  let sizes: Sizes | undefined;
  // A sweep is over all losses, however they are divided.
  const shareOf = onnxShare(plan, method, given.sweep && method === "exact-obs" ? "optimal" : budget);
  const job = { bytes, options: { ...options, budget }, given, shareOf };
  const isDone = await work(job, async (pruned) => {
    runs.push(await writtenRun({ bytes, files }, pruned, places[runs.length]));
    if (!given.sweep) sizes = await onnxSizes({ bytes, files }, pruned);
  });
  if (!isDone) return INTERRUPTED;
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  const shown = { path, given, method, budget, runs, seconds };
  if (report !== undefined || given.sweep) {
    const { onnxPruneReport, showOnnxSweep } = await import("./onnx-sweep.js");
    if (report !== undefined) await writeWhole(report, onnxPruneReport(shown));
    if (given.sweep) showOnnxSweep(shown);
  }
  if (sizes) showOnnxResult(runs[0], { method, json, seconds, sizes, report });
  const failed = runs.find(({ pruned }) => pruned.compareError);
  return exitCompared(path, failed?.out ?? "", failed?.pruned.compareError);
}

/** Options but for the method; reads calibration and labels. */
function optionsOf(path: string, bytes: Uint8Array, files: DataFiles, given: Options): OnnxPruneOptions {
  const {
    sweep,
    sparsity = sweep?.[0],
    "max-error": maxError,
    budget,
    damping,
    skip,
    depthwise,
    unreached,
    batch,
    seed,
    workers,
  } = given;
  const pattern = patternOf(given);
  const calibration =
    given.calibration === undefined
      ? undefined
      : readSamples(
          "--calibration",
          given.calibration,
          namingFile(path, () => readOnnx(bytes, files)).inputs,
        );
  const labels = given.labels === undefined ? undefined : readLabels("--labels", given.labels, CLASSES);
  return {
    pattern,
    ...definedOf({ sparsity, maxError, budget, damping, skip, depthwise, unreached, batch, seed, workers }),
    ...definedOf({ calibration, labels, heldBack: labels && (given.validation ?? SHARE) }),
  };
}

/** What is to be done. */
interface OnnxJob {
  readonly bytes: Uint8Array;
  readonly options: OnnxPruneOptions;
  readonly given: Options;
  readonly shareOf: ReturnType<typeof onnxShare>;
}

/**
 * Prunes, keeping what is done.
 *
 * @param job  what, and how
 * @param write  gets the pruned model; of a sweep, each
 * @returns whether it was not interrupted
 */
async function work(
  { bytes, options, given, shareOf }: OnnxJob,
  write: (pruned: OnnxPruning) => Promise<void>,
): Promise<boolean> {
  using core = await open({ variant: given.variant ?? "simd" });
  const place = placeOf(given);
  const folder = place && (await openCheckpointFolder(place, begunOf(bytes, options, given, core.variant)));
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  const records: LayerRecord[] = [];
  let parts = 0;
  try {
    if (folder) records.push(...recordsIn(folder));
    const watched = {
      ...options,
      signal,
      onProgress(progress: OnnxProgress) {
        parts = progress.layers;
        line.update({ ...progress, ...definedOf({ share: shareOf(progress) }) });
      },
      finished: [...records],
      async onLayer(record: LayerRecord) {
        if (!folder) return;
        await saveRecord(folder, record);
        records.push(record);
      },
    };
    if (given.sweep) {
      const { sparsity: _, ...rest } = watched;
      await sweepOnnx(core, bytes, { ...rest, sparsities: given.sweep, onPruned: write });
    } else {
      const pruned = await pruneOnnx(core, bytes, watched);
      line.end();
      await write(pruned);
    }
    line.end();
    await folder?.remove();
    return true;
  } catch (error) {
    line.end();
    // What failed before anything was done, such as samples that do not fit, is no run to go on with.
    if (!signal.aborted && records.length === 0) await folder?.remove();
    if (!signal.aborted) throw error;
    process.stderr.write(leaving(folder, records, parts));
    await echo();
    return false;
  } finally {
    end();
    folder?.release();
  }
}

/** What the pruned file depends on. */
function begunOf(bytes: Uint8Array, options: OnnxPruneOptions, given: Options, variant: string): Begun {
  const { calibration, labels, workers: _, queue: __, pattern: ___, batch: ____, ...asked } = options;
  const { maxError, seed = 0, files, ...rest } = asked;
  const { pattern, block, sweep } = given;
  return {
    command: "prune",
    options: {
      ...{ ...rest, "max-error": maxError, seed, variant },
      ...(sweep && { sweep: sweep.join(",") }),
      ...{ pattern: pattern && `${pattern.n}:${pattern.m}`, block },
    },
    inputs: sha256(inputsOf(bytes, files as DataFiles, calibration, labels)),
  };
}

function* inputsOf(
  bytes: Uint8Array,
  files: DataFiles,
  calibration: OnnxSamples | undefined,
  labels: OnnxPruneOptions["labels"],
): Generator<string | ArrayBufferView> {
  yield* [bytes, ...partsOf(calibration), labels ?? "none"];
  for (const [name, file] of files) {
    yield name;
    yield* chunksOf(file);
  }
}

function partsOf(samples: OnnxSamples = {}): (string | ArrayBufferView)[] {
  return Object.entries(samples).flatMap(([name, { data, dims }]) => [`${name} ${dims.join(" ")}`, data]);
}

function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${path}: ${error.message}`, { cause: error });
  }
}
