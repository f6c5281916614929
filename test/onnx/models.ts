/** Small models to prune, and samples for them. */

import { f16FromF32 } from "../../src/io/half.js";
import type { OnnxArray } from "../../src/onnx/samples.js";
import { Random } from "../harness/random.js";
import {
  FLOAT,
  HALF,
  int,
  ints,
  modelOf,
  node,
  raw,
  type TensorInit,
  value,
  weight,
} from "../io/onnx/sample.js";

const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);
const random = (seed: number, ...dims: number[]) => new Random(seed).uniform(product(dims));

/** Samples for `network`: neighbours go together, as in pictures. */
export function pictures(count: number): { x: OnnxArray } {
  const data = random(9, count, 2, 6, 6);
  for (let i = 1; i < data.length; i++) data[i] = 0.7 * data[i - 1] + 0.3 * data[i];
  return { x: { data, dims: [count, 2, 6, 6] } };
}

/**
 * x [n, 2, 6, 6] → Conv "wide" (8 × 2·3·3, pads) → Relu → Conv "depth" (8 groups of 1 × 3·3) → Conv "grouped" (2 groups
 * of 4 × 4) → Relu → Flatten → Gemm "dense" (12 × 32) → Relu → MatMul "last" (12 × 4)
 */
export function network(): Uint8Array {
  const conv = (name: string, from: string, to: string, ...more: ReturnType<typeof ints | typeof int>[]) =>
    node("Conv", [from, `${name}.w`], [to], { name, attribute: more });
  return modelOf({
    initializer: [
      weight("wide.w", [8, 2, 3, 3], random(1, 8, 2, 3, 3)),
      weight("depth.w", [8, 1, 3, 3], random(2, 8, 1, 3, 3)),
      weight("grouped.w", [8, 4, 1, 1], random(3, 8, 4)),
      weight("dense.w", [12, 32], random(4, 12, 32)),
      weight("last.w", [12, 4], random(5, 12, 4)),
    ],
    input: [value("x", FLOAT, ["n", 2, 6, 6])],
    output: [value("y", FLOAT, ["n", 4])],
    node: [
      conv("wide", "x", "a", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2)),
      node("Relu", ["a"], ["b"]),
      conv("depth", "b", "c", int("group", 8), ints("pads", 1, 1, 0, 0)),
      conv("grouped", "c", "d", int("group", 2)),
      node("Relu", ["d"], ["e"]),
      node("Flatten", ["e"], ["f"]),
      node("Gemm", ["f", "dense.w"], ["g"], { name: "dense", attribute: [int("transB", 1)] }),
      node("Relu", ["g"], ["h"]),
      node("MatMul", ["h", "last.w"], ["y"], { name: "last" }),
    ],
  });
}

/** x [5, n, 3] → LSTM "lstm" of 4 → its states. What multiplies R is no value of the graph. */
export function recurrent(): Uint8Array {
  return modelOf({
    initializer: [weight("W", [1, 16, 3], random(1, 16, 3)), weight("R", [1, 16, 4], random(2, 16, 4))],
    input: [value("x", FLOAT, ["n", 1, 3])],
    output: [value("y", FLOAT, ["n", 1, 1, 4])],
    node: [node("LSTM", ["x", "W", "R"], ["y"], { name: "lstm", attribute: [int("hidden_size", 4)] })],
  });
}

/** x [n, 8] of float16 → MatMul "half" (8 × 6) → y. */
export function halves(): Uint8Array {
  const half: TensorInit = {
    name: "V",
    dims: [8n, 6n],
    dataType: HALF,
    rawData: raw(f16FromF32(random(3, 8, 6))),
  };
  return modelOf({
    initializer: [half],
    input: [value("x", HALF, ["n", 8])],
    output: [value("y", HALF, ["n", 6])],
    node: [node("MatMul", ["x", "V"], ["y"], { name: "half" })],
  });
}

/** x [n, 4] and z [n, 4] → MatMul "shared" by the same weight (4 × 4). */
export function shared(): Uint8Array {
  return modelOf({
    initializer: [weight("W", [4, 4], random(1, 4, 4))],
    input: [value("x", FLOAT, ["n", 4]), value("z", FLOAT, ["n", 4])],
    output: [value("y", FLOAT, ["n", 4]), value("v", FLOAT, ["n", 4])],
    node: [
      node("MatMul", ["x", "W"], ["y"], { name: "shared" }),
      node("MatMul", ["z", "W"], ["v"], { name: "other" }),
    ],
  });
}
