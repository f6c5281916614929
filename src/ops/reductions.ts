/** Operators that sum over axes: reductions, softmax, normalisations. Sums run upwards in f64. */
import { broadcastStrides, walk } from "./broadcast.js";
import { type Operator, type Site, unsupported } from "./contract.js";
import { type ElementType, sizeOf, stridesOf, type Tensor } from "./ir.js";
import { exp, log } from "./math.js";
import {
  lowerInstanceNormalization,
  lowerLayerNormalization,
  lowerReduction,
  lowerSoftmax,
  REDUCTIONS as REDUCTION_CODES,
} from "./reduction-kernels.js";

interface Reduction {
  readonly start: number;
  readonly add: (sum: number, x: number) => number;
  readonly end?: (sum: number, count: number) => number;
}

const REDUCTIONS_BY_NAME: Readonly<Record<string, Reduction>> = {
  ReduceSum: { start: 0, add: (sum, x) => sum + x },
  ReduceMean: { start: 0, add: (sum, x) => sum + x, end: (sum, count) => sum / count },
  ReduceProd: { start: 1, add: (product, x) => product * x },
  ReduceMax: { start: -Infinity, add: (most, x) => (x > most || Number.isNaN(x) ? x : most) },
  ReduceMin: { start: Infinity, add: (least, x) => (x < least || Number.isNaN(x) ? x : least) },
  ReduceL1: { start: 0, add: (sum, x) => sum + Math.abs(x) },
  ReduceL2: { start: 0, add: (sum, x) => sum + x * x, end: Math.sqrt },
  ReduceSumSquare: { start: 0, add: (sum, x) => sum + x * x },
  ReduceLogSum: { start: 0, add: (sum, x) => sum + x, end: log },
  ReduceLogSumExp: { start: 0, add: (sum, x) => sum + exp(x), end: log },
};

/** Axes that a reduction takes away. */
export function reducedAxes(site: Site): number[] {
  const rank = site.input(0).shape.length;
  const given = site.numbers(1)?.map((axis) => site.axis(axis, rank));
  if (given && given.length > 0) return given;
  return site.number("noop_with_empty_axes", 0) === 1 ? [] : Array.from({ length: rank }, (_, axis) => axis);
}

/** Extremes of what has no elements, by type. */
function extreme(start: number, dtype: ElementType): number {
  if (Number.isFinite(start) || dtype === "f32" || dtype === "f64") return start;
  const [low, high] = { i32: [-(2 ** 31), 2 ** 31 - 1], u8: [0, 255], i8: [-128, 127], bool: [0, 1] }[
    dtype as "i32"
  ] ?? [-(2 ** 63), 2 ** 63];
  return start < 0 ? low : high;
}

function reduce({ start, add, end }: Reduction): Operator {
  return {
    infer: (site) => {
      const { dtype, shape } = site.input(0);
      const axes = reducedAxes(site);
      const keeps = site.number("keepdims", 1) === 1;
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return [{ dtype, shape: keeps ? kept : kept.filter((_, axis) => !axes.includes(axis)) }];
    },
    compute: (site, [x], [out]) => {
      const { data, shape, dtype } = x as Tensor;
      const axes = reducedAxes(site);
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const sums = new Float64Array(sizeOf(kept)).fill(extreme(start, dtype));
      walk(shape, [broadcastStrides(kept, shape)], (index, [to]) => {
        sums[to] = add(sums[to], data[index]);
      });
      const count = sizeOf(axes.map((axis) => shape[axis]));
      for (let index = 0; index < sums.length; index++)
        out.data[index] = end ? end(sums[index], count) : sums[index];
    },
    lower: (site, _, lowering) => {
      const code = REDUCTION_CODES[site.node.op];
      if (code === undefined) return undefined;
      return lowerReduction(site, lowering, code, reducedAxes(site), site.node.op === "ReduceMean");
    },
  };
}

/** Calls f with the offset of each run along an axis, the step and the length. */
function alongAxis(
  shape: readonly number[],
  axis: number,
  f: (from: number, step: number, length: number) => void,
): void {
  const step = stridesOf(shape)[axis];
  const length = shape[axis];
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
    for (let inner = 0; inner < step; inner++) f(outer * step * length + inner, step, length);
}

