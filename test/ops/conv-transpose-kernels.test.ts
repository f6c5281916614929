import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { expectLowered, type NodeCase, weights } from "./lowered.js";

const core = openSync();
const random = new Random(11);

test.each([
  { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] },
  { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] },
  { kernel: [2, 2], strides: [2, 2], pads: [1, 1, 0, 1] },
  { kernel: [3, 2], strides: [1, 3], pads: [0, 1, 2, 0] },
  { kernel: [1, 1], strides: [2, 3], pads: [0, 0, 0, 0] },
  { kernel: [5, 3], strides: [3, 2], pads: [2, 1, 2, 1] },
  { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0] },
])("windows $kernel by $strides", ({ kernel, strides, pads }) => {
  for (const [group, channels, rows] of [
    [1, 3, 5],
    [2, 4, 3],
    [3, 3, 1],
  ])
    for (const [height, width] of [
      [5, 6],
      [1, 9],
      [3, 4],
    ])
      for (const density of [1, 0.2]) {
        const inputs = [
          { shape: [2, channels, height, width] },
          weights(random, [channels, rows, ...kernel], density),
          weights(random, [rows * group]),
        ];
        const used = expectLowered(core, {
          op: "ConvTranspose",
          attributes: { group, strides, pads },
          inputs,
        });
        expect(used).toContain("transposed");
      }
});

test("one axis, output_padding, auto_pad, no bias", () => {
  const inputs = [{ shape: [1, 2, 7] }, weights(random, [2, 3, 4])];
  const cases: NodeCase["attributes"][] = [
    { strides: [3], output_padding: [2] },
    { strides: [2], auto_pad: "SAME_UPPER" },
  ];
  for (const attributes of cases)
    expect(expectLowered(core, { op: "ConvTranspose", attributes, inputs })).toContain("transposed");
});

test("dilated windows are left to plain JavaScript", () => {
  const inputs = [{ shape: [1, 2, 5, 5] }, weights(random, [2, 3, 3, 3])];
  expect(expectLowered(core, { op: "ConvTranspose", attributes: { dilations: [2, 2] }, inputs })).toBe(
    "javascript",
  );
});
