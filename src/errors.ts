/**
 * Every error this package throws on purpose. Tell them apart by `code` (or `name`), which also work when
 * an error comes from another realm or another copy of the package, where `instanceof` does not.
 * Messages read `"name" expected …, got …`.
 */

/** An argument of the wrong kind: a string for a number, an unknown option. */
export class ArgumentTypeError extends TypeError {
  override readonly name = "ArgumentTypeError";
  readonly code = "ERR_TYPE";
}

/** An argument of the right kind with a value that is not allowed. */
export class ArgumentRangeError extends RangeError {
  override readonly name = "ArgumentRangeError";
  readonly code = "ERR_RANGE";
}

/** Lengths or shapes that do not fit each other. */
export class ShapeError extends RangeError {
  override readonly name = "ShapeError";
  readonly code = "ERR_SHAPE";
}

/** Where a {@link NonFiniteError} found NaN or an infinity, counted from 0. */
export interface Position {
  /** Index in the array, row by row. */
  readonly index: number;
  /** Row and column, when the values form a matrix. */
  readonly row?: number;
  /** See `row`. */
  readonly column?: number;
}

/** NaN or an infinity among values that have to be finite; says where the first one stands. */
export class NonFiniteError extends RangeError {
  override readonly name = "NonFiniteError";
  readonly code = "ERR_NON_FINITE";
  /** Of the first such value, row by row, from 0. */
  readonly index: number;
  /** Its row, when the values form a matrix. */
  readonly row?: number;
  /** Its column, when the values form a matrix. */
  readonly column?: number;

  /**
   * @param message  what was expected and found
   * @param position  of the first value that is not finite
   */
  constructor(message: string, position: Position) {
    super(message);
    this.index = position.index;
    this.row = position.row;
    this.column = position.column;
  }
}

/** A handle used after its scope ended, or anything used after its core was disposed of. */
export class DisposedError extends Error {
  override readonly name = "DisposedError";
  readonly code = "ERR_DISPOSED";
}

/** How much was asked of the memory and how much there was, in bytes. */
export interface MemoryShortage {
  /** Asked for. */
  readonly requestedBytes: number;
  /** Free without growing. */
  readonly freeBytes: number;
  /** The size up to which the memory may grow, what is in use included. */
  readonly limitBytes: number;
}

/** A matrix that has no Cholesky factor. Nothing is repaired: more damping, or more samples, is the caller's choice. */
export class NotPositiveDefiniteError extends RangeError {
  override readonly name = "NotPositiveDefiniteError";
  readonly code = "ERR_NOT_POSITIVE_DEFINITE";
  /** Index of the row whose pivot was not positive, from 0. */
  readonly pivot: number;
  /** What had been added to the diagonal. */
  readonly damping: number;

  /**
   * @param message  what was expected and found
   * @param pivot  index of the row, from 0
   * @param damping  what had been added to the diagonal
   */
  constructor(message: string, pivot: number, damping: number) {
    super(message);
    this.pivot = pivot;
    this.damping = damping;
  }
}

/** The memory cannot hold what was asked for. What it held before is untouched and stays usable. */
export class OutOfMemoryError extends RangeError {
  override readonly name = "OutOfMemoryError";
  readonly code = "ERR_OUT_OF_MEMORY";
  /** Bytes asked for. */
  readonly requestedBytes: number;
  /** Bytes that were there without growing. */
  readonly freeBytes: number;
  /** Bytes that the memory may grow to. */
  readonly limitBytes: number;

  /**
   * @param message  what was asked, what is free, what is possible
   * @param shortage  the same as numbers, in bytes
   * @param options  `cause`: the host's own error, when it is the host that refused
   */
  constructor(message: string, shortage: MemoryShortage, options?: ErrorOptions) {
    super(message, options);
    this.requestedBytes = shortage.requestedBytes;
    this.freeBytes = shortage.freeBytes;
    this.limitBytes = shortage.limitBytes;
  }
}

/** This host cannot run the variant that was asked for. */
export class VariantError extends Error {
  override readonly name = "VariantError";
  readonly code = "ERR_VARIANT";
}

/** Bytes that are not the WebAssembly module of this package. */
export class BinaryError extends Error {
  override readonly name = "BinaryError";
  readonly code = "ERR_BINARY";
}

/** A file that cannot be read: damaged, or of another format. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly code = "ERR_FORMAT";
}

/** A package that is not installed; the message says how to install it. */
export class MissingPackageError extends Error {
  override readonly name = "MissingPackageError";
  readonly code = "ERR_MISSING_PACKAGE";
}

/** A worker that ended, or never started, before it answered; `cause` is what the host said, if anything. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  readonly code = "ERR_WORKER";
}

/** A queue of tasks that cannot be reached, or does not do what was asked: `cause` is what the database said. */
export class QueueError extends Error {
  override readonly name = "QueueError";
  readonly code = "ERR_QUEUE";
}
