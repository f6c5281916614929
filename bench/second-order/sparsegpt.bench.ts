import { openSync } from "../../src/open.js";
import { sparsegpt } from "../../src/prune/sparsegpt.js";
import { UNSTRUCTURED } from "../../src/select/pattern.js";
import { assertAccepted, binaries, type Variant } from "../binaries.js";
import { bench } from "../harness.js";
import type { Prepared } from "../measure.js";
import { sparsegptJs } from "../rivals/js-sparsegpt.js";
import { DAMPING, type Layer, layerOf, lossOf } from "./layer.js";

/** What it says it lost over what it lost, and its zeros. */
const judge = (layer: Layer, weights: Float32Array, loss: number) => [
  loss / lossOf(layer, weights),
  weights.filter((value) => value === 0).length,
];

function ours(variant: Variant, layer: Layer, zeros: number): Prepared {
  assertAccepted(binaries[variant].bytes);
  const { rows, columns } = layer;
  const core = openSync({ variant });
  const weights = core.matrix(rows, columns, layer.weights);
  const hessian = core.doubleMatrix(columns, columns, layer.hessian);
  const method = sparsegpt({ damping: DAMPING });
  let scope = core.scope();
  const solve = () => method.solve({ weights, hessian }, { pattern: UNSTRUCTURED, zeros }, {});
  let solution: Awaited<ReturnType<typeof solve>>;
  return {
    run: async () => {
      scope.dispose();
      scope = core.scope();
      solution = await solve();
    },
    output: () => judge(layer, solution.weights.toArray(), solution.loss),
    close: () => core.dispose(),
  };
}

function js(layer: Layer, zeros: number): Prepared {
  let solution: ReturnType<typeof sparsegptJs>;
  return {
    run: () => {
      solution = sparsegptJs(layer, zeros, DAMPING);
    },
    output: () => judge(layer, solution.weights, solution.loss),
  };
}

for (const [rows, columns] of [
  [64, 96],
  [300, 784],
  [3072, 768],
  [768, 3072],
]) {
  let made: Layer | undefined;
  const layer = () => (made ??= layerOf(rows, columns));
  const zeros = (rows * columns) / 2;
  bench({
    suite: "second-order",
    name: `sparsegpt ${rows}x${columns}@0.5`,
    quick: rows === 64,
    flops: (2 / 3) * columns ** 3 + rows * columns ** 2,
    expected: () => ({ values: [1, zeros], bound: (i) => (i === 0 ? 1e-3 : 0) }),
    implementations: {
      simd: () => ours("simd", layer(), zeros),
      relaxed: () => ours("relaxed", layer(), zeros),
      // With 3072 columns it takes more than a minute.
      ...(columns < 1000 && { js: () => js(layer(), zeros) }),
    },
  });
}
