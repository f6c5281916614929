/** ONNX of older opsets and of onnxruntime's optimiser: as onnxruntime-web runs it, or refused by name. */
import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { model } from "../../src/graph/model.js";
import { readOnnxGraph } from "../../src/graph/read-onnx.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { run } from "../io/onnx/run.js";
import { float, floats, int, ints, node, text, weight } from "../io/onnx/sample.js";
import { graphOf, onnxOf, whole } from "./models.js";

const size = (shape: readonly number[]) => shape.reduce((all, each) => all * each, 1);
const random = new Random(41);
const some = (name: string, ...dims: number[]) => weight(name, dims, random.uniform(size(dims)));
const with_ = (...attribute: unknown[]) => ({ attribute }) as never;
const microsoft = (...attribute: unknown[]) => ({ domain: "com.microsoft", attribute }) as never;

type Parts = Parameters<typeof onnxOf>;

async function expectSame(...parts: Parts): Promise<void> {
  const file = onnxOf(...parts);
  const values = Object.entries(parts[0]).map(([name, shape], index) => {
    const data = new Random(index + 1).uniform(size(shape as number[]));
    return [name, { shape: shape as number[], data }] as const;
  });
  const feeds = values.map(
    ([name, { shape, data }]) => [name, new ort.Tensor("float32", data, shape)] as const,
  );
  const expected = await run(file, Object.fromEntries(feeds));
  for (const simplify of [true, false]) {
    const core = openSync();
    const found = model(core, readOnnxGraph(file), { simplify }).run(Object.fromEntries(values));
    for (const name of parts[2]) {
      const [mine, theirs] = [found[name], expected[name]];
      expect([...mine.shape]).toEqual([...theirs.dims]);
      const data = theirs.data as Float32Array;
      const most = Math.max(1e-3, ...Array.from(data, (value) => Math.abs(Number(value))));
      data.forEach((value, at) => {
        expect(Math.abs(Number(value) - mine.data[at]) / most).toBeLessThan(1e-5);
      });
    }
    core.dispose();
  }
}

const image = { x: [2, 3, 6, 7] };
const tokens = { x: [2, 5, 8] };

