/** The package's own implementations: the only file that knows its API. */
import * as api from "../src/index.js";
import { assertAccepted, binaries, type Variant } from "./binaries.js";
import { type Prepared, Skip } from "./measure.js";
import type { Dense } from "./rivals/dense.js";
import { ADAM, BATCH, type Lenet, SIZES, training } from "./rivals/lenet.js";

interface Core {
  readonly variant: Variant;
  [Symbol.dispose](): void;
}

/** Trains on one batch and returns its mean loss before the update. */
type TrainingStep = (images: Uint8Array, labels: Uint8Array) => number;

interface Api {
  open(options: { variant: Variant }): Promise<Core>;
  openSync(options: { variant: Variant }): Core;
  linear(core: Core, weights: Float32Array, options: { inputs: number; outputs: number }): {
    forward(input: Float32Array, out: Float32Array): void;
  };
  network(core: Core, sizes: number[], options: { seed: number }): {
    layers: {
      weights: { copyFrom(values: Float32Array): void };
      mask: { copyFrom(bits: Uint8Array): void };
    }[];
  };
  adam(rate: number): object;
  trainer(network: object, options: { optimizer: object; batch: number }): TrainingStep;
}

function exported<K extends keyof Api>(name: K): Api[K] {
  const found = (api as Partial<Api>)[name];
  if (!found) throw new Skip(`the package exports no "${name}"`);
  return found;
}

function openCore(variant: Variant): Core {
  assertAccepted(binaries[variant].bytes);
  return exported("openSync")({ variant });
}

/** Weights stay in the core; input and result are copied from and to JavaScript memory in every call. */
export function denseOurs(variant: Variant, { batch, inputs, outputs, x, w }: Dense): Prepared {
  const linear = exported("linear");
  const core = openCore(variant);
  const layer = linear(core, w, { inputs, outputs });
  const y = new Float32Array(batch * outputs);
  return { run: () => layer.forward(x, y), output: () => y, close: () => core[Symbol.dispose]() };
}

/** The step takes bytes as MNIST has them: their conversion is in the time. */
export function trainOurs(variant: Variant, { weights, masks, images, labels }: Lenet): Prepared {
  const network = exported("network");
  const trainer = exported("trainer");
  const optimizer = exported("adam")(ADAM.rate);
  const core = openCore(variant);
  const net = network(core, SIZES, { seed: 1 });
  for (const [l, layer] of net.layers.entries()) {
    layer.weights.copyFrom(weights[l]);
    if (masks) layer.mask.copyFrom(Uint8Array.from(masks[l]));
  }
  const step = trainer(net, { optimizer, batch: BATCH });
  const prepared = training((batch) => step(images[batch], labels[batch]));
  return { ...prepared, close: () => core[Symbol.dispose]() };
}

/** Opens and closes a core; the module is compiled anew or not, as the package does it. */
export function openOurs(variant: Variant): Prepared {
  assertAccepted(binaries[variant].bytes);
  const open = exported("open");
  let isOpened = 0;
  return {
    run: async () => {
      const core = await open({ variant });
      isOpened = core.variant === variant ? 1 : 0;
      core[Symbol.dispose]();
    },
    output: () => [isOpened],
  };
}
