/** Rows times weights are what ONNX Runtime puts out. */
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.js";
import { readOnnx } from "../../src/io/onnx/onnx.js";
import { layerRows } from "../../src/onnx/layer-rows.js";
import { Random } from "../harness/random.js";
import { float, run } from "../io/onnx/run.js";
import { FLOAT, int, ints, modelOf, type NodeInit, node, text, value, weight } from "../io/onnx/sample.js";

const every = (total: number) => [...Array(total).keys()];
const product = (sizes: readonly number[]) => sizes.reduce((all, size) => all * size, 1);

interface Case {
  readonly op: string;
  /** Of the activations, the weight. */
  readonly x: number[];
  readonly w: number[];
  readonly attribute?: NodeInit["attribute"];
  /** MatMul with the weight in front. */
  readonly isLeft?: boolean;
}

/** The layer's outputs by rows, in the order group, row of activations, output; and the runtime's, the same way. */
async function bothWays({ op, x, w, attribute = [], isLeft = false }: Case) {
  const random = new Random(7);
  const [data, weights] = [random.uniform(product(x)), random.uniform(product(w))];
  const file = modelOf({
    initializer: [weight("W", w, weights)],
    input: [value("x", FLOAT, x)],
    output: [value("y", FLOAT, [])].map(({ name }) => ({ name })),
    node: [node(op, isLeft ? ["W", "x"] : ["x", "W"], ["y"], { name: "layer", attribute })],
  });
  const model = readOnnx(file);
  const [layer] = model.layers;
  const { rows, columns, groups } = layer;
  const own = layerRows(layer, columns, groups, data, x, every);
  const matrix = model.weights("layer");
  const high = rows / groups;
  const computed = own.flatMap((values, g) => {
    const count = values.length / columns;
    return every(count * high).map((at) => {
      const [row, output] = [Math.floor(at / high), (at % high) + g * high];
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += values[row * columns + c] * matrix[output * columns + c];
      return sum;
    });
  });
  const { y } = await run(file, { x: float(x, data) });
  const dims = [...y.dims];
  // The axis of the outputs: 1 of a convolution, where the rows are samples and places; else as the features'.
  const axis = op === "Conv" ? 1 : Math.max(0, dims.length + (isLeft ? -2 : -1));
  const inner = product(dims.slice(axis + 1));
  const values = y.data as Float32Array;
  const outer = values.length / inner / rows;
  const expected = every(groups).flatMap((g) =>
    every(outer * inner).flatMap((row) =>
      every(high).map((output) => {
        const before = Math.floor(row / inner) * rows + g * high + output;
        return values[before * inner + (row % inner)];
      }),
    ),
  );
  return { computed, expected };
}

async function check(one: Case) {
  const { computed, expected } = await bothWays(one);
  expect(computed.length).toBe(expected.length);
  expect(expected.length).toBeGreaterThan(0);
  const worst = computed.reduce((most, sum, i) => Math.max(most, Math.abs(sum - expected[i])), 0);
  expect(worst).toBeLessThan(1e-5);
}

describe("of matrices", () => {
  test.each<[string, Case]>([
    ["MatMul", { op: "MatMul", x: [5, 4], w: [4, 3] }],
    ["MatMul of more axes", { op: "MatMul", x: [2, 3, 5, 4], w: [4, 3] }],
    ["MatMul of a vector", { op: "MatMul", x: [4], w: [4, 3] }],
    ["the weight in front", { op: "MatMul", x: [4, 5], w: [3, 4], isLeft: true }],
    ["the weight in front of more axes", { op: "MatMul", x: [2, 3, 4, 5], w: [3, 4], isLeft: true }],
    ["the weight in front of a vector", { op: "MatMul", x: [4], w: [3, 4], isLeft: true }],
    ["Gemm", { op: "Gemm", x: [5, 4], w: [4, 3] }],
    ["Gemm, transB", { op: "Gemm", x: [5, 4], w: [3, 4], attribute: [int("transB", 1)] }],
    ["Gemm, transA", { op: "Gemm", x: [4, 5], w: [4, 3], attribute: [int("transA", 1)] }],
  ])("%s", (_, one) => check(one));
});

