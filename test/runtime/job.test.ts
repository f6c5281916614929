/** Two long works at once on one core, and what the caller of one makes while it is at work. */
import { describe, expect, test } from "vitest";
import { ArgumentRangeError, DisposedError } from "../../src/errors.js";
import { dataset } from "../../src/net/dataset.js";
import { network } from "../../src/net/network.js";
import { adam } from "../../src/net/optimizer.js";
import { train } from "../../src/net/train.js";
import { pruneOnnx } from "../../src/onnx/prune-onnx.js";
import { openSync } from "../../src/open.js";
import { prune } from "../../src/prune/prune.js";
import type { Core } from "../../src/tensor/core.js";
import type { Matrix } from "../../src/tensor/matrix.js";
import { strongTicket } from "../../src/ticket/strong-ticket.js";
import { Random } from "../harness/random.js";
import { network as model, pictures } from "../onnx/models.js";

type Tell = (progress?: unknown) => void;

/** Long works on a core, which tell how far they are. */
const jobs: Record<string, (core: Core, onProgress?: Tell) => Promise<unknown>> = {
  train(core, onProgress = () => {}) {
    const [net, count] = [network(core, [6, 5, 3], { seed: 1 }), 60];
    const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
    const inputs = new Random(2).uniform(6 * count);
    const data = dataset(core, inputs, labels, { features: 6, classes: 3 });
    return train(net, data, { iterations: 50, batch: 20, optimizer: adam(), onProgress });
  },
  prune(core, onProgress = () => {}) {
    const calibration = new Random(3).uniform(6 * 40);
    return prune(network(core, [6, 5, 3], { seed: 1 }), {
      ...{ sparsity: 0.5, budget: "optimal", calibration, workers: 0, onProgress },
    });
  },
  pruneOnnx: (core, onProgress = () => {}) =>
    pruneOnnx(core, model(), { sparsity: 0.5, calibration: pictures(8), workers: 0, onProgress }),
  strongTicket: (core, onProgress = () => {}) =>
    strongTicket(network(core, [4, 3, 2], { seed: 1 }), { epsilon: 0.01, workers: 0, onProgress }),
};
const names = Object.keys(jobs);

test.each(names)("%s refuses a core that is busy, and works when it is not", async (name) => {
  using core = openSync();
  for (const other of names) {
    const first = jobs[other](core);
    const second = jobs[name](core);
    await expect(second).rejects.toThrow(ArgumentRangeError);
    await expect(second).rejects.toThrow(`at rest for "${name}", got one that is busy with "${other}"`);
    await first;
  }
  const failing = () => {
    throw new Error("enough");
  };
  await expect(jobs[name](core, failing)).rejects.toThrow("enough");
  await jobs[name](core);
});

test("a job that ends twice does not end the next one", () => {
  using core = openSync();
  const first = core.job("first");
  first[Symbol.dispose]();
  using _second = core.job("second");
  first[Symbol.dispose]();
  expect(() => core.job("third")).toThrow('busy with "second"');
});

describe("what the caller makes in onProgress", () => {
  const sizes = [1, 3, 40, 200];
  test.each(names)("outlives %s, and ends with the scope around it", async (name) => {
    using core = openSync({ checkViews: true });
    const outer = core.scope();
    const made: Matrix[] = [];
    const wanted: number[][] = [];
    await jobs[name](core, () => {
      const size = sizes[made.length % sizes.length];
      // A scope of the caller's own ends as ever.
      core.scoped(() => core.matrix(size, size).fill(9));
      const values = Array.from({ length: size * size }, (_, i) => i + made.length);
      made.push(core.matrix(size, size, values));
      wanted.push(values);
    });
    expect(made.length).toBeGreaterThan(0);
    core.scoped(() => core.matrix(500, 500).fill(7));
    for (const [i, matrix] of made.entries()) {
      expect([...matrix.view()]).toEqual(wanted[i]);
    }
    await jobs[name](core);
    expect([...made[0].toArray()]).toEqual(wanted[0]);
    outer.dispose();
    expect(() => made[0].view()).toThrow(DisposedError);
  });
  test("takes little more memory than its own", async () => {
    using core = openSync();
    const before = core.scope();
    await jobs.pruneOnnx(core, () => {
      core.matrix(10, 10);
    });
    await jobs.pruneOnnx(core);
    before.dispose();
    const size = core.memory.buffer.byteLength;
    expect(core.freeBytes).toBeGreaterThan(size - 2 ** 20);
    const plain = openSync();
    await jobs.pruneOnnx(plain);
    expect(size).toBeLessThan(3 * plain.memory.buffer.byteLength);
    plain.dispose();
  });
  test("may be made in an onLayer that awaits", async () => {
    using core = openSync();
    const net = network(core, [6, 5, 3], { seed: 1 });
    const made: Matrix[] = [];
    await prune(net, {
      ...{ sparsity: 0.5, calibration: new Random(3).uniform(6 * 40), workers: 0 },
      async onLayer() {
        await Promise.resolve();
        made.push(core.matrix(2, 2, [1, 2, 3, 4]));
      },
    });
    core.scoped(() => core.matrix(300, 300).fill(7));
    expect(made.map((matrix) => [...matrix.toArray()])).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ]);
  });
});
