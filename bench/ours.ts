/** The package's own implementations: the only file here that knows its API. */
import { adam, type LinearOptions, linear, network, open, openSync, trainer } from "../src/index.js";
import { GEMM_SCRATCH_BYTES, panelsBytes } from "../src/linalg/panels.js";
import { assertAccepted, binaries, type Variant } from "./binaries.js";
import type { Prepared } from "./measure.js";
import type { Dense } from "./rivals/dense.js";
import { ADAM, BATCH, type Lenet, SIZES, training } from "./rivals/lenet.js";

function openCore(variant: Variant) {
  assertAccepted(binaries[variant].bytes);
  return openSync({ variant });
}

/** A layer in a core of its own. */
function layerOf(variant: Variant, dense: Dense, kept?: Uint8Array, kernel?: LinearOptions["kernel"]) {
  const { inputs, outputs, w } = dense;
  const core = openCore(variant);
  const mask = kept && core.mask(outputs, inputs, kept);
  return { core, layer: linear(core, w, { inputs, outputs, mask, kernel }) };
}

/**
 * Weights, input and result stay in the core, in its layout: what a layer inside a network does, and what
 * tfjs-wasm does with its own heap.
 *
 * @param kept  one 0 or 1 a weight; everything when absent
 * @param kernel  how to multiply; the layer chooses when absent
 */
export function residentOurs(
  variant: Variant,
  dense: Dense,
  kept?: Uint8Array,
  kernel?: LinearOptions["kernel"],
): Prepared {
  const { batch, inputs, outputs, x } = dense;
  const { core, layer } = layerOf(variant, dense, kept, kernel);
  const { kernels } = core;
  const rows = core.matrix(batch, inputs, x);
  const from = core.allocate(panelsBytes(inputs, batch));
  const to = core.allocate(panelsBytes(outputs, batch));
  const scratch = core.allocate(GEMM_SCRATCH_BYTES);
  const y = core.matrix(batch, outputs);
  kernels.f32_panels_from_rows(inputs, batch, rows.ptr, inputs, from);
  const output = () => {
    kernels.f32_rows_from_panels(outputs, batch, to, y.ptr, outputs);
    return y.toArray();
  };
  return { run: () => layer.forwardPanels(batch, from, to, scratch), output, close: () => core.dispose() };
}

/** The same from row-major samples in JavaScript memory to a result there, as onnxruntime-web does. */
export function rowsOurs(
  variant: Variant,
  dense: Dense,
  kept?: Uint8Array,
  kernel?: LinearOptions["kernel"],
): Prepared {
  const { batch, outputs, x } = dense;
  const { core, layer } = layerOf(variant, dense, kept, kernel);
  const y = new Float32Array(batch * outputs);
  return { run: () => layer.forward(x, y), output: () => y, close: () => core.dispose() };
}

/**
 * The step takes bytes as MNIST has them: their conversion is in the time.
 *
 * @param kernel  how masked layers multiply and train; they choose when absent
 */
export function trainOurs(variant: Variant, lenet: Lenet, kernel?: LinearOptions["kernel"]): Prepared {
  const { weights, masks, images, labels } = lenet;
  const core = openCore(variant);
  const net = network(core, SIZES, { seed: 1 });
  for (const [l, layer] of net.layers.entries()) {
    layer.weights.copyFrom(weights[l]);
    if (masks) layer.setMask(core.mask(layer.outputs, layer.inputs, Uint8Array.from(masks[l])), kernel);
  }
  const steps = trainer(net, { optimizer: adam({ learningRate: ADAM.rate }), batch: BATCH });
  const prepared = training((batch) => steps.step(images[batch], labels[batch]));
  return { ...prepared, close: () => core.dispose() };
}

/** Opens and closes a core; the module is compiled anew or not, as the package does it. */
export function openOurs(variant: Variant): Prepared {
  assertAccepted(binaries[variant].bytes);
  let isOpened = 0;
  return {
    run: async () => {
      const core = await open({ variant });
      isOpened = core.variant === variant ? 1 : 0;
      core.dispose();
    },
    output: () => [isOpened],
  };
}