describe("as onnxruntime-web has it", () => {
  test.each<[string, Parts]>([
    [
      "Dropout of opset 7",
      [image, [node("Dropout", ["x"], ["y"], with_(float("ratio", 0.3)))], ["y"], [], 7],
    ],
    [
      "BatchNormalization of opset 7",
      [
        image,
        [node("BatchNormalization", ["x", "a", "b", "c", "v"], ["y"], with_(float("epsilon", 0.01)))],
        ["y"],
        [some("a", 3), some("b", 3), some("c", 3), weight("v", [3], [1, 0.5, 2])],
        7,
      ],
    ],
    [
      "Cast of opset 9",
      [
        image,
        [node("Cast", ["x"], ["i"], with_(int("to", 6))), node("Cast", ["i"], ["y"], with_(int("to", 1)))],
        ["y"],
        [],
        9,
      ],
    ],
    [
      "Upsample of opset 9, scales as an input",
      [
        image,
        [node("Upsample", ["x", "s"], ["y"], with_(text("mode", "nearest")))],
        ["y"],
        [weight("s", [4], [1, 1, 2, 3])],
        9,
      ],
    ],
    [
      "Upsample of opset 7, linear",
      [
        image,
        [node("Upsample", ["x"], ["y"], with_(text("mode", "linear"), floats("scales", 1, 1, 2, 2)))],
        ["y"],
        [],
        7,
      ],
    ],
    [
      "Resize of opset 10",
      [
        image,
        [node("Resize", ["x", "s"], ["y"], with_(text("mode", "linear")))],
        ["y"],
        [weight("s", [4], [1, 1, 2, 2])],
        10,
      ],
    ],
    [
      "TopK of opset 9",
      [
        image,
        [node("TopK", ["x"], ["y"], with_(int("k", 2)))].map((n) => ({ ...n, output: ["y", "at"] })),
        ["y"],
        [],
        9,
      ],
    ],
    [
      "TopK of opset 10",
      [image, [node("TopK", ["x", "k"], ["y", "at"], with_(int("axis", 1)))], ["y"], [whole("k", [2])], 10],
    ],
    [
      "Squeeze and Unsqueeze of opset 11",
      [
        { x: [1, 3, 1] },
        [
          node("Squeeze", ["x"], ["s"], with_(ints("axes", 0))),
          node("Unsqueeze", ["s"], ["y"], with_(ints("axes", 0, 3))),
        ],
        ["y"],
        [],
        11,
      ],
    ],
    [
      "Split of opset 11",
      [
        image,
        [node("Split", ["x"], ["y", "z"], with_(int("axis", 3), ints("split", 3, 4)))],
        ["y", "z"],
        [],
        11,
      ],
    ],
    [
      "ScatterND",
      [
        { x: [4, 3] },
        [node("ScatterND", ["x", "i", "u"], ["y"])],
        ["y"],
        [whole("i", [2, 0], [2, 1]), some("u", 2, 3)],
      ],
    ],
    [
      "ScatterElements",
      [
        { x: [4, 3] },
        [node("ScatterElements", ["x", "i", "u"], ["y"], with_(int("axis", 1)))],
        ["y"],
        [whole("i", [2, 0, -2, 1], [2, 2]), some("u", 2, 2)],
      ],
    ],
    [
      "FusedConv with Relu",
      [
        image,
        [
          node(
            "FusedConv",
            ["x", "w", "b"],
            ["y"],
            microsoft(text("activation", "Relu"), ints("pads", 1, 1, 1, 1)),
          ),
        ],
        ["y"],
        [some("w", 4, 3, 3, 3), some("b", 4)],
      ],
    ],
    [
      "FusedConv with Clip",
      [
        image,
        [
          node(
            "FusedConv",
            ["x", "w"],
            ["y"],
            microsoft(text("activation", "Clip"), floats("activation_params", -0.5, 0.75)),
          ),
        ],
        ["y"],
        [some("w", 4, 3, 1, 1)],
      ],
    ],
    [
      "FusedMatMul",
      [
        tokens,
        [node("FusedMatMul", ["x", "w"], ["y"], microsoft(int("transB", 1), float("alpha", 0.5)))],
        ["y"],
        [some("w", 4, 8)],
      ],
    ],
    ["QuickGelu", [tokens, [node("QuickGelu", ["x"], ["y"], microsoft(float("alpha", 1.702)))], ["y"]]],
    ["BiasGelu", [tokens, [node("BiasGelu", ["x", "b"], ["y"], microsoft())], ["y"], [some("b", 8)]]],
    ["FastGelu", [tokens, [node("FastGelu", ["x", "b"], ["y"], microsoft())], ["y"], [some("b", 8)]]],
    [
      "SkipLayerNormalization",
      [
        { x: [2, 5, 8], skip: [2, 5, 8] },
        [
          node(
            "SkipLayerNormalization",
            ["x", "skip", "g", "b", "c"],
            ["y"],
            microsoft(float("epsilon", 1e-5)),
          ),
        ],
        ["y"],
        [some("g", 8), some("b", 8), some("c", 8)],
      ],
    ],
  ])("%s", async (_, parts) => {
    await expectSame(...parts);
  });
});

describe("what older opsets had, and is not known, is refused by name", () => {
  test.each<[string, () => unknown, string]>([
    [
      "broadcasting along an axis",
      () =>
        graphOf(
          image,
          [node("Add", ["x", "b"], ["y"], with_(int("axis", 1), int("broadcast", 1)))],
          ["y"],
          [some("b", 3)],
          6,
        ),
      'node "y" (Add) expected shapes that stretch from the right (opset 7), found axis 1',
    ],
    [
      "slopes by channel",
      () => graphOf(image, [node("PRelu", ["x", "b"], ["y"])], ["y"], [some("b", 3)], 6),
      'node "y" (PRelu) expected slopes that stretch (opset 7), found 3 by channel',
    ],
    [
      "batch norm of each element",
      () =>
        graphOf(
          image,
          [node("BatchNormalization", ["x", "b", "b", "b", "b"], ["y"], with_(int("spatial", 0)))],
          ["y"],
          [some("b", 126)],
          7,
        ),
      'node "y" (BatchNormalization) expected spatial 1, found 0',
    ],
    [
      "group norm by group",
      () =>
        graphOf(
          image,
          [node("GroupNormalization", ["x", "b", "b"], ["y"], with_(int("num_groups", 3)))],
          ["y"],
          [some("b", 3)],
          18,
        ),
      'node "y" expected GroupNormalization of opset 21, found opset 18',
    ],
    [
      "an activation that is not known",
      () =>
        graphOf(
          image,
          [node("FusedConv", ["x", "w"], ["y"], microsoft(text("activation", "Snake")))],
          ["y"],
          [some("w", 4, 3, 1, 1)],
        ),
      'node "y" (com.microsoft.FusedConv) expected activation out of',
    ],
    ["an opset of tomorrow", () => graphOf(image, [node("Relu", ["x"], ["y"])], ["y"], [], 99), "found 99"],
  ])("%s", (_, act, message) => {
    expect(act).toThrow(
      expect.objectContaining({ name: "FormatError", message: expect.stringContaining(message) }),
    );
  });
});
