import { expect, test } from "vitest";
import { network } from "../../src/net/network.js";
import { sgd } from "../../src/net/optimizer.js";
import { trainer } from "../../src/net/trainer.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";

const SIZES = [7, 6, 5, 3];
const BATCH = 5;

/** Mean cross-entropy of the multi-layer perceptron, in f64. */
function loss(parameters: readonly Float64Array[], x: Float32Array, labels: Uint8Array): number {
  let sum = 0;
  for (let s = 0; s < BATCH; s++) {
    let a = Array.from(x.subarray(s * SIZES[0], (s + 1) * SIZES[0]));
    for (let l = 0; l < SIZES.length - 1; l++) {
      const [weights, bias] = [parameters[2 * l], parameters[2 * l + 1]];
      const inputs = a;
      a = Array.from(bias, (b, i) => inputs.reduce((y, v, j) => y + weights[i * inputs.length + j] * v, b));
      if (l < SIZES.length - 2) a = a.map((v) => Math.max(0, v));
    }
    const top = Math.max(...a);
    sum += Math.log(a.reduce((total, z) => total + Math.exp(z - top), 0)) - (a[labels[s]] - top);
  }
  return sum / BATCH;
}

test("every gradient agrees with central differences", () => {
  const core = openSync();
  const random = new Random(3);
  const net = network(core, SIZES, { seed: 5 });
  for (const layer of net.layers) layer.bias.copyFrom(random.uniform(layer.outputs, -0.1, 0.1));
  net.layers[1].mask = core.mask(5, 6).copyFrom(random.bits(5));
  const x = random.uniform(BATCH * SIZES[0]);
  const labels = Uint8Array.from({ length: BATCH }, () => random.below(3));
  net.layers[1].applyMask();
  const before = net.parameters();
  const reported = trainer(net, { optimizer: sgd({ learningRate: 1 }), batch: BATCH }).step(x, labels);
  const after = net.parameters();

  const exact = before.map((array) => Float64Array.from(array));
  expect(Math.abs(reported - loss(exact, x, labels))).toBeLessThan(1e-6);
  const kept = net.layers[1].mask.toArray();
  const h = 1e-5;
  for (const [p, array] of exact.entries()) {
    for (let i = 0; i < array.length; i++) {
      const got = before[p][i] - after[p][i];
      if (p === 2 && kept[i] === 0) {
        expect(got).toBe(0);
        continue;
      }
      const value = array[i];
      array[i] = value + h;
      const up = loss(exact, x, labels);
      array[i] = value - h;
      const down = loss(exact, x, labels);
      array[i] = value;
      const difference = Math.abs(got - (up - down) / (2 * h));
      if (!(difference < 1e-6)) throw new Error(`parameter ${p}[${i}]: off by ${difference}`);
    }
  }
});
