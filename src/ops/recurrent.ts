/** LSTM and GRU, forward, reverse and both ways. */
import { type Operator, type Site, unsupported } from "./contract.js";
import type { Tensor } from "./ir.js";
import * as math from "./math.js";
import { lowerRecurrent, type RecurrentSizes } from "./recurrent-kernels.js";

type Gate = (x: number) => number;

const GATES: Readonly<Record<string, Gate>> = {
  sigmoid: math.sigmoid,
  tanh: math.tanh,
  relu: (x) => Math.max(0, x),
};

function sizesOf(site: Site, gates: number): RecurrentSizes {
  const [x, w] = [site.input(0).shape, site.input(1).shape];
  const isBatchFirst = site.number("layout", 0) === 1;
  if (x.length !== 3 || w.length !== 3) site.refuse("three axes", `[${x}] and [${w}]`);
  const hidden = w[1] / gates;
  if (x[2] !== w[2] || !Number.isInteger(hidden)) site.refuse(`weights for ${x[2]} inputs`, `[${w}]`);
  site.input(2);
  site.expectShape(2, [w[0], w[1], hidden]);
  site.expectShape(3, [w[0], 2 * w[1]]);
  const batch = x[isBatchFirst ? 0 : 1];
  for (const state of [5, 6])
    site.expectShape(state, isBatchFirst ? [batch, w[0], hidden] : [w[0], batch, hidden]);
  site.expectShape(7, [w[0], 3 * hidden]);
  return {
    steps: x[isBatchFirst ? 1 : 0],
    batch: x[isBatchFirst ? 0 : 1],
    inputs: x[2],
    hidden,
    directions: w[0],
    isBatchFirst,
  };
}

/** Functions of the gates of one direction. */
function gatesOf(site: Site, direction: number, names: readonly string[]): Gate[] {
  const given = site.node.attributes.activations as readonly string[] | undefined;
  return names.map((name, index) => {
    const wanted = (given?.[direction * names.length + index] ?? name).toLowerCase();
    const gate = GATES[wanted];
    if (!gate) throw unsupported(site.node, `activations out of ${Object.keys(GATES).join(", ")}`, wanted);
    return gate;
  });
}

function typesOf(site: Site, gates: number): { dtype: "f32"; shape: number[] }[] {
  const { steps, batch, hidden, directions, isBatchFirst } = sizesOf(site, gates);
  const all = isBatchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const last = isBatchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  return [all, last, last].slice(0, site.node.outputs.length).map((shape) => ({ dtype: "f32", shape }));
}

/** One direction of one sample; `step` takes the input's offset and the state, and changes the state. */
type Cell = (direction: number, from: number, h: Float64Array, c: Float64Array, sums: Float64Array) => void;

/** Runs a cell over all steps, both directions, all samples. */
function unroll(
  site: Site,
  gates: number,
  inputs: readonly (Tensor | undefined)[],
  outputs: readonly Tensor[],
  cell: Cell,
): void {
  const { steps, batch, inputs: width, hidden, directions, isBatchFirst } = sizesOf(site, gates);
  const [all, last, cells] = outputs;
  const isReverse = site.text("direction", "forward") === "reverse";
  const [h, c, sums] = [
    new Float64Array(hidden),
    new Float64Array(hidden),
    new Float64Array(2 * gates * hidden),
  ];
  all?.data.fill(0);
  for (let d = 0; d < directions; d++)
    for (let sample = 0; sample < batch; sample++) {
      const state = (isBatchFirst ? sample * directions + d : d * batch + sample) * hidden;
      for (let i = 0; i < hidden; i++) {
        h[i] = inputs[5]?.data[state + i] ?? 0;
        c[i] = inputs[6]?.data[state + i] ?? 0;
      }
      const length = inputs[4]?.data[sample] ?? steps;
      if (!(length >= 0 && length <= steps)) site.refuse(`sequence_lens from 0 to ${steps}`, `${length}`);
      for (let step = 0; step < length; step++) {
        const t = isReverse || d === 1 ? length - 1 - step : step;
        cell(d, (isBatchFirst ? sample * steps + t : t * batch + sample) * width, h, c, sums);
        const to = isBatchFirst
          ? (sample * steps + t) * directions + d
          : (t * directions + d) * batch + sample;
        if (all) for (let i = 0; i < hidden; i++) all.data[to * hidden + i] = h[i];
      }
      for (let i = 0; i < hidden; i++) {
        if (last) last.data[state + i] = h[i];
        if (cells) cells.data[state + i] = c[i];
      }
    }
}

