import { bench } from "./harness.js";
import type { Pace } from "./measure.js";
import { residentOurs, rowsOurs } from "./ours.js";
import { sparseExpected, sparseJs } from "./rivals/js-sparse.js";
import { denseOnnx } from "./rivals/onnx.js";
import { type Sparse, sparseProblem } from "./rivals/sparse.js";
import { denseTfjs } from "./rivals/tfjs.js";

const SHAPES = [[784, 300], [1024, 1024]];
const PATTERNS = ["0.5", "0.8", "0.9", "0.95", "0.98", "2:4", "4x1@0.9"];
/** 42 cases of 8 implementations in some 5 minutes. */
const PACE: Pace = { warmUpMs: 250, samples: 30, budgetMs: 1500 };

for (const batch of [1, 64, 256])
  for (const [inputs, outputs] of SHAPES)
    for (const pattern of PATTERNS) {
      let made: Sparse | undefined;
      const problem = () => (made ??= sparseProblem(batch, inputs, outputs, pattern));
      bench({
        suite: "sparse",
        name: `${batch}x${inputs}x${outputs}@${pattern}`,
        quick: batch === 1 && inputs === 784,
        pace: PACE,
        expected: () => sparseExpected(problem()),
        implementations: {
          simd: () => residentOurs("simd", problem(), problem().kept),
          relaxed: () => residentOurs("relaxed", problem(), problem().kept),
          "simd-rows": () => rowsOurs("simd", problem(), problem().kept),
          "simd-dense": () => residentOurs("simd", problem()),
          "relaxed-dense": () => residentOurs("relaxed", problem()),
          js: () => sparseJs(problem()),
          "tfjs-wasm": () => denseTfjs(problem()),
          "onnxruntime-web": () => denseOnnx(problem()),
        },
      });
    }
