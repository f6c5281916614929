import { expect, test } from "vitest";
import {
  ArgumentRangeError,
  ArgumentTypeError,
  DisposedError,
  NonFiniteError,
  ShapeError,
} from "../../src/errors.js";
import { dataset } from "../../src/net/dataset.js";
import { evaluate } from "../../src/net/evaluate.js";
import { openSync } from "../../src/open.js";
import type { TicketLayer } from "../../src/ticket/contract.js";
import { TicketNetwork } from "../../src/ticket/ticket-network.js";
import { Random } from "../harness/random.js";
import { dense, layerOf, randomLayer } from "./layers.js";

const core = openSync();

function checkOutputs(layers: readonly TicketLayer[], batch: number, x: Float32Array, y: Float32Array): void {
  const [inputs, outputs] = [layers[0].columns, layers[layers.length - 1].rows];
  expect(y.length).toBe(batch * outputs);
  for (let s = 0; s < batch; s++) {
    const want = dense(layers, x.subarray(s * inputs, (s + 1) * inputs));
    for (let i = 0; i < outputs; i++) {
      const error = Math.abs(y[s * outputs + i] - want.y[i]);
      if (!(error <= want.bound[i])) throw new Error(`sample ${s}, output ${i}: off by ${error}`);
    }
  }
}

/** Each output has hidden neurons of its own: what is run in blocks. `rest` outputs see all of them. */
function wide(random: Random, hidden: number, outputs: number, seeAll = 0): TicketLayer[] {
  const each = Math.floor(hidden / outputs);
  return [
    randomLayer(random, { rows: hidden, columns: 6, relu: true, most: 1 }),
    randomLayer(random, { rows: outputs, columns: hidden, relu: true, most: 40 }, (i) =>
      i < seeAll ? [0, hidden] : i % 5 === 3 ? [0, 0] : [i * each, (i + 1) * each],
    ),
    randomLayer(random, { rows: 3, columns: outputs, relu: false, most: 5 }),
  ];
}

const nets: [string, (random: Random) => TicketLayer[]][] = [
  ["one layer", (random) => [randomLayer(random, { rows: 7, columns: 9, relu: true, most: 4 })]],
  [
    "three layers with ReLU at the end",
    (random) => [
      randomLayer(random, { rows: 40, columns: 9, relu: true, most: 1 }),
      randomLayer(random, { rows: 8, columns: 40, relu: false, most: 20 }),
      randomLayer(random, { rows: 5, columns: 8, relu: true, most: 8 }),
    ],
  ],
  [
    "no neurons between",
    (random) => [
      layerOf(4, [], [], true),
      randomLayer(random, { rows: 3, columns: 0, relu: false, most: 2 }),
    ],
  ],
  ["20,000 neurons in many blocks", (random) => wide(random, 20_000, 30)],
  ["20,000 neurons, an output with more than a block", (random) => wide(random, 20_000, 2)],
  ["20,000 neurons that one output sees all", (random) => wide(random, 20_000, 30, 1)],
  ["20,000 neurons that all outputs see", (random) => wide(random, 20_000, 30, 30)],
  ["80,000 neurons that all outputs see: wide indices", (random) => wide(random, 80_000, 4, 4)],
];

test.each(nets)("computes what a dense evaluation in f64 does: %s", (_, make) => {
  const random = new Random(1);
  const layers = make(random);
  const batches = layers[0].rows < 1000 ? [0, 1, 2, 32, 33, 70] : [1, 38];
  for (const batch of batches) {
    using _scope = core.scope();
    const x = random.uniform(batch * layers[0].columns, -2, 2);
    const net = new TicketNetwork(core, layers);
    const y = net.forward(x);
    checkOutputs(layers, batch, x, y);
    const out = new Float32Array(y.length).fill(Number.NaN);
    expect(net.forward(x, out)).toBe(out);
    expect(out).toEqual(y);
  }
});

test("one sample and many agree to rounding", () => {
  using _scope = core.scope();
  const random = new Random(3);
  const layers = wide(random, 10_000, 30);
  const net = new TicketNetwork(core, layers);
  const x = random.uniform(40 * 6);
  const all = net.forward(x);
  for (let s = 0; s < 40; s++) {
    const sample = x.subarray(6 * s, 6 * (s + 1));
    const { bound } = dense(layers, sample);
    const one = net.forward(sample);
    for (let i = 0; i < 3; i++) expect(Math.abs(one[i] - all[3 * s + i])).toBeLessThanOrEqual(2 * bound[i]);
  }
});