/** sums[0 … rows) := W x + Wb, sums[rows … 2·rows) := R h + Rb. */
function products(
  inputs: readonly (Tensor | undefined)[],
  sizes: RecurrentSizes,
  gates: number,
  d: number,
  from: number,
  h: Float64Array,
  sums: Float64Array,
): void {
  const [x, w, r, bias] = inputs;
  const rows = gates * sizes.hidden;
  for (let row = 0; row < rows; row++) {
    let [a, b] = [bias?.data[d * 2 * rows + row] ?? 0, bias?.data[(d * 2 + 1) * rows + row] ?? 0];
    const [atW, atR] = [(d * rows + row) * sizes.inputs, (d * rows + row) * sizes.hidden];
    for (let i = 0; i < sizes.inputs; i++) a += (w as Tensor).data[atW + i] * (x as Tensor).data[from + i];
    for (let i = 0; i < sizes.hidden; i++) b += (r as Tensor).data[atR + i] * h[i];
    sums[row] = a;
    sums[rows + row] = b;
  }
}

/** Gates in ONNX's order: input, output, forget, cell. */
const lstm: Operator = {
  infer: (site) => typesOf(site, 4),
  compute: (site, inputs, outputs) => {
    const sizes = sizesOf(site, 4);
    const { hidden } = sizes;
    const peepholes = inputs[7]?.data;
    const gates = Array.from({ length: sizes.directions }, (_, d) =>
      gatesOf(site, d, ["sigmoid", "tanh", "tanh"]),
    );
    unroll(site, 4, inputs, outputs, (d, from, h, c, sums) => {
      const [f, g, out] = gates[d];
      products(inputs, sizes, 4, d, from, h, sums);
      const p = (gate: number, i: number) => peepholes?.[(d * 3 + gate) * hidden + i] ?? 0;
      const sum = (gate: number, i: number) => sums[gate * hidden + i] + sums[(4 + gate) * hidden + i];
      for (let i = 0; i < hidden; i++) {
        const before = c[i];
        c[i] = f(sum(2, i) + p(2, i) * before) * before + f(sum(0, i) + p(0, i) * before) * g(sum(3, i));
        h[i] = f(sum(1, i) + p(1, i) * c[i]) * out(c[i]);
      }
    });
  },
  lower: (site, _, lowering) => lowerRecurrent(site, sizesOf(site, 4), 4, lowering),
};

/** Gates in ONNX's order: update, reset, hidden. */
const gru: Operator = {
  infer: (site) => typesOf(site, 3),
  compute: (site, inputs, outputs) => {
    const sizes = sizesOf(site, 3);
    const { hidden } = sizes;
    const isLate = site.number("linear_before_reset", 0) !== 0;
    const gates = Array.from({ length: sizes.directions }, (_, d) => gatesOf(site, d, ["sigmoid", "tanh"]));
    const [update, reset, scaled] = [0, 1, 2].map(() => new Float64Array(hidden));
    unroll(site, 3, inputs, outputs, (d, from, h, _, sums) => {
      const [f, g] = gates[d];
      products(inputs, sizes, 3, d, from, h, sums);
      for (let i = 0; i < hidden; i++) {
        update[i] = f(sums[i] + sums[3 * hidden + i]);
        reset[i] = f(sums[hidden + i] + sums[4 * hidden + i]);
        scaled[i] = reset[i] * h[i];
      }
      const before = Array.from({ length: hidden }, (_, i) => sums[2 * hidden + i]);
      const late = Array.from({ length: hidden }, (_, i) => reset[i] * sums[5 * hidden + i]);
      if (!isLate) products(inputs, sizes, 3, d, from, scaled, sums);
      for (let i = 0; i < hidden; i++) {
        const candidate = g(before[i] + (isLate ? late[i] : sums[5 * hidden + i]));
        h[i] = (1 - update[i]) * candidate + update[i] * h[i];
      }
    });
  },
  lower: (site, _, lowering) => lowerRecurrent(site, sizesOf(site, 3), 3, lowering),
};

/** Recurrent operators. */
export const RECURRENT = { LSTM: lstm, GRU: gru };
