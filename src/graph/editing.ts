/** How rules change a bound graph: readers of values, new nodes with their types, what nobody needs any more. */

import type { Attribute, Node, Tensor, TensorType } from "../ops/ir.js";
import { type Bound, operatorOf, siteOf } from "./bind.js";

/** A bound graph while rules change it: who makes and who reads a value is known without a search. */
export class Editing {
  readonly bound: Bound;
  readonly #makers = new Map<string, Node>();
  readonly #readers = new Map<string, Node[]>();
  readonly #alive = new Set<Node>();
  #count = 0;

  constructor(bound: Bound) {
    this.bound = bound;
    for (const node of bound.nodes) this.#enter(node);
  }

  /** Whether a node is still part of the graph. */
  has(node: Node): boolean {
    return this.#alive.has(node);
  }

  /** The node that makes a value; undefined for inputs and constants. */
  maker(name: string): Node | undefined {
    return this.#makers.get(name);
  }

  /** Nodes that read a value, once for each input that does. */
  readers(name: string): readonly Node[] {
    return this.#readers.get(name) ?? [];
  }

  /** The node that alone reads a value which is no output of the graph. */
  onlyReader(name: string): Node | undefined {
    const readers = this.readers(name);
    return readers.length === 1 && !this.bound.outputs.includes(name) ? readers[0] : undefined;
  }

  constant(name: string | undefined): Tensor | undefined {
    return name ? this.bound.constants.get(name) : undefined;
  }

  /** The type of a value. */
  type(name: string): TensorType {
    return (this.bound.constants.get(name) ?? this.bound.types.get(name)) as TensorType;
  }

  /** The one element of a constant; undefined for another value. */
  scalar(name: string | undefined): number | undefined {
    const value = this.constant(name);
    return value?.data.length === 1 ? value.data[0] : undefined;
  }

  /** Adds a constant; its name. */
  addConstant(hint: string, value: Tensor): string {
    const name = this.#fresh(hint);
    this.bound.constants.set(name, value);
    return name;
  }

  /** Puts a new node in front of another; the name of its output. */
  insertBefore(
    next: Node,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = this.#fresh(`${next.name}:${op}`);
    const node: Node = { name: output, op, inputs, outputs: [output], attributes };
    this.bound.types.set(output, operatorOf(node).infer(siteOf(this.bound, node))[0]);
    this.bound.nodes.splice(this.bound.nodes.indexOf(next), 0, node);
    this.#enter(node);
    return output;
  }

  /** Puts nodes in the place of one. Types of values that are new are inferred. */
  replace(old: Node, ...nodes: readonly Node[]): void {
    this.bound.nodes.splice(this.bound.nodes.indexOf(old), 1, ...nodes);
    this.#leave(old);
    for (const node of nodes) {
      this.#enter(node);
      const types = operatorOf(node).infer(siteOf(this.bound, node));
      node.outputs.forEach((name, index) => {
        if (name !== "") this.bound.types.set(name, types[index]);
      });
    }
  }

  /** Removes a node whose output everybody reads as another value from now on. */
  bypass(node: Node, value: string): boolean {
    const [output] = node.outputs;
    // The name of an output of the graph has to stay: an Identity makes it.
    if (this.bound.outputs.includes(output)) {
      if (node.op === "Identity") return false;
      this.replace(node, { ...node, op: "Identity", inputs: [value], attributes: {} });
      return true;
    }
    const rename = (name: string) => (name === output ? value : name);
    this.bound.nodes.splice(this.bound.nodes.indexOf(node), 1);
    this.#leave(node);
    for (const reader of new Set(this.readers(output))) {
      const renamed = { ...reader, inputs: reader.inputs.map(rename) };
      this.bound.nodes.splice(this.bound.nodes.indexOf(reader), 1, renamed);
      this.#leave(reader);
      this.#enter(renamed);
    }
    return true;
  }

  /** Drops a node that nobody reads. */
  remove(node: Node): void {
    this.bound.nodes.splice(this.bound.nodes.indexOf(node), 1);
    this.#leave(node);
  }

  /** Whether a value is there before a node runs. */
  isBefore(name: string, node: Node): boolean {
    const maker = this.#makers.get(name);
    return !maker || this.bound.nodes.indexOf(maker) < this.bound.nodes.indexOf(node);
  }

  /** Drops nodes of which nobody reads anything. */
  sweep(): boolean {
    const before = this.bound.nodes.length;
    const needed = new Set(this.bound.outputs);
    for (const branch of this.bound.branches.values())
      for (const node of branch.nodes) for (const name of node.inputs) needed.add(name);
    const kept: Node[] = [];
    for (const node of [...this.bound.nodes].reverse()) {
      if (!node.outputs.some((name) => needed.has(name))) {
        this.#leave(node);
        continue;
      }
      kept.push(node);
      for (const name of node.inputs) needed.add(name);
    }
    this.bound.nodes = kept.reverse();
    return this.bound.nodes.length < before;
  }

  #fresh(hint: string): string {
    let name = hint;
    while (this.bound.types.has(name) || this.bound.constants.has(name)) name = `${hint}~${++this.#count}`;
    return name;
  }

  #enter(node: Node): void {
    this.#alive.add(node);
    for (const name of node.outputs) if (name !== "") this.#makers.set(name, node);
    for (const name of node.inputs) {
      if (name === "") continue;
      const readers = this.#readers.get(name);
      if (readers) readers.push(node);
      else this.#readers.set(name, [node]);
    }
  }

  #leave(node: Node): void {
    this.#alive.delete(node);
    for (const name of node.outputs) if (this.#makers.get(name) === node) this.#makers.delete(name);
    for (const name of new Set(node.inputs)) {
      const others = this.#readers.get(name)?.filter((reader) => reader !== node);
      if (others) this.#readers.set(name, others);
    }
  }
}
