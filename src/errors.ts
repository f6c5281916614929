/** A value of the wrong kind was passed; the message reads `"name" expected …, got …`. */
export class ArgumentTypeError extends TypeError {
  readonly code = "ERR_TYPE";
  override readonly name = "ArgumentTypeError";
}

/** Lengths or shapes that do not fit each other. */
export class ShapeError extends RangeError {
  readonly code = "ERR_SHAPE";
  override readonly name = "ShapeError";
}

/** A file cannot be read; the message names the part, what was expected and what was found. */
export class FormatError extends Error {
  readonly code = "ERR_FORMAT";
  override readonly name = "FormatError";
}
