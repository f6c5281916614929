import {
  f64_subset_sums_look_up as lookUp,
  f64_subset_sums_table as reference,
} from "../../src/reference/subset-sum/table.js";
import type { Argument } from "../harness/host.js";
import { kernelTest } from "../harness/kernel-test.js";
import { Random } from "../harness/random.js";
import { KINDS, outputs, poolArguments } from "./pools.js";

const INDEX_BYTES = 131_264;
const keys = (n: number) => new Float64Array(2 ** Math.max(n, 2) + 4);

function tableArguments(n: number, pool: Float64Array): Argument[] {
  return [n, pool, keys(n), new Uint8Array(INDEX_BYTES), keys(n)];
}

function lookUpArguments(random: Random, n: number, kind: string): Argument[] {
  const draw = () => random.uniform(1)[0];
  const pool = Float64Array.from(KINDS[kind](n, draw));
  const [, , table, index] = tableArguments(n, pool);
  reference(n, pool, table as Float64Array, index as Uint8Array, keys(n));
  const reach = pool.reduce((total, value) => total + Math.abs(value), 0);
  const [count, , , , targets] = poolArguments(random, n, true) as [number, number, Argument, number, Float64Array];
  targets.forEach((_, t) => {
    targets[t] = reach * draw();
  });
  // Some sums themselves, and the ends.
  targets.set([0, pool[0], pool[n - 1], pool.reduce((total, value) => total + value, 0), reach, -reach]);
  return [count, n, pool, table, index, targets, ...outputs(count)];
}

kernelTest("f64_subset_sums_table", reference, {
  *cases(random) {
    for (const kind of Object.values(KINDS)) {
      for (const n of [1, 2, 3, 4, 5, 8, 11]) {
        yield tableArguments(n, Float64Array.from(kind(n, () => random.uniform(1)[0])));
      }
    }
    yield tableArguments(16, Float64Array.from(random.uniform(16)));
  },
  output: [2, 3],
  scratch: [4],
  traps: { "n = 23": [23, new Float64Array(23), keys(2), new Uint8Array(INDEX_BYTES), keys(2)] },
});

kernelTest("f64_subset_sums_look_up", lookUp, {
  *cases(random) {
    for (const kind of Object.keys(KINDS)) {
      for (const n of [1, 2, 3, 6, 10]) yield lookUpArguments(random, n, kind);
    }
  },
  output: [6, 7],
  traps: { "n = 0": lookUpArguments(new Random(1), 1, "uniform").with(1, 0) },
});
