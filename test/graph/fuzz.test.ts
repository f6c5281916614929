/** Models that are damaged, or made to do damage: read and planned, or refused by name. */
import { afterAll, describe, expect, test } from "vitest";
import { ArgumentRangeError, FormatError, OutOfMemoryError, ShapeError } from "../../src/errors.js";
import { type Model, model } from "../../src/graph/model.js";
import { readOnnxGraph } from "../../src/graph/read-onnx.js";
import { readTfjsGraph } from "../../src/graph/read-tfjs.js";
import { openSync } from "../../src/open.js";
import { type Graph, sizeOf } from "../../src/ops/ir.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { mutants, readAll } from "../io/mutants.js";
import { float, int, ints, node, sample, text } from "../io/onnx/sample.js";
import { damagedGraph, damagedJson } from "./damage.js";
import { graphOf, placeholder, tf, tfFloats, tfGraphOf, tfInts, tfNode, whole } from "./models.js";
import { rich, richTf } from "./rich.js";

const seconds = () => process.cpuUsage().user / 1e6;
const core = openSync();
afterAll(() => core.dispose());

const isTyped = (error: unknown): boolean =>
  (error instanceof FormatError || error instanceof ShapeError || error instanceof OutOfMemoryError) &&
  /^[^\n]{10,900}$/u.test(error.message) &&
  / expected .*, found |memory/.test(error.message);

/** Sizes of at most this are run too. */
const SMALL = 2 ** 20;

/** Runs a network on halves when it is small. */
function runs(net: Model): void {
  const work = net.layers.reduce((sum, { shape, multiplyAdds }) => sum + sizeOf(shape) + multiplyAdds, 0);
  if (work > SMALL || net.layers.length === 0) return;
  const inputs = net.inputs.map(({ name, shape = [] }) => {
    const sizes = shape.map((size) => (typeof size === "number" ? size : 1));
    return [name, { shape: sizes, data: new Float32Array(sizeOf(sizes)).fill(0.5) }] as const;
  });
  net.run(Object.fromEntries(inputs));
}

/** Plans a graph, runs it when it is small; whether it was planned. One `expect`, because there are many. */
function plans(graph: Graph): boolean {
  const [start, scope] = [seconds(), core.scope()];
  try {
    runs(model(core, graph));
    return true;
  } catch (error) {
    if (!isTyped(error)) throw error;
    return false;
  } finally {
    scope[Symbol.dispose]();
    if (seconds() - start > 1) expect.fail(`${seconds() - start} s`);
  }
}

/** Counts of what was read and refused, planned and not: a test wants all to happen. */
function plansAll(graphs: Iterable<Graph>): { planned: number; refused: number } {
  const counts = { planned: 0, refused: 0 };
  for (const graph of graphs) counts[plans(graph) ? "planned" : "refused"]++;
  return counts;
}

/** A path that is damaged asks for a shard that is not there: an error of arguments, told as of the file here. */
function readTf(bytes: Uint8Array): Graph {
  try {
    return readTfjsGraph(bytes, tfFiles);
  } catch (error) {
    if (!(error instanceof ArgumentRangeError)) throw error;
    throw new FormatError(error.message.replace(", got ", ", found ").slice(0, 500));
  }
}

const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
const tfFiles = richTf();
const tfJson = tfFiles.get("model.json") as Uint8Array;

describe("damaged models are read and planned, or refused", () => {
  test("as they are they run", () => {
    expect(plansAll([readOnnxGraph(rich()), readTfjsGraph(tfJson, tfFiles)])).toEqual({
      planned: 2,
      refused: 0,
    });
  });

  function* damagedTfjs(count: number) {
    yield* mutants(tfJson, count / 2);
    const [random, json] = [new Random(2), JSON.parse(new TextDecoder().decode(tfJson))];
    for (let index = 0; index < count / 2; index++) yield encode(damagedJson(json, random));
  }

  test.each<[string, () => Iterable<Uint8Array>, (bytes: Uint8Array) => Graph]>([
    ["ONNX", () => mutants(rich(), tenth(10_000)), readOnnxGraph],
    ["ONNX with branches", () => mutants(sample(), tenth(10_000)), readOnnxGraph],
    ["TensorFlow.js", () => damagedTfjs(tenth(20_000)), readTf],
  ])("files of %s", (_, damaged, read) => {
    let planned = 0;
    let seen = 0;
    const counts = readAll(damaged(), read, (graph) => {
      // Of those that read, one in 32 is planned: planning costs a hundred times as much.
      if (seen++ % 32 === 0 && plans(graph)) planned++;
    });
    expect(counts.refused).toBeGreaterThan(tenth(1000));
    expect(counts.read).toBeGreaterThan(tenth(1000));
    expect(planned).toBeGreaterThan(0);
  });

  test.each<[string, () => Graph]>([
    ["ONNX", () => readOnnxGraph(rich())],
    ["ONNX with branches", () => readOnnxGraph(sample())],
    ["TensorFlow.js", () => readTfjsGraph(tfJson, tfFiles)],
  ])("graphs of %s", (_, make) => {
    const [graph, random] = [make(), new Random(3)];
    const counts = plansAll(Array.from({ length: tenth(1500) }, () => damagedGraph(graph, random)));
    expect(Math.min(counts.planned, counts.refused)).toBeGreaterThan(tenth(150));
  });
});

