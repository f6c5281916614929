/**
 * Networks small enough for their whole Hessian, in f64 and plain TypeScript: those of the Optimal Brain papers.
 *
 * Parameters stand in one vector, layer after layer: weights outputs × inputs, then biases. A mask says which are
 * there; all count alike, biases too.
 */
import {
  checkInteger,
  checkLength,
  checkObject,
  checkOneOf,
  checkOptions,
  checkTypedArray,
} from "../check.js";
import { ArgumentTypeError, ShapeError } from "../errors.js";
import { exp, log, sigmoid, tanh } from "./float64.js";

/** Value and derivatives of an activation function, the derivatives from the value. */
interface Activation {
  value(a: number): number;
  slope(x: number): number;
  bend(x: number): number;
}

const ACTIVATIONS = {
  sigmoid: { value: sigmoid, slope: (x) => x * (1 - x), bend: (x) => x * (1 - x) * (1 - 2 * x) },
  tanh: { value: tanh, slope: (x) => 1 - x * x, bend: (x) => -2 * x * (1 - x * x) },
  relu: { value: (a) => Math.max(0, a), slope: (x) => (x > 0 ? 1 : 0), bend: () => 0 },
  identity: { value: (a) => a, slope: () => 1, bend: () => 0 },
} satisfies Record<string, Activation>;

/** Of a layer: two layers of so many still fit into an array. */
const MOST_NEURONS = 4096;

/** Names of activation functions. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Squared error: ½ Σ (output − target)². Cross-entropy: of the softmax of the outputs. */
export type SmallLoss = "squared-error" | "cross-entropy";

/** What `smallNetwork` takes beside the sizes. */
export interface SmallNetworkOptions {
  /** Of the hidden layers. Default "sigmoid". */
  readonly hidden?: ActivationName;
  /** Of the outputs. Default "sigmoid" for squared error, "identity" for cross-entropy. */
  readonly output?: ActivationName;
  /** Default "squared-error". */
  readonly loss?: SmallLoss;
}

/** Samples: inputs row after row, and a target for each output. */
export interface SmallSamples {
  /** Samples × inputs. */
  readonly inputs: Float64Array;
  /** Samples × outputs. */
  readonly targets: Float64Array;
}

/** A pattern's way through the network: activations of all layers, inputs first. */
export type Trace = readonly Float64Array[];

/** A multi-layer perceptron in f64. */
export class SmallNetwork {
  /** Neurons per layer, inputs first. */
  readonly sizes: readonly number[];
  /** What is minimised. */
  readonly loss: SmallLoss;
  /** Weights and biases of all layers, as said above. */
  readonly parameters: Float64Array;
  /** 1 = there; a parameter that is not is 0. */
  readonly mask: Uint8Array;
  readonly #activations: readonly Activation[];
  /** Where each layer's parameters start. */
  readonly #starts: readonly number[];

  /** Whether a value is one, and no proxy of it: what `instanceof` asks. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && #starts in value;
  }

  /** `smallNetwork` is the door to it. */
  constructor(sizes: readonly number[], hidden: ActivationName, output: ActivationName, loss: SmallLoss) {
    this.sizes = [...sizes];
    this.loss = loss;
    const starts = [0];
    for (let l = 0; l + 1 < sizes.length; l++) starts.push(starts[l] + sizes[l + 1] * (sizes[l] + 1));
    this.#starts = starts;
    this.#activations = sizes.slice(1).map((_, l) => ACTIVATIONS[l + 2 < sizes.length ? hidden : output]);
    this.parameters = new Float64Array(starts[starts.length - 1]);
    this.mask = new Uint8Array(this.parameters.length).fill(1);
  }

  /** Parameters that are there. */
  get kept(): number {
    return this.mask.reduce((sum, bit) => sum + bit, 0);
  }

  /** How many samples there are. @throws {ShapeError} when inputs and targets do not fit the network or each other */
  count(samples: SmallSamples): number {
    const { inputs, targets } = checkObject("samples", samples);
    const [features, outputs] = [this.sizes[0], this.sizes[this.sizes.length - 1]];
    checkTypedArray("samples.inputs", inputs, "Float64Array");
    checkTypedArray("samples.targets", targets, "Float64Array");
    const count = inputs.length / features;
    if (Number.isInteger(count) && targets.length === count * outputs) return count;
    const expected = `samples × ${features} inputs and samples × ${outputs} targets`;
    throw new ShapeError(`"samples" expected ${expected}, got ${inputs.length} and ${targets.length}`);
  }

