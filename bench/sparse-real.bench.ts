/** Layers that others pruned: see rivals/human-models.ts. */
import { bench } from "./harness.js";
import type { Pace } from "./measure.js";
import { residentOurs } from "./ours.js";
import { prunedProblem } from "./rivals/human-models.js";
import { sparseExpected, sparseJs } from "./rivals/js-sparse.js";
import { denseOnnx } from "./rivals/onnx.js";
import type { Sparse } from "./rivals/sparse.js";
import { denseTfjs } from "./rivals/tfjs.js";

/** Inputs × outputs @ share of zeros, model, name of the weights. */
const LAYERS = [
  ["24x144@0.75", "blazepose-detector", "StatefulPartitionedCall/model/conv2d_4/Conv2D_weights"],
  ["112x672@0.75", "blazepose-detector", "StatefulPartitionedCall/model/conv2d_18/Conv2D_weights"],
  ["192x1152@0.75", "blazepose-detector", "StatefulPartitionedCall/model/conv2d_24/Conv2D_weights"],
  ["1152x192@0.75", "blazepose-detector", "StatefulPartitionedCall/model/conv2d_25/Conv2D_weights"],
  ["96x384@0.7", "facemesh-detection-full", "StatefulPartitionedCall/model/conv2d_24/Conv2D_weights"],
  ["80x480@0.918", "handlandmark-sparse", "Conv2D_12/filter"],
  ["672x192@0.8", "handlandmark-sparse", "Conv2D_23/filter"],
  ["1152x63@0.609", "handlandmark-sparse", "Identity_dense/kernel"],
] as const;
/** 24 cases of 6 implementations in some 2 minutes. */
const PACE: Pace = { warmUpMs: 200, samples: 25, budgetMs: 600 };

for (const batch of [1, 64, 256])
  for (const [shape, model, weights] of LAYERS) {
    let made: Sparse | undefined;
    const problem = () => (made ??= checked(prunedProblem(batch, model, weights), shape));
    bench({
      suite: "sparse-real",
      name: `${batch}x${shape} ${model}`,
      quick: batch === 1 && shape === LAYERS[0][0],
      pace: PACE,
      expected: () => sparseExpected(problem()),
      implementations: {
        simd: () => residentOurs("simd", problem(), problem().kept),
        relaxed: () => residentOurs("relaxed", problem(), problem().kept),
        "simd-dense": () => residentOurs("simd", problem()),
        js: () => sparseJs(problem()),
        "tfjs-wasm": () => denseTfjs(problem()),
        "onnxruntime-web": () => denseOnnx(problem()),
      },
    });
  }

/** The problem, when it is what the name of its case says: the name is needed without the package as well. */
function checked(problem: Sparse, shape: string): Sparse {
  const { inputs, outputs, kept } = problem;
  const zeros = kept.reduce((sum, bit) => sum - bit, kept.length);
  const found = `${inputs}x${outputs}@${Number((zeros / kept.length).toFixed(3))}`;
  if (found !== shape) throw new RangeError(`the layer expected to be ${shape}, got ${found}`);
  return problem;
}