describe("sizes that no memory holds are refused before memory is taken", () => {
  const of = (op: string, inputs: readonly string[], attributes: object[], constants: readonly object[]) =>
    graphOf(
      { x: [1, 2, 4, 4] },
      [node(op, [...inputs], ["y"], { attribute: attributes } as never)],
      ["y"],
      constants as never,
    );
  const shape = (...sizes: number[]) => [whole("s", sizes)];

  test.each<[string, () => Graph, string]>([
    ["ConstantOfShape of 10¹²", () => of("ConstantOfShape", ["s"], [], shape(1e6, 1e6)), "at most"],
    ["ConstantOfShape of −1", () => of("ConstantOfShape", ["s"], [], shape(-1)), "sizes of whole numbers"],
    ["ConstantOfShape of 0 × 2⁴⁰", () => of("ConstantOfShape", ["s"], [], shape(0, 2 ** 40)), "at most"],
    ["Expand to 2³¹", () => of("Expand", ["x", "s"], [], shape(2 ** 27, 2, 4, 4)), "at most"],
    ["Tile by 10⁹", () => of("Tile", ["x", "s"], [], shape(1e9, 1, 1, 1)), "at most"],
    ["Tile by −1", () => of("Tile", ["x", "s"], [], shape(-1, 1, 1, 1)), "sizes of whole numbers"],
    ["Pad by 10⁹", () => of("Pad", ["x", "s"], [], shape(0, 0, 1e9, 0, 0, 0, 0, 0)), "at most"],
    ["Resize to 10⁶ × 10⁶", () => of("Resize", ["x", "", "", "s"], [], shape(1, 2, 1e6, 1e6)), "at most"],
    [
      "Range to 10¹²",
      () =>
        of("Range", ["a", "b", "c"], [], [whole("a", [0], []), whole("b", [1e12], []), whole("c", [1], [])]),
      "at most",
    ],
    [
      "Range by 0",
      () => of("Range", ["a", "b", "c"], [], [whole("a", [0], []), whole("b", [9], []), whole("c", [0], [])]),
      "sizes of whole numbers",
    ],
    [
      "a window's pads of 2³¹",
      () => of("MaxPool", ["x"], [ints("kernel_shape", 2, 2), ints("pads", 2 ** 31, 0, 0, 0)], []),
      "at most",
    ],
    [
      "strides of 0",
      () => of("MaxPool", ["x"], [ints("kernel_shape", 2, 2), ints("strides", 0, 1)], []),
      "≥ 1",
    ],
    [
      "a Reshape of 65 axes",
      () => of("Reshape", ["x", "s"], [], shape(...new Array(64).fill(1), 32)),
      "axes",
    ],
    ["axes by the thousand", () => of("Squeeze", ["x", "s"], [], shape(...new Array(5000).fill(0))), "4096"],
    ["a blocksize of 0", () => of("DepthToSpace", ["x"], [int("blocksize", 0)], []), "expected"],
    [
      "attributes of another type",
      () => of("Softmax", ["x"], [text("axis", "1")], []),
      '"axis" to be a number',
    ],
    ["a list for a number", () => of("LeakyRelu", ["x"], [ints("alpha", 1, 2)], []), "to be a number"],
    ["a number for a list", () => of("Transpose", ["x"], [float("perm", 1)], []), "to be a list of numbers"],
    [
      "an input of 2³¹",
      () => graphOf({ x: [2 ** 31] }, [node("Relu", ["x"], ["y"])], ["y"]),
      "at most 268435456 elements",
    ],
  ])("%s", (_, make, message) => {
    const graph = make();
    const [start, held] = [seconds(), process.memoryUsage().arrayBuffers];
    let error: unknown;
    try {
      model(core, graph);
    } catch (thrown) {
      error = thrown;
    }
    expect(isTyped(error), String(error)).toBe(true);
    expect((error as Error).message).toContain(message);
    expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(2 ** 20);
    expect(seconds() - start).toBeLessThan(1);
  });

  test("a chain of Expands of constants makes no more than a limit", () => {
    const links = Array.from({ length: 40 }, (_, index) =>
      node("Expand", [index ? `e${index - 1}` : "one", "s"], [`e${index}`]),
    );
    const graph = graphOf(
      { x: [1] },
      [...links, node("Add", ["x", "e39"], ["y"])],
      ["y"],
      [whole("s", [2 ** 22]), { name: "one", dims: [1n], dataType: 1, floatData: [1] }],
    );
    const held = process.memoryUsage().arrayBuffers;
    expect(plans(graph)).toBe(true);
    expect(process.memoryUsage().arrayBuffers - held).toBeLessThan(2 ** 29);
  });

  test.each<[string, () => Map<string, Uint8Array>, string]>([
    [
      "a Split into 10⁹",
      () =>
        tfGraphOf(
          [placeholder("x", [1, 8]), tfNode("Split", "y", ["axis", "x"], { num_split: tf.int(1e9) })],
          [tfInts("axis", [1], [])],
        ),
      'node "y" (Split) expected from 1 to 65536 outputs, found 1000000000',
    ],
    [
      "a node without a name",
      () => tfGraphOf([{ op: "Relu" } as never]),
      "expected nodes of a name and an op",
    ],
    [
      "a text that is no base64",
      () =>
        tfGraphOf([placeholder("x", [1, 4, 4, 1]), tfNode("MaxPool", "y", ["x"], { padding: { s: "%" } })]),
      'expected texts of attributes in base64, found "%"',
    ],
    [
      "weights that are made in a run",
      () =>
        tfGraphOf([placeholder("x", [1, 8]), tfNode("ArgMax", "y", ["x", "x"])], [tfFloats("w", [1], [1])]),
      'node "y" (ArgMax) expected "x" to be a constant, found none',
    ],
  ])("of TensorFlow.js: %s", (_, make, message) => {
    const files = make();
    expect(() => readTfjsGraph(files.get("model.json") as Uint8Array, files)).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
  });
});
