/** Models that run: inputs by name, sizes, plans for shapes, the same bytes each time. */
import { afterAll, describe, expect, test } from "vitest";
import { ArgumentTypeError, FormatError, ShapeError } from "../../src/errors.js";
import { inspectModel, model } from "../../src/graph/index.js";
import { openSync } from "../../src/open.js";
import type { Graph, Node } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { int, ints, node, weight } from "../io/onnx/sample.js";
import { graphOf } from "./models.js";

const core = openSync();
afterAll(() => core.dispose());

const random = new Random(5);
const some = (name: string, ...dims: number[]) =>
  weight(name, dims, random.uniform(dims.reduce((all, size) => all * size, 1)));
const with_ = (...attribute: unknown[]) => ({ attribute }) as never;

/** Images of any number and size: a residual block, its channels' means, a matrix. */
const block = (height: number | string = "h", width: number | string = "w"): Graph =>
  graphOf(
    { x: ["n", 3, height, width] },
    [
      node("Conv", ["x", "w0", "b0"], ["c0"], with_(ints("pads", 1, 1, 1, 1))),
      node("Relu", ["c0"], ["r0"]),
      node("Conv", ["r0", "w1"], ["c1"], with_(int("group", 6), ints("pads", 1, 1, 1, 1))),
      node("Conv", ["c1", "w2", "b0"], ["c2"]),
      node("Add", ["c2", "r0"], ["sum"]),
      node("GlobalAveragePool", ["sum"], ["means"]),
      node("Flatten", ["means"], ["flat"]),
      node("Gemm", ["flat", "w3"], ["y"], with_(int("transB", 1))),
    ],
    ["y", "sum"],
    [some("w0", 6, 3, 3, 3), some("b0", 6), some("w1", 6, 1, 3, 3), some("w2", 6, 6, 1, 1), some("w3", 4, 6)],
  );
const graph = block();
const input = (...shape: number[]) => ({
  shape,
  data: new Random(9).uniform(shape.reduce((all, size) => all * size, 1)),
});
const bytes = (outputs: Record<string, { data: ArrayLike<number> }>) =>
  Object.values(outputs).map(({ data }) => Buffer.from((data as Float32Array).buffer).toString("hex"));

describe("run", () => {
  test("twice gives equal bytes, and outputs are the caller's own", () => {
    const net = model(core, graph);
    const x = input(1, 3, 7, 9);
    const first = net.run({ x });
    const kept = bytes(first);
    first.y.data.fill(0);
    first.sum.data.fill(0);
    expect(bytes(net.run({ x }))).toEqual(kept);
  });

  test("another shape plans anew: the bytes of a fresh plan, there and back", () => {
    const net = model(core, graph);
    const shapes = [
      [1, 3, 7, 9],
      [1, 3, 8, 8],
      [2, 3, 5, 33],
      [1, 3, 7, 9],
    ];
    for (const shape of shapes) {
      const x = input(...shape);
      const outputs = net.run({ x });
      expect(bytes(outputs)).toEqual(bytes(model(core, graph).run({ x })));
      expect(outputs.sum.shape).toEqual([shape[0], 6, shape[2], shape[3]]);
    }
  });

  test("plans are kept: a shape met before takes no more memory", () => {
    const net = model(core, graph);
    const run = (size: number) => net.run({ x: input(1, 3, size, size) });
    const used = () => core.allocate(16);
    for (const size of [5, 6]) run(size);
    const before = used();
    for (const size of [5, 6, 5, 6]) run(size);
    expect(used() - before).toBeLessThanOrEqual(16);
  });

  test.each([1, 2, 3])("a batch of %i is its images one by one", (count) => {
    const net = model(core, graph);
    const x = input(count, 3, 6, 11);
    const whole = net.run({ x }).y;
    expect(whole.shape).toEqual([count, 4]);
    for (let image = 0; image < count; image++) {
      const one = net.run({
        x: { shape: [1, 3, 6, 11], data: x.data.slice(image * 198, (image + 1) * 198) },
      }).y;
      for (let at = 0; at < 4; at++) expect(one.data[at]).toBeCloseTo(whole.data[image * 4 + at], 5);
    }
  });

  test("a plain array has the shape that is planned", () => {
    const net = model(core, graph, { shapes: { x: [1, 3, 4, 4] } });
    const x = input(1, 3, 4, 4);
    expect(bytes(net.run({ x: x.data }))).toEqual(bytes(net.run({ x })));
    expect(net.layers.length).toBeGreaterThan(0);
    expect(net.peakBytes).toBeGreaterThan(0);
  });

  test("profile times each layer", () => {
    const net = model(core, graph, { shapes: { x: [1, 3, 4, 4] } });
    let clock = 0;
    const times = net.profile({ x: input(1, 3, 4, 4) }, () => clock++);
    expect(times).toEqual(net.layers.map(() => 1));
  });
});

