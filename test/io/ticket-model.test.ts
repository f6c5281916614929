import { describe, expect, test } from "vitest";
import { ArgumentRangeError, FormatError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import type { Tensor } from "../../src/io/tensor.js";
import { isTicketModel, readTicketModel, writeTicketModel } from "../../src/io/ticket-model.js";
import { openSync } from "../../src/open.js";
import { TicketNetwork } from "../../src/ticket/ticket-network.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { layerOf, randomLayer } from "../ticket/layers.js";
import { mutants, readAll } from "./mutants.js";

const core = openSync();

function example(seed = 1) {
  const random = new Random(seed);
  const named = ["0.inner", "0.outer", "2.inner", "10.inner"];
  const sizes = [4, 9, 5, 0, 2];
  return named.map((name, l) => ({
    name,
    ...randomLayer(random, { rows: sizes[l + 1], columns: sizes[l], relu: l % 2 === 0, most: 3 }),
  }));
}

test("layers come back from a file as they were, in the order of their names, and compute the same", () => {
  for (let seed = 0; seed < 50; seed++) {
    const layers = example(seed);
    const bytes = writeTicketModel(layers, { a: "b" });
    const { tensors, metadata } = readSafetensors(bytes);
    expect(metadata).toEqual({ a: "b" });
    expect(isTicketModel(tensors)).toBe(true);
    const read = readTicketModel(tensors);
    expect(read).toEqual(layers);
    expect(writeTicketModel(read, { a: "b" })).toEqual(bytes);
    const x = new Random(seed).uniform(3 * 4);
    using _scope = core.scope();
    expect(new TicketNetwork(core, read).forward(x)).toEqual(new TicketNetwork(core, layers).forward(x));
  }
});

test("an ordinary model is none", () => {
  const data = Float32Array.of(1);
  expect(isTicketModel(new Map([["a.weight", { dtype: "F32", shape: [1, 1], data }]]))).toBe(false);
});

describe("refuses", () => {
  const u32 = (...values: number[]): Tensor => {
    return { dtype: "U32", shape: [values.length], data: Uint32Array.from(values) };
  };
  const f32 = (...values: number[]): Tensor => {
    return { dtype: "F32", shape: [values.length], data: Float32Array.from(values) };
  };
  const size = (rows: bigint, columns: bigint): Tensor => {
    return { dtype: "I64", shape: [2], data: BigInt64Array.of(rows, columns) };
  };
  const tensors = () => {
    const a = {
      name: "a",
      ...layerOf(
        3,
        [
          [
            [0, 1],
            [2, 2],
          ],
          [[1, 3]],
        ],
        [0, 1],
        true,
      ),
    };
    const b = { name: "b", ...layerOf(2, [[[1, 1]]], [0], false) };
    return readSafetensors(writeTicketModel([a, b])).tensors;
  };

  test.each<[string, string, Tensor | undefined, string]>([
    ["a missing bias", "a.bias", undefined, 'tensor "a.bias" expected F32 [2], found none'],
    [
      "signed starts",
      "a.row_starts",
      { dtype: "I32", shape: [3], data: Int32Array.of(0, 2, 3) },
      'tensor "a.row_starts" expected U32 [3], found I32 [3]',
    ],
    ["too few starts", "a.row_starts", u32(0, 3), 'tensor "a.row_starts" expected U32 [3], found U32 [2]'],
    [
      "starts that fall",
      "a.row_starts",
      u32(0, 4, 3),
      'tensor "a.row_starts" expected 0 to 3 at index 1, found 4',
    ],
    [
      "a last start beyond the weights",
      "a.row_starts",
      u32(0, 2, 2 ** 32 - 1),
      'tensor "a.row_starts" expected 3 at index 2, the entries, found 4294967295',
    ],
    [
      "a column beyond the last",
      "a.column_indices",
      u32(0, 3, 1),
      'tensor "a.column_indices" expected a column from 1 to 2 at index 1, row 0, found 3',
    ],
    [
      "columns that do not rise",
      "a.column_indices",
      u32(1, 1, 1),
      'tensor "a.column_indices" expected a column from 2 to 2 at index 1, row 0, found 1',
    ],
    [
      "a table of columns",
      "a.column_indices",
      { dtype: "U32", shape: [3, 1], data: new Uint32Array(3) },
      'tensor "a.column_indices" expected U32 a list, found U32 [3, 1]',
    ],
    ["too few values", "a.values", f32(1, 2), 'tensor "a.values" expected 3 values, one an entry, found 2'],
    [
      "a negative size",
      "a.shape",
      size(2n, -1n),
      'tensor "a.shape" expected rows and columns up to 4294967296, found 2 × -1',
    ],
    [
      "a size that no file holds",
      "a.shape",
      size(2n ** 60n, 2n),
      'tensor "a.shape" expected rows and columns up to 4294967296, found 1152921504606846976 × 2',
    ],
    [
      "more rows than starts",
      "a.shape",
      size(3n, 3n),
      'tensor "a.row_starts" expected U32 [4], found U32 [3]',
    ],
    [
      "layers that do not follow",
      "b.shape",
      size(1n, 3n),
      'tensor "b.shape" expected 2 columns, as "a" has rows, found 3',
    ],
    [
      "a third kind of ReLU",
      "a.relu",
      { dtype: "U8", shape: [1], data: Uint8Array.of(2) },
      'tensor "a.relu" expected 0 or 1, found 2',
    ],
    ["something else", "a.mask", f32(1), 'found "a.mask"'],
  ])("%s", (_, name, tensor, message) => {
    const changed = new Map(tensors());
    if (tensor) changed.set(name, tensor);
    else changed.delete(name);
    expect(() => readTicketModel(changed)).toThrow(FormatError);
    expect(() => readTicketModel(changed)).toThrow(message);
  });
  test("a file without layers", () => {
    expect(() => readTicketModel(new Map())).toThrow("ticket expected tensors NAME.row_starts, found none");
  });
  test.each(["a.values", "a.bias"])("NaN in %s", (name) => {
    const changed = new Map(tensors());
    const data = changed.get(name)!.data as Float32Array;
    changed.set(name, f32(...Array.from(data, (v, i) => (i === 1 ? Number.NaN : v))));
    expect(() => readTicketModel(changed)).toThrow(NonFiniteError);
    expect(() => readTicketModel(changed)).toThrow(
      `tensor "${name}" expected finite numbers, found NaN at index 1`,
    );
  });
  test("to write what would be read in another order, or has too few biases", () => {
    const [first, second] = example();
    expect(() => writeTicketModel([second, first])).toThrow(ArgumentRangeError);
    expect(() => writeTicketModel([first, first])).toThrow(
      '"layers[1].name" expected a name after "0.inner"',
    );
    expect(() => writeTicketModel([{ ...first, bias: new Float32Array(1) }])).toThrow(ShapeError);
  });
});

test("reads a damaged file right or refuses it", () => {
  const file = writeTicketModel(example());
  const read = (bytes: Uint8Array) => {
    const { tensors } = readSafetensors(bytes);
    try {
      return readTicketModel(tensors);
    } catch (error) {
      if (error instanceof NonFiniteError) throw new FormatError(error.message);
      throw error;
    }
  };
  const counts = readAll(mutants(file, tenth(4000)), read, (layers, bytes) => {
    if (layers[0].columns < 1e6) {
      using _scope = core.scope();
      const net = new TicketNetwork(core, layers);
      expect(net.forward(new Float32Array(2 * net.sizes[0])).length).toBe(2 * layers[layers.length - 1].rows);
    }
    const { tensors } = readSafetensors(bytes);
    for (const { name, values } of layers) expect(values).toEqual(tensors.get(`${name}.values`)!.data);
    expect(readTicketModel(readSafetensors(writeTicketModel(layers)).tensors)).toEqual(layers);
  });
  expect(counts.refused).toBeGreaterThan(tenth(1000));
  expect(counts.read).toBeGreaterThan(tenth(40));
});
