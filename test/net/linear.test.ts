import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArgumentTypeError, NonFiniteError, ShapeError } from "../../src/errors.js";
import { linear } from "../../src/net/linear.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";
import { gamma } from "../harness/tolerance.js";

const core = openSync();

test("forward is (W ⊙ M) x + b with ReLU, within the derived bound, on random shapes", () => {
  const shape = fc.tuple(fc.nat(70), fc.nat(40), fc.integer({ min: 1, max: 40 }), fc.boolean(), fc.nat(1e9));
  fc.assert(
    fc.property(shape, ([batch, outputs, inputs, relu, seed]) => {
      using _scope = core.scope();
      const random = new Random(seed);
      const weights = random.uniform(outputs * inputs);
      const bias = random.uniform(outputs);
      const bits = Uint8Array.from({ length: outputs * inputs }, () => random.below(2));
      weights.forEach((_, i) => {
        if (!bits[i] && i % 3 === 0) weights[i] = 3e38;
      });
      const x = random.uniform(batch * inputs);
      const mask = core.mask(outputs, inputs, bits);
      const y = linear(core, weights, { inputs, outputs, bias, mask, relu }).forward(x);
      for (let s = 0; s < batch; s++)
        for (let i = 0; i < outputs; i++) {
          let sum = bias[i];
          let magnitude = Math.abs(bias[i]);
          for (let j = 0; j < inputs; j++) {
            if (!bits[i * inputs + j]) continue;
            const term = weights[i * inputs + j] * x[s * inputs + j];
            sum += term;
            magnitude += Math.abs(term);
          }
          const want = relu && sum < 0 ? 0 : sum;
          const error = Math.abs(y[s * outputs + i] - want);
          if (!(error <= gamma(inputs + 2) * magnitude))
            throw new Error(`sample ${s}, output ${i}: off by ${error}`);
        }
    }),
    { numRuns: 150, seed: 1 },
  );
});

test("a sample gives the same bits alone and in any batch", () => {
  const net = network(core, [30, 37, 5], { seed: 4 });
  const x = new Random(2).uniform(70 * 30);
  const all = net.forward(x);
  for (let s = 0; s < 70; s++) {
    expect(net.forward(x.slice(s * 30, (s + 1) * 30))).toEqual(all.slice(s * 5, (s + 1) * 5));
  }
});

test("weights are packed once, and again when they are said to have changed", () => {
  const layer = linear(core, [1, 2], { inputs: 2, outputs: 1 });
  const x = Float32Array.of(1, 1);
  expect(layer.forward(x)[0]).toBe(3);
  layer.weights.view()[0] = 5;
  expect(layer.forward(x)[0]).toBe(3);
  layer.changed();
  expect(layer.forward(x)[0]).toBe(7);
  layer.mask = core.mask(1, 2, [0, 1]);
  expect(layer.forward(x)[0]).toBe(2);
});

describe("bad input", () => {
  const layer = linear(core, [1, 2, 3, 4, 5, 6], { inputs: 3, outputs: 2 });
  test("a length that is no multiple of the inputs", () => {
    expect(() => layer.forward(new Float32Array(4))).toThrow(
      '"input" expected a multiple of 3 values, got 4',
    );
  });
  test("an array of another kind", () => {
    expect(() => layer.forward(new Float64Array(3) as never)).toThrow(ArgumentTypeError);
  });
  test("an output of the wrong length", () => {
    expect(() => layer.forward(new Float32Array(3), new Float32Array(3))).toThrow(ShapeError);
  });
  test("a mask of another shape", () => {
    expect(() => {
      layer.mask = core.mask(3, 2);
    }).toThrow('"mask" expected 2 × 3, got 3 × 2');
  });
  test("weights that are not finite", () => {
    expect(() => linear(core, [1, Number.NaN], { inputs: 2, outputs: 1 })).toThrow(NonFiniteError);
  });
});