describe("outputs that no node makes", () => {
  const relay: Graph = {
    ...graphOf({ x: [2, 3] }, [node("Relu", ["x"], ["y"])], ["y"], [weight("c", [2], [4, 5])]),
    outputs: ["x", "c", "y"],
  };
  test("are inputs and constants", () => {
    const { x, c, y } = model(core, relay).run({ x: Float32Array.of(-1, 2, -3, 4, -5, 6) });
    expect([...x.data]).toEqual([-1, 2, -3, 4, -5, 6]);
    expect([...c.data]).toEqual([4, 5]);
    expect([...y.data]).toEqual([0, 2, 0, 4, 0, 6]);
  });
});

describe("what does not fit is refused before anything runs", () => {
  const net = model(core, block(4, 4));
  const x = input(1, 3, 4, 4);
  test.each<[string, () => unknown, typeof ArgumentTypeError | typeof ShapeError, string]>([
    ["no input", () => net.run({}), ArgumentTypeError, '"x"'],
    ["an input of another name", () => net.run({ y: x } as never), ArgumentTypeError, "y"],
    ["too few elements", () => net.run({ x: x.data.slice(1) }), ShapeError, '"x" expected 48 elements'],
    [
      "a shape of other elements",
      () => net.run({ x: { shape: [1, 3, 4, 4], data: new Float32Array(47) } }),
      ShapeError,
      '"x" expected 48 elements for [1, 3, 4, 4], got 47',
    ],
    [
      "a shape that the file forbids",
      () => net.run({ x: input(1, 3, 5, 4) }),
      ShapeError,
      '"x" expected the shape [n, 3, 4, 4], got [1, 3, 5, 4]',
    ],
    ["another number of axes", () => net.run({ x: input(48) }), ShapeError, "got [48]"],
    ["a text", () => net.run({ x: "abc" } as never), ArgumentTypeError, '"x" expected'],
    ["a number", () => net.run({ x: 3 } as never), ArgumentTypeError, '"x" expected'],
    ["null", () => net.run({ x: null } as never), ArgumentTypeError, '"x" expected'],
    [
      "a shape that is none",
      () => net.run({ x: { shape: 48, data: x.data } } as never),
      ArgumentTypeError,
      '"x"',
    ],
    [
      "data that is none",
      () => net.run({ x: { shape: [1, 3, 4, 4], data: 5 } } as never),
      ArgumentTypeError,
      '"x" expected',
    ],
    ["a shape of fractions", () => net.run({ x: { shape: [1.5, 2], data: [1, 2, 3] } }), ShapeError, "1.5"],
    ["options that are none", () => model(core, graph, { shape: {} } as never), ArgumentTypeError, "shape"],
    [
      "a shape for an input that is not there",
      () => model(core, graph, { shapes: { z: [1] } }),
      ArgumentTypeError,
      "z",
    ],
  ])("%s", (_, act, type, message) => {
    expect(act).toThrow(type);
    expect(act).toThrow(message);
  });

  test("operators that are missing are named with their nodes, all at once", () => {
    const custom = (name: string, op: string): Node => ({
      name,
      op,
      inputs: ["x"],
      outputs: [name],
      attributes: {},
    });
    const strange: Graph = {
      ...graph,
      nodes: [...graph.nodes, custom("a", "NonMaxSuppression"), custom("b", "Loop"), custom("c", "Loop")],
    };
    expect(() => model(core, strange)).toThrow(FormatError);
    expect(() => model(core, strange)).toThrow("found NonMaxSuppression (a); Loop (b, c)");
    expect([...inspectModel(strange).unsupported]).toEqual([
      ["NonMaxSuppression", ["a"]],
      ["Loop", ["b", "c"]],
    ]);
  });
});

test("inspectModel tells layers, zeros and multiply-adds", () => {
  const summary = inspectModel(block(4, 4));
  expect(
    summary.layers.map(({ op, rows, columns, multiplyAdds }) => [op, rows, columns, multiplyAdds]),
  ).toEqual([
    ["Conv", 6, 27, 6 * 27 * 16],
    ["Conv", 6, 9, 6 * 9 * 16],
    ["Conv", 6, 6, 6 * 6 * 16],
    ["Gemm", 4, 6, 24],
  ]);
  expect(summary.parameters).toBe(162 + 6 + 54 + 36 + 24);
  expect(summary.layers.every(({ sparsity }) => sparsity === 0)).toBe(true);
});