const softmax = (isLog: boolean): Operator => ({
  infer: (site) => {
    site.axis(site.number("axis", -1), site.input(0).shape.length);
    return [site.input(0)].map(({ dtype, shape }) => ({ dtype, shape }));
  },
  compute: (site, [input], [out]) => {
    const { data: x, shape } = input as Tensor;
    alongAxis(shape, site.axis(site.number("axis", -1), shape.length), (from, step, length) => {
      let [most, sum] = [-Infinity, 0];
      for (let at = 0; at < length; at++) most = Math.max(most, x[from + at * step]);
      for (let at = 0; at < length; at++) sum += exp(x[from + at * step] - most);
      for (let at = 0; at < length; at++) {
        const value = x[from + at * step] - most;
        out.data[from + at * step] = isLog ? value - log(sum) : exp(value) / sum;
      }
    });
  },
  lower: isLog ? undefined : (site, _, lowering) => lowerSoftmax(site, lowering),
});

const argument = (isBetter: (x: number, best: number) => boolean): Operator => ({
  infer: (site) => {
    const { shape } = site.input(0);
    const axis = site.axis(site.number("axis", 0), shape.length);
    const keeps = site.number("keepdims", 1) === 1;
    return [
      {
        dtype: "i64",
        shape: keeps
          ? shape.map((size, at) => (at === axis ? 1 : size))
          : shape.filter((_, at) => at !== axis),
      },
    ];
  },
  compute: (site, [input], [out]) => {
    const { data: x, shape } = input as Tensor;
    const isLast = site.number("select_last_index", 0) === 1;
    let to = 0;
    alongAxis(shape, site.axis(site.number("axis", 0), shape.length), (from, step, length) => {
      let best = 0;
      for (let at = 1; at < length; at++) {
        const [value, held] = [x[from + at * step], x[from + best * step]];
        if (isBetter(value, held) || (isLast && value === held)) best = at;
      }
      out.data[to++] = best;
    });
  },
});

const cumSum: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: site.input(0).shape }],
  compute: (site, [input, axis], [out]) => {
    const { data: x, shape } = input as Tensor;
    const isExclusive = site.number("exclusive", 0) === 1;
    const isReverse = site.number("reverse", 0) === 1;
    alongAxis(shape, site.axis((axis as Tensor).data[0], shape.length), (from, step, length) => {
      let sum = 0;
      for (let at = 0; at < length; at++) {
        const place = from + (isReverse ? length - 1 - at : at) * step;
        if (isExclusive) out.data[place] = sum;
        sum += x[place];
        if (!isExclusive) out.data[place] = sum;
      }
    });
  },
};

/** Largest k along an axis, with their places. */
const topK: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const axis = site.axis(site.number("axis", -1), shape.length);
    const k = site.one(1);
    if (k > shape[axis]) site.refuse(`k ≤ ${shape[axis]}`, `${k}`);
    const taken = shape.map((size, at) => (at === axis ? k : size));
    return [
      { dtype, shape: taken },
      { dtype: "i64", shape: taken },
    ];
  },
  compute: (site, [input], [values, places]) => {
    const { data: x, shape } = input as Tensor;
    const axis = site.axis(site.number("axis", -1), shape.length);
    const sign = site.number("largest", 1) === 1 ? 1 : -1;
    const k = values.shape[axis];
    const starts: number[] = [];
    alongAxis(values.shape, axis, (from) => starts.push(from));
    alongAxis(shape, axis, (from, step, length) => {
      const order = Array.from({ length }, (_, at) => at);
      order.sort((a, b) => sign * (x[from + b * step] - x[from + a * step]) || a - b);
      const to = starts.shift() as number;
      for (let at = 0; at < k; at++) {
        values.data[to + at * step] = x[from + order[at] * step];
        if (places) places.data[to + at * step] = order[at];
      }
    });
  },
};

/** Mean and 1 / standard deviation of `count` elements from `from` on. */
function moments(x: ArrayLike<number>, from: number, count: number, epsilon: number): [number, number] {
  let [sum, squares] = [0, 0];
  for (let at = 0; at < count; at++) sum += x[from + at];
  const mean = sum / count;
  for (let at = 0; at < count; at++) squares += (x[from + at] - mean) ** 2;
  return [mean, 1 / Math.sqrt(squares / count + epsilon)];
}

