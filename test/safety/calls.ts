/** One right call of everything that the package exports, small enough to be made thousands of times. */
import * as gt from "../../src/index.js";
import { writeModel } from "../../src/io/index.js";
import { Random } from "../harness/random.js";
import type { Call } from "./probe.js";

type Core = gt.Core;
const SHAPE = { features: 4, classes: 3 };
const floats = (length: number, seed = 1) => new Random(seed).uniform(length);
const doubles = (length: number, seed = 1) => Float64Array.from(floats(length, seed));
const labels = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 3);
const bytes = (count: number) => ({
  inputs: Uint8Array.from({ length: 4 * count }, (_, i) => (i * 37) % 256),
  labels: labels(count),
});
const samples = () => ({ ...SHAPE, train: bytes(12), validation: bytes(6), test: bytes(6) });
const net = (core: Core) => gt.network(core, [4, 5, 3], { seed: 1 });
const data = (core: Core) => gt.dataset(core, floats(48), labels(12), SHAPE);
const mask = (core: Core) => core.mask(2, 4, [1, 0, 1, 1, 0, 1, 1, 1]);
const matrix = (core: Core) => core.matrix(2, 4, floats(8));
const gram = (core: Core) => core.doubleMatrix(3, 3, [2, 0.5, 0, 0.5, 2, 0.5, 0, 0.5, 2]);
const spectrum = () => ({ beta: 2, largest: 1, smallest: 0.1 });
const small = () => gt.smallNetwork([2, 2, 1]);
const smallSamples = () => ({ inputs: Float64Array.of(0, 0, 0, 1, 1, 0), targets: Float64Array.of(0, 1, 1) });
const inverse = () => gt.inverseByRecursion(small(), smallSamples(), 1e-4);
const target = () => ({ rows: 2, columns: 3, weights: floats(6), bias: floats(2), relu: true });
const residuals = () => ({ weights: new Float64Array(6).fill(1e-3), bias: new Float64Array(2).fill(1e-3) });
const box = () => ({ kind: "box", low: 0, high: 1 });
const layer = () => ({
  rows: 2,
  columns: 3,
  rowStarts: Uint32Array.of(0, 2, 3),
  columnIndices: Uint32Array.of(0, 2, 1),
  values: Float32Array.of(1, -2, 3),
  bias: Float32Array.of(0.5, -0.5),
  relu: true,
});
const outer = () => ({ ...layer(), columns: 2, columnIndices: Uint32Array.of(0, 1, 1), relu: false });
const words = () => [new Uint32Array(5).fill(15), new Uint32Array(3).fill(31)];
const protocol = () => ({ sizes: [4, 5, 3], iterations: 2, batch: 4 });
const found = { workers: 0, rounds: 1, trials: 1, seed: 1 };
const evaluation = () => ({ accuracy: 1, earlyStopIteration: 1, earlyStopAccuracy: 1, history: [] });
const result = () => ({
  id: "t0-r0",
  evaluation: evaluation(),
  nextMasks: words(),
  rewound: [floats(20), floats(5), floats(15), floats(3)],
  trained: [floats(20), floats(5), floats(15), floats(3)],
});
const round = (number: number, accuracy: number) => ({
  ...{
    round: number,
    density: 0.5 ** number,
    layers: [],
    accuracy,
    earlyStopIteration: 1,
    trials: [evaluation()],
  },
  control: { reinitialised: null, shuffled: null },
});
const ticket = () => ({
  ...{ sizes: [4, 5, 3], trial: 0, round: 1, density: 1, masks: words() },
  weights: [floats(20), floats(5), floats(15), floats(3)],
});
const origin = () => ({
  method: "imp",
  seed: 1,
  variant: "simd",
  protocol: { ...protocol(), network: undefined },
});
const bound = () => ({ sizes: [4, 5, 3], epsilon: 0.1, delta: 0.1 });

const call = (args: Call["args"], ...work: string[]): Call => ({ args, work });
/** Options of which none has to be given. */
const options = (given: object, ...work: string[]) => call(() => [given], ...work.map((key) => `0.${key}`));

