/** Gathers what criteria need to know of the layers of a network. */
import { ShapeError } from "../errors.js";
import { CHUNK } from "../linalg/hessian.js";
import { panelsBytes } from "../linalg/panels.js";
import type { Dataset } from "../net/dataset.js";
import { isPerceptron } from "../net/description.js";
import { forEachInput } from "../net/layer-inputs.js";
import type { Network } from "../net/network.js";
import type { Matrix } from "../tensor/matrix.js";
import type { Need } from "./contract.js";
import { pathGradientsInto } from "./path-gradients.js";
import { ProductSums } from "./product-sums.js";
import { SamplePasses } from "./sample-passes.js";

/** What was asked for of one layer. */
export type Gathered = { readonly [N in Need]?: Matrix };

/** For each need, one matrix a layer; undefined where nobody asks. */
type Outs = { readonly [N in Need]?: readonly (Matrix | undefined)[] | undefined };

/**
 * Gathers statistics of some layers of a network, in chunks of samples; sums are in f64 from chunk to chunk.
 *
 * @param net  as it is now; ReLU between layers, softmax cross-entropy behind the last
 * @param layers  their numbers, from 0
 * @param needs  what to gather (contract.ts). Samples run through the network once, and once more for
 *   hessianGradient, which is of the weights of these layers alone
 * @param data  in the network's core; labels matter for gradients, squaredGradients and hessianGradient. May be
 *   undefined where no samples are needed
 * @param pace  awaited between chunks
 * @returns one object a layer, in their order; matrices live in the innermost open scope
 * @throws {ShapeError} when samples do not have the network's inputs
 * @throws {ArgumentRangeError} when more than inputSquares is needed of a network with convolutions
 */
export async function layerStatistics(
  net: Network,
  layers: readonly number[],
  needs: readonly Need[],
  data: Dataset | undefined,
  pace: () => Promise<void>,
): Promise<Gathered[]> {
  const { core } = net;
  if (data && data.features !== net.sizes[0]) {
    throw new ShapeError(`"data" expected samples of ${net.sizes[0]}, got ${data.features}`);
  }
  const outs = Object.fromEntries(
    needs.map((need) => [
      need,
      net.layers.map((_, l) => (layers.includes(l) ? room(net, l, need) : undefined)),
    ]),
  ) as Outs;
  const gathered = layers.map(
    (l) => Object.fromEntries(needs.map((need) => [need, outs[need]?.[l]])) as Gathered,
  );
  using _scope = core.scope();
  if (outs.pathGradients) pathGradientsInto(net, outs.pathGradients);
  if (data && needs.some((need) => need !== "pathGradients")) await gather(net, outs, data, pace);
  return gathered;
}

function room(net: Network, l: number, need: Need): Matrix {
  const { inputs, outputs } = net.layers[l];
  return net.core.matrix(need === "inputSquares" ? 1 : outputs, inputs);
}

async function gather(net: Network, outs: Outs, data: Dataset, pace: () => Promise<void>): Promise<void> {
  if (outs.inputSquares && !isPerceptron(net.description)) {
    for (const [l, out] of outs.inputSquares.entries()) if (out) gatherInputSquares(net, l, out, data);
    const { inputSquares: _, ...others } = outs;
    if (Object.keys(others).some((need) => need !== "pathGradients")) await gather(net, others, data, pace);
    return;
  }
  const passes = new SamplePasses(net);
  const isFollowed = outs.hessianGradient;
  const gradients = outs.gradients ?? isFollowed?.map((out, l) => out && room(net, l, "gradients"));
  await gatherMeans(passes, { ...outs, gradients }, data, pace);
  if (!isFollowed || !gradients) return;
  const directions = gradients.map((gradient, l) => gradient ?? room(net, l, "gradients"));
  await gatherHessianProduct(passes, directions, isFollowed, data, pace);
}

