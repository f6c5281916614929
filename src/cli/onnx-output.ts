/** What the pruning of an ONNX model writes, and how large that is. */
import { readFile, rm } from "node:fs/promises";
import { FormatError } from "../index.js";
import { type OnnxDataReader, patchedFiles, readOnnx } from "../io/index.js";
import type { OnnxPruning } from "../onnx/index.js";
import { writeWhole } from "./files.js";
import { chunksOf, type DataFiles, writeBeside } from "./onnx-files.js";
import { shellWord } from "./shell.js";
import { type FileSizes, fileSizes, type Sizes, sizesOf } from "./sizes.js";

/** A model before pruning. */
export interface OnnxBefore {
  readonly bytes: Uint8Array;
  readonly files: DataFiles;
}

/** Where a pruned one goes. */
export interface OnnxOut {
  readonly out: string;
  /** Of the files beside it, by those of the old ones. */
  readonly names: ReadonlyMap<string, string>;
}

/** A pruned model, as it is told of. */
export interface OnnxRun {
  readonly pruned: Omit<OnnxPruning, "bytes" | "patches">;
  /** Undefined where nothing was written. */
  readonly out: string | undefined;
  readonly file: { readonly before: FileSizes; readonly after: FileSizes };
  /** Of each layer that is pruned, in their order: 1 = not 0. */
  readonly masks: readonly Uint8Array[];
}

/**
 * Writes a pruned model, and measures it.
 *
 * @param before  the model that it was made from
 * @param pruning  of it
 * @param place  none where nothing is to be written
 */
export async function writtenRun(
  { bytes, files }: OnnxBefore,
  pruning: OnnxPruning,
  place: OnnxOut | undefined,
): Promise<OnnxRun> {
  const { bytes: now, patches, ...pruned } = pruning;
  const after = afterOf(files, pruning);
  if (place) {
    // The model last: when it is there, so is all that it refers to.
    writeBeside(files, patches, place.out, place.names);
    const written = readOnnx(now, files).edited(new Map(), place.names).bytes;
    await writeWhole(place.out, written);
    await checkWritten(place.out, written);
  }
  const model = readOnnx(now, after);
  const layers = pruned.layers.filter(({ skipped }) => skipped === undefined);
  return {
    ...{ pruned, out: place?.out },
    masks: layers.map(({ name }) => Uint8Array.from(model.weights(name), (value) => Number(value !== 0))),
    file: {
      before: await fileSizes([bytes], ...[...files.values()].map(chunksOf)),
      after: await fileSizes([now], ...[...after.values()].map(chunksOf)),
    },
  };
}

/**
 * Sizes of the weights of all layers.
 *
 * @param before  the model that it was made from
 * @param pruning  of it
 */
export async function onnxSizes({ bytes, files }: OnnxBefore, pruning: OnnxPruning): Promise<Sizes> {
  const models = [readOnnx(bytes, files), readOnnx(pruning.bytes, afterOf(files, pruning))];
  const [was, now] = models.map((model) =>
    model.layers.map(({ name, rows, columns }) => ({ name, rows, columns, weights: model.weights(name) })),
  );
  return await sizesOf(was, now, models[0].layers.every((layer) => layer.isHalf) ? "F16" : "F32");
}

const afterOf = (files: DataFiles, { patches }: OnnxPruning) =>
  patchedFiles(files, patches) as ReadonlyMap<string, OnnxDataReader>;

/** What was verified in memory must be what is on disk. */
async function checkWritten(out: string, bytes: Uint8Array): Promise<void> {
  const found = await readFile(out);
  if (found.equals(bytes)) return;
  await rm(out, { force: true });
  throw new FormatError(
    `${shellWord(out)} expected the ${bytes.length} bytes that were written, found others`,
  );
}
