import { expect, test } from "vitest";
import { deadInputLines, deadInputWarning } from "../../src/cli/dead-inputs.js";

const seen = (dead: number | null) => [
  { name: "first", inputs: 40, dead },
  { name: "second", inputs: 10, dead: 0 },
];

test("the share is told, with a warning above a tenth of a layer", () => {
  expect(deadInputLines(seen(4), 4 / 50)).toEqual(["Inputs that are 0 in all samples: 8.0 %.\n"]);
  const [share, warning] = deadInputLines(seen(5), 0.1);
  expect(share).toBe("Inputs that are 0 in all samples: 10.0 %.\n");
  expect(warning).toMatch(/^Warning: .*first 5 of 40\): .*\.\n$/);
});

test("nothing is said of what nobody knows", () => {
  expect(deadInputLines(seen(null), undefined)).toEqual([]);
  expect(deadInputWarning(seen(null))).toBeUndefined();
});

test("names the first five of many layers", () => {
  const many = Array.from({ length: 7 }, (_, l) => ({ name: `fc${l}`, inputs: 8, dead: 1 }));
  expect(deadInputWarning(many)).toContain("fc4 1 of 8, …)");
});
