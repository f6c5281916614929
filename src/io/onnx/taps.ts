/**
 * Activations as outputs of a model, those inside the branches of `If` and in local functions too. A runtime that is
 * asked for them then gives them; it needs no types, it infers them.
 *
 * A branch that gives one more output must have siblings that do the same: they give an empty tensor. So of the
 * activations inside branches, those of the branch that ran have values, and the others none.
 *
 * A function has its new outputs in all of its calls, at the same places; a call that does not need one names it "".
 */
import { ArgumentRangeError } from "../../errors.js";
import { shown } from "../tensor.js";
import {
  attributeFields,
  definitionOf,
  functionFields,
  type Graph,
  graphFields,
  graphsOf,
  isOf,
  type Node,
  nodeFields,
} from "./graph.js";
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
   * @param seen  name of a value, seen from inside `graph`
   * @param type  ONNX's number of its type
   * @returns its name as an output: its own, or a new one when it stands in a branch; undefined when it can be none
   */
  add(seen: string, graph: Graph, type: number): string | undefined {
    const definition = definitionOf(seen, graph);
    if (!definition || definition.constant) return undefined;
    const { graph: home, name } = definition;
    for (let at = home; at.outer; at = at.outer.graph)
      if (!at.call && !isOf(at.outer.graph.nodes[at.outer.node], "If")) return undefined;
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
    const lift = new Lift();
    for (const alias of new Set(names)) {
      if (this.#main.outputs.has(alias)) continue;
      const tap = this.#taps.get(alias);
      if (tap) lift.out(tap, alias);
      else if (definitionOf(alias, this.#main)) lift.append(this.#main.message, outputOf(alias));
      else throw new ArgumentRangeError(`"names" expected values of the model, got ${shown(alias)}`);
    }
    return lift.edits(this.#main);
  }
}

/** Hands values out, from their graphs through the `If` and calls around them, to the main graph. */
class Lift {
  readonly #added = new Map<Message, Uint8Array[]>();
  /** New outputs of functions, in their order. */
  readonly #outputs = new Map<Message, string[]>();
  /** For the calls that need some: by the name inside, the name outside. */
  readonly #needs = new Map<Message, Map<string, string>>();

  append(message: Message, ...pieces: Uint8Array[]): void {
    const own = this.#added.get(message);
    if (own) own.push(...pieces);
    else this.#added.set(message, pieces);
  }

  out({ graph, name, type }: Tap, alias: string): void {
    let depth = 0;
    for (let at = graph; ; ) {
      const { outer } = at;
      // A branch gives what its own nodes make, and no name twice; `Identity` makes one of its own.
      const own = outer ? `${alias}:${depth++}` : alias;
      if (outer && at === graph) this.#addNode(at, nodeOf("Identity", own, field(nodeFields.input, name)));
      this.#addOutput(at, own);
      if (!outer) return;
      const outside = outer.graph.outer ? `${alias}:${depth}` : alias;
      const node = outer.graph.nodes[outer.node];
      if (at.call) this.#needOfCall(node, own, outside);
      else this.#needOfIf(node, at, own, outside, type);
      at = outer.graph;
    }
  }

  edits(main: Graph): Edit[] {
    const calls = new Map<Message, Node>();
    for (const graph of graphsOf(main)) for (const node of graph.nodes) calls.set(node.message, node);
    for (const [message, { callee }] of calls) {
      const added = (callee && this.#outputs.get(callee)) ?? [];
      const names = added.map((own) => this.#needs.get(message)?.get(own) ?? "");
      if (names.length > 0) this.append(message, ...names.map((output) => field(nodeFields.output, output)));
    }
    return [...this.#added].map(([message, pieces]) => {
      return { within: message, start: message.end, end: message.end, bytes: joined(pieces) };
    });
  }

  #addNode(graph: Graph, node: Uint8Array[]): void {
    this.append(graph.message, field(graph.call ? functionFields.node : graphFields.node, node));
  }

  #addOutput(graph: Graph, name: string): void {
    this.append(graph.message, graph.call ? field(functionFields.output, name) : outputOf(name));
    if (!graph.call) return;
    const own = this.#outputs.get(graph.message);
    if (own) own.push(name);
    else this.#outputs.set(graph.message, [name]);
  }

  #needOfCall(node: Node, own: string, outside: string): void {
    const names = this.#needs.get(node.message) ?? new Map<string, string>();
    names.set(own, outside);
    this.#needs.set(node.message, names);
  }

  /** The siblings of the branch give an empty tensor. */
  #needOfIf(node: Node, branch: Graph, own: string, outside: string, type: number): void {
    for (const { graphs } of node.attributes.values()) {
      for (const sibling of graphs) {
        if (sibling === branch) continue;
        this.#addNode(sibling, nodeOf("Constant", own, emptyOf(type)));
        this.append(sibling.message, outputOf(own));
      }
    }
    this.append(node.message, field(nodeFields.output, outside));
  }
}

const outputOf = (name: string): Uint8Array => field(graphFields.output, [field(1, name)]);

const nodeOf = (op: string, output: string, more: Uint8Array): Uint8Array[] => [
  more,
  field(nodeFields.output, output),
  field(nodeFields.op, op),
];

/** The attribute `value` of a constant without elements: dims [0], of a type, with raw data. */
function emptyOf(type: number): Uint8Array {
  const tensor = field(attributeFields.tensor, [field(1, 0), field(2, type), field(9, "")]);
  return field(nodeFields.attribute, [field(attributeFields.name, "value"), tensor, field(20, 4)]);
}