const layers: Record<string, Call> = {
  adam: options({ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 }),
  sgd: options({ learningRate: 0.1, momentum: 0.9, weightDecay: 0 }),
  batchNorm: options({ epsilon: 1e-5, momentum: 0.1 }),
  conv: call(() => [2, { kernel: [3, 3], stride: 1, padding: "same" }]),
  dense: call(() => [3]),
  pool: call(() => ["max", 2, 2]),
  dataset: call((core) => [core, floats(48), labels(12), SHAPE]),
  evaluate: call((core) => [net(core), data(core)]),
  linear: call((core) => [
    ...[core, floats(8)],
    { inputs: 4, outputs: 2, bias: floats(2), mask: mask(core), relu: true, kernel: "csr" },
  ]),
  readNetwork: call((core) => [
    core,
    writeModel({
      layers: [{ name: "0", rows: 2, columns: 3, weights: floats(6), bias: floats(2), mask: undefined }],
    }),
    { order: ["0"] },
  ]),
  network: call((core) => [core, [4, 5, 3], { init: "kaiming-normal", seed: 1 }]),
  "network of images": {
    args: (core) => [
      core,
      { input: [1, 4, 4], layers: [gt.conv(2), gt.batchNorm(), gt.pool("max"), gt.dense(3)] },
      { seed: 1 },
    ],
  },
  train: call(
    (core) => [
      ...[net(core), data(core)],
      {
        iterations: 2,
        startAt: 0,
        batch: 4,
        optimizer: gt.adam(),
        seed: 1,
        validation: data(core),
        evaluateEvery: 1,
      },
    ],
    ...["2.iterations", "2.batch"],
  ),
  trainer: call((core) => [net(core), { optimizer: gt.sgd(), batch: 4 }]),
  trainSparse: call(
    (core) => [
      ...[net(core), data(core)],
      {
        ...{
          iterations: 4,
          method: "rigl",
          sparsity: 0.5,
          batch: 4,
          updateEvery: 2,
          updateUntil: 2,
          fraction: 0.3,
        },
        ...{ budget: "erdos-renyi", seed: 1 },
      },
    ],
    ...["2.iterations", "2.batch"],
  ),
  smallNetwork: call(() => [[2, 2, 1], { hidden: "tanh", output: "sigmoid", loss: "squared-error" }]),
  levenbergMarquardt: call(() => [small(), smallSamples(), { decay: 1e-3, steps: 2 }], "2.steps"),
};

const pruning: Record<string, Call> = {
  byCriterion: call(() => [gt.CRITERIA.magnitude]),
  deleteByObs: { args: () => [small(), inverse(), 0], writes: true },
  deleteOneByOne: call(() => [small(), smallSamples(), { rule: "obs", alpha: 1e-4, look: () => false }]),
  inverseByRecursion: call(() => [small(), smallSamples(), 1e-4]),
  obsSaliencies: call(() => [small(), inverse()]),
  exactObs: options({ damping: 0.01 }),
  fisher: options({ damping: 1e-3, gradients: 8, block: 4 }),
  mFac: options({ damping: 1e-3, gradients: 8 }),
  obs: options({ alpha: 1e-3 }),
  sparsegpt: options({ damping: 0.01, blockColumns: 32, precision: "f32" }),
  heldBackOf: call(() => [20, 0.2], "0"),
  outputsOf: call((core) => [net(core), floats(8)]),
  relativeDistance: call(() => [floats(6), floats(6)]),
  plannedZeros: call((core) => [
    net(core),
    { method: "magnitude", sparsity: 0.5, pattern: { kind: "unstructured" } },
  ]),
  prune: call((core) => [
    net(core),
    {
      ...{
        method: "exact-obs",
        sparsity: 0.5,
        budget: "global",
        calibration: floats(48),
        labels: labels(12),
      },
      ...{
        pattern: { kind: "unstructured" },
        refine: "swaps",
        repair: true,
        damping: 0.01,
        sequential: false,
        workers: 0,
        seed: 1,
      },
    },
  ]),
  "prune by Fisher": call((core) => [
    net(core),
    {
      method: gt.fisher({ gradients: 4 }),
      sparsity: 0.5,
      calibration: floats(48),
      labels: labels(12),
      workers: 0,
    },
  ]),
  "prune to N:M": call((core) => [
    gt.network(core, [4, 4, 4]),
    { method: "sparsegpt", pattern: { kind: "n:m", n: 2, m: 4 }, calibration: floats(48), workers: 0 },
  ]),
  "prune within an error": call((core) => [
    net(core),
    { maxError: 0.1, calibration: floats(48), workers: 0, finished: [] },
  ]),
  pruneSmallest: call((core) => [mask(core), matrix(core), 2]),
  targetFor: call(() => [{ kind: "n:m", n: 2, m: 4 }, 2, 4, 0.5]),
  packBitmask: call((core) => [matrix(core), mask(core)]),
  unpackBitmask: call((core) => [core, gt.packBitmask(matrix(core), mask(core))]),
};

