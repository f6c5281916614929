/** Exact OBS as users run it, from dist/, because its workers load their own script. */
import { expect, test } from "vitest";
import { openSync } from "../../dist/open.js";
import type { WorkDone } from "../../dist/prune/contract.js";
import { exactObs } from "../../dist/prune/exact-obs.js";
import { UNSTRUCTURED } from "../../dist/select/pattern.js";
import { Random } from "../harness/random.js";

const [ROWS, COLUMNS] = [20, 32];
const target = { pattern: UNSTRUCTURED, zeros: 500 };
const method = exactObs();

function problemOf(core: ReturnType<typeof openSync>) {
  const random = new Random(3);
  const hessian = Float64Array.from({ length: COLUMNS ** 2 }, (_, at) => (at % (COLUMNS + 1) ? 0.01 : 1));
  return {
    weights: core.matrix(ROWS, COLUMNS, random.uniform(ROWS * COLUMNS)),
    hessian: core.doubleMatrix(COLUMNS, COLUMNS, hessian),
  };
}

test("any number of workers gives the same bytes, and tells how far it is", async () => {
  using core = openSync();
  const results = [];
  for (const workers of [0, 1, 3]) {
    const reports: WorkDone[] = [];
    const onProgress = (done: WorkDone) => void reports.push(done);
    const { weights } = await method.solve(problemOf(core), target, { workers, onProgress });
    expect(reports.at(-1)).toEqual({ done: ROWS, total: ROWS });
    results.push(weights.toArray());
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test.each([0, 2])("stops when it is told to, with %i workers", async (workers) => {
  using core = openSync();
  const reason = new Error("enough");
  const controller = new AbortController();
  const onProgress = () => controller.abort(reason);
  const work = method.solve(problemOf(core), target, { workers, signal: controller.signal, onProgress });
  await expect(work).rejects.toBe(reason);
  const late = method.solve(problemOf(core), target, { workers, signal: AbortSignal.abort(reason) });
  await expect(late).rejects.toBe(reason);
});
