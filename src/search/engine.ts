/** What a search needs done: jobs, in workers or in this thread, and a few things in a core of its own. */
import { dataset } from "../net/dataset.js";
import { type Network, network } from "../net/network.js";
import { open } from "../open.js";
import { byCriterion } from "../prune/by-criterion.js";
import { masksOf } from "../prune/whole.js";
import type { TaskQueue } from "../runtime/elsewhere.js";
import type { Runner } from "../runtime/pool.js";
import type { Hooks } from "../runtime/serve.js";
import { runnerOf } from "../runtime/share-out.js";
import { CRITERIA } from "../saliency/index.js";
import { UNSTRUCTURED } from "../select/pattern.js";
import type { BeforeTraining, Job, JobResult, Samples } from "./contract.js";
import { type JobReport, program, type Setup } from "./program.js";
import { pruneByMagnitude } from "./run-job.js";
import type { Settings } from "./settings.js";
import { script } from "./worker-script.js";

/** The hands of a search. */
export interface Engine {
  /** Jobs that run at the same time. */
  readonly size: number;
  run(job: Job, hooks: Hooks<JobReport>): Promise<JobResult>;
  /** Weights and biases that a job with this seed starts from when it is given none. */
  initialWeights(seed: number): Float32Array[];
  /** The masks after one more pruning by the protocol's rates; no masks = nothing pruned yet. */
  prune(parameters: readonly Float32Array[], masks: readonly Uint32Array[]): Uint32Array[];
  /**
   * The masks that a criterion makes of a network before it is trained. Not while another call is at work.
   *
   * @param parameters  weights and biases of the network
   * @param kept  weights to keep of each layer; all together where the criterion compares layers
   * @param seed  of random scores
   */
  score(
    criterion: BeforeTraining,
    parameters: readonly Float32Array[],
    kept: readonly number[],
    seed: number,
    signal?: AbortSignal,
  ): Promise<Uint32Array[]>;
  close(): void;
}

/** Training samples, the first ones, that criteria see. */
const SCORED_SAMPLES = 1000;
/** Criteria that prune each layer by itself, as iterative pruning does. */
const BY_LAYER: readonly BeforeTraining[] = ["random", "magnitude"];

/**
 * Opens a core and prepares workers; they start with the first jobs.
 *
 * @param samples  copied into each worker
 * @param settings  of the search
 * @param workers  at most; 0 = none, all in this thread; default the host's
 *   parallelism, and this thread where none starts
 * @param queue  takes the jobs to other machines instead
 * @throws {VariantError} when the host cannot run the variant
 */
export async function openEngine(
  samples: Samples,
  settings: Settings,
  workers?: number,
  queue?: TaskQueue,
): Promise<Engine> {
  const { protocol, variant } = settings;
  const core = await open({ variant });
  const setup: Setup = { samples, protocol, variant: core.variant };
  const runner: Runner<Job, JobResult, JobReport> = runnerOf({ workers, script, program, setup, queue });
  const inScope = <T>(seed: number, body: (net: Network) => T): T =>
    core.scoped(() => body(network(core, protocol.network ?? protocol.sizes, { init: protocol.init, seed })));
  return {
    size: runner.size,
    run: (job, hooks) => runner.run(job, hooks),
    initialWeights: (seed) => inScope(seed, (net) => net.parameters()),
    prune: (parameters, masks) =>
      inScope(0, (net) => {
        net.load(parameters);
        for (const [l, layer] of net.layers.entries()) {
          if (masks.length > 0) layer.mask = core.mask(layer.outputs, layer.inputs, masks[l]);
        }
        return pruneByMagnitude(net, protocol.rates);
      }),
    async score(criterion, parameters, kept, seed, signal) {
      using _scope = core.scope();
      const net = network(core, protocol.network ?? protocol.sizes, { init: protocol.init, seed });
      net.load(parameters);
      const { features, classes, train } = samples;
      const count = Math.min(SCORED_SAMPLES, train.labels.length);
      const inputs = train.inputs.subarray(0, count * features);
      const data = dataset(core, inputs, train.labels.subarray(0, count), { features, classes });
      const zeros = net.layers.map((layer, l) => layer.outputs * layer.inputs - kept[l]);
      const targets = BY_LAYER.includes(criterion)
        ? zeros.map((count) => ({ pattern: UNSTRUCTURED, zeros: count }))
        : zeros.reduce((sum, count) => sum + count, 0);
      await byCriterion(CRITERIA[criterion]).solve(net, data, targets, { seed, signal });
      return masksOf(net).map((mask) => mask.words().slice());
    },
    close() {
      runner.close();
      core.dispose();
    },
  };
}
