import { expect, test } from "vitest";
import * as reference from "../../src/reference/index.js";
import { kernels } from "../harness/sources.js";

test("the published reference has the twin of every kernel", () => {
  const published: object = reference;
  expect(kernels().filter(({ name }) => !(name in published))).toEqual([]);
});
