export { FormatError } from "./errors.js";
