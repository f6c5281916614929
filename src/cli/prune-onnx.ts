/** `golden-ticket prune` for ONNX models. */

import { readFile, rm } from "node:fs/promises";
import { FormatError, type LayerRecord, open } from "../index.js";
import { type OnnxDataReader, onnxFiles, patchedFiles, readOnnx } from "../io/index.js";
import {
  METHOD_NAMES,
  type OnnxPruneOptions,
  type OnnxPruning,
  type OnnxSamples,
  planOnnx,
  pruneOnnx,
} from "../onnx/index.js";
import type { Queue } from "../queue/index.js";
import { type Begun, sha256 } from "./checkpoint.js";
import { openCheckpointFolder, placeOf } from "./checkpoint-folder.js";
import { checkOut, writeWhole } from "./files.js";
import { SHARE } from "./held-back.js";
import { INTERRUPTED, interruptible } from "./interrupt.js";
import {
  checkBeside,
  chunksOf,
  type DataFiles,
  filesBeside,
  namesBeside,
  writeBeside,
} from "./onnx-files.js";
import { showOnnxPlan, showOnnxResult } from "./onnx-report.js";
import { readSamples } from "./onnx-samples.js";
import { onnxShare } from "./onnx-share.js";
import { refusal } from "./options.js";
import { stageLine } from "./progress.js";
import { leaving, recordsIn, saveRecord } from "./prune-checkpoint.js";
import { definedOf, type Options, patternOf, readBy, refuseOptions } from "./prune-options.js";
import { shellWord } from "./shell.js";
import { fileSizes, sizesOf } from "./sizes.js";
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
  const stackOnly = ["refine", "repair", "format", "dtype", "masks", "sweep", "report", "order"] as const;
  refuseOptions(given, stackOnly, ".onnx");
  const method = METHOD_NAMES.find((name) => name === (given.method ?? "exact-obs"));
  if (!method)
    throw refusal("--method", `${METHOD_NAMES.join(" or ")} for .onnx models`, String(given.method));
  const isDry = given["dry-run"] === true;
  const out = isDry && given.out === undefined ? "" : checkOut(given.out, readBy(path, given), ".onnx");
  const bytes = bytesOfFile("MODEL", path);
  const files = filesBeside(
    path,
    namingFile(path, () => onnxFiles(bytes)),
  );
  const names = namesBeside(path, out || path, [...files.keys()]);
  if (!isDry && !given.force) checkBeside(files, out, names);
  const options = { method, files, ...optionsOf(path, bytes, files, given), ...definedOf({ queue }) };
  const budget = options.budget ?? (method === "exact-obs" && !given.pattern ? "optimal" : "uniform");
  const plan = namingFile(path, () => planOnnx(bytes, options));
  const { json = false } = given;
  if (isDry) {
    showOnnxPlan(plan, { method, budget, json, out: given.out });
    return 0;
  }
  const started = performance.now();
  const share = onnxShare(plan, method, budget);
  let sizes: Awaited<ReturnType<typeof sizesBeside>> | undefined;
  const result = await work(bytes, { ...options, budget }, given, share, async (pruned) => {
    sizes = await sizesBeside(bytes, files, pruned);
    // The model last: when it is there, so is all that it refers to.
    writeBeside(files, pruned.patches, out, names);
    const written = readOnnx(pruned.bytes, files).edited(new Map(), names).bytes;
    await writeWhole(out, written);
    await checkWritten(out, written);
  });
  if (!result || !sizes) return INTERRUPTED;
  const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
  showOnnxResult(result, { method, json, out, seconds, ...sizes });
  return exitCompared(path, out, result.compareError);
}

/** Options but for the method; reads calibration and labels. */
function optionsOf(path: string, bytes: Uint8Array, files: DataFiles, given: Options): OnnxPruneOptions {
  const {
    sparsity,
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

/**
 * Prunes, keeping what is done, and writes.
 *
 * @returns undefined after an interruption
 */
async function work(
  bytes: Uint8Array,
  options: OnnxPruneOptions,
  given: Options,
  shareOf: ReturnType<typeof onnxShare>,
  write: (pruned: OnnxPruning) => Promise<void>,
): Promise<OnnxPruning | undefined> {
  using core = await open({ variant: given.variant ?? "simd" });
  const place = placeOf(given);
  const folder = place && (await openCheckpointFolder(place, begunOf(bytes, options, given, core.variant)));
  const { signal, end, echo } = interruptible();
  const line = stageLine();
  const records: LayerRecord[] = [];
  let parts = 0;
  try {
    if (folder) records.push(...recordsIn(folder));
    const pruned = await pruneOnnx(core, bytes, {
      ...options,
      signal,
      onProgress: (progress) => {
        parts = progress.layers;
        line.update({ ...progress, ...definedOf({ share: shareOf(progress) }) });
      },
      finished: [...records],
      async onLayer(record) {
        if (!folder) return;
        await saveRecord(folder, record);
        records.push(record);
      },
    });
    line.end();
    await write(pruned);
    await folder?.remove();
    return pruned;
  } catch (error) {
    line.end();
    // What failed before anything was done, such as samples that do not fit, is no run to go on with.
    if (!signal.aborted && records.length === 0) await folder?.remove();
    if (!signal.aborted) throw error;
    process.stderr.write(leaving(folder, records, parts));
    await echo();
    return undefined;
  } finally {
    end();
    folder?.release();
  }
}

/** What the pruned file depends on. */
function begunOf(bytes: Uint8Array, options: OnnxPruneOptions, given: Options, variant: string): Begun {
  const { calibration, labels, workers: _, queue: __, pattern: ___, batch: ____, ...asked } = options;
  const { maxError, seed = 0, files, ...rest } = asked;
  const { pattern, block } = given;
  return {
    command: "prune",
    options: {
      ...{ ...rest, "max-error": maxError, seed, variant },
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

/** What was verified in memory must be what is on disk. */
async function checkWritten(out: string, bytes: Uint8Array): Promise<void> {
  const found = await readFile(out);
  if (found.equals(bytes)) return;
  await rm(out, { force: true });
  throw new FormatError(
    `${shellWord(out)} expected the ${bytes.length} bytes that were written, found others`,
  );
}

/** Sizes of the weights of all layers, and of the files. */
async function sizesBeside(bytes: Uint8Array, files: DataFiles, pruned: OnnxPruning) {
  const after = patchedFiles(files, pruned.patches) as ReadonlyMap<string, OnnxDataReader>;
  const models = [readOnnx(bytes, files), readOnnx(pruned.bytes, after)];
  const [was, now] = models.map((model) =>
    model.layers.map(({ name, rows, columns }) => ({ name, rows, columns, weights: model.weights(name) })),
  );
  const isHalf = models[0].layers.every((layer) => layer.isHalf);
  return {
    sizes: await sizesOf(was, now, isHalf ? "F16" : "F32"),
    file: {
      before: await fileSizes([bytes], ...[...files.values()].map(chunksOf)),
      after: await fileSizes([pruned.bytes], ...[...after.values()].map(chunksOf)),
    },
  };
}

function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`${path}: ${error.message}`, { cause: error });
  }
}
