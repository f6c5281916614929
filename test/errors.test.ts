import { expect, test } from "vitest";
import * as module from "../src/errors.js";

const errors = { ...module };
const codes = {
  ArgumentTypeError: "ERR_TYPE",
  ArgumentRangeError: "ERR_RANGE",
  ShapeError: "ERR_SHAPE",
  NonFiniteError: "ERR_NON_FINITE",
  NotPositiveDefiniteError: "ERR_NOT_POSITIVE_DEFINITE",
  DisposedError: "ERR_DISPOSED",
  OutOfMemoryError: "ERR_OUT_OF_MEMORY",
  VariantError: "ERR_VARIANT",
  MissingPackageError: "ERR_MISSING_PACKAGE",
  WorkerError: "ERR_WORKER",
  BinaryError: "ERR_BINARY",
  FormatError: "ERR_FORMAT",
  QueueError: "ERR_QUEUE",
};
type Name = keyof typeof codes;
type Constructor = new (message: string, details: object) => Error & { code: string };

test("there are these errors and no others", () => {
  expect(Object.keys(errors).sort()).toEqual(Object.keys(codes).sort());
});

test.each(Object.keys(codes) as Name[])("%s has its name, code and message", (name) => {
  const error = new (errors[name] as unknown as Constructor)("why", {});
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
  expect(error.code).toBe(codes[name]);
  expect(error.stack).toContain("why");
});

test.each([
  ["ArgumentTypeError", TypeError],
  ["ArgumentRangeError", RangeError],
  ["ShapeError", RangeError],
  ["NonFiniteError", RangeError],
  ["NotPositiveDefiniteError", RangeError],
  ["OutOfMemoryError", RangeError],
] as const)("%s is one of the language's own kinds", (name, base) => {
  expect(new (errors[name] as unknown as Constructor)("why", {})).toBeInstanceOf(base);
});
