/** The guide's page on running models. */
import { expect, test } from "vitest";
import { withOperators } from "../scripts/operators.js";
import { read } from "./harness/sources.js";

test("its table of operators is the code's", () => {
  const { text } = read("docs/running-models.md");
  expect(text).toBe(withOperators(text));
  expect(text).toMatch(/with kernels .*\bConv\b/);
});