  /**
   * Activations of all layers for one input; the outputs are the last, for cross-entropy the softmax of them.
   *
   * @throws {ArgumentTypeError | ShapeError} when it is no input of the network
   */
  run(input: Float64Array): Trace {
    checkLength("input", checkTypedArray("input", input, "Float64Array"), 1, this.sizes[0]);
    const trace = [input];
    for (const [l, activation] of this.#activations.entries()) {
      const { inputs, outputs, weights, bias } = this.#layer(l);
      const x = trace[l];
      trace.push(
        Float64Array.from({ length: outputs }, (_, i) => {
          let sum = this.parameters[bias + i];
          for (let j = 0; j < inputs; j++) sum += this.parameters[weights + i * inputs + j] * x[j];
          return activation.value(sum);
        }),
      );
    }
    if (this.loss === "cross-entropy") trace[trace.length - 1] = softmax(trace[trace.length - 1]);
    return trace;
  }

  /** Every sample's trace and target. */
  *traces(samples: SmallSamples): Generator<{ trace: Trace; target: Float64Array }> {
    const [features, outputs] = [this.sizes[0], this.sizes[this.sizes.length - 1]];
    const count = this.count(samples);
    for (let s = 0; s < count; s++) {
      const input = samples.inputs.subarray(s * features, (s + 1) * features);
      yield { trace: this.run(input), target: samples.targets.subarray(s * outputs, (s + 1) * outputs) };
    }
  }

  /** Mean loss over the samples. */
  meanLoss(samples: SmallSamples): number {
    let sum = 0;
    for (const { trace, target } of this.traces(samples)) {
      const outputs = trace[trace.length - 1];
      for (const [k, output] of outputs.entries()) {
        if (this.loss === "squared-error") sum += (output - target[k]) ** 2 / 2;
        else if (target[k] > 0) sum -= target[k] * log(output);
      }
    }
    return sum / this.count(samples);
  }

  /** Derivative of a sample's loss by the pre-activations of the outputs. */
  outputDelta(trace: Trace, target: Float64Array): Float64Array {
    const outputs = trace[trace.length - 1];
    const { slope } = this.#activations[this.#activations.length - 1];
    const isSquared = this.loss === "squared-error";
    return outputs.map((output, k) => (output - target[k]) * (isSquared ? slope(output) : 1));
  }

