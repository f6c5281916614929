/** Exact OBS of a layer with the losses of all sparsities, in one thread, and the Hessian it starts from. */
import { Hessian } from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import type { LayerTraces } from "../../src/prune/contract.js";
import { exactObs } from "../../src/prune/exact-obs.js";
import { UNSTRUCTURED } from "../../src/select/pattern.js";
import { Random } from "../../test/harness/random.js";
import { assertAccepted, binaries, type Variant } from "../binaries.js";
import { bench } from "../harness.js";
import type { Prepared } from "../measure.js";
import { DAMPING, type Layer, layerOf, lossOf } from "./layer.js";

/** What the traces say of half the weights, over what pruning them loses. */
function traced(variant: Variant, layer: Layer): Prepared {
  assertAccepted(binaries[variant].bytes);
  const { rows, columns } = layer;
  const core = openSync({ variant });
  const weights = core.matrix(rows, columns, layer.weights);
  const hessian = core.doubleMatrix(columns, columns, layer.hessian);
  const method = exactObs({ damping: DAMPING });
  let traces: LayerTraces | undefined;
  return {
    run: async () => {
      traces = await method.traces?.({ weights, hessian }, UNSTRUCTURED, { workers: 0 });
    },
    async output() {
      const zeros = (rows * columns) / 2;
      const solution = await traces?.at(zeros);
      return [(traces?.lossAt(zeros) ?? Number.NaN) / lossOf(layer, solution?.weights.toArray() ?? layer.weights)];
    },
    close: () => core.dispose(),
  };
}

for (const [rows, columns] of [
  [8, 96],
  [300, 196],
  [300, 392],
  [300, 784],
  [16, 1568],
]) {
  let made: Layer | undefined;
  const layer = () => (made ??= layerOf(rows, columns));
  bench({
    suite: "second-order",
    name: `exact-obs ${rows}x${columns}`,
    quick: rows === 8,
    flops: (rows * columns ** 3) / 3,
    expected: () => ({ values: [1], bound: () => 1e-2 }),
    implementations: {
      simd: () => traced("simd", layer()),
      relaxed: () => traced("relaxed", layer()),
    },
  });
}

/** 2·XXᵀ/N of samples × columns as callers have them. */
function hessianOf(variant: Variant, samples: Float32Array, columns: number): Prepared {
  assertAccepted(binaries[variant].bytes);
  const core = openSync({ variant });
  let trace = Number.NaN;
  return {
    run: () =>
      core.scoped(() => {
        const hessian = new Hessian(core, columns);
        hessian.addRows(samples);
        const values = hessian.finish().view();
        trace = values[0];
      }),
    output: () => [trace],
    close: () => core.dispose(),
  };
}

/** The same, sample by sample into the lower triangle, in f64. */
function hessianInJs(samples: Float32Array, columns: number): Prepared {
  const hessian = new Float64Array(columns * columns);
  return {
    run: () => {
      hessian.fill(0);
      const scale = (2 * columns) / samples.length;
      for (let first = 0; first < samples.length; first += columns) {
        for (let i = 0; i < columns; i++) {
          const x = scale * samples[first + i];
          for (let j = 0; j <= i; j++) hessian[i * columns + j] += x * samples[first + j];
        }
      }
    },
    output: () => hessian.subarray(0, 1),
  };
}

for (const [count, columns] of [
  [512, 96],
  [2048, 784],
]) {
  let made: Float32Array | undefined;
  const samples = () => (made ??= new Random(20261122).uniform(count * columns));
  bench({
    suite: "second-order",
    name: `hessian ${count}x${columns}`,
    quick: count === 512,
    flops: count * columns ** 2,
    expected() {
      let sum = 0;
      for (let s = 0; s < count; s++) sum += samples()[s * columns] ** 2;
      return { values: [(2 * sum) / count], bound: () => 1e-5 };
    },
    implementations: {
      js: () => hessianInJs(samples(), columns),
      simd: () => hessianOf("simd", samples(), columns),
      relaxed: () => hessianOf("relaxed", samples(), columns),
    },
  });
}
