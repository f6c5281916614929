import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import type { Context } from "../../src/reproduce/contract.js";
import { contraction } from "../../src/reproduce/interpolation.js";

test(`${contraction.result}: holds`, async () => {
  using core = openSync();
  const { measured, holds } = await contraction.run({ core } as Context);
  expect(holds, measured).toBe(true);
});
