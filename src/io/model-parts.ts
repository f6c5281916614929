/**
 * Tensors of a model that stand for others.
 *
 *   NAME.weight.bitmask, …                 a weight and its mask, as bit mask and values (bitmask.ts)
 *   NAME.weight_orig × NAME.weight_mask    a weight and its mask, as torch.nn.utils.prune leaves them
 *   NAME.weight_mask                       the mask of NAME.weight
 *   NAME.bias_orig × NAME.bias_mask        a bias
 */
import { FormatError } from "../errors.js";
import { bitmaskNames, bitmaskTensors, denseOf, readBitmask } from "./bitmask.js";
import { FLOATS, floatsOf, shown, shownShape, type Tensor } from "./tensor.js";

/**
 * The same model in plain tensors, in the order of the file: NAME.weight, NAME.bias, NAME.mask.
 *
 * @param file  checked
 * @throws {FormatError} when one stands for a tensor that is there as well, or lacks its other part
 */
export function plainTensors(file: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const done = new Set<string>();
  const packed = new Set(bitmaskNames(file));
  const add = (name: string, key: string, tensor: Tensor, source: string) => {
    if (file.has(key) || tensors.has(key))
      throw new FormatError(`model expected ${shown(name)} once, found ${shown(key)} beside ${source}`);
    tensors.set(key, tensor);
  };
  for (const [key, tensor] of file) {
    if (done.has(key)) continue;
    const part = PARTS.find(({ pattern }) => pattern.test(key));
    const name = part ? key.replace(part.pattern, "") : key;
    if (part?.kind === "packed" && packed.has(name)) {
      const stored = readBitmask(file, name);
      for (const one of bitmaskTensors(name, stored).keys()) done.add(one);
      const { weights, mask } = denseOf(stored);
      const shape = [stored.rows, stored.columns];
      add(name, name, { dtype: "F32", shape, data: weights }, "its bit mask");
      add(name, maskKey(name), { dtype: "U8", shape, data: mask }, "its bit mask");
    } else if (part?.kind === "masked") {
      const [orig, mask] = [`${name}_orig`, `${name}_mask`];
      for (const one of [orig, mask]) done.add(one);
      const masked = maskedTensor(file, name);
      if (file.has(orig)) add(name, name, masked.tensor, shown(orig));
      else tensors.set(name, masked.tensor);
      if (name.endsWith(".weight")) add(name, maskKey(name), masked.mask, shown(mask));
    } else if (!tensors.has(key)) tensors.set(key, tensor);
  }
  return tensors;
}

const PARTS = [
  { kind: "packed", pattern: /\.(bitmask|compressed|row_offsets|shape)$/ },
  { kind: "masked", pattern: /(?<=\.(weight|bias))_(orig|mask)$/ },
] as const;

/** The layer that a tensor is of, by their names. */
export const layerOf = (key: string): string => key.replace(/\.(weight|bias|mask)([._]\w+)?$/, "");

const maskKey = (name: string): string => name.replace(/\.weight$/, ".mask");

/** NAME_orig, or NAME itself, times NAME_mask. */
function maskedTensor(file: ReadonlyMap<string, Tensor>, name: string): { tensor: Tensor; mask: Tensor } {
  const from = file.has(`${name}_orig`) ? `${name}_orig` : name;
  const [values, mask] = [file.get(from), file.get(`${name}_mask`)];
  if (!values || !mask) {
    const [there, missing] = values ? [from, `${name}_mask`] : [`${name}_mask`, `${name}_orig`];
    throw new FormatError(`tensor ${shown(missing)} expected beside ${shown(there)}, found none`);
  }
  if (String(mask.shape) !== String(values.shape)) {
    const expected = `shape ${shownShape(values.shape)}, as ${shown(from)} has`;
    throw new FormatError(
      `tensor ${shown(`${name}_mask`)} expected ${expected}, found ${shownShape(mask.shape)}`,
    );
  }
  const floats = floatsOf(values);
  if (!floats) throw new FormatError(`tensor ${shown(from)} expected ${FLOATS}, found ${values.dtype}`);
  const { shape } = values;
  const bits = bitsIn(`${name}_mask`, mask);
  const data = Float32Array.from(floats, (value, i) => (bits[i] === 1 ? value : 0));
  return { tensor: { dtype: "F32", shape, data }, mask: { dtype: "U8", shape, data: bits } };
}

/**
 * A mask of any type as bytes.
 *
 * @param name  of the tensor
 * @param tensor  0 and 1
 * @throws {FormatError} when a number is another
 */
export function bitsIn(name: string, tensor: Tensor): Uint8Array {
  const { dtype } = tensor;
  const values = floatsOf(tensor) ?? tensor.data;
  if (dtype.startsWith("F8")) throw new FormatError(`tensor ${shown(name)} expected 0 and 1, found ${dtype}`);
  const numbers = dtype.endsWith("64") ? Float64Array.from(values as ArrayLike<number>, Number) : values;
  const wrong = (numbers as Float64Array).findIndex((value) => value !== 0 && value !== 1);
  if (wrong >= 0) {
    throw new FormatError(`tensor ${shown(name)} expected 0 and 1, found ${values[wrong]} at index ${wrong}`);
  }
  return numbers instanceof Uint8Array ? numbers : Uint8Array.from(numbers as Float64Array);
}