describe("of windows", () => {
  const attributes: [string, NodeInit["attribute"]][] = [
    ["plain", []],
    ["strides", [ints("strides", 2, 3)]],
    ["dilations", [ints("dilations", 2, 1)]],
    ["pads", [ints("pads", 1, 2, 0, 1)]],
    ["all", [ints("pads", 2, 1, 1, 2), ints("strides", 2, 1), ints("dilations", 1, 2)]],
    ["SAME_UPPER", [text("auto_pad", "SAME_UPPER"), ints("strides", 2, 1)]],
    ["SAME_LOWER", [text("auto_pad", "SAME_LOWER"), ints("strides", 2, 3)]],
    ["VALID", [text("auto_pad", "VALID"), ints("strides", 1, 2)]],
  ];
  const sizes: [number[], number[], number][] = [
    [[2, 3, 7, 9], [4, 3, 3, 2], 1],
    [[2, 4, 7, 8], [6, 2, 2, 3], 2],
    [[1, 3, 6, 7], [6, 1, 3, 3], 3],
    [[3, 4, 5, 5], [2, 4, 1, 1], 1],
  ];
  test.each(
    sizes.flatMap(([x, w, group]) => attributes.map(([name, list]) => ({ name, x, w, group, list }))),
  )("$name: $x by $w in $group groups", ({ x, w, group, list }) =>
    check({ op: "Conv", x, w, attribute: [...(list ?? []), int("group", group)] }),
  );
  test.each([
    ["plain", [], 1],
    ["everything", [ints("pads", 2, 1), ints("strides", 2), ints("dilations", 2)], 1],
    ["groups", [ints("pads", 0, 3), ints("strides", 3)], 2],
    ["SAME_LOWER", [text("auto_pad", "SAME_LOWER"), ints("strides", 2)], 1],
  ] as const)("of one axis: %s", (_, list, group) =>
    check({ op: "Conv", x: [2, 4, 11], w: [6, 4 / group, 3], attribute: [...list, int("group", group)] }),
  );
  test("of three axes", () =>
    check({ op: "Conv", x: [2, 2, 4, 5, 3], w: [3, 2, 2, 3, 2], attribute: [ints("strides", 1, 2, 1)] }));
});

describe("some of them", () => {
  const feed = { isReachable: true, featureAxis: -1 };
  const window = { kernel: [2], strides: [1], dilations: [1], pads: [0, 0], autoPad: "NOTSET" as const };
  const data = Float32Array.from({ length: 12 }, (_, i) => i);

  test("are those that are chosen", () => {
    const some = (total: number) => [1, total - 1];
    expect(layerRows(feed, 3, 1, data, [4, 3], some)).toEqual([Float32Array.of(3, 4, 5, 9, 10, 11)]);
    expect(layerRows({ ...feed, featureAxis: 1, window }, 4, 1, data, [1, 2, 6], some)).toEqual([
      Float32Array.of(1, 2, 7, 8, 4, 5, 10, 11),
    ]);
    expect(layerRows(feed, 3, 1, data, [4, 3], () => [])).toEqual([new Float32Array(0)]);
  });
  test("are none where a branch did not run", () => {
    const none = new Float32Array(0);
    expect(layerRows(feed, 3, 2, none, [0], every)).toEqual([none, none]);
  });
  test("are refused where they do not fit the layer", () => {
    expect(() => layerRows(feed, 4, 1, data, [4, 3], every)).toThrow(ShapeError);
    expect(() => layerRows(feed, 4, 1, data, [4, 3], every)).toThrow(
      "expected 4 inputs of the layer, got 4 × 3",
    );
    const conv = { ...feed, featureAxis: 1, window };
    expect(() => layerRows(conv, 3, 1, data, [1, 2, 6], every)).toThrow("got 1 × 2 × 6");
    expect(() => layerRows(conv, 4, 1, data, [1, 2, 3, 2], every)).toThrow(ShapeError);
  });
});
