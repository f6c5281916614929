/**
 * A model's file with other weights. What nobody asked to change stays: names, order, types, metadata; and as long as
 * every tensor keeps its size, each byte that is no weight.
 */
import { checkArray, checkBoolean, checkObject, checkOneOf, checkOptions } from "../check.js";
import { ArgumentRangeError } from "../errors.js";
import { bitmaskOf, bitmaskTensors } from "./bitmask.js";
import { bf16FromF32 } from "./half.js";
import { checkLayer, type Model, type ModelForm, type ModelLayer, narrowed } from "./model.js";
import { editSafetensors, readSafetensors, writeInOrder } from "./safetensors.js";
import { floatsOf, shown, type Tensor } from "./tensor.js";

/** What changes beside the weights; nothing by default. */
export interface RewriteForm extends ModelForm {
  /** Whether dense layers get a tensor NAME.mask where the file has none. Default false. */
  readonly masks?: boolean;
  /** Free text in the place of the file's own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

type Floats = "F32" | "F64" | "F16" | "BF16";

/**
 * A model's file with other weights, and masks where it has masks. Weights that are as they were keep their bits, also
 * those that f32 does not hold; others are rounded to the type of the file, but never to 0. Biases stay.
 *
 * @param bytes  the file, left as it is
 * @param model  the layers that have other weights, by the file's names
 * @param options  how it is stored. Default as it was
 * @returns a file of the same size, or smaller where layers stand as bit mask and values, unless options ask for more
 * @throws {FormatError} when the file breaks the format
 * @throws {ArgumentTypeError | ShapeError} when an argument does not fit
 * @throws {ArgumentRangeError} when the file has no such layer, or a number is too large for F16
 */
export function rewriteModel(bytes: Uint8Array, model: Model, options?: RewriteForm): Uint8Array {
  const {
    form,
    dtype,
    masks = false,
    ...other
  } = checkOptions("options", options, [...(["form", "dtype", "masks", "metadata"] as const)]);
  if (form !== undefined) checkOneOf("options.form", form, ["dense", "bitmask"]);
  if (dtype !== undefined) checkOneOf("options.dtype", dtype, ["F32", "F16"]);
  checkBoolean("options.masks", masks);
  const { tensors, metadata } = readSafetensors(bytes);
  let next: ReadonlyMap<string, Tensor> = tensors;
  for (const [l, layer] of checkArray("model.layers", checkObject("model", model).layers).entries()) {
    next = withLayer(next, checkLayer(`model.layers[${l}]`, layer), { form, dtype, masks });
  }
  const fits = ([name, { dtype, data }]: [string, Tensor]) => {
    const old = tensors.get(name);
    return old?.dtype === dtype && old.data.length === data.length;
  };
  const hasSameHeader = other.metadata === undefined && next.size === tensors.size && [...next].every(fits);
  return hasSameHeader ? editSafetensors(bytes, next) : writeInOrder(next, other.metadata ?? metadata);
}

/** The tensors of a file with others for a layer, in the place of those: the order tells how layers run. */
function withLayer(
  tensors: ReadonlyMap<string, Tensor>,
  layer: ModelLayer,
  options: RewriteForm,
): Map<string, Tensor> {
  const key = `${layer.name}.weight`;
  const packed = PACKED.map((part) => `${key}.${part}`);
  const old = new Set([key, `${key}_orig`, `${key}_mask`, `${layer.name}.mask`, ...packed]);
  const biases = new Set([`${layer.name}.bias`, `${layer.name}.bias_orig`]);
  const next = new Map<string, Tensor>();
  const parts = partsOf(tensors, layer, options);
  for (const [name, tensor] of tensors) {
    if (biases.has(name) && options.dtype) next.set(name, converted(name, tensor, options.dtype));
    else if (!old.has(name)) next.set(name, tensor);
    else for (const [part, stored] of parts) next.set(part, stored);
  }
  return next;
}

const PACKED = ["bitmask", "compressed", "row_offsets", "shape"];

/** Weights and mask of a layer. */
function partsOf(
  tensors: ReadonlyMap<string, Tensor>,
  { name, rows, columns, weights, mask }: ModelLayer,
  { form, dtype, masks }: RewriteForm,
): Map<string, Tensor> {
  const key = `${name}.weight`;
  const wasPacked = tensors.has(`${key}.bitmask`);
  const weightKey = wasPacked ? `${key}.compressed` : tensors.has(key) ? key : `${key}_orig`;
  const own = tensors.get(weightKey);
  if (!own) throw new ArgumentRangeError(`"model" expected layers of the file, got ${shown(name)}`);
  const type = dtype ?? (own.dtype as Floats);
  const parts = new Map<string, Tensor>();
  if (form === "bitmask" ? mask !== undefined : wasPacked && form === undefined) {
    for (const [part, tensor] of bitmaskTensors(key, bitmaskOf(rows, columns, weights, mask))) {
      const isValues = tensor.dtype === "F32";
      parts.set(part, isValues ? asType(part, tensor.data, tensor.shape, type) : tensor);
    }
    return parts;
  }
  const data = mask ? Float32Array.from(weights, (weight, i) => (mask[i] ? weight : 0)) : weights;
  const isSameType = !wasPacked && type === own.dtype;
  const dense = isSameType ? changed(own, data) : asType(weightKey, data, [rows, columns], type);
  parts.set(wasPacked ? key : weightKey, dense);
  const bits = mask ?? Uint8Array.from(weights, (weight) => Number(weight !== 0));
  const maskKey = [`${name}.mask`, `${key}_mask`].find((one) => tensors.has(one));
  const stored = maskKey === undefined ? undefined : tensors.get(maskKey);
  if (stored) parts.set(maskKey as string, maskAs(stored, bits));
  else if (masks) parts.set(`${name}.mask`, { dtype: "U8", shape: [rows, columns], data: bits });
  return parts;
}

/** A tensor with other numbers; those that are as they were keep their bits. */
function changed(own: Tensor, values: Float32Array): Tensor {
  const before = floatsOf(own) as Float32Array;
  const now = asType("", values, own.shape, own.dtype as Floats);
  const data = now.data.slice() as Float32Array;
  values.forEach((value, i) => {
    if (Object.is(value, before[i])) data[i] = (own.data as Float32Array)[i];
  });
  return { ...now, data } as Tensor;
}

/** Numbers in a type of floats; what is not 0 does not become 0. */
function asType(name: string, values: Float32Array, shape: readonly number[], dtype: Floats): Tensor {
  const wide = { dtype: "F32", shape, data: values } as const;
  if (dtype === "F32") return wide;
  if (dtype === "F64") return { dtype, shape, data: Float64Array.from(values) };
  const halves = dtype === "BF16" ? bf16FromF32(values) : (narrowed(name, wide).data as Uint16Array);
  const data = halves.map((half, i) => ((half & 0x7fff) === 0 && values[i] !== 0 ? half | 1 : half));
  return { dtype, shape, data };
}

/** Floats in another type, as they are where that is theirs. */
function converted(name: string, tensor: Tensor, dtype: "F32" | "F16"): Tensor {
  const data = floatsOf(tensor);
  if (!data || tensor.dtype === dtype) return tensor;
  const wide = { dtype: "F32", shape: tensor.shape, data } as const;
  return dtype === "F16" ? narrowed(name, wide) : wide;
}

/** A mask in the type that the file has it in: bytes, or numbers. */
function maskAs({ dtype, shape, data }: Tensor, bits: Uint8Array): Tensor {
  const one = { F16: 0x3c00, BF16: 0x3f80 }[dtype as string] ?? 1;
  const next = data.slice();
  bits.forEach((bit, i) => {
    next[i] = typeof next[i] === "bigint" ? BigInt(bit) : bit * one;
  });
  return { dtype, shape, data: next } as Tensor;
}
