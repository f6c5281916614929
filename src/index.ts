export { ArgumentTypeError, FormatError } from "./errors.js";
