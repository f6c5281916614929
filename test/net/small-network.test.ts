import { describe, expect, test } from "vitest";
import { ArgumentRangeError, ArgumentTypeError, ShapeError } from "../../src/errors.js";
import { exp, log, sigmoid, tanh } from "../../src/net/float64.js";
import { levenbergMarquardt } from "../../src/net/levenberg-marquardt.js";
import { type SmallNetwork, type SmallSamples, smallNetwork } from "../../src/net/small-network.js";
import { Random } from "../harness/random.js";

const COUNT = 7;

function filled(net: SmallNetwork, seed = 1): SmallNetwork {
  net.parameters.set(new Random(seed).uniform(net.parameters.length, -1.5, 1.5));
  return net;
}

function samplesFor(net: SmallNetwork, seed = 2): SmallSamples {
  const random = new Random(seed);
  const [features, outputs] = [net.sizes[0], net.sizes[net.sizes.length - 1]];
  const targets = new Float64Array(COUNT * outputs);
  for (let s = 0; s < COUNT; s++) {
    if (net.loss === "cross-entropy") targets[s * outputs + random.below(outputs)] = 1;
    else targets.set(random.uniform(outputs, 0, 1), s * outputs);
  }
  return { inputs: Float64Array.from(random.uniform(COUNT * features)), targets };
}

/** f as a function of parameter q, at its value + h. */
function moved<T>(net: SmallNetwork, q: number, h: number, f: () => T): T {
  const value = net.parameters[q];
  net.parameters[q] = value + h;
  const result = f();
  net.parameters[q] = value;
  return result;
}

test("exp, log, sigmoid and tanh are those of Math to the last bits", () => {
  for (const x of [-700, -20.5, -1, -1e-9, 0, 1e-9, 0.3, 1, 7.25, 88, 709]) {
    expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(3e-16);
    expect(Math.abs(tanh(x) - Math.tanh(x))).toBeLessThan(3e-16);
    expect(Math.abs(sigmoid(x) * (1 + Math.exp(-x)) - 1)).toBeLessThan(5e-16);
    if (x > 0) expect(Math.abs(log(x) - Math.log(x))).toBeLessThanOrEqual(3e-16 * Math.abs(Math.log(x)));
  }
  expect([exp(710), exp(-709), exp(-Infinity), log(0), log(-1)]).toEqual([Infinity, 0, 0, -Infinity, NaN]);
});

const NETS: [string, () => SmallNetwork][] = [
  ["sigmoid, squared error", () => smallNetwork([3, 4, 2])],
  ["tanh to identity", () => smallNetwork([3, 4, 3, 2], { hidden: "tanh", output: "identity" })],
  ["ReLU, cross-entropy", () => smallNetwork([3, 5, 3], { hidden: "relu", loss: "cross-entropy" })],
  ["no hidden layer, cross-entropy", () => smallNetwork([4, 3], { loss: "cross-entropy" })],
];

describe.each(NETS)("%s", (name, make) => {
  test("the gradient is that of finite differences, and 0 where nothing is", () => {
    const net = filled(make());
    net.mask[1] = net.parameters[1] = 0;
    const samples = samplesFor(net);
    const gradient = net.gradient(samples);
    for (const q of net.parameters.keys()) {
      const slope =
        (moved(net, q, 1e-6, () => net.meanLoss(samples)) -
          moved(net, q, -1e-6, () => net.meanLoss(samples))) /
        2e-6;
      if (q === 1) expect(gradient[q]).toBe(0);
      else expect(Math.abs(gradient[q] - slope)).toBeLessThan(1e-8 + 1e-7 * Math.abs(slope));
    }
  });

  test("the diagonal of Σ X Xᵀ bounds OBD's Gauss–Newton form, and is it with one layer above the parameter", () => {
    const net = filled(make());
    const samples = samplesFor(net);
    const diagonal = new Float64Array(net.parameters.length);
    for (const { trace } of net.traces(samples)) {
      for (const x of net.curvatureVectors(trace))
        for (const [q, value] of x.entries()) diagonal[q] += value ** 2 / COUNT;
    }
    const obd = net.curvature(samples, "gauss-newton");
    expect(Math.min(...obd)).toBeGreaterThanOrEqual(0);
    const last = net.sizes[net.sizes.length - 1] * (net.sizes[net.sizes.length - 2] + 1);
    const first = name.startsWith("sigmoid") ? 0 : net.parameters.length - last;
    for (let q = first; q < diagonal.length; q++) expect(obd[q]).toBeCloseTo(diagonal[q], 12);
  });

  test("the full recursion is the diagonal of the Hessian where it is exact", () => {
    const net = filled(make());
    const samples = samplesFor(net);
    const full = net.curvature(samples, "full");
    const last = net.sizes[net.sizes.length - 1] * (net.sizes[net.sizes.length - 2] + 1);
    const first = name.startsWith("sigmoid") ? 0 : net.parameters.length - last;
    for (let q = first; q < full.length; q++) {
      const gradientAt = (h: number) => moved(net, q, h, () => net.gradient(samples)[q]);
      const second = (gradientAt(1e-5) - gradientAt(-1e-5)) / 2e-5;
      expect(Math.abs(full[q] - second)).toBeLessThan(1e-8 + 1e-4 * Math.abs(second));
    }
  });
});

