/** One right call of every method of what the package hands out. */
import * as gt from "../../src/index.js";
import * as io from "../../src/io/index.js";
import { Random } from "../harness/random.js";
import { sample } from "../io/onnx/sample.js";
import type { Call } from "./probe.js";

type Core = gt.Core;
type Making = (core: Core) => object;
const floats = (length: number) => new Random(1).uniform(length);
const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 3);
const smallSamples = () => ({ inputs: Float64Array.of(0, 0, 0, 1, 1, 0), targets: Float64Array.of(0, 1, 1) });
const found = () => ({ status: "found", mask: Uint8Array.of(1, 0, 1), sum: 1, residual: 0 });
const layer = () => ({
  ...{ rows: 2, columns: 3, rowStarts: Uint32Array.of(0, 2, 3), bias: floats(2), relu: true },
  ...{ columnIndices: Uint32Array.of(0, 2, 1), values: Float32Array.of(1, -2, 3) },
});
const tiny = (core: Core) => gt.network(core, [4, 5, 3], { seed: 1 });

/** Of each class one object, made with others of its core. */
export const OBJECTS: Readonly<Record<string, Making>> = {
  Core: (core) => core,
  Matrix: (core) => core.matrix(2, 4, floats(8)),
  DoubleMatrix: (core) => core.doubleMatrix(2, 2, [1, 2, 3, 4]),
  Mask: (core) => core.mask(2, 4, [1, 0, 1, 1, 0, 1, 1, 1]),
  Dataset: (core) => gt.dataset(core, floats(24), labels(6), { features: 4, classes: 3 }),
  Linear: (core) => gt.linear(core, floats(8), { inputs: 4, outputs: 2, mask: core.mask(2, 4).fill(1) }),
  Network: tiny,
  Trainer: (core) => gt.trainer(tiny(core), { batch: 4 }),
  SmallNetwork: () => gt.smallNetwork([2, 2, 1]),
  SubsetSums: () => new gt.SubsetSums(2, 3),
  TicketNetwork: (core) => new gt.TicketNetwork(core, [layer()]),
  FeatureMap: (core) => gt.featureMap(core, { kind: "fourier", columns: 4, features: 3, seed: 1 }),
  Scope: (core) => core.scope(),
  Lifetime: (core) => core.lifetime,
  OnnxModel: () => io.readOnnx(sample()),
};

/** Methods that take addresses, or traces that other methods gave: they are called per kernel and check nothing. */
export const UNCHECKED: readonly string[] = [
  ...["Core.f32", "Core.f64", "Core.u32", "Core.u8", "Dataset.gatherInto", "Linear.forwardPanels"],
  ...["Network.forwardPanels", "Network.forwardThrough", "TicketNetwork.forwardPanels", "Trainer.stepOn"],
  ...["SmallNetwork.outputDelta", "SmallNetwork.backward", "SmallNetwork.curvatureVectors"],
  // It says in its own words how a life ended.
  ...["Lifetime.end", "Lifetime.check"],
];

const call = (args: Call["args"], ...work: string[]): Call => ({ args, work });

/** By class and method; those without arguments are left out. */
export const METHOD_CALLS: Readonly<Record<string, Call>> = {
  "Core.matrix": call(() => [2, 3, floats(6)]),
  "Core.doubleMatrix": call(() => [2, 3, [1, 2, 3, 4, 5, 6]]),
  "Core.mask": call(() => [2, 3, Uint8Array.of(1, 0, 1, 1, 1, 0)]),
  "Core.mask of words": call(() => [2, 3, Uint32Array.of(5, 7)]),
  "Core.mask of a mask": call((core) => [2, 4, core.mask(2, 4)]),
  "Core.allocate": call(() => [16]),
  "Core.job": call(() => ["a long work"]),
  "Core.scoped": call(() => [() => 3]),
  "Matrix.row": call(() => [1]),
  "Matrix.copyFrom": call((core) => [core.matrix(2, 4, floats(8)), { finite: true }]),
  "Matrix.copyFrom of numbers": call(() => [floats(8)]),
  "Matrix.fill": call(() => [1]),
  "Mask.get": call(() => [1, 3]),
  "Mask.copyFrom": call((core) => [core.mask(2, 4)]),
  "Mask.fill": call(() => [1]),
  "Mask.equals": call((core) => [core.mask(2, 4)]),
  "Dataset.write": call(() => [floats(12), labels(3)]),
  "Linear.setMask": call((core) => [core.mask(2, 4, [1, 0, 1, 1, 0, 1, 1, 1]), "csr"]),
  "Linear.kernelFor": call(() => [3]),
  "Linear.forward": { args: () => [floats(8), new Float32Array(4)], writes: true },
  "Network.initialise": call(() => [1]),
  "Network.deviation": call(() => [1]),
  "Network.load": call((core) => [tiny(core).parameters()]),
  "Network.forward": { args: () => [floats(8), new Float32Array(6)], writes: true },
  "Trainer.step": call(() => [floats(16), labels(4)]),
  "SmallNetwork.count": call(() => [smallSamples()]),
  "SmallNetwork.run": call(() => [Float64Array.of(1, 0)]),
  "SmallNetwork.traces": call(() => [smallSamples()]),
  "SmallNetwork.meanLoss": call(() => [smallSamples()]),
  "SmallNetwork.gradient": call(() => [smallSamples()]),
  "SmallNetwork.curvature": call(() => [smallSamples(), "full"]),
  "SubsetSums.status": call(() => [1]),
  "SubsetSums.subset": call(() => [1]),
  "SubsetSums.record": call(() => [1, found()]),
  "SubsetSums.set": call(() => [1, new gt.SubsetSums(1, 3)]),
  "TicketNetwork.forward": { args: () => [floats(6), new Float32Array(4)], writes: true },
  "FeatureMap.apply": call(() => [floats(8)]),
  "OnnxModel.weights": call(() => [io.readOnnx(sample()).layers[0].name]),
  "OnnxModel.edited": call(() => {
    const { layers, weights } = io.readOnnx(sample());
    return [new Map(layers.map(({ name }) => [name, weights(name)])), new Map([["m.data", "n.data"]])];
  }),
  "OnnxModel.kept": call(() => [io.readOnnx(sample()).layers[0].name]),
  "OnnxModel.withWeights": call(() => {
    const { layers, weights } = io.readOnnx(sample());
    return [new Map([[layers[0].name, weights(layers[0].name)]])];
  }),
  "OnnxModel.withOutputs": call(() => [[io.readOnnx(sample()).layers[0].input]]),
};
