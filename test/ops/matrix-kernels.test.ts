import { expect, test } from "vitest";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { expectLowered, weights } from "./lowered.js";

const core = openSync();
const random = new Random(13);
const SIZES = [1, 2, 3, 4, 5, 8, 9, 33];

test("Gemm by constants: rows, columns, transposes, bias", () => {
  for (const m of SIZES)
    for (const n of SIZES)
      for (const transB of [0, 1])
        for (const transA of [0, 1]) {
          const k = 7;
          const w = weights(random, transB ? [n, k] : [k, n]);
          const c = [undefined, weights(random, [n]), weights(random, [1, n]), weights(random, [])][
            (m + n) % 4
          ];
          const attributes = { transA, transB, alpha: 0.5, beta: 2 };
          const inputs = [{ shape: transA ? [k, m] : [m, k] }, w, c];
          expect(expectLowered(core, { op: "Gemm", attributes, inputs })).toBe("dense");
        }
});

test("constants with zeros: the kernel by rows and density", () => {
  for (const [m, density, wanted] of [
    [1, 0, "csr"],
    [1, 0.1, "csr"],
    [3, 0.1, "csr"],
    [3, 0.3, "dense"],
    [4, 0.2, "csr"],
    [4, 0.5, "dense"],
    [9, 0.3, "csr"],
    [33, 0.45, "csr"],
    [70, 0.45, "csr"],
    [70, 0.8, "dense"],
  ] as const) {
    const inputs = [{ shape: [m, 40] }, weights(random, [40, 9], density), weights(random, [9])];
    expect(expectLowered(core, { op: "Gemm", inputs })).toBe(wanted);
    expect(expectLowered(core, { op: "MatMul", inputs: inputs.slice(0, 2) })).toBe(wanted);
  }
});

test("constants with zeros: any number of rows and columns", () => {
  for (const m of [...SIZES, 31, 32, 36, 65])
    for (const n of [1, 3, 4, 9]) {
      const inputs = [{ shape: [m, 7] }, weights(random, [7, n], 0.5), weights(random, [n])];
      expect(expectLowered(core, { op: "Gemm", inputs, forced: "csr" })).toBe("csr");
    }
});

test("Gemm by activations; a matrix that is added", () => {
  const inputs = [{ shape: [5, 6] }, { shape: [6, 9] }, { shape: [5, 9] }];
  expect(expectLowered(core, { op: "Gemm", inputs })).toBe("dense");
  expect(expectLowered(core, { op: "Gemm", inputs: [...inputs.slice(0, 2), { shape: [5, 1] }] })).toBe(
    "javascript",
  );
  expect(expectLowered(core, { op: "Gemm", attributes: { alpha: 2 }, inputs: inputs.slice(0, 2) })).toBe(
    "javascript",
  );
});

test("MatMul by constants, of matrices, batches of them, and vectors", () => {
  for (const shape of [[6], [1, 6], [5, 6], [2, 5, 6], [2, 3, 1, 6], [1, 2, 33, 6]])
    for (const n of [1, 4, 9, 40]) {
      expectLowered(core, { op: "MatMul", inputs: [{ shape }, weights(random, [6, n])] });
      expectLowered(core, { op: "MatMul", inputs: [{ shape }, weights(random, [1, 6, n])] });
    }
  expectLowered(core, { op: "MatMul", inputs: [{ shape: [4, 6] }, weights(random, [6])] });
});

test("MatMul between activations, batches that stretch to each other", () => {
  for (const [a, b] of [
    [
      [2, 5, 6],
      [2, 6, 9],
    ],
    [
      [3, 1, 5, 6],
      [2, 6, 4],
    ],
    [
      [1, 6],
      [6, 9],
    ],
    [
      [2, 2, 6],
      [2, 6, 3],
    ],
    [
      [7, 6],
      [6, 1],
    ],
    [
      [1, 5, 6],
      [4, 6, 2],
    ],
    [[6], [3, 6, 4]],
    [[3, 4, 6], [6]],
  ])
    expect(expectLowered(core, { op: "MatMul", inputs: [{ shape: a }, { shape: b }] })).not.toBe(
      "javascript",
    );
});

test("MatMul of constants by activations", () => {
  expectLowered(core, { op: "MatMul", inputs: [weights(random, [5, 6]), { shape: [6, 9] }] });
  expectLowered(core, { op: "MatMul", inputs: [weights(random, [5, 6]), { shape: [3, 6, 9] }] });
});

test("nothing to multiply is left to plain JavaScript", () => {
  for (const inputs of [
    [{ shape: [0, 3] }, { shape: [3, 2] }],
    [{ shape: [2, 0] }, { shape: [0, 3] }],
  ])
    expect(expectLowered(core, { op: "MatMul", inputs })).toBe("javascript");
});
