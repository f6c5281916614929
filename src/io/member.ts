/** Tensors that have to be there because others of the same file speak of them. */
import { FormatError } from "../errors.js";
import { type Dtype, shown, shownShape, type Tensor } from "./tensor.js";

/**
 * @param tensors  of `readSafetensors`
 * @param key  name of the tensor
 * @param dtype  that it must have
 * @param expected  its shape, for the message
 * @param fits  whether a shape is that
 * @returns its values; a view
 * @throws {FormatError} when it is missing or another; names the tensor, what was expected and what was found
 */
export function member<D extends Dtype>(
  tensors: ReadonlyMap<string, Tensor>,
  key: string,
  dtype: D,
  expected: string,
  fits: (shape: readonly number[]) => boolean,
): Tensor<D>["data"] {
  const tensor = tensors.get(key);
  if (tensor?.dtype === dtype && fits(tensor.shape)) return tensor.data as Tensor<D>["data"];
  const found = tensor ? `${tensor.dtype} ${shownShape(tensor.shape)}` : "none";
  throw new FormatError(`tensor ${shown(key)} expected ${dtype} ${expected}, found ${found}`);
}
