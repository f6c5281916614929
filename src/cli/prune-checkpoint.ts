/** Records of layers as the parts of a checkpoint folder. */
import { FormatError, type LayerRecord } from "../index.js";
import { type Model, readSafetensors, type Tensor, writeSafetensors } from "../io/index.js";
import { sha256 } from "./checkpoint.js";
import { type CheckpointFolder, partFile } from "./checkpoint-folder.js";
import { modelParts } from "./model-file.js";
import { shellWord } from "./shell.js";

/**
 * SHA-256 of what a pruning reads.
 *
 * @param model  to be pruned
 * @param samples  calibration, labels; undefined where there are none
 */
export function digestOf(model: Model, ...samples: readonly (ArrayBufferView | undefined)[]): string {
  return sha256([...modelParts(model), ...samples.map((values) => values ?? "none")]);
}

/**
 * Keeps a record.
 *
 * @param folder  where
 * @param record  of a layer
 */
export async function saveRecord(
  folder: CheckpointFolder,
  { stage, layer, arrays }: LayerRecord,
): Promise<void> {
  const tensors = Object.entries(arrays).map(([name, data]): [string, Tensor] => {
    const dtype = data instanceof Float32Array ? "F32" : data instanceof Uint32Array ? "U32" : "U8";
    return [name, { dtype, shape: [data.length], data } as Tensor];
  });
  await folder.save(`${stage}-${String(layer).padStart(4, "0")}`, writeSafetensors(new Map(tensors)));
}

/**
 * The records that a folder keeps.
 *
 * @param folder  of an interrupted run
 * @throws {FormatError} that names the file that is damaged or no record
 */
export function recordsIn({ path, parts }: CheckpointFolder): LayerRecord[] {
  return [...parts].map(([name, bytes]) => {
    try {
      const [, stage, layer] = /^(curves|prune)-(\d+)$/.exec(name) ?? [];
      if (stage === undefined) throw new FormatError("expected the record of a layer, found something else");
      const { tensors } = readSafetensors(bytes);
      const arrays = Object.fromEntries([...tensors].map(([key, { data }]) => [key, data]));
      return { stage, layer: Number(layer), arrays } as LayerRecord;
    } catch (error) {
      throw new FormatError(`${partFile(path, name)}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/**
 * What to say after an interruption: what is kept, and how to go on.
 *
 * @param folder  where; absent when nothing is kept
 * @param records  kept so far
 * @param layers  of the model
 */
export function leaving(
  folder: CheckpointFolder | undefined,
  records: readonly LayerRecord[],
  layers: number,
): string {
  if (!folder) return "Interrupted; nothing was written.\n";
  const count = (stage: LayerRecord["stage"]) => records.filter((record) => record.stage === stage).length;
  const losses = count("curves") > 0 ? `the losses of ${count("curves")} and ` : "";
  const path = shellWord(folder.path);
  return (
    `Interrupted; ${losses}${count("prune")} of ${layers} layers are kept in ${path}. ` +
    `Go on with the same command and --resume ${path}.\n`
  );
}
