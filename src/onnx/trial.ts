/** One run before all work: does the model run on the samples, what does it put out, do the labels fit? */
import { ArgumentRangeError } from "../errors.js";
import type { OnnxValue } from "../io/onnx/graph.js";
import { classesOf, judgedOutput, ModelOutputs, type Tensors } from "./outputs.js";
import { openSession, type Runtime, runSamples, type Session } from "./runtime.js";
import type { Samples } from "./samples.js";

/**
 * Runs a model on its first samples and its last ones, as many at a time as it will be; where it runs on one at a time
 * alone, and nobody asked for more, the samples take themselves so from then on.
 *
 * @param runtime  that runs it
 * @param bytes  the file
 * @param outputs  of the model
 * @param samples  to run it on
 * @param labels  one a sample, or none
 * @returns what it puts out
 * @throws {FormatError} when the runtime does not load it
 * @throws {ArgumentRangeError | ArgumentTypeError} when it does not run on the samples, or labels do not
 *   fit any output
 */
export async function tryModel(
  runtime: Runtime,
  bytes: Uint8Array,
  outputs: readonly OnnxValue[],
  samples: Samples,
  labels?: Uint16Array,
): Promise<ModelOutputs> {
  const session = await openSession(runtime, bytes);
  try {
    const trial = new Trial(session, runtime, samples);
    // What the file gives a type of numbers is a tensor; the others have to be asked for one by one.
    const sure = outputs.filter(({ type }) => type > 0).map(({ name }) => name);
    let found: Tensors = sure.length > 0 ? await trial.first(sure) : {};
    const others: string[] = [];
    for (const { name } of outputs.filter(({ type }) => type === 0)) {
      const own = await trial.tensor(name);
      if (own) found = { ...found, ...own };
      else others.push(name);
    }
    const names = outputs.map(({ name }) => name).filter((name) => !others.includes(name));
    if (!labels) return new ModelOutputs(names, others);
    const { taken } = samples.placeOf(0);
    const judged = judgedOutput(found, names, labels.subarray(0, taken));
    checkClasses(labels, judged, classesOf(found[judged], taken));
    return new ModelOutputs(names, others, judged);
  } finally {
    await session.release();
  }
}

class Trial {
  readonly #session: Session;
  readonly #runtime: Runtime;
  readonly #samples: Samples;

  constructor(session: Session, runtime: Runtime, samples: Samples) {
    this.#session = session;
    this.#runtime = runtime;
    this.#samples = samples;
  }

  /** Outputs of the first run, after which the last one is known to work as well. */
  async first(names: readonly string[]): Promise<Tensors> {
    const samples = this.#samples;
    try {
      const outputs = await this.#run(0, names);
      if (samples.placeOf(samples.runs - 1).taken < samples.batch) await this.#run(samples.runs - 1, names);
      return outputs;
    } catch (error) {
      if (samples.batch === 1 || samples.isBatchGiven || isNoTensor(error)) throw advised(error);
      samples.takeSingly();
      return this.#run(0, names).catch((again) => {
        throw advised(again);
      });
    }
  }

  /** An output that may be no tensor; undefined when it is none. */
  async tensor(name: string): Promise<Tensors | undefined> {
    try {
      return await this.first([name]);
    } catch (error) {
      if (isNoTensor(error)) return undefined;
      throw error;
    }
  }

  #run(run: number, names: readonly string[]): Promise<Tensors> {
    return runSamples(this.#session, this.#runtime, this.#samples, run, names);
  }
}

/** How ONNX Runtime says that an output is a sequence or a map. */
const isNoTensor = (error: unknown): boolean => /non-tensor/i.test((error as Error).message);

function advised(error: unknown): unknown {
  if (!(error instanceof ArgumentRangeError) || isNoTensor(error)) return error;
  const message = `${error.message} ("batch", --batch, says how many samples a run takes)`;
  return new ArgumentRangeError(message, { cause: error });
}

function checkClasses(labels: Uint16Array, output: string, classes: number): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw new ArgumentRangeError(
    `"options.labels" expected classes below ${classes}, as ${JSON.stringify(output)} has them, ` +
      `got ${labels[wrong]} at index ${wrong}`,
  );
}