const searches: Record<string, Call> = {
  chosenRound: call(() => [[round(0, 0.9), round(1, 0.95)]]),
  compareMasks: call(() => [words(), words(), [4, 5, 3]]),
  maskPaths: call(() => [words(), [4, 5, 3]]),
  signAgreement: call(() => [floats(6), floats(6, 2), Uint8Array.of(1, 1, 0, 1, 0, 1)]),
  encodeResult: call(() => [result()], "0.evaluation", "0.evaluation."),
  decodeResult: call(() => [gt.encodeResult(result() as never)]),
  encodeTicket: call(() => [ticket(), origin()], "1.protocol", "1.protocol."),
  decodeTicket: call(() => [gt.encodeTicket(ticket() as never, origin() as never)]),
  isTicketFile: call(() => [{ format: "golden-ticket ticket" }]),
  networkOf: call((core) => [core, ticket()]),
  splitSamples: call((core) => [
    core,
    samples().train,
    { features: 4, classes: 3, validation: 0.2, seed: 1 },
  ]),
  jobId: call(() => [0, 1, "ticket"]),
  edgePopup: call(
    (core) => [
      ...[net(core), data(core)],
      { kept: [0.5, 0.5], learningRate: 0.1, momentum: 0.9, weightDecay: 0, batch: 4, epochs: 1, seed: 1 },
    ],
    ...["2.epochs", "2.batch"],
  ),
  findTicket: call(
    (core) => [net(core), samples(), { workers: 0, rounds: 1, trials: 1, rate: 0.5, iterations: 2 }],
    ...["2.iterations", "2.workers", "2.rounds", "2.trials"],
  ),
  searchTickets: call(
    () => [samples(), { ...found, method: "imp", protocol: protocol(), controlRounds: [1], variant: "simd" }],
    ...["1.workers", "1.rounds", "1.trials", "1.protocol", "1.protocol.iterations"],
  ),
  instability: call(
    (core) => [net(core), data(core), data(core), { iterations: 2, from: 0, seed: 1, batch: 4, alphas: 3 }],
    ...["3.iterations", "3.alphas", "3.batch"],
  ),
  linearPath: call((core) => [net(core), net(core).parameters(), net(core).parameters(), data(core), 3], "4"),
};