test("says its sizes and what it keeps", () => {
  using _scope = core.scope();
  const first = layerOf(2, [[[1, 0.5]], []], [0, 0.25], true);
  const second = layerOf(
    2,
    [
      [
        [0, 1],
        [1, -1],
      ],
    ],
    [0],
    false,
  );
  const net = new TicketNetwork(core, [first, second]);
  expect(net.sizes).toEqual([2, 2, 1]);
  expect(net.layers).toEqual([first, second]);
  expect(net.kept).toBe(4);
  expect(Array.from(net.forward(Float32Array.of(3, 4, 5, -6)))).toEqual([1.75, -0.25]);
});

test("is evaluated as a network is, at most a panel at a time", () => {
  using fresh = openSync();
  const random = new Random(5);
  const layers = wide(random, 300_000, 300);
  const net = new TicketNetwork(fresh, layers);
  const samples = 600;
  const inputs = random.uniform(6 * samples);
  const logits = net.forward(inputs);
  const labels = Uint8Array.from({ length: samples }, (_, s) => {
    const [a, b, c] = logits.subarray(3 * s, 3 * s + 3);
    return s % 3 === 0 ? 2 : a >= b && a >= c ? 0 : b >= c ? 1 : 2;
  });
  const right = labels.reduce((sum, label, s) => {
    const row = logits.subarray(3 * s, 3 * s + 3);
    return sum + (row.indexOf(Math.max(...row)) === label ? 1 : 0);
  }, 0);
  const data = dataset(fresh, inputs, labels, { features: 6, classes: 3 });
  const before = fresh.memory.buffer.byteLength;
  expect(evaluate(net, data).accuracy).toBe(right / samples);
  expect(fresh.memory.buffer.byteLength - before).toBeLessThan(8 * 2 ** 20);
});

test("goes with its scope", () => {
  const scope = core.scope();
  const net = new TicketNetwork(core, [layerOf(1, [[[0, 1]]], [0], false)]);
  scope.dispose();
  expect(() => net.forward(Float32Array.of(1))).toThrow(DisposedError);
});

const good = () =>
  layerOf(
    3,
    [
      [
        [0, 1],
        [2, 1],
      ],
      [[1, 2]],
    ],
    [0, 0],
    true,
  );
test.each<[string, unknown, new (...rest: never[]) => Error, string]>([
  ["no layers", [], ArgumentTypeError, '"layers" expected an array of at least one layer'],
  ["layers that do not follow", [good(), good()], ShapeError, '"layers[1]" expected 2 columns, got 3'],
  [
    "half a column",
    [{ ...good(), columns: 2.5 }],
    ArgumentRangeError,
    '"layers[0].columns" expected an integer ≥ 0, got 2.5',
  ],
  [
    "a list of starts",
    [{ ...good(), rowStarts: [0, 2, 3] }],
    ArgumentTypeError,
    '"layers[0].rowStarts" expected Uint32Array',
  ],
  [
    "a short bias",
    [{ ...good(), bias: new Float32Array(1) }],
    ShapeError,
    '"layers[0].bias" expected 2 values',
  ],
  ["NaN", [{ ...good(), values: Float32Array.of(1, Number.NaN, 1) }], NonFiniteError, "got NaN at index 1"],
  [
    "starts that fall",
    [{ ...good(), rowStarts: Uint32Array.of(0, 4, 3) }],
    ArgumentRangeError,
    '"layers[0].rowStarts" expected 0 to 3 at index 1, got 4',
  ],
  [
    "a missing start",
    [{ ...good(), rowStarts: Uint32Array.of(0, 3) }],
    ArgumentRangeError,
    '"layers[0].rowStarts" expected 3 values, got 2',
  ],
  [
    "a first start of 1",
    [{ ...good(), rowStarts: Uint32Array.of(1, 2, 3) }],
    ArgumentRangeError,
    "expected 0 at index 0, got 1",
  ],
  [
    "an end short of the entries",
    [{ ...good(), rowStarts: Uint32Array.of(0, 2, 2) }],
    ArgumentRangeError,
    "expected 3 at index 2, the entries, got 2",
  ],
  [
    "a column too many",
    [{ ...good(), columnIndices: Uint32Array.of(0, 3, 1) }],
    ArgumentRangeError,
    '"layers[0].columnIndices" expected a column from 1 to 2 at index 1, row 0, got 3',
  ],
  [
    "a column twice",
    [{ ...good(), columnIndices: Uint32Array.of(2, 2, 1) }],
    ArgumentRangeError,
    "expected no column at index 1, row 0, got 2",
  ],
  [
    "a value too few",
    [{ ...good(), values: new Float32Array(2) }],
    ArgumentRangeError,
    '"layers[0].values" expected 3 values, one an entry, got 2',
  ],
])("refuses %s", (_, layers, kind, message) => {
  expect(() => new TicketNetwork(core, layers as TicketLayer[])).toThrow(kind);
  expect(() => new TicketNetwork(core, layers as TicketLayer[])).toThrow(message);
});