test("with two hidden layers the recursion is the literal one, unit by unit", () => {
  const net = filled(smallNetwork([2, 2, 2, 1], { hidden: "tanh" }));
  const samples = samplesFor(net);
  const [p, features] = [net.parameters, 2];
  let want = 0;
  for (let s = 0; s < COUNT; s++) {
    const x = samples.inputs.subarray(s * features, (s + 1) * features);
    const h = [0, 1].map((i) => Math.tanh(p[2 * i] * x[0] + p[2 * i + 1] * x[1] + p[4 + i]));
    const g = [0, 1].map((i) => Math.tanh(p[6 + 2 * i] * h[0] + p[7 + 2 * i] * h[1] + p[10 + i]));
    const y = 1 / (1 + Math.exp(-(p[12] * g[0] + p[13] * g[1] + p[14])));
    const slope = y * (1 - y);
    const error = y - samples.targets[s];
    const Ay = slope ** 2 + error * slope * (1 - 2 * y);
    const gx = [0, 1].map((i) => p[12 + i] * error * slope);
    const Ag = [0, 1].map(
      (i) => (1 - g[i] ** 2) ** 2 * p[12 + i] ** 2 * Ay - 2 * g[i] * (1 - g[i] ** 2) * gx[i],
    );
    const dg = [0, 1].map((i) => gx[i] * (1 - g[i] ** 2));
    const hx = p[6] * dg[0] + p[8] * dg[1];
    const Ah =
      (1 - h[0] ** 2) ** 2 * (p[6] ** 2 * Ag[0] + p[8] ** 2 * Ag[1]) - 2 * h[0] * (1 - h[0] ** 2) * hx;
    want += (Ah * x[1] ** 2) / COUNT;
  }
  expect(net.curvature(samples, "full")[1]).toBeCloseTo(want, 12);
});

test("a parameter whose input is always 0 has no curvature; doubled inputs have four times as much", () => {
  const net = filled(smallNetwork([3, 2], { output: "identity" }));
  const samples = samplesFor(net);
  for (let s = 0; s < COUNT; s++) samples.inputs[3 * s + 1] = 0;
  const once = net.curvature(samples, "full");
  expect([once[1], once[4]]).toEqual([0, 0]);
  const twice = net.curvature({ ...samples, inputs: samples.inputs.map((x) => 2 * x) }, "full");
  for (const q of [0, 2, 3, 5]) expect(twice[q]).toBeCloseTo(4 * once[q], 12);
});

test("a linear model's saliencies are what removing each weight alone costs at the optimum", () => {
  const net = smallNetwork([3, 2], { output: "identity" });
  const samples = samplesFor(net);
  levenbergMarquardt(net, samples, { decay: 0, steps: 200 });
  const [loss, h] = [net.meanLoss(samples), net.curvature(samples, "full")];
  for (const q of net.parameters.keys()) {
    const increase = moved(net, q, -net.parameters[q], () => net.meanLoss(samples)) - loss;
    expect(increase).toBeCloseTo((h[q] * net.parameters[q] ** 2) / 2, 9);
  }
});

test("Levenberg–Marquardt solves a linear problem, decay and all, and leaves what is not there", () => {
  const net = smallNetwork([3, 1], { output: "identity" });
  net.mask[2] = 0;
  const samples = samplesFor(net);
  levenbergMarquardt(net, samples, { decay: 0.1, steps: 100 });
  const gradient = net.gradient(samples);
  for (const q of [0, 1, 3]) expect(gradient[q] + 0.1 * net.parameters[q]).toBeCloseTo(0, 8);
  expect(net.parameters[2]).toBe(0);
});

test("says what is wrong", () => {
  expect(() => smallNetwork([3])).toThrow(ArgumentTypeError);
  expect(() => smallNetwork([3, 0])).toThrow(ArgumentRangeError);
  expect(() => smallNetwork([3, 1], { loss: "cross-entropy", output: "sigmoid" })).toThrow(
    ArgumentRangeError,
  );
  const samples = { inputs: new Float64Array(7), targets: new Float64Array(2) };
  expect(() => smallNetwork([3, 1]).meanLoss(samples)).toThrow(ShapeError);
});
