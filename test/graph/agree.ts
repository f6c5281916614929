/** Runs a model of each kind and compares with numbers computed in the test. */
import { expect } from "vitest";
import { model } from "../../src/graph/model.js";
import { readTfjsGraph } from "../../src/graph/read-tfjs.js";
import { openSync } from "../../src/open.js";
import type { Image } from "./nhwc.js";

type Inputs = Readonly<Record<string, { shape: readonly number[]; data: ArrayLike<number> }>>;

/** All outputs of a TensorFlow.js model, simplified or not. */
export function outputsOf(files: ReadonlyMap<string, Uint8Array>, inputs: Inputs, simplify = true) {
  const core = openSync();
  try {
    const graph = readTfjsGraph(files.get("model.json") as Uint8Array, files);
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
    const found = model(core, graph, { simplify, shapes }).run(inputs);
    return graph.outputs.map((name) => found[name]);
  } finally {
    core.dispose();
  }
}

/** The first outputs are what is expected, to f32's rounding of sums of this size, simplified or not. */
export function expectOutputs(
  files: ReadonlyMap<string, Uint8Array>,
  inputs: Inputs,
  ...expected: Image[]
): void {
  for (const simplify of [true, false]) {
    const found = outputsOf(files, inputs, simplify);
    expected.forEach(({ shape, data }, index) => {
      expect(found[index].shape).toEqual([...shape]);
      const most = Math.max(1e-3, ...Array.from(data, Math.abs));
      const worst = Math.max(0, ...Array.from(data, (value, at) => Math.abs(value - found[index].data[at])));
      expect(worst / most).toBeLessThan(1e-5);
    });
  }
}
