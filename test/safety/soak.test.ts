/** Up to 200,000 calls of all kinds on one core: memory stays flat, and results stay what they are. */
import { expect, test } from "vitest";
import * as gt from "../../src/index.js";
import { openSync } from "../../src/open.js";
import { collectGarbage } from "../harness/gc.js";
import { Random } from "../harness/random.js";
import { tenth } from "../harness/size.js";
import { stillWorks } from "./probe.js";

const [CALLS, WARM_UP] = [tenth(200_000), tenth(20_000)];
const MIB = 2 ** 20;

/** What lives through it all, and the calls that are made on it, each with how often of 1000. */
function callsOn(core: gt.Core, random: Random): readonly (readonly [share: number, call: () => unknown])[] {
  const size = () => 1 + random.below(12);
  const mask = core.mask(12, 16).fill(1);
  const [weights, input] = [core.matrix(12, 16, random.uniform(192)), random.uniform(16)];
  const bits = Uint8Array.from({ length: 192 }, () => random.below(2));
  const layers = (["dense", "csr"] as const).map((kernel) =>
    gt.linear(core, weights, { inputs: 16, outputs: 12, mask: core.mask(12, 16, bits), kernel }),
  );
  const net = gt.network(core, [8, 6, 3], { seed: 1 });
  const steps = gt.trainer(net, { optimizer: gt.sgd({ learningRate: 1e-3 }), batch: 4 });
  const [inputs, labels] = [random.uniform(32), Uint8Array.of(0, 1, 2, 1)];
  const data = gt.dataset(core, inputs, labels, { features: 8, classes: 3 });
  const [pool, targets] = [random.uniform(8), random.uniform(2)];
  const many = random.uniform(16 * 33);
  return [
    [250, () => core.matrix(size(), 3).fill(random.below(9)).toArray()],
    [120, () => core.mask(2, 3, [1, 0, 1, 0, 1, 1]).count],
    [80, () => core.doubleMatrix(2, size()).view().fill(1)],
    [170, () => layers[random.below(2)].forward(input)],
    [40, () => layers[random.below(2)].forward(many)],
    [50, () => gt.pruneSmallest(mask.fill(1), weights, random.below(192))],
    [100, () => steps.step(inputs, labels)],
    [50, () => gt.evaluate(net, data)],
    [50, () => gt.subsetSum(core, pool, targets)],
    [20, () => gt.solveSubsetSum(core, pool, targets[0], { solver: "branch-and-bound" })],
    [20, () => gt.linear(core, weights, { inputs: 16, outputs: 12, mask }).forward(input)],
    [20, () => gt.unpackBitmask(core, gt.packBitmask(weights, mask))],
    // It does not fit, and changes nothing.
    [27, () => expect(() => core.matrix(2, 2, [1])).toThrow(gt.ShapeError)],
    [2, () => gt.network(core, [8, 4, 3], { seed: random.below(99) }).forward(inputs)],
  ];
}

/** A small layer pruned by its second derivatives; asynchronous, so made between the others. */
async function pruneOne(core: gt.Core, random: Random): Promise<void> {
  using _scope = core.scope();
  const net = gt.network(core, [6, 4, 3], { seed: random.below(99) });
  const calibration = random.uniform(6 * 12);
  const method = (["exact-obs", "sparsegpt", "wanda"] as const)[random.below(3)];
  await gt.prune(net, { method, sparsity: 0.5, calibration, workers: 0 });
}

test("mixed calls", async () => {
  using core = openSync({ memoryLimitMiB: 64 });
  const random = new Random(3);
  const empty = core.memory.buffer.byteLength - core.freeBytes;
  using scope = core.scope();
  const calls = callsOn(core, random);
  // Its buffers are made at the first step.
  for (const [, call] of calls) core.scoped(call);
  const resident = core.freeBytes;
  const sizes: { core: number; rss: number; heap: number }[] = [];
  for (let i = 0; i < CALLS; i++) {
    if (i % WARM_UP === 0) {
      await collectGarbage();
      const { rss, heapUsed: heap } = process.memoryUsage();
      sizes.push({ core: core.memory.buffer.byteLength, rss, heap });
    }
    if (i % 1000 === 999) await pruneOne(core, random);
    else {
      let pick = random.below(calls.reduce((sum, [share]) => sum + share, 0));
      const [, call] = calls.find(([share]) => {
        pick -= share;
        return pick < 0;
      })!;
      core.scoped(() => {
        call();
      });
    }
  }
  expect(stillWorks(core)).toBe(true);
  const [, first, ...rest] = sizes;
  for (const { core: bytes, heap, rss } of rest) {
    expect(bytes).toBe(first.core);
    expect(heap - first.heap).toBeLessThan(8 * MIB);
    expect(rss - first.rss).toBeLessThan(64 * MIB);
  }
  expect(core.freeBytes - resident).toBe(first.core - sizes[0].core);
  scope.dispose();
  expect(core.memory.buffer.byteLength - core.freeBytes).toBe(empty);
});
