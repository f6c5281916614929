/** Big products against a random projection: C·t must equal A·(B·t), which costs O(n²) to check. */
import { expect, test } from "vitest";
import { linear } from "../../src/net/linear.js";
import { openSync } from "../../src/open.js";
import { paddedBatch } from "../../src/reference/dense/panels.js";
import { Random } from "../harness/random.js";
import { gamma } from "../harness/tolerance.js";

test.each([
  [384, 384, 384],
  [256, 784, 300],
  [61, 1024, 515],
])("batch %i, %i inputs, %i outputs", (batch, inputs, outputs) => {
  const core = openSync();
  const random = new Random(batch);
  const weights = random.uniform(outputs * inputs);
  const x = random.uniform(batch * inputs);
  const y = linear(core, weights, { inputs, outputs }).forward(x);
  const t = Float64Array.from(random.uniform(outputs));
  const [projected, magnitude] = [new Float64Array(inputs), new Float64Array(inputs)];
  for (let i = 0; i < outputs; i++)
    for (let j = 0; j < inputs; j++) {
      projected[j] += t[i] * weights[i * inputs + j];
      magnitude[j] += Math.abs(t[i] * weights[i * inputs + j]);
    }
  for (let s = 0; s < batch; s++) {
    let [got, want, bound] = [0, 0, 0];
    for (let i = 0; i < outputs; i++) got += t[i] * y[s * outputs + i];
    for (let j = 0; j < inputs; j++) {
      want += projected[j] * x[s * inputs + j];
      bound += magnitude[j] * Math.abs(x[s * inputs + j]);
    }
    expect(Math.abs(got - want)).toBeLessThanOrEqual(gamma(inputs + 2) * bound);
  }
});

test("weight gradient and Gram matrix of 300 samples", () => {
  const core = openSync();
  const { kernels } = core;
  const random = new Random(8);
  const [n, batch] = [520, 300];
  const rows = random.uniform(batch * n);
  const source = core.matrix(batch, n, rows);
  const x = core.allocate(4 * n * paddedBatch(batch));
  const packed = core.allocate(16 * Math.ceil(n / 4) * paddedBatch(batch));
  const scratch = core.allocate(32896);
  const [h, c] = [core.matrix(n, n), core.matrix(n, n)];
  kernels.f32_panels_from_rows(n, batch, source.ptr, n, x);
  kernels.f32_pack_a_panels(n, batch, x, packed);
  kernels.f32_gemm_panels_transposed(n, n, batch, packed, x, c.ptr, n, 0, scratch);
  kernels.f32_syrk_panels(n, batch, packed, x, h.ptr, n, 0, scratch);
  expect(h.toArray()).toEqual(c.toArray());
  const t = Float64Array.from(random.uniform(n));
  const product = h.view();
  const xt = Float64Array.from({ length: batch }, (_, s) => t.reduce((sum, v, j) => sum + v * rows[s * n + j], 0));
  for (let i = 0; i < n; i++) {
    const got = t.reduce((sum, v, j) => sum + v * product[i * n + j], 0);
    const want = xt.reduce((sum, v, s) => sum + v * rows[s * n + i], 0);
    expect(Math.abs(got - want)).toBeLessThanOrEqual(gamma(batch + 2) * n * batch);
  }
});
