import { describe, expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { expectLowered, type NodeCase, weights } from "./lowered.js";

const core = openSync();
const random = new Random(12);

const WINDOWS = [
  { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] },
  { kernel: [1, 1], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1] },
  { kernel: [1, 1], strides: [1, 1], pads: [1, 0, 2, 1], dilations: [1, 1] },
  { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] },
  { kernel: [3, 3], strides: [2, 2], pads: [0, 0, 1, 1], dilations: [1, 1] },
  { kernel: [5, 5], strides: [2, 1], pads: [2, 2, 2, 2], dilations: [1, 1] },
  { kernel: [3, 2], strides: [1, 3], pads: [0, 1, 2, 0], dilations: [2, 3] },
  { kernel: [2, 7], strides: [3, 2], pads: [0, 3, 0, 3], dilations: [1, 1] },
  { kernel: [3, 3], strides: [1, 1], pads: [2, 0, 0, 1], dilations: [1, 1] },
];
const PLANES = [
  [14, 7],
  [7, 33],
  [8, 15],
];

describe.each(WINDOWS)(
  "$kernel by $strides, pads $pads, dilations $dilations",
  ({ kernel, ...attributes }) => {
    test.each(["csr", "dense"])("%s", (forced) => {
      for (const plane of PLANES)
        for (const [group, channels, rows] of [
          [1, 3, 5],
          [2, 4, 6],
        ]) {
          const w = weights(random, [rows, channels / group, ...kernel], 0.4);
          const inputs = [{ shape: [2, channels, ...plane] }, w, weights(random, [rows])];
          expect(
            expectLowered(core, { op: "Conv", attributes: { ...attributes, group }, inputs, forced }),
          ).toBe(forced);
        }
    });
    test("depthwise", () => {
      for (const plane of PLANES) {
        const inputs = [
          { shape: [2, 3, ...plane] },
          weights(random, [3, 1, ...kernel]),
          weights(random, [3]),
        ];
        expect(
          expectLowered(core, {
            op: "Conv",
            attributes: { ...attributes, group: 3, low: 0, high: 1 },
            inputs,
          }),
        ).toBe(`depthwise ${kernel.join(" × ")}`);
      }
    });
  },
);

test.each(["csr", "dense"])("planes of 1 to 9 rows and columns, residual and clamp: %s", (forced) => {
  for (let height = 1; height <= 9; height++)
    for (const width of [1, 2, 3, 4, 5, 7, 8, 9])
      for (const side of [1, 3]) {
        const pads = new Array<number>(4).fill(side >> 1);
        const shape = [1, 3, height, width];
        const inputs = [{ shape }, weights(random, [3, 3, side, side], 0.5), undefined, { shape }];
        expectLowered(core, { op: "Conv", attributes: { pads, low: -0.5, high: 0.5 }, inputs, forced });
      }
});

test.each(["csr", "dense"])("one axis of positions: %s", (forced) => {
  for (const [length, stride] of [
    [1, 1],
    [40, 1],
    [41, 2],
    [35, 3],
  ]) {
    const inputs = [{ shape: [2, 4, length] }, weights(random, [5, 4, 3], 0.5), weights(random, [5])];
    expectLowered(core, { op: "Conv", attributes: { pads: [1, 1], strides: [stride] }, inputs, forced });
  }
});

test("Winograd: planes of any size, pads, groups, residual and clamp", () => {
  for (const plane of [
    [1, 1],
    [2, 3],
    [5, 8],
    [7, 7],
    [8, 9],
    [9, 16],
    [31, 17],
    [20, 130],
  ])
    for (const pads of [
      [1, 1, 1, 1],
      [1, 2, 1, 0],
    ])
      for (const [group, channels, rows] of [
        [1, 3, 5],
        [2, 8, 4],
      ]) {
        const w = weights(random, [rows, channels / group, 3, 3]);
        const [height, width] = [plane[0] + pads[0] + pads[2] - 2, plane[1] + pads[1] + pads[3] - 2];
        for (const residual of [undefined, { shape: [2, rows, height, width] }]) {
          const inputs = [{ shape: [2, channels, ...plane] }, w, weights(random, [rows]), residual];
          const attributes = { pads, group, low: -1, high: 2 };
          expect(expectLowered(core, { op: "Conv", attributes, inputs, forced: "winograd" })).toBe(
            "winograd",
          );
        }
      }
  const inputs = [{ shape: [1, 32, 9, 9] }, weights(random, [16, 32, 3, 3])];
  expect(expectLowered(core, { op: "Conv", inputs })).toBe("winograd");
  expect(
    expectLowered(core, { op: "Conv", attributes: { strides: [2, 2] }, inputs, forced: "winograd" }),
  ).toBe("dense");
});

test("one position, with and without what is added and clamped", () => {
  for (const attributes of [{ group: 1 }, { low: 0 }, { low: 0, high: 6 }] as NodeCase["attributes"][])
    for (const rows of [1, 4, 7, 33])
      for (const residual of [undefined, { shape: [2, rows, 1, 1] }]) {
        const inputs = [
          { shape: [2, 9, 1, 1] },
          weights(random, [rows, 9, 1, 1]),
          weights(random, [rows]),
          residual,
        ];
        for (const forced of ["csr", "dense"])
          expectLowered(core, { op: "Conv", attributes, inputs, forced });
      }
});

test("zeros choose the kernel: fewer are needed where what a tile reads is small", () => {
  const kernelAt = (channels: number, density: number, side = 1, rows = 8) =>
    expectLowered(core, {
      op: "Conv",
      inputs: [{ shape: [1, channels, 8, 8] }, weights(random, [rows, channels, side, side], density)],
    });
  expect([kernelAt(16, 0.6), kernelAt(16, 0.9)]).toEqual(["csr", "dense"]);
  expect([kernelAt(512, 0.3), kernelAt(512, 0.6)]).toEqual(["csr", "dense"]);
  expect([kernelAt(4, 0.6, 3), kernelAt(128, 0.6, 3), kernelAt(128, 0.3, 3)]).toEqual([
    "csr",
    "dense",
    "csr",
  ]);
});

test("NaN in weights reaches only its row", () => {
  const w = weights(random, [2, 2, 3, 3], 0.5);
  w.data[4] = NaN;
  for (const forced of ["csr", "dense"])
    expectLowered(core, { op: "Conv", inputs: [{ shape: [1, 2, 9, 9] }, w], forced });
});

test("weights that vary are left to plain JavaScript", () => {
  const inputs = [{ shape: [1, 2, 5, 5] }, { shape: [3, 2, 3, 3] }];
  expect(expectLowered(core, { op: "Conv", inputs })).toBe("javascript");
});
