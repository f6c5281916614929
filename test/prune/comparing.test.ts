/** An error is told of outputs that were compared, and of no others. */
import { expect, test, vi } from "vitest";
import { ArgumentRangeError } from "../../src/errors.js";
import { network } from "../../src/net/network.js";
import { openSync } from "../../src/open.js";
import { prune } from "../../src/prune/prune.js";
import { Random } from "../harness/random.js";

const calibration = new Random(3).uniform(7 * 40);

test("outputs that are 0 on all samples are refused before the search", async () => {
  using core = openSync();
  const net = network(core, [7, 6, 2], { seed: 1 });
  net.load(net.parameters().map((values, i) => (i < 2 ? values : values.fill(0))));
  const onProgress = vi.fn();
  const search = prune(net, { maxError: 0.01, calibration, workers: 0, onProgress });
  await expect(search).rejects.toThrow(ArgumentRangeError);
  await expect(search).rejects.toThrow("outputs that can be compared, found them 0 on all samples");
  expect(onProgress).not.toHaveBeenCalled();
});

test("a comparison that fails after the work leaves the network pruned, and is told", async () => {
  using core = openSync();
  const net = network(core, [7, 6, 2], { seed: 1 });
  const { forward } = net;
  let runs = 0;
  vi.spyOn(net, "forward").mockImplementation((...args) => {
    if (++runs > 1) throw new Error("heap lost");
    return forward.apply(net, args);
  });
  const pruned = await prune(net, { sparsity: 0.5, calibration, workers: 0 });
  expect(pruned.compareError?.message).toBe("heap lost");
  expect(pruned.outputError).toBe(undefined);
  expect(pruned.sparsity).toBe(0.5);
  expect(net.layers[0].weights.toArray().filter((value) => value === 0).length).toBe(21);
});