  /** Gradient by all parameters of what has the derivative `delta` by the pre-activations of the outputs. */
  backward(trace: Trace, delta: Float64Array): Float64Array {
    const gradient = new Float64Array(this.parameters.length);
    let below = delta;
    for (let l = this.#activations.length - 1; l >= 0; l--) {
      const { inputs, weights, bias } = this.#layer(l);
      const x = trace[l];
      const own = below;
      below = new Float64Array(inputs);
      for (const [i, d] of own.entries()) {
        for (let j = 0; j < inputs; j++) {
          gradient[weights + i * inputs + j] = d * x[j];
          below[j] += this.parameters[weights + i * inputs + j] * d;
        }
        gradient[bias + i] = d;
      }
      if (l > 0) below = below.map((d, j) => d * this.#activations[l - 1].slope(x[j]));
    }
    return gradient.map((value, q) => (this.mask[q] ? value : 0));
  }

  /** Gradient of the mean loss. */
  gradient(samples: SmallSamples): Float64Array {
    const sum = new Float64Array(this.parameters.length);
    for (const { trace, target } of this.traces(samples)) {
      this.backward(trace, this.outputDelta(trace, target)).forEach((value, q) => {
        sum[q] += value;
      });
    }
    const count = this.count(samples);
    return sum.map((value) => value / count);
  }

  /**
   * Vectors X, one an output, with Σ X Xᵀ the Gauss–Newton Hessian of a sample's loss: the derivatives of the outputs,
   * and for cross-entropy √p_k · (∂a_k − Σ p_m ∂a_m), as diag(p) − p pᵀ has it.
   */
  curvatureVectors(trace: Trace): Float64Array[] {
    const outputs = trace[trace.length - 1];
    const { slope } = this.#activations[this.#activations.length - 1];
    return [...outputs].map((output, k) => {
      const delta =
        this.loss === "squared-error"
          ? outputs.map((_, m) => (m === k ? slope(output) : 0))
          : outputs.map((p, m) => Math.sqrt(output) * (Number(m === k) - p));
      return this.backward(trace, delta);
    });
  }

  /**
   * Diagonal of the second derivatives of the mean loss by OBD's backward recursion, which leaves out how units of a
   * layer go together: exact for one hidden layer and squared error.
   *
   * @param samples  at least one
   * @param form  "full", or "gauss-newton" without second derivatives of the activations: ≥ 0
   *
   * Source: LeCun, Denker & Solla, "Optimal Brain Damage", 1990, section 2.2.
   */
  curvature(samples: SmallSamples, form: "full" | "gauss-newton"): Float64Array {
    const sum = new Float64Array(this.parameters.length);
    for (const { trace, target } of this.traces(samples))
      this.#addCurvature(sum, trace, target, form === "full");
    const count = this.count(samples);
    return sum.map((value, q) => (this.mask[q] ? value / count : 0));
  }

  #addCurvature(sum: Float64Array, trace: Trace, target: Float64Array, isFull: boolean): void {
    const outputs = trace[trace.length - 1];
    const last = this.#activations[this.#activations.length - 1];
    let delta = this.outputDelta(trace, target);
    let second = outputs.map((x, k) => {
      if (this.loss === "cross-entropy") return x * (1 - x);
      return last.slope(x) ** 2 + (isFull ? (x - target[k]) * last.bend(x) : 0);
    });
    for (let l = this.#activations.length - 1; l >= 0; l--) {
      const { inputs, weights, bias } = this.#layer(l);
      const x = trace[l];
      const [first, curved] = [new Float64Array(inputs), new Float64Array(inputs)];
      for (const [i, A] of second.entries()) {
        for (let j = 0; j < inputs; j++) {
          const w = this.parameters[weights + i * inputs + j];
          sum[weights + i * inputs + j] += A * x[j] ** 2;
          first[j] += w * delta[i];
          curved[j] += w * w * A;
        }
        sum[bias + i] += A;
      }
      if (l === 0) return;
      const { slope, bend } = this.#activations[l - 1];
      delta = first.map((d, j) => d * slope(x[j]));
      second = curved.map((A, j) => slope(x[j]) ** 2 * A + (isFull ? bend(x[j]) * first[j] : 0));
    }
  }

  #layer(l: number): { inputs: number; outputs: number; weights: number; bias: number } {
    const [inputs, outputs, weights] = [this.sizes[l], this.sizes[l + 1], this.#starts[l]];
    return { inputs, outputs, weights, bias: weights + inputs * outputs };
  }
}

/**
 * A small network, all parameters 0.
 *
 * @param sizes  neurons per layer, inputs first; at least two, each from 1 to 4096
 * @param options  activations and loss
 * @throws {ArgumentTypeError | ArgumentRangeError} when an argument does not fit
 */
export function smallNetwork(sizes: readonly number[], options?: SmallNetworkOptions): SmallNetwork {
  const given = checkOptions("options", options, ["hidden", "output", "loss"]);
  if (!Array.isArray(sizes) || sizes.length < 2) {
    throw new ArgumentTypeError('"sizes" expected an array of at least two layer sizes');
  }
  for (const [i, size] of sizes.entries()) checkInteger(`sizes[${i}]`, size, 1, MOST_NEURONS);
  const names = Object.keys(ACTIVATIONS) as ActivationName[];
  const loss = checkOneOf("options.loss", given.loss ?? "squared-error", ["squared-error", "cross-entropy"]);
  const hidden = checkOneOf("options.hidden", given.hidden ?? "sigmoid", names);
  const usual = loss === "squared-error" ? "sigmoid" : "identity";
  const outputs: readonly ActivationName[] = loss === "squared-error" ? names : ["identity"];
  return new SmallNetwork(sizes, hidden, checkOneOf("options.output", given.output ?? usual, outputs), loss);
}

function softmax(logits: Float64Array): Float64Array {
  const largest = Math.max(...logits);
  const powers = logits.map((value) => exp(value - largest));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
