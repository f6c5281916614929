/** A layer of Keras on its way to the nodes that stand for it. */
import { describe } from "../describe.js";
import { FormatError } from "../errors.js";
import { type Attribute, type Node, sizeOf, type Tensor } from "../ops/ir.js";

/** What the layers of a model share: what they made so far. */
export interface Made {
  readonly nodes: Node[];
  readonly constants: Map<string, Tensor>;
  /** Axes of values. */
  readonly ranks: Map<string, number>;
}

/** One call of a layer: gives its configuration and weights, collects what stands for it. */
export class Layer {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly #made: Made;
  readonly #call: string;
  #count = 0;

  /**
   * @param kind  the layer's class
   * @param name  as its weights have it
   * @param config  its options
   * @param made  of all layers
   * @param call  a name for this call of it, no other's
   */
  constructor(
    kind: string,
    name: string,
    config: Readonly<Record<string, unknown>>,
    made: Made,
    call: string,
  ) {
    this.kind = kind;
    this.name = name;
    this.config = config;
    this.#made = made;
    this.#call = call;
  }

  /** A node of ours; its output. */
  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = this.#count === 0 ? this.#call : `${this.#call}/${op}_${this.#count}`;
    const output = `${this.#call}:${op}_${this.#count++}`;
    this.#made.nodes.push({ name, op, inputs, outputs: [output], attributes });
    const rank = this.rank(inputs[0]);
    const sizes = this.#made.constants.get(inputs[1]);
    const goes = op.startsWith("Reduce") && attributes.keepdims === 0;
    this.#made.ranks.set(
      output,
      op === "Flatten" ? 2 : op === "Reshape" && sizes ? sizeOf(sizes.shape) : goes ? rank - 2 : rank,
    );
    return output;
  }

  constant(value: Tensor): string {
    const name = `${this.#call}:constant_${this.#made.constants.size}`;
    this.#made.constants.set(name, value);
    return name;
  }

  /** Axes of a value. */
  rank(name: string): number {
    return this.#made.ranks.get(name) ?? this.#made.constants.get(name)?.shape.length ?? 0;
  }

  /** The name of one of its weights, which have the layer's name in front and the names of scopes before that. */
  weight(what: string): string {
    const ending = `${this.name}/${what}`;
    const names = [...this.#made.constants.keys()].filter((name) => {
      const plain = name.replace(/:0$/, "");
      return plain === ending || plain.endsWith(`/${ending}`) || isWithin(plain, this.name, what);
    });
    return (
      names.find((name) => name.replace(/:0$/, "") === ending) ??
      names[0] ??
      this.refuse(`a weight "${ending}"`, "none")
    );
  }

  /** The shape of a weight. */
  sizes(name: string, rank: number): readonly number[] {
    const shape = this.#made.constants.get(name)?.shape ?? [];
    return shape.length === rank ? shape : this.refuse(`"${name}" of ${rank} axes`, `[${shape}]`);
  }

  number(name: string, otherwise: number): number {
    const value = this.config[name] ?? otherwise;
    const one = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return typeof one === "number" ? one : this.refuse(`a number as ${name}`, describe(value));
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.config[name] ?? otherwise;
    return typeof value === "boolean" ? value : this.refuse(`true or false as ${name}`, describe(value));
  }

  text(name: string, otherwise: string): string {
    const value = this.config[name] ?? otherwise;
    return typeof value === "string" ? value : this.refuse(`a text as ${name}`, describe(value));
  }

  choice(name: string, otherwise: string, all: readonly string[]): string {
    const value = this.text(name, otherwise);
    return all.includes(value) ? value : this.refuse(`${name} out of ${all.join(", ")}`, describe(value));
  }

  numbers(name: string): number[] {
    const value = this.config[name];
    if (Array.isArray(value) && value.length <= 64 && value.every(Number.isInteger)) return value as number[];
    return this.refuse(`a list of whole numbers as ${name}`, describe(value));
  }

  /** Two numbers for rows and columns, or one for both. */
  pair(name: string, otherwise: readonly number[]): number[] {
    const value = this.config[name] ?? otherwise;
    const pair = Array.isArray(value) ? value : [value, value];
    if (pair.length === 2 && pair.every((each) => Number.isInteger(each) && each >= 1))
      return pair as number[];
    return this.refuse(`two whole numbers ≥ 1 as ${name}`, describe(value));
  }

  /** @throws {FormatError} always: what was expected of this layer and what was found */
  refuse(expected: string, found: string): never {
    throw new FormatError(`layer "${this.name}" (${this.kind}) expected ${expected}, found ${found}`);
  }
}

const isWithin = (name: string, layer: string, what: string): boolean =>
  name.startsWith(`${layer}/`) && name.endsWith(`/${what}`);
