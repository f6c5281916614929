/** What a model holds of its core's memory: plans for many shapes, scopes that end, growth between runs. */
import { describe, expect, test } from "vitest";
import { DisposedError } from "../../src/errors.js";
import { model } from "../../src/graph/model.js";
import { openSync } from "../../src/open.js";
import { type Graph, tensor } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";

/** x [n, 3, height, width] → 3 × 3 convolution → softmax over channels. */
const graph: Graph = {
  inputs: [{ name: "x", dtype: "f32", shape: ["n", 3, "height", "width"] }],
  outputs: ["y"],
  nodes: [
    { name: "conv", op: "Conv", inputs: ["x", "w"], outputs: ["h"], attributes: { pads: [1, 1, 1, 1] } },
    { name: "soft", op: "Softmax", inputs: ["h"], outputs: ["y"], attributes: { axis: 1 } },
  ],
  constants: new Map([["w", tensor("f32", [8, 3, 3, 3], new Random(1).uniform(216))]]),
};

const given = (height: number, width: number) => ({
  x: { shape: [1, 3, height, width], data: new Random(height * 100 + width).uniform(3 * height * width) },
});

describe("a model", () => {
  test("of a hundred shapes takes no more memory than of a few", () => {
    const core = openSync();
    const net = model(core, graph);
    for (let width = 30; width < 40; width++) net.run(given(64, width));
    const mark = core.allocate(0);
    for (let round = 0; round < 10; round++)
      for (let width = 30; width < 40; width++) net.run(given(64, width));
    expect(core.allocate(0)).toBe(mark);
  });

  test("gives for a shape it comes back to the bytes of a model that was planned for it", () => {
    const core = openSync();
    const net = model(core, graph);
    const [first] = [5, 9, 17, 33, 6, 5].map((width) => net.run(given(7, width)).y).reverse();
    expect(first.data).toEqual(
      model(openSync(), graph, { shapes: { x: [1, 3, 7, 5] } }).run(given(7, 5)).y.data,
    );
  });

  test("plans anew what it planned in a scope that has ended", () => {
    const core = openSync();
    const net = model(core, graph, { shapes: { x: [1, 3, 8, 8] } });
    const expected = model(openSync(), graph).run(given(9, 9)).y.data;
    const inner = core.scoped(() => net.run(given(9, 9)).y.data);
    core.f32(core.allocate(4 * 2 ** 18), 2 ** 18).fill(Number.NaN);
    expect(inner).toEqual(expected);
    expect(net.run(given(9, 9)).y.data).toEqual(expected);
  });

  test("is over with the scope it was made in", () => {
    const core = openSync();
    const net = core.scoped(() => ({ run: model(core, graph) })).run;
    expect(() => net.run(given(8, 8))).toThrow(DisposedError);
  });

  test("runs on after the memory has grown", () => {
    const core = openSync();
    const net = model(core, graph);
    const before = net.run(given(8, 8)).y.data;
    core.allocate(2 ** 26);
    expect(net.run(given(8, 8)).y.data).toEqual(before);
  });
});
