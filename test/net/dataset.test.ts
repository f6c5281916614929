/** Labels beyond a byte: the same numbers as plain sums over the logits give. */
import { expect, test } from "vitest";
import * as gt from "../../src/index.js";
import { openSync } from "../../src/open.js";
import { Random } from "../harness/random.js";

const [CLASSES, SAMPLES] = [700, 37];
const labels = Uint16Array.from({ length: SAMPLES }, (_, i) => (i * 211) % CLASSES);
const inputs = new Random(4).uniform(4 * SAMPLES);

test("evaluation, training and pruning by gradients with 700 classes", async () => {
  using core = openSync();
  const net = gt.network(core, [4, 9, CLASSES], { seed: 1 });
  const data = gt.dataset(core, inputs, labels, { features: 4, classes: CLASSES });
  const own = () => {
    const logits = net.forward(inputs);
    let [loss, right] = [0, 0];
    for (const [s, label] of labels.entries()) {
      const row = logits.subarray(s * CLASSES, (s + 1) * CLASSES);
      loss += Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label];
      right += Number(row.indexOf(Math.max(...row)) === label);
    }
    return { loss: loss / SAMPLES, accuracy: right / SAMPLES };
  };
  const before = gt.evaluate(net, data);
  expect(before.accuracy).toBe(own().accuracy);
  expect(before.loss).toBeCloseTo(own().loss, 5);
  await gt.train(net, data, { iterations: 400, batch: 37, optimizer: gt.adam({ learningRate: 0.02 }) });
  const after = gt.evaluate(net, data);
  expect(after).toMatchObject({ accuracy: own().accuracy });
  // Labels cut to a byte would put more than half of the samples into classes of others.
  expect(after.accuracy).toBeGreaterThan(0.5);
  for (const method of ["snip", "grasp", "fisher"] as const) {
    const pruned = await gt.prune(net, { method, sparsity: 0.1, calibration: inputs, labels, workers: 0 });
    expect(pruned.sparsity).toBeCloseTo(0.1, 2);
  }
});

test("a label that is no class is named", () => {
  using core = openSync();
  const make = (classes: number) => gt.dataset(core, inputs, labels, { features: 4, classes });
  expect(() => make(300)).toThrow('"labels" expected classes below 300, got 422 at index 2');
  expect(() => make(65_537)).toThrow('"options.classes" expected an integer from 1 to 65536, got 65537');
});
