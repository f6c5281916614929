/**
 * What the operators mean that onnxruntime's optimiser writes (domain com.microsoft).
 *
 * Source: microsoft/onnxruntime, docs/ContribOperators.md.
 */
import { FormatError } from "../errors.js";
import { type Attribute, type Node, tensor } from "../ops/ir.js";
import type { Translation } from "./onnx-opsets.js";

/** Nodes that stand for one: inner values have names of their own, the last makes the node's output. */
class Chain {
  readonly nodes: Node[] = [];
  readonly #node: Node;
  readonly #translation: Translation;

  constructor(node: Node, translation: Translation) {
    this.#node = node;
    this.#translation = translation;
  }

  add(
    op: string,
    inputs: readonly string[],
    attributes: Record<string, Attribute> = {},
    output?: string,
  ): string {
    const { name } = this.#node;
    const made = output ?? `${name}:${op}_${this.nodes.length}`;
    const own = this.nodes.length === 0 ? name : `${name}/${op}_${this.nodes.length}`;
    this.nodes.push({ name: own, op, inputs, outputs: [made], attributes });
    return made;
  }

  scalar(value: number): string {
    const what = `number_${this.nodes.length}_${value}`;
    return this.#translation.constant(this.#node, what, tensor("f32", [], [value]));
  }

  number(name: string, otherwise: number): number {
    const value = this.#node.attributes[name] ?? otherwise;
    return typeof value === "number" ? value : this.refuse(`a number as ${name}`, "another value");
  }

  refuse(expected: string, found: string): never {
    throw new FormatError(
      `node "${this.#node.name}" (${this.#node.op}) expected ${expected}, found ${found}`,
    );
  }
}

type Rule = (chain: Chain, node: Node) => void;

/** Activations by name, with their parameters. */
const ACTIVATIONS: Readonly<
  Record<string, (chain: Chain, x: string, p: readonly number[], y: string) => void>
> = {
  Relu: (chain, x, _, y) => chain.add("Relu", [x], {}, y),
  Sigmoid: (chain, x, _, y) => chain.add("Sigmoid", [x], {}, y),
  Tanh: (chain, x, _, y) => chain.add("Tanh", [x], {}, y),
  LeakyRelu: (chain, x, [alpha = 0.01], y) => chain.add("LeakyRelu", [x], { alpha }, y),
  Clip: (chain, x, [low = 0, high = 0], y) =>
    chain.add("Clip", [x, chain.scalar(low), chain.scalar(high)], {}, y),
  HardSigmoid: (chain, x, [alpha = 0.2, beta = 0.5], y) => chain.add("HardSigmoid", [x], { alpha, beta }, y),
};

const fusedConv: Rule = (chain, { inputs, outputs, attributes }) => {
  const { activation = "", activation_params = [], ...window } = attributes;
  const isKnown = typeof activation === "string" && Object.hasOwn(ACTIVATIONS, activation);
  if (!isKnown && activation !== "")
    chain.refuse(`activation out of ${Object.keys(ACTIVATIONS).join(", ")}`, JSON.stringify(activation));
  const conv = chain.add("Conv", inputs.slice(0, 3), window);
  const sum = inputs[3] ? chain.add("Add", [conv, inputs[3]]) : conv;
  if (isKnown) ACTIVATIONS[activation](chain, sum, activation_params as readonly number[], outputs[0]);
  else chain.add("Identity", [sum], {}, outputs[0]);
};

const fusedMatMul: Rule = (chain, { inputs, outputs }) => {
  if (chain.number("transBatchA", 0) || chain.number("transBatchB", 0))
    chain.refuse("batches in their order", "transBatchA or transBatchB");
  const [a, b] = ["transA", "transB"].map((name, at) =>
    chain.number(name, 0) ? chain.add("SwapLastAxes", [inputs[at]]) : inputs[at],
  );
  chain.add("Mul", [chain.add("MatMul", [a, b]), chain.scalar(chain.number("alpha", 1))], {}, outputs[0]);
};

/** LayerNormalization of a sum, which is the fourth output. */
const skipLayerNormalization: Rule = (chain, { inputs: [x, skip, gamma, beta = "", bias = ""], outputs }) => {
  if (outputs[1] || outputs[2]) chain.refuse("outputs 0 and 3", "outputs for training");
  const sum = chain.add("Add", [x, skip], {}, bias ? undefined : outputs[3] || undefined);
  const whole = bias ? chain.add("Add", [sum, bias], {}, outputs[3] || undefined) : sum;
  const attributes = { axis: -1, epsilon: chain.number("epsilon", 1e-12) };
  chain.add("LayerNormalization", [whole, gamma, ...(beta ? [beta] : [])], attributes, outputs[0]);
};

/** Gelu of a sum; the bias may be left out of FastGelu. */
const biasGelu =
  (attributes: Record<string, Attribute>): Rule =>
  (chain, { inputs: [x, bias = ""], outputs }) => {
    chain.add("Gelu", [bias ? chain.add("Add", [x, bias]) : x], attributes, outputs[0]);
  };

const RULES: Readonly<Record<string, Rule>> = {
  BiasGelu: biasGelu({}),
  FastGelu: biasGelu({ approximate: "tanh" }),
  FusedConv: fusedConv,
  FusedMatMul: fusedMatMul,
  Gelu: biasGelu({}),
  QuickGelu: (chain, { inputs: [x], outputs }) => {
    const scaled = chain.add("Mul", [x, chain.scalar(chain.number("alpha", 1.702))]);
    chain.add("Mul", [x, chain.add("Sigmoid", [scaled])], {}, outputs[0]);
  },
  SkipLayerNormalization: skipLayerNormalization,
};

/** By operator with its domain, as in `onnx-opsets.ts`. */
export const MICROSOFT = Object.fromEntries(
  Object.entries(RULES).map(([op, rule]) => [
    `com.microsoft.${op}`,
    (node: Node, translation: Translation): readonly Node[] => {
      const chain = new Chain(node, translation);
      rule(chain, node);
      return chain.nodes;
    },
  ]),
);
