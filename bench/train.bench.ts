import { bench } from "./harness.js";
import { trainOurs } from "./ours.js";
import { trainJs } from "./rivals/js-train.js";
import { expectedLosses, type Lenet, lenet } from "./rivals/lenet.js";
import { trainTfjs } from "./rivals/tfjs-train.js";

for (const sparsity of [0, 0.5, 0.9, 0.98]) {
  let made: Lenet | undefined;
  const problem = () => (made ??= lenet(sparsity));
  bench({
    suite: "train",
    name: `lenet-300-100@${sparsity}`,
    quick: sparsity === 0.98,
    expected: () => expectedLosses(trainJs(problem())),
    implementations: {
      simd: () => trainOurs("simd", problem()),
      relaxed: () => trainOurs("relaxed", problem()),
      ...(sparsity > 0 && { "simd-dense": () => trainOurs("simd", problem(), "dense") }),
      js: () => trainJs(problem()),
      "tfjs-wasm": () => trainTfjs(problem()),
    },
  });
}
