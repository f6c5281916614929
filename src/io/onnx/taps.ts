/**
 * Activations as outputs of a model, those inside the branches of `If` too. A runtime that is asked for them then
 * gives them; it needs no types, it infers them.
 *
 * A branch that gives one more output must have siblings that do the same: they give an empty tensor. So of the
 * activations inside branches, those of the branch that ran have values, and the others none.
 */
import { ArgumentRangeError } from "../../errors.js";
import { shown } from "../tensor.js";
import { attributeFields, definitionOf, type Graph, graphFields, isOf, nodeFields } from "./graph.js";
import { type Edit, field, joined, type Message } from "./wire.js";

/** An activation that can be made an output. */
interface Tap {
  readonly graph: Graph;
  readonly name: string;
  /** ONNX's number of its type. */
  readonly type: number;
}

/** The activations of a model that may be asked for, by the names they have as outputs. */
export class Taps {
  readonly #main: Graph;
  readonly #taps = new Map<string, Tap>();
  /** The name as an output, by graph and name. */
  readonly #aliases = new Map<Graph, Map<string, string>>();

  constructor(main: Graph) {
    this.#main = main;
  }

  /**
   * @param name  of a value, seen from inside `graph`
   * @param type  ONNX's number of its type
   * @returns its name as an output: its own, or a new one when it stands in a branch; undefined when it can be none
   */
  add(name: string, graph: Graph, type: number): string | undefined {
    const definition = definitionOf(name, graph);
    if (!definition || definition.constant) return undefined;
    const home = definition.graph;
    for (let { outer } = home; outer; { outer } = outer.graph)
      if (!isOf(outer.graph.nodes[outer.node], "If")) return undefined;
    const aliases = this.#aliases.get(home) ?? new Map<string, string>();
    this.#aliases.set(home, aliases);
    let alias = aliases.get(name);
    if (alias === undefined) {
      alias = home.outer ? `tap${this.#taps.size}:${name}` : name;
      aliases.set(name, alias);
      this.#taps.set(alias, { graph: home, name, type });
    }
    return alias;
  }

  /**
   * @param names  of values of the main graph, or as `add` gave them
   * @returns the edits that append them to the outputs, those that are outputs already excepted
   * @throws {ArgumentRangeError} when there is no such value
   */
  edits(names: readonly string[]): Edit[] {
    const added = new Map<Message, Uint8Array[]>();
    const append = (message: Message, ...pieces: Uint8Array[]) => {
      if (!added.has(message)) added.set(message, []);
      added.get(message)!.push(...pieces);
    };
    for (const alias of new Set(names)) {
      if (this.#main.outputs.has(alias)) continue;
      const tap = this.#taps.get(alias);
      if (tap) lift(tap, alias, append);
      else if (definitionOf(alias, this.#main)) append(this.#main.message, outputOf(alias));
      else throw new ArgumentRangeError(`"names" expected values of the model, got ${shown(alias)}`);
    }
    return [...added].map(([message, pieces]) => {
      return { within: message, start: message.end, end: message.end, bytes: joined(pieces) };
    });
  }
}

/** Hands a value out, from its graph through the `If` around it, to the main graph. */
function lift(
  { graph, name, type }: Tap,
  alias: string,
  append: (to: Message, ...pieces: Uint8Array[]) => void,
) {
  let depth = 0;
  for (let at = graph; ; ) {
    const { outer } = at;
    const isHome = at === graph;
    // A branch gives what its own nodes make, and no name twice; `Identity` makes one of its own.
    const own = outer ? `${alias}:${depth++}` : alias;
    if (outer && isHome) append(at.message, nodeOf("Identity", own, field(nodeFields.input, name)));
    append(at.message, outputOf(own));
    if (!outer) return;
    const node = outer.graph.nodes[outer.node];
    for (const { graphs } of node.attributes.values()) {
      for (const sibling of graphs) {
        if (sibling !== at) append(sibling.message, nodeOf("Constant", own, emptyOf(type)), outputOf(own));
      }
    }
    append(node.message, field(nodeFields.output, outer.graph.outer ? `${alias}:${depth}` : alias));
    at = outer.graph;
  }
}

const outputOf = (name: string): Uint8Array => field(graphFields.output, [field(1, name)]);

const nodeOf = (op: string, output: string, more: Uint8Array): Uint8Array =>
  field(graphFields.node, [more, field(nodeFields.output, output), field(nodeFields.op, op)]);

/** The attribute `value` of a constant without elements: dims [0], of a type, with raw data. */
function emptyOf(type: number): Uint8Array {
  const tensor = field(attributeFields.tensor, [field(1, 0), field(2, type), field(9, "")]);
  return field(nodeFields.attribute, [field(attributeFields.name, "value"), tensor, field(20, 4)]);
}
