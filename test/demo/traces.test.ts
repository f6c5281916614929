/** Orders and losses of whole traces, against the library's prunings. */
import { beforeAll, describe, expect, test } from "vitest";
import * as trace from "../../src/demo/prune/traces.js";
import {
  exactObs,
  type LayerMethod,
  type LayerProblem,
  network,
  openSync,
  prune,
  sparsegpt,
  targetFor,
} from "../../src/index.js";
import { Random } from "../harness/random.js";

const [ROWS, COLUMNS] = [6, 9];
const unstructured = { kind: "unstructured" } as const;
const work = { workers: 0 };
const core = openSync();
/** The fourth input is always 0. */
const calibration = new Random(5)
  .uniform(40 * COLUMNS, 0, 1)
  .map((value, i) => (i % COLUMNS === 3 ? 0 : value));
const net = network(core, [COLUMNS, ROWS], { seed: 4 });
let problem: LayerProblem;
let plain: trace.PlainProblem;

beforeAll(async () => {
  const recorder: LayerMethod = {
    ...{ kind: "layer", name: "recorder" },
    async solve(given) {
      problem = given;
      return { weights: given.weights, mask: core.mask(ROWS, COLUMNS).fill(1) };
    },
  };
  await prune(net, { method: recorder, sparsity: 0, calibration, workers: 0 });
  plain = trace.plainProblem(problem);
  trace.dampen(plain);
});

/** Bits after so many removals. */
const maskAfter = (order: Uint32Array, zeros: number) =>
  Uint8Array.from({ length: ROWS * COLUMNS }, (_, at) => (order.subarray(0, zeros).includes(at) ? 0 : 1));

const counts = Array.from({ length: ROWS * COLUMNS + 1 }, (_, zeros) => zeros);

test.each(["magnitude", "wanda"] as const)("%s takes what the library takes", async (method) => {
  const order = method === "magnitude" ? trace.magnitudeOrder(plain) : trace.wandaOrder(plain);
  const parameters = net.parameters();
  for (const zeros of counts) {
    net.layers[0].mask = undefined;
    net.load(parameters);
    const options = { method, sparsity: zeros / (ROWS * COLUMNS), workers: 0 };
    const { layers } = await prune(net, { ...options, calibration });
    // Of a row's weights of a dead input and of others: order among equal scores is by index in both.
    expect(layers[0].mask.toArray()).toEqual(maskAfter(order, zeros));
  }
  net.layers[0].mask = undefined;
  net.load(parameters);
});

describe("exact OBS", () => {
  test("takes what its traces take", async () => {
    const traces = await (exactObs() as Required<LayerMethod>).traces(problem, unstructured, work);
    const order = trace.sweptOrder(traces.arrays ?? {}, plain);
    for (const zeros of counts) {
      const { mask } = await traces.at(zeros);
      expect(mask.toArray()).toEqual(maskAfter(order, zeros));
    }
  });
});

/** ½ Σ δ H δᵀ. */
function quadratic(delta: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < ROWS; i++)
    for (let j = 0; j < COLUMNS; j++)
      for (let k = 0; k < COLUMNS; k++)
        sum += 0.5 * delta[i * COLUMNS + j] * plain.hessian[j * COLUMNS + k] * delta[i * COLUMNS + k];
  return sum;
}

test("losses are the quadratic form, and those of SparseGPT and exact OBS are in the same measure", async () => {
  const order = trace.magnitudeOrder(plain);
  const losses = trace.lossesOf(order, plain);
  const distance = (weights: ArrayLike<number>) =>
    quadratic(Float64Array.from(plain.weights, (w, at) => (at % COLUMNS === 3 ? 0 : weights[at] - w)));
  for (const zeros of counts) {
    const left = trace.without(plain.weights, order, zeros);
    expect(losses[zeros]).toBeCloseTo(distance(left), 10);
  }
  const traces = await (exactObs() as Required<LayerMethod>).traces(problem, unstructured, work);
  for (const zeros of [10, 30, 45]) {
    const solved = await sparsegpt().solve(problem, targetFor(unstructured, ROWS, COLUMNS, zeros / 54), work);
    expect(solved.loss).toBeCloseTo(distance(solved.weights.toArray()), 5);
    const { weights } = await traces.at(zeros);
    expect(traces.lossAt(zeros)).toBeCloseTo(distance(weights.toArray()), 5);
  }
});

test("kept weights are counted by input", () => {
  const order = trace.wandaOrder(plain);
  for (const zeros of counts) {
    const kept = trace.keptAfter(order, zeros, COLUMNS);
    expect(kept).toEqual(trace.keptBy(maskAfter(order, zeros), COLUMNS));
    expect(kept.reduce((sum, count) => sum + count, 0)).toBe(ROWS * COLUMNS - zeros);
  }
});
