import { describe, expect, test } from "vitest";
import { ArgumentRangeError, NonFiniteError, NotPositiveDefiniteError, ShapeError } from "../../src/errors.js";
import { damped } from "../../src/linalg/hessian.js";
import { openSync } from "../../src/open.js";
import type { LayerProblem } from "../../src/prune/contract.js";
import { outputEnergy, relativeError } from "../../src/prune/layer-error.js";
import { repairWeights } from "../../src/prune/repair.js";
import { sparsegpt } from "../../src/prune/sparsegpt.js";
import { type Pattern, targetFor, UNSTRUCTURED } from "../../src/select/pattern.js";
import type { Core } from "../../src/tensor/core.js";
import type { Matrix } from "../../src/tensor/matrix.js";
import { FIXTURE_DAMPING, FIXTURES, readLayerwise } from "../harness/layerwise.js";
import { Random } from "../harness/random.js";
import { hessian as randomHessian } from "./swap-problem.js";

const method = sparsegpt({ damping: FIXTURE_DAMPING });
const TWO_OF_FOUR: Pattern = { kind: "n:m", n: 2, m: 4 };

function problemOf(core: Core, rows: number, columns: number, seed = 1): LayerProblem {
  const random = new Random(seed);
  const hessian = core.doubleMatrix(columns, columns, randomHessian(random, columns));
  return { weights: core.matrix(rows, columns, random.uniform(rows * columns)), hessian };
}

/** ½ Σ (w′ − w) H (w′ − w)ᵀ, H damped. */
function lossOf(core: Core, { weights, hessian }: LayerProblem, pruned: Matrix, damping: number): number {
  const change = pruned.toArray().map((value, i) => value - weights.toArray()[i]);
  return outputEnergy(core.matrix(weights.rows, weights.columns, change), damped(hessian, damping));
}

const zerosOf = (values: Float32Array) => values.filter((value) => value === 0).length;

describe.each(FIXTURES)("the published code's results on %s", (name) => {
  test.each(["0.3", "0.5", "0.9", "2:4"])("sparsegpt.%s", async (result) => {
    using core = openSync();
    const { rows, columns, weights, hessian, result: read } = await readLayerwise(name);
    const problem = {
      weights: core.matrix(rows, columns, weights),
      hessian: core.doubleMatrix(columns, columns, hessian),
    };
    const theirs = read(`sparsegpt.${result}`);
    const pattern = result === "2:4" ? TWO_OF_FOUR : UNSTRUCTURED;
    const { weights: ours, mask } = await method.solve(problem, { pattern, zeros: zerosOf(theirs) }, {});
    const published = core.matrix(rows, columns, theirs);
    console.log(name, result, zerosOf(theirs), zerosOf(ours.toArray()), rows*columns - mask.count, relativeError(problem.weights, ours, problem.hessian),relativeError(problem.weights, published, problem.hessian),
    [...mask.toArray()].filter((b,i)=> b !== (theirs[i] === 0 ? 0 : 1)).length, Math.max(...ours.toArray().map((v,i)=>Math.abs(v-theirs[i]))));
  });
});
void [describe, expect, test, ArgumentRangeError, NonFiniteError, NotPositiveDefiniteError, ShapeError, lossOf, repairWeights, targetFor];
