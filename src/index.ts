/** The public names. */
export {
  ArgumentRangeError,
  ArgumentTypeError,
  BinaryError,
  DisposedError,
  FormatError,
  type MemoryShortage,
  MissingPackageError,
  NonFiniteError,
  NotPositiveDefiniteError,
  OutOfMemoryError,
  type Position,
  ShapeError,
  VariantError,
  WorkerError,
} from "./errors.js";
export type { Kernels } from "./generated/kernels.js";
export {
  type DescentRow,
  type DescentSamples,
  type DoubleDescentOptions,
  doubleDescent,
  type LabelledSamples,
} from "./interpolation/double-descent.js";
export {
  FEATURE_KINDS,
  type FeatureKind,
  type FeatureMap,
  type FeatureMapOptions,
  featureMap,
} from "./interpolation/feature-map.js";
export {
  type Contraction,
  type ContractionOptions,
  type InterpolationOptions,
  measureContraction,
  type StepOptions,
  stepsToInterpolate,
} from "./interpolation/measure-steps.js";
export {
  contractionBound,
  criticalBatchSize,
  gaussianGram,
  gramOf,
  largestStep,
  type OptimalStep,
  optimalStep,
  type Spectrum,
  spectrumOfGram,
} from "./interpolation/mini-batch.js";
export {
  type LeastSquares,
  type LeastSquaresOptions,
  minimumNormLeastSquares,
} from "./linalg/least-squares.js";
export type { KernelChoice } from "./net/cost.js";
export { type Dataset, type DatasetOptions, dataset, type Labels } from "./net/dataset.js";
export {
  type BatchNormDescription,
  batchNorm,
  type ConvDescription,
  type ConvOptions,
  conv,
  type DenseDescription,
  dense,
  type ImageShape,
  type LayerDescription,
  type NetworkDescription,
  type PoolDescription,
  pool,
} from "./net/description.js";
export { evaluate, type Runnable, type Score } from "./net/evaluate.js";
export type { Init } from "./net/init.js";
export { type LevenbergMarquardtOptions, levenbergMarquardt } from "./net/levenberg-marquardt.js";
export { type Linear, type LinearOptions, linear } from "./net/linear.js";
export { type Network, type NetworkOptions, network } from "./net/network.js";
export {
  type AdamOptions,
  adam,
  type Optimizer,
  type SgdOptions,
  sgd,
  type Updates,
} from "./net/optimizer.js";
export { NETWORKS, type NetworkName } from "./net/presets.js";
export {
  type ActivationName,
  type SmallLoss,
  type SmallNetwork,
  type SmallNetworkOptions,
  type SmallSamples,
  smallNetwork,
  type Trace,
} from "./net/small-network.js";
export type { Stage, StageTrainer } from "./net/stage.js";
export { type Look, type Trained, type TrainOptions, type TrainProgress, train } from "./net/train.js";
export { type Trainer, type TrainerOptions, trainer } from "./net/trainer.js";
export { open, openSync } from "./open.js";
export type { OpenOptions } from "./opening.js";
export { BUDGETS, type Budget, type FixedBudget } from "./prune/budgets.js";
export { byCriterion } from "./prune/by-criterion.js";
export type * from "./prune/contract.js";
export { type ExactObsOptions, exactObs } from "./prune/exact-obs.js";
export { type FisherOptions, fisher } from "./prune/fisher.js";
export { heldBackOf } from "./prune/held-back.js";
export { type MFacOptions, mFac } from "./prune/m-fac.js";
export { METHOD_NAMES, type MethodName } from "./prune/methods.js";
export {
  type DeletionOptions,
  type DeletionRule,
  deleteByObs,
  deleteOneByOne,
  inverseByRecursion,
  obsSaliencies,
} from "./prune/obs.js";
export { type ObsOptions, obs } from "./prune/obs-network.js";
export { outputsOf, relativeDistance } from "./prune/output-error.js";
export { plannedZeros } from "./prune/planned-zeros.js";
export { prune } from "./prune/prune.js";
export type { LayerRecord, PruneOptions, PruneProgress } from "./prune/prune-options.js";
export type { Pruned, PrunedLayer } from "./prune/pruned.js";
export {
  type SparseGptMethod,
  type SparseGptOptions,
  type SparseGptSolution,
  sparsegpt,
} from "./prune/sparsegpt.js";
export type { Variant, VariantChoice } from "./runtime/variant.js";
export type { Lifetime, Scope } from "./runtime/workspace.js";
export type { Criterion, LayerStatistics, Need } from "./saliency/contract.js";
export { CRITERIA, type CriterionName } from "./saliency/index.js";
export { decodeResult, encodeResult } from "./search/checkpoint.js";
export {
  type Instability,
  type InstabilityOptions,
  instability,
  linearPath,
  type PathPoint,
} from "./search/connectivity.js";
export type * from "./search/contract.js";
export {
  type EdgePopup,
  type EdgePopupEpoch,
  type EdgePopupOptions,
  type EdgePopupProgress,
  edgePopup,
} from "./search/edge-popup.js";
export { chosenRound, type FindTicketOptions, findTicket } from "./search/find-ticket.js";
export { searchTickets } from "./search/iterative-magnitude.js";
export {
  compareMasks,
  type LayerAgreement,
  type LayerPaths,
  type MaskAgreement,
  maskPaths,
  type Paths,
  signAgreement,
} from "./search/mask-statistics.js";
export type { NetworkShape } from "./search/masks.js";
export type { MaskUpdate, TrainedSparse } from "./search/moving-masks.js";
export { jobId } from "./search/plan.js";
export { readNetwork } from "./search/read-network.js";
export { type SplitOptions, splitSamples } from "./search/split-samples.js";
export {
  type DecodedTicket,
  decodeTicket,
  encodeTicket,
  isTicketFile,
  networkOf,
  type Origin,
} from "./search/ticket-file.js";
export { type TrainSparseOptions, trainSparse } from "./search/train-sparse.js";
export { type Pattern, type Target, targetFor } from "./select/pattern.js";
export { pruneSmallest } from "./select/unstructured.js";
export { type Bitmask, packBitmask, unpackBitmask } from "./sparse/bitmask.js";
export type { FormatName, SparseMatrix } from "./sparse/contract.js";
export { type Reals, type SubsetSumOptions, SubsetSums } from "./subset-sum/batch.js";
export type { Objective, Status } from "./subset-sum/contract.js";
export { type Decomposition, goldenRatioDecomposition } from "./subset-sum/greedy.js";
export {
  SOLVER_NAMES,
  type SolveOptions,
  type SolverName,
  type SubsetSum,
  solveSubsetSum,
} from "./subset-sum/solvers.js";
export { type SubsetSumSearchOptions, searchSubsetSums, subsetSum } from "./subset-sum/subset-sums.js";
export type { Core } from "./tensor/core.js";
export type { DoubleMatrix } from "./tensor/double-matrix.js";
export { Mask, type MaskBits } from "./tensor/mask.js";
export { type CopyOptions, Matrix, type MatrixValues } from "./tensor/matrix.js";
export {
  type BoundOptions,
  type BoundSource,
  type ConstructionBound,
  type LayerBoundSize,
  malachBound,
  type OrseauBound,
  type OrseauBoundOptions,
  orseauBound,
  type PensiaBoundOptions,
  pensiaBound,
  type SourceStatus,
} from "./ticket/bounds.js";
export { type CandidateOptions, candidateProducts } from "./ticket/candidates.js";
export { type Certificate, certify, type LayerBound } from "./ticket/certificate.js";
export type * from "./ticket/contract.js";
export { type Domain, randomInputs } from "./ticket/domain.js";
export { type AdversarialError, type AdversarialOptions, adversarialError } from "./ticket/evaluate.js";
export {
  type CompareOptions,
  compareNeuronSelection,
  type NeuronSelectionResult,
  type NeuronSelectionRow,
} from "./ticket/neurons.js";
export { type RandomFeatures, type RandomFeaturesOptions, randomFeatures } from "./ticket/random-features.js";
export {
  CONSTRUCTIONS,
  type Construction,
  type OutputDistance,
  outputDistance,
  type Runs,
  type StrongTicket,
  type StrongTicketOptions,
  strongTicket,
  type TicketProgress,
  targetLayers,
} from "./ticket/strong-ticket.js";
export {
  buildStructured,
  type StructuredOptions,
  type StructuredSubset,
  structuredSubset,
} from "./ticket/structured.js";
export { type SuccessOptions, type SuccessRate, successProbability } from "./ticket/success.js";
export { TicketNetwork } from "./ticket/ticket-network.js";