const tickets: Record<string, Call> = {
  adversarialError: call(
    (core) => [
      core,
      [target()],
      [{ inner: layer(), outer: outer() }],
      box(),
      { seed: 1, starts: 2, steps: 2 },
    ],
    ...["4.starts", "4.steps"],
  ),
  buildStructured: call((core) => [core, target(), { neurons: 16, epsilon: 2, seed: 1 }]),
  candidateProducts: call((core) => [
    gt.network(core, [2, 2, 2], { seed: 1 }),
    { epsilon: 0.1, pool: 8, seed: 1, domain: box(), layer: 1, row: 1, column: 2 },
  ]),
  certify: call(() => [[target()], [residuals()], { kind: "box", low: [0, 0, 0], high: [1, 1, 1] }]),
  compareNeuronSelection: call(
    (core) => [core, { dimensions: [2], epsilon: 1, neurons: 8, trials: 1, seed: 1 }],
    ...["1.neurons", "1.trials"],
  ),
  goldenRatioDecomposition: call(() => [[0.6, 0.4, 0.2], 0.7]),
  malachBound: options(bound()),
  orseauBound: options({ ...bound(), wMax: 1, inputNorms: [1, 1], lipschitz: [1, 1] }),
  pensiaBound: options({ ...bound(), constant: 5, nonNegative: false }),
  outputDistance: call((core) => [net(core), net(core), floats(8)]),
  randomFeatures: call(
    (core) => [
      ...[core, { ...target(), rows: 1, weights: floats(3), bias: floats(1) }],
      { features: 8, kept: 4, domain: box(), samples: 8, freshSamples: 4, seed: 1 },
    ],
    ...["2.features", "2.samples", "2.freshSamples"],
  ),
  randomInputs: call((core) => [core, box(), 3, 2, 1, 0], "2", "3"),
  strongTicket: call((core) => [
    gt.network(core, [2, 2, 2], { seed: 1 }),
    {
      ...{ construction: "subset-sum", epsilon: 0.1, delta: 0.1, objective: "any", pool: 8, seed: 1 },
      ...{ domain: box(), workers: 0 },
    },
  ]),
  structuredSubset: call(() => [Float64Array.of(1, 0, 0, 1, 0.5, 0.5), [1, 1], 0.1]),
  subsetSum: call((core) => [
    ...[core, floats(12), floats(2, 2)],
    { objective: "any", tolerance: 0.1, limit: 4, pools: "own" },
  ]),
  searchSubsetSums: call((core) => [
    ...[core, floats(12), floats(2, 2)],
    { objective: "fewest", tolerance: 0.1, pools: "shared", workers: 0 },
  ]),
  solveSubsetSum: call((core) => [
    ...[core, doubles(8), 0.5],
    { solver: "branch-and-bound", objective: "any", tolerance: 0.1, nodeBudget: 1000 },
  ]),
  successProbability: call(
    (core) => [core, { values: 6, epsilon: 0.1, trials: 4, seed: 1, pool: "uniform" }],
    "1.trials",
  ),
  targetLayers: call((core) => [net(core)]),
};

const interpolation: Record<string, Call> = {
  contractionBound: call(() => [spectrum(), 2, 0.1]),
  criticalBatchSize: call(() => [spectrum()]),
  largestStep: call(() => [spectrum(), 2]),
  optimalStep: call(() => [spectrum(), 2]),
  doubleDescent: call(
    (core) => [
      core,
      { ...SHAPE, train: bytes(6), test: bytes(6) },
      { features: [2, 4], kind: "fourier", seed: 1 },
    ],
    ...["2.features.0", "2.features.1"],
  ),
  featureMap: call((core) => [core, { kind: "fourier", columns: 4, features: 3, bandwidth: 1, seed: 1 }]),
  gaussianGram: call((core) => [gram(core), 1]),
  gramOf: call((core) => [core.doubleMatrix(2, 3, doubles(6))]),
  spectrumOfGram: call((core) => [gram(core)]),
  measureContraction: call(
    (core) => [
      core.doubleMatrix(4, 2, doubles(8)),
      { batch: 2, stepSize: 0.1, seed: 1, runs: 2, steps: 2, warmup: 1 },
    ],
    ...["1.runs", "1.steps", "1.warmup", "1.batch"],
  ),
  stepsToInterpolate: call(
    (core) => [gram(core), [1, 0, 1], { batch: 2, stepSize: 0.1, seed: 1, tolerance: 0.5, limit: 100 }],
    ...["2.limit", "2.batch"],
  ),
  minimumNormLeastSquares: call((core) => [
    ...[core.doubleMatrix(3, 2, doubles(6)), core.doubleMatrix(3, 1, doubles(3))],
    { tolerance: 1e-9 },
  ]),
};

const handles: Record<string, Call> = {
  open: options({ variant: "simd", memoryLimitMiB: 8 }),
  openSync: options({ variant: "simd", memoryLimitMiB: 8 }),
  SubsetSums: call(() => [2, 6]),
  TicketNetwork: call((core) => [core, [layer()]]),
};

/** By the name of the export, and a remark where there are several. */
export const CALLS: Readonly<Record<string, Call>> = {
  ...layers,
  ...pruning,
  ...searches,
  ...tickets,
  ...interpolation,
  ...handles,
};
