import * as ort from "onnxruntime-web";
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import type { OnnxValue } from "../../src/io/onnx/graph.js";
import type { NumberArray } from "../../src/onnx/input-types.js";
import type { Runtime } from "../../src/onnx/runtime.js";
import { type OnnxArray, Samples } from "../../src/onnx/samples.js";

const runtime: Runtime = ort;
const [FLOAT, INT64, HALF] = [1, 7, 10];
const input = (name: string, dims?: (number | string)[], type = FLOAT): OnnxValue => ({
  name,
  type,
  ...(dims ? { dims } : {}),
});
const counted = (...dims: number[]): OnnxArray => {
  const length = dims.reduce((product, size) => product * size, 1);
  return { data: Float32Array.from({ length }, (_, i) => i), dims };
};

/** Sizes and values of each run. */
function runsOf(samples: Samples) {
  return Array.from({ length: samples.runs }, (_, run) =>
    Object.fromEntries(
      Object.entries(samples.feeds(runtime, run)).map(([name, { dims, data }]) => [
        name,
        { dims: [...dims], data: Array.from(data as ArrayLike<number>) },
      ]),
    ),
  );
}

describe("runs", () => {
  const open = [input("x", ["n", 2])];
  test("take 8 samples, the last what is left", () => {
    const samples = new Samples(open, { x: counted(19, 2) });
    expect(samples).toMatchObject({ count: 19, batch: 8, runs: 3 });
    const runs = runsOf(samples);
    expect(runs.map(({ x }) => x.dims)).toEqual([
      [8, 2],
      [8, 2],
      [3, 2],
    ]);
    expect(runs.flatMap(({ x }) => x.data)).toEqual([...counted(19, 2).data]);
  });
  test.each([
    [1, 5],
    [2, 3],
    [5, 1],
    [99, 1],
  ])("of %i of 5 samples are %i", (batch, runs) => {
    expect(new Samples(open, { x: counted(5, 2) }, batch).runs).toBe(runs);
  });
  test("take fewer samples where those are large", () => {
    const batchOf = (each: number) => new Samples([input("x", ["n", each])], { x: counted(9, each) }).batch;
    expect([2 ** 15, 2 ** 15 + 1, 2 ** 17, 2 ** 18, 2 ** 18 + 1].map(batchOf)).toEqual([8, 7, 2, 1, 1]);
  });
  test("take as many samples as the model fixes", () => {
    const fixed = [input("x", [2, 3])];
    expect(runsOf(new Samples(fixed, { x: counted(6, 3) })).map(({ x }) => x.dims[0])).toEqual([2, 2, 2]);
    expect(new Samples(fixed, { x: counted(2, 3) })).toMatchObject({ count: 2, runs: 1 });
    expect(() => new Samples(fixed, { x: counted(5, 3) })).toThrow(
      "a multiple of 2 samples, as the model takes, got 5",
    );
  });
  test("take a sample each beside a state, whatever its size is", () => {
    const silero = [input("input", ["", ""]), input("state", [2, "", 4]), input("sr", [], INT64)];
    const rate: OnnxArray = { data: BigInt64Array.of(16_000n), dims: [] };
    for (const count of [1, 2, 3]) {
      const state = counted(2, 1, 4);
      const samples = new Samples(silero, { input: counted(count, 5), state, sr: rate });
      expect(samples).toMatchObject({ count, batch: 1, runs: count });
      for (const [run, feeds] of runsOf(samples).entries()) {
        expect(feeds.input).toEqual({ dims: [1, 5], data: [0, 1, 2, 3, 4].map((i) => 5 * run + i) });
        expect(feeds.state).toEqual({ dims: [2, 1, 4], data: [...state.data] });
        expect(feeds.sr).toEqual({ dims: [], data: [16_000n] });
      }
    }
  });
  test("are one of what is no list, and of models without inputs", () => {
    const two = [input("x", [1, 3]), input("state", [2, 3])];
    expect(runsOf(new Samples(two, { x: counted(1, 3), state: counted(2, 3) }))).toMatchObject([
      { x: { dims: [1, 3] }, state: { dims: [2, 3] } },
    ]);
    expect(new Samples([input("s", [])], { s: counted() })).toMatchObject({ count: 1, runs: 1 });
    expect(new Samples([], {})).toMatchObject({ count: 1, runs: 1 });
  });
  test("take inputs whose sizes the file does not say, and several lists", () => {
    const samples = new Samples([input("a"), input("b", ["n", 1])], { a: counted(3), b: counted(3, 1) });
    expect(runsOf(samples)).toEqual([
      { a: { dims: [3], data: [0, 1, 2] }, b: { dims: [3, 1], data: [0, 1, 2] } },
    ]);
  });
  test("run along the axis that the model names like a batch, or leaves open beside others", () => {
    const lists: [OnnxValue[], number[]][] = [
      [
        [input("x", ["N", 5, 2]), input("h", [1, "N", 3])],
        [1, 4, 3],
      ],
      [
        [input("x", ["s0", 5, 2]), input("h", [1, "s0", 3])],
        [1, 4, 3],
      ],
      [
        [input("x", ["", 5, 2]), input("h", [1, -1, 3])],
        [1, 4, 3],
      ],
      [
        [input("x", ["n", 5, 2]), input("h", [1, 1, 3])],
        [1, 4, 3],
      ],
    ];
    for (const [inputs, dims] of lists) {
      const samples = new Samples(inputs, { x: counted(4, 5, 2), h: counted(...dims) }, 1);
      expect(samples).toMatchObject({ count: 4, batch: 1, runs: 4 });
      expect(runsOf(samples)[2].h).toEqual({ dims: [1, 1, 3], data: [6, 7, 8] });
      expect(runsOf(samples)[2].x.dims).toEqual([1, 5, 2]);
    }
    // Steps first, then the batch: as torch.nn.LSTM has it.
    const steps = new Samples([input("x", ["seq", "batch", 2])], { x: counted(3, 4, 2) }, 2);
    expect(runsOf(steps)).toEqual([
      { x: { dims: [3, 2, 2], data: [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19] } },
      { x: { dims: [3, 2, 2], data: [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23] } },
    ]);
  });
  test("give a state that is one for all samples whole, and what belongs to another axis", () => {
    const state = [input("x", ["N", 5]), input("h", [1, "N", 3])];
    const runs = runsOf(new Samples(state, { x: counted(4, 5), h: counted(1, 1, 3) }));
    expect(runs.map(({ h }) => h)).toEqual(Array(4).fill({ dims: [1, 1, 3], data: [0, 1, 2] }));
    // As many places as samples, by chance.
    const places = [input("x", ["batch", "t", 2]), input("p", [1, "t", 2])];
    const whole = runsOf(new Samples(places, { x: counted(4, 4, 2), p: counted(1, 4, 2) }));
    expect(whole.map(({ p }) => p.dims)).toEqual(Array(4).fill([1, 4, 2]));
  });
  test("take one sample each where the model has no axis for them", () => {
    const samples = new Samples([input("x", [2, 3]), input("k", [])], { x: counted(5, 2, 3), k: counted(5) });
    expect(samples).toMatchObject({ count: 5, batch: 1, runs: 5 });
    expect(runsOf(samples)[3]).toEqual({
      x: { dims: [2, 3], data: [18, 19, 20, 21, 22, 23] },
      k: { dims: [], data: [3] },
    });
  });
  test("take sizes of −1 as open", () => {
    expect(runsOf(new Samples([input("x", [-1, -1])], { x: counted(3, 2) }, 2))).toMatchObject([
      { x: { dims: [2, 2] } },
      { x: { dims: [1, 2] } },
    ]);
  });
  test.each<[string, number, NumberArray, NumberArray, string]>([
    ["bytes", 2, Int32Array.of(0, 255), Uint8Array.of(0, 255), "uint8"],
    ["signed bytes", 3, BigInt64Array.of(-128n, 127n), Int8Array.of(-128, 127), "int8"],
    ["16 bits", 5, Int8Array.of(-3, 3), Int16Array.of(-3, 3), "int16"],
    ["32 bits", 6, Uint8Array.of(1, 200), Int32Array.of(1, 200), "int32"],
    ["64 bits", INT64, Int32Array.of(-7, 9), BigInt64Array.of(-7n, 9n), "int64"],
    ["64 bits without a sign", 13, Uint16Array.of(0, 9), BigUint64Array.of(0n, 9n), "uint64"],
    ["truth", 9, Int8Array.of(1, 0), Uint8Array.of(1, 0), "bool"],
    ["floats", FLOAT, Float64Array.of(0.5, -Infinity), Float32Array.of(0.5, -Infinity), "float32"],
    ["doubles", 11, Float32Array.of(0.5, 2), Float64Array.of(0.5, 2), "float64"],
  ])("give %s what they take", (_, type, data, stored, name) => {
    const { x } = new Samples([input("x", ["n"], type)], { x: { data, dims: [2] } }).feeds(runtime, 0);
    expect(x.type).toBe(name);
    expect(x.data).toEqual(stored);
  });
  test("leave Buffers as they were", () => {
    const data = Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const samples = new Samples([input("x", ["t", "batch", 2], 2)], { x: { data, dims: [2, 2, 2] } }, 1);
    expect(runsOf(samples).map(({ x }) => x.data)).toEqual([
      [1, 2, 5, 6],
      [3, 4, 7, 8],
    ]);
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
  test("give halves to inputs of halves", () => {
    const { x } = new Samples([input("x", ["n"], HALF)], {
      x: { data: Float32Array.of(1, -2), dims: [2] },
    }).feeds(runtime, 0);
    expect(x.type).toBe("float16");
    const { buffer, byteOffset } = x.data as Uint16Array;
    expect([...new Uint16Array(buffer, byteOffset, 2)]).toEqual([0x3c00, 0xc000]);
  });
});

describe("refuses", () => {
  const inputs = [input("x", ["n", 3])];
  const array = counted(2, 3);
  test.each<[string, unknown, new (...args: never[]) => Error, string]>([
    [
      "a missing input",
      {},
      ArgumentTypeError,
      '"calibration["x"]" expected an array of n × 3, got undefined',
    ],
    ["an unknown input", { x: array, y: array }, ArgumentTypeError, 'only the keys x, got "y"'],
    ["no object", 3, ArgumentTypeError, '"calibration"'],
    ["an array without sizes", { x: { data: array.data } }, ArgumentTypeError, "expected an array of n × 3"],
    [
      "another type",
      { x: { data: new Int32Array(6), dims: [2, 3] } },
      ArgumentTypeError,
      "a Float32Array, got Int32Array(6)",
    ],
    ["too few values", { x: { ...array, dims: [3, 3] } }, ShapeError, "expected 9 values for 3 × 3, got 6"],
    ["other sizes", { x: counted(3, 2) }, ShapeError, "expected n × 3, as the model has it, got 3 × 2"],
    ["other axes", { x: counted(6) }, ShapeError, "expected n × 3, as the model has it, got 6"],
    ["no samples", { x: counted(0, 3) }, ShapeError, "at least one sample, got none"],
    [
      "+∞",
      { x: { data: Float32Array.of(0, Infinity, 0), dims: [1, 3] } },
      NonFiniteError,
      "finite numbers, got Infinity at index 1",
    ],
    [
      "NaN",
      { x: { data: Float32Array.of(0, 0, Number.NaN), dims: [1, 3] } },
      NonFiniteError,
      "finite numbers, got NaN at index 2",
    ],
  ])("%s", (_, given, kind, message) => {
    const make = () => new Samples(inputs, given as never);
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
  test("inputs that are no numbers, lists of other lengths, a batch of none", () => {
    expect(() => new Samples([input("t", ["n"], 8)], { t: counted(2) })).toThrow(
      "input of numbers, found ONNX type 8",
    );
    const lists = [input("a", ["n"]), input("b", ["n"])];
    expect(() => new Samples(lists, { a: counted(2), b: counted(3) })).toThrow(
      'as many samples for each input, got 2 for "a" and 3 for "b"',
    );
    expect(() => new Samples(inputs, { x: array }, 0)).toThrow(ArgumentRangeError);
  });
});
