/** The file of a pruned network: as it was but for the weights, and what it would be in other forms. */
import { ArgumentRangeError, FormatError, isTicketFile, type Network, type Pruned } from "../index.js";
import { type Model, type RewriteForm, readModel, readSafetensors, rewriteModel } from "../io/index.js";
import { refusal } from "./options.js";
import type { Options } from "./prune-options.js";

/** A form of the file, and its size. */
export interface Form {
  readonly format: "dense" | "bitmask";
  readonly dtype: "F32" | "F16";
  readonly bytes: number;
}

/** What is written. */
export interface Written {
  readonly bytes: Uint8Array;
  /** As the file has it, weights rounded to its type; with a mask for every layer. */
  readonly model: Model;
  /** Whether the file's type rounds the weights. */
  readonly isRounded: boolean;
  /** Forms that take fewer bytes than this one, the smallest last. */
  readonly smaller: readonly Form[];
}

const formOf = (bytes: Uint8Array, { format: form, dtype, masks }: Options): RewriteForm => ({
  ...foundMetadata(readSafetensors(bytes).metadata),
  ...(form && { form }),
  ...(dtype && { dtype }),
  ...(masks && { masks }),
});

/** Of what `find` says of its network the labels alone are true of the pruned one. */
function foundMetadata(metadata: Readonly<Record<string, string>>): Pick<RewriteForm, "metadata"> {
  if (!isTicketFile(metadata)) return {};
  return { metadata: metadata.labels === undefined ? {} : { labels: metadata.labels } };
}

/**
 * Throws a UsageError when the model's numbers do not fit the type that is asked for: before the work.
 *
 * @param bytes  of the file
 * @param model  in it
 * @param given  the options
 */
export function checkForm(bytes: Uint8Array, model: Model, given: Options): void {
  try {
    rewriteModel(bytes, model, formOf(bytes, given));
  } catch (error) {
    if (!(error instanceof ArgumentRangeError)) throw error;
    throw refusal("--dtype", "F32 for this model", `${given.dtype}: ${error.message}`);
  }
}

/**
 * The file of a pruned network, read again: what is pruned must be 0 in it.
 *
 * @param bytes  of the file that was pruned
 * @param model  in it
 * @param pruned  masks
 * @param net  weights
 * @param given  the options
 * @throws {FormatError} when the file says something else than the network
 */
export function writtenModel(
  bytes: Uint8Array,
  model: Model,
  pruned: Pruned,
  net: Network,
  given: Options,
): Written {
  const parameters = net.parameters();
  const masks = pruned.layers.map(({ mask }) => mask.toArray());
  const layers = model.layers.map((layer, l) => ({ ...layer, weights: parameters[2 * l], mask: masks[l] }));
  const form = formOf(bytes, given);
  const written = rewriteModel(bytes, { layers }, form);
  const order = layers.map(({ name }) => name);
  const { layers: found } = readModel(readSafetensors(written).tensors, { order });
  const again = layers.map((layer, l) => ({
    ...found[l],
    mask: layer.mask,
  }));
  for (const { name, weights, mask } of again) {
    const index = weights.findIndex((weight, i) => mask[i] === 0 && weight !== 0);
    if (index < 0) continue;
    throw new FormatError(`layer "${name}" expected 0 at weight ${index}, found ${weights[index]}`);
  }
  const others = (["dense", "bitmask"] as const).flatMap((format) =>
    (["F32", "F16"] as const).map((dtype) => {
      return { format, dtype, bytes: sizeIn(bytes, { layers }, { ...form, form: format, dtype }) };
    }),
  );
  const smaller = others.filter((other) => other.bytes < written.length).sort((a, b) => b.bytes - a.bytes);
  const isRounded = again.some(({ weights }, l) =>
    weights.some((weight, i) => weight !== layers[l].weights[i]),
  );
  return { bytes: written, model: { layers: again }, isRounded, smaller };
}

/** Infinite where it holds numbers that the type does not. */
function sizeIn(bytes: Uint8Array, model: Model, form: RewriteForm): number {
  try {
    return rewriteModel(bytes, model, form).length;
  } catch (error) {
    if (error instanceof ArgumentRangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