/** Of the inputs of a layer; of a convolution, of its patches. */
function gatherInputSquares(net: Network, l: number, out: Matrix, data: Dataset): void {
  const { core } = net;
  const { inputs } = net.layers[l];
  core.scoped(() => {
    const sums = new ProductSums(core, [out]);
    const squares = core.allocate(panelsBytes(inputs, CHUNK));
    const ones = core.matrix(1, CHUNK).fill(1).ptr;
    let count = 0;
    forEachInput(net, l, data, (batch, x) => {
      core.kernels.f32_product(panelsBytes(inputs, batch) / 4, x, x, squares);
      sums.addSquares(0, batch, x, squares, ones);
      count += batch;
    });
    sums.finish(count, true);
  });
}

/** Everything but hessianGradient. */
async function gatherMeans(
  passes: SamplePasses,
  outs: Outs,
  data: Dataset,
  pace: () => Promise<void>,
): Promise<void> {
  const { net } = passes;
  const { core, sizes } = net;
  const sumsOf = (need: Need) => outs[need] && new ProductSums(core, outs[need]);
  const gradients = sumsOf("gradients");
  const squaredGradients = sumsOf("squaredGradients");
  const curvature = sumsOf("curvature");
  const inputSquares = sumsOf("inputSquares");
  const dy = (gradients || squaredGradients) && passes.buffers();
  const a = curvature && passes.buffers();
  const weightSquares = curvature ? net.layers.map(({ weights }) => squareOf(weights)) : [];
  const [xSquares, dySquares] = [0, 0].map(() => core.allocate(panelsBytes(Math.max(...sizes), CHUNK)));
  const ones = core.matrix(1, CHUNK).fill(1).ptr;
  // Inputs alone need no more layers than lie before the last one asked for.
  const end = dy || a ? net.layers.length : (outs.inputSquares ?? []).findLastIndex(Boolean);
  for (let first = 0; first < data.count; first += CHUNK) {
    passes.forward(data, first, end);
    if (dy) passes.gradientsInto(dy);
    if (a) passes.curvaturesInto(weightSquares, a);
    for (const [l, { inputs, outputs }] of net.layers.slice(0, end + 1).entries()) {
      const [{ batch }, x] = [passes, passes.inputs[l]];
      const squareInto = (features: number, from: number, to: number) =>
        core.kernels.f32_product(panelsBytes(features, batch) / 4, from, from, to);
      if (dy) gradients?.add(l, batch, dy[l], x);
      if (squaredGradients || curvature || inputSquares) squareInto(inputs, x, xSquares);
      inputSquares?.addSquares(l, batch, x, xSquares, ones);
      if (a) curvature.add(l, batch, a[l], xSquares);
      if (dy && squaredGradients) {
        squareInto(outputs, dy[l], dySquares);
        squaredGradients.add(l, batch, dySquares, xSquares);
      }
    }
    await pace();
  }
  for (const sums of [gradients, squaredGradients, curvature]) sums?.finish(data.count);
  inputSquares?.finish(data.count, true);
}

/** H times the directions: the derivative of dY·Xᵀ along them. */
async function gatherHessianProduct(
  passes: SamplePasses,
  directions: readonly Matrix[],
  out: readonly (Matrix | undefined)[],
  data: Dataset,
  pace: () => Promise<void>,
): Promise<void> {
  const { net, inputs } = passes;
  const sums = new ProductSums(net.core, out);
  const [dy, rx, rdy] = [passes.buffers(), passes.buffers(), passes.buffers()];
  for (let first = 0; first < data.count; first += CHUNK) {
    passes.forward(data, first, net.layers.length);
    passes.gradientsInto(dy);
    passes.directionalInto(directions, dy, rx, rdy);
    for (const l of net.layers.keys()) {
      sums.add(l, passes.batch, rdy[l], inputs[l]);
      if (l > 0) sums.add(l, passes.batch, dy[l], rx[l - 1]);
    }
    await pace();
  }
  sums.finish(data.count);
}

function squareOf(weights: Matrix): Matrix {
  const { core, rows, columns } = weights;
  const squares = core.matrix(rows, columns);
  core.kernels.f32_product(rows * columns, weights.ptr, weights.ptr, squares.ptr);
  return squares;
}
