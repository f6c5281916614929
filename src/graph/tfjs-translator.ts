/** A TensorFlow node on its way to the nodes that stand for it. */
import { describe } from "../describe.js";
import { FormatError } from "../errors.js";
import type { Attribute, Node, Tensor } from "../ops/ir.js";

/** A Split into more is no model's: a number in the file would stand for as many names. */
const MOST_OUTPUTS = 65_536;

/** An attribute of a TensorFlow node, as JSON has it. */
export interface TfAttribute {
  readonly i?: string | number;
  readonly f?: number;
  readonly b?: boolean;
  readonly s?: string;
  readonly type?: string | number;
  readonly list?: { readonly i?: (string | number)[]; readonly s?: string[]; readonly f?: number[] };
}

/** A node of a TensorFlow graph. */
export interface TfNode {
  readonly name: string;
  readonly op: string;
  readonly input?: string[];
  readonly attr?: Readonly<Record<string, TfAttribute>>;
}

/** Translates one node: gives its attributes and inputs, collects what stands for it. */
export class Translator {
  readonly node: TfNode;
  /** Names of values, without control dependencies. */
  readonly inputs: readonly string[];
  readonly nodes: Node[] = [];
  readonly #constants: Map<string, Tensor>;

  constructor(node: TfNode, constants: Map<string, Tensor>) {
    this.node = node;
    this.inputs = (node.input ?? [])
      .filter((name) => !name.startsWith("^"))
      .map((name) => name.replace(/:0$/, ""));
    this.#constants = constants;
  }

  /** A node of ours; its output, which is the node's own name when `isLast`. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const count = this.nodes.length;
    const name = count === 0 ? this.node.name : `${this.node.name}/${op}_${count}`;
    const made = output ?? `${this.node.name}:${op}_${count}`;
    this.nodes.push({ name, op, inputs, outputs: [made], attributes });
    return made;
  }

  /** The last node: it makes the value that others know by the node's name. */
  end(
    op: string,
    inputs: readonly string[] = this.inputs,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.add(op, inputs, attributes, this.node.name);
  }

  /** A last node of several outputs: name, name:1, … */
  endMany(
    op: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    if (!(Number.isInteger(count) && count >= 1 && count <= MOST_OUTPUTS))
      this.#refuse(`from 1 to ${MOST_OUTPUTS} outputs`, `${count}`);
    const { name } = this.node;
    const outputs = Array.from({ length: count }, (_, index) => (index ? `${name}:${index}` : name));
    this.nodes.push({ name, op, inputs, outputs, attributes });
  }

  constant(value: Tensor): string {
    const name = `${this.node.name}:constant_${this.#constants.size}`;
    this.#constants.set(name, value);
    return name;
  }

  /** The one element of an input that is a constant of the file. */
  one(index: number): number {
    const [value] = this.known(index);
    return value ?? this.#refuse(`one number as input ${index}`, "none");
  }

  #refuse(expected: string, found: string): never {
    throw new FormatError(`node "${this.node.name}" (${this.node.op}) expected ${expected}, found ${found}`);
  }

  /** The elements of an input that is a constant of the file. */
  known(index: number): number[] {
    return Array.from(this.#known(index).data);
  }

  /** The shape of an input that is a constant of the file. */
  sizes(index: number): readonly number[] {
    return this.#known(index).shape;
  }

  #known(index: number): Tensor {
    const value = this.#constants.get(this.inputs[index]);
    if (value) return value;
    return this.#refuse(`"${this.inputs[index] ?? `input ${index}`}" to be a constant`, "none");
  }

  isKnown(index: number): boolean {
    return this.#constants.has(this.inputs[index]);
  }

  number(name: string, otherwise = 0): number {
    const { i, f } = this.node.attr?.[name] ?? {};
    const value = Number(i ?? f ?? otherwise);
    return Number.isNaN(value) ? this.#refuse(`a number as "${name}"`, describe(i ?? f)) : value;
  }

  flag(name: string): boolean {
    return this.node.attr?.[name]?.b === true;
  }

  text(name: string, otherwise = ""): string {
    const value = this.node.attr?.[name]?.s;
    return value === undefined ? otherwise : fromBase64(value);
  }

  texts(name: string): string[] {
    return (this.node.attr?.[name]?.list?.s ?? []).map(fromBase64);
  }

  list(name: string): number[] {
    return (this.node.attr?.[name]?.list?.i ?? []).map(Number);
  }

  /** To NCHW. */
  toChannels(name: string): string {
    return this.#isNhwc ? this.add("Transpose", [name], { perm: [0, 3, 1, 2] }) : name;
  }

  /** The last node, from NCHW back. */
  endFromChannels(name: string): void {
    if (this.#isNhwc) this.end("Transpose", [name], { perm: [0, 2, 3, 1] });
    else this.end("Identity", [name]);
  }

  /** Two numbers of a list of four: those of rows and columns. */
  spatial(values: readonly number[]): number[] {
    return values.length < 4 ? [1, 1] : this.#isNhwc ? [values[1], values[2]] : [values[2], values[3]];
  }

  get #isNhwc(): boolean {
    return this.text("data_format", "NHWC") !== "NCHW";
  }
}

/** Texts are base64 in JSON; plain ones, which older converters wrote, are no base64 or make no sense as such. */
function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    throw new FormatError(`model.json expected texts of attributes in base64, found ${describe(text)}`);
  }
}

/**
 * @param value  of the list `modelTopology.node`
 * @returns the same, as a node whose parts have the types that they should
 * @throws {FormatError} when it is none
 */
export function checkNode(value: unknown): TfNode {
  const { name, op, input = [], attr = {} } = membersOf(value);
  if (typeof name !== "string" || typeof op !== "string")
    throw new FormatError(`model.json expected nodes of a name and an op, found ${describe(name ?? value)}`);
  const fail = (what: string, found: unknown) =>
    new FormatError(`node "${name}" (${op}) expected ${what}, found ${describe(found)}`);
  if (!Array.isArray(input) || !input.every((each) => typeof each === "string"))
    throw fail("a list of names as its input", input);
  for (const [key, attribute] of Object.entries(membersOf(attr))) {
    const { s, list } = membersOf(attribute);
    if (s !== undefined && typeof s !== "string") throw fail(`a text as "${key}"`, s);
    for (const [kind, values] of Object.entries(membersOf(list)))
      if (!Array.isArray(values) || (kind === "s" && !values.every((each) => typeof each === "string")))
        throw fail(`lists in "${key}"`, values);
  }
  return { name, op, input, attr: membersOf(attr) as TfNode["attr"] };
}

/** The members of an object; of anything else none. */
export const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