const layerNormalization: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const axis = site.axis(site.number("axis", -1), shape.length);
    const kept = shape.map((size, at) => (at >= axis ? 1 : size));
    return [shape, kept, kept].map((each) => ({ dtype, shape: each })).slice(0, site.node.outputs.length);
  },
  compute: (site, [input, scale, bias], [out, means, deviations]) => {
    const { data: x, shape } = input as Tensor;
    const run = sizeOf(shape.slice(site.axis(site.number("axis", -1), shape.length)));
    for (let from = 0; from < x.length; from += run) {
      const [mean, inverse] = moments(x, from, run, site.number("epsilon", 1e-5));
      for (let at = 0; at < run; at++)
        out.data[from + at] =
          (x[from + at] - mean) * inverse * (scale as Tensor).data[at] + (bias?.data[at] ?? 0);
      if (means) means.data[from / run] = mean;
      if (deviations) deviations.data[from / run] = inverse;
    }
  },
  lower: (site, _, lowering) => lowerLayerNormalization(site, lowering),
};

/** Channels of each image by themselves, or in groups. */
const instanceNormalization = (
  groupsOf: (site: Site, channels: number) => number,
  lower?: Operator["lower"],
): Operator => ({
  infer: (site) => [{ dtype: site.input(0).dtype, shape: site.input(0).shape }],
  compute: (site, [input, scale, bias], [out]) => {
    const { data: x, shape } = input as Tensor;
    const positions = sizeOf(shape.slice(2));
    const run = (shape[1] / groupsOf(site, shape[1])) * positions;
    for (let from = 0; from < x.length; from += run) {
      const [mean, inverse] = moments(x, from, run, site.number("epsilon", 1e-5));
      for (let at = 0; at < run; at++) {
        const channel = Math.floor((from + at) / positions) % shape[1];
        out.data[from + at] =
          (x[from + at] - mean) * inverse * (scale as Tensor).data[channel] + (bias as Tensor).data[channel];
      }
    }
  },
  lower,
});

const batchNormalization: Operator = {
  infer: (site) => {
    if (site.number("training_mode", 0) === 1) throw unsupported(site.node, "inference", "training_mode 1");
    const { dtype, shape } = site.input(0);
    for (let index = 1; index < 5; index++)
      if (sizeOf(site.input(index).shape) !== (shape[1] ?? 1))
        site.refuse(`${shape[1]} numbers in input ${index}`, `${sizeOf(site.input(index).shape)}`);
    return [{ dtype, shape }];
  },
  compute: (site, inputs, [out]) => {
    const [x, scale, bias, mean, variance] = inputs as Tensor[];
    const positions = sizeOf(x.shape.slice(2));
    const channels = x.shape[1] ?? 1;
    const epsilon = site.number("epsilon", 1e-5);
    for (let at = 0; at < x.data.length; at++) {
      const c = Math.floor(at / positions) % channels;
      const inverse = 1 / Math.sqrt(variance.data[c] + epsilon);
      out.data[at] = (x.data[at] - mean.data[c]) * inverse * scale.data[c] + bias.data[c];
    }
  },
};

/** x / (bias + alpha / size · Σ x²)^beta over neighbouring channels. */
const lrn: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: site.input(0).shape }],
  compute: (site, [input], [out]) => {
    const { data: x, shape } = input as Tensor;
    const [size, alpha] = [site.number("size", 1), site.number("alpha", 1e-4)];
    const [beta, bias] = [site.number("beta", 0.75), site.number("bias", 1)];
    const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    alongAxis(shape, 1, (from, step, length) => {
      for (let c = 0; c < length; c++) {
        let sum = 0;
        for (let at = Math.max(0, c - before); at <= Math.min(length - 1, c + after); at++)
          sum += x[from + at * step] ** 2;
        out.data[from + c * step] = x[from + c * step] / exp(beta * log(bias + (alpha / size) * sum));
      }
    });
  },
};

/** Operators that sum. */
export const REDUCTIONS = {
  ...Object.fromEntries(Object.entries(REDUCTIONS_BY_NAME).map(([op, each]) => [op, reduce(each)])),
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  ArgMax: argument((x, best) => x > best),
  ArgMin: argument((x, best) => x < best),
  CumSum: cumSum,
  TopK: topK,
  LayerNormalization: layerNormalization,
  InstanceNormalization: instanceNormalization(
    (_, channels) => channels,
    (site, _, lowering) => lowerInstanceNormalization(site, lowering),
  ),
  GroupNormalization: instanceNormalization((site) => site.number("num_groups", 1)),
  BatchNormalization: batchNormalization,
  LRN: lrn,
};
