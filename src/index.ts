/** The public names. */
export {
  ArgumentRangeError,
  ArgumentTypeError,
  BinaryError,
  DisposedError,
  FormatError,
  type MemoryShortage,
  NonFiniteError,
  OutOfMemoryError,
  type Position,
  ShapeError,
  VariantError,
} from "./errors.js";
export { open, openSync } from "./open.js";
export type { OpenOptions } from "./opening.js";
export type { Variant, VariantChoice } from "./runtime/variant.js";
export type { Lifetime, Scope } from "./runtime/workspace.js";
export type { Core } from "./tensor/core.js";
export { Mask, type MaskBits } from "./tensor/mask.js";
export { type CopyOptions, Matrix, type MatrixValues } from "./tensor/matrix.js";
