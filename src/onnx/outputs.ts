/** The outputs of a model as samples show them before pruning: which can be compared, and how labels are. */
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { OutputFacts } from "../prune/output-error.js";
import { floatsOf, type RuntimeTensor } from "./runtime.js";

/** An output that no error is told of. */
export interface UncomparedOutput {
  /** Of the output. */
  readonly name: string;
  /** Why: it is … */
  readonly reason: string;
}

/** An output by name. */
export type Tensors = Readonly<Record<string, RuntimeTensor>>;

/** @returns whether a tensor holds floating-point numbers */
export const isFloat = ({ type }: RuntimeTensor): boolean => ["float32", "float64", "float16"].includes(type);

/** Values to compare: of floating-point numbers f32, of others as they are. */
export const valuesOf = (tensor: RuntimeTensor): ArrayLike<unknown> =>
  isFloat(tensor) ? floatsOf(tensor) : (tensor.data as ArrayLike<unknown>);

/** What a model puts out. */
export class ModelOutputs {
  /** Those that are tensors. */
  readonly names: readonly string[];
  /** What is compared with labels. */
  readonly judged: string | undefined;
  readonly #others: readonly string[];
  readonly #facts = new Map<string, OutputFacts>();
  /** Sizes by output and samples a run, and those that had others too. */
  readonly #sizes = new Map<string, string>();
  readonly #varying = new Set<string>();

  /**
   * @param names  of tensors
   * @param others  names of outputs that are none
   * @param judged  the output that labels are compared with
   */
  constructor(names: readonly string[], others: readonly string[], judged?: string) {
    this.names = names;
    this.judged = judged;
    this.#others = others;
  }

  /** Looks at what a run over so many samples gave. */
  observe(outputs: Tensors, taken: number): void {
    for (const name of this.names) {
      const output = outputs[name];
      const facts = this.#facts.get(name) ?? new OutputFacts(isFloat(output));
      this.#facts.set(name, facts);
      facts.add(valuesOf(output));
      const [key, size] = [`${taken} ${name}`, output.dims.join()];
      if ((this.#sizes.get(key) ?? size) !== size) this.#varying.add(name);
      this.#sizes.set(key, size);
    }
  }

  /** Whether its number of rows depends on the data, as far as the samples show it. */
  varies(name: string): boolean {
    return this.#varying.has(name);
  }

  /** Those that no error can be told of. */
  get uncompared(): UncomparedOutput[] {
    const flaws = this.names.flatMap((name) => {
      const reason = this.#facts.get(name)?.flaw;
      return reason === undefined ? [] : [{ name, reason }];
    });
    return [...flaws, ...this.#others.map((name) => ({ name, reason: "no tensor" }))];
  }

  /**
   * An error can be kept to where one output can be compared, and no other is out of all bounds.
   *
   * @throws {ArgumentRangeError} that names outputs, and says why they cannot be compared
   */
  checkComparable(): void {
    const { uncompared } = this;
    const isBroken = [...this.#facts.values()].some((facts) => !facts.isFinite);
    const isNothing = uncompared.length === this.names.length + this.#others.length;
    if (!isBroken && !isNothing) return;
    const found = uncompared.map(({ name, reason }) => `${JSON.stringify(name)} is ${reason}`).join(", ");
    throw new ArgumentRangeError(
      `"options.maxError" expected outputs that can be compared, ${found || "found none"}`,
    );
  }
}

/**
 * The output that labels are compared with: the first that has one whole number a sample, or numbers of several
 * classes.
 *
 * @param outputs  of a run
 * @param names  in the order of the model
 * @param labels  of the samples of the run
 * @returns its name
 * @throws {ArgumentTypeError} where there is none
 */
export function judgedOutput(outputs: Tensors, names: readonly string[], labels: Uint16Array): string {
  const judged = names.find((name) => rightOf(outputs[name], labels) !== undefined);
  if (judged !== undefined) return judged;
  const found = names.map((name) => {
    const { type, dims } = outputs[name];
    return `${JSON.stringify(name)} ${type} ${dims.join(" × ") || "scalar"}`;
  });
  throw new ArgumentTypeError(
    `"options.labels" expected an output of one number a class or one whole number a sample, for ${labels.length} ` +
      `samples found ${found.join(", ") || "none that is a tensor"}`,
  );
}

/**
 * @param output  of a run
 * @param labels  of its samples
 * @returns how many samples have their largest value, or their one whole number, at their label; undefined where the
 *   output has no such numbers
 */
export function rightOf(output: RuntimeTensor, labels: Uint16Array): number | undefined {
  const sizes = output.dims.filter((size) => size !== 1);
  if (labels.length > 1 && sizes.shift() !== labels.length) return undefined;
  if (isFloat(output)) {
    if (sizes.length !== 1) return undefined;
    return labels.reduce(
      (sum, label, i) => sum + Number(largestAt(floatsOf(output), i, sizes[0]) === label),
      0,
    );
  }
  if (sizes.length > 0 || !/^u?int/.test(output.type)) return undefined;
  const values = output.data as ArrayLike<number | bigint>;
  return labels.reduce((sum, label, i) => sum + Number(Number(values[i]) === label), 0);
}

/** The class of a sample's largest value; the first of equal ones, −1 where none is a number. */
function largestAt(values: Float32Array, sample: number, classes: number): number {
  const own = values.subarray(sample * classes, (sample + 1) * classes);
  return own.indexOf(own.reduce((most, value) => Math.max(most, value), -Infinity));
}

/** How many classes an output tells apart; unbounded for whole numbers. */
export const classesOf = (output: RuntimeTensor, samples: number): number =>
  isFloat(output) ? floatsOf(output).length / samples : Infinity;
