/** TensorFlow.js layers models, which are Keras's: Sequential and Functional, one inside another. */
import { describe } from "../describe.js";
import { FormatError } from "../errors.js";
import type { Graph, GraphInput, Tensor } from "../ops/ir.js";
import { LAYERS } from "./keras-layers.js";
import { Layer, type Made } from "./keras-translator.js";
import { membersOf } from "./tfjs-translator.js";

/** Models inside each other. */
const MOST_DEPTH = 32;

interface LayerInit {
  readonly kind: string;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound: readonly unknown[];
}

/**
 * @param topology  model.json's modelTopology
 * @returns whether it is a layers model
 */
export const isKeras = (topology: unknown): boolean => {
  const { model_config, class_name } = membersOf(topology);
  return model_config !== undefined || class_name !== undefined;
};

/**
 * @param topology  model.json's modelTopology, of a layers model
 * @param constants  its weights by name
 * @returns its graph; layers that have no translation are operators "keras.…", for `missingOperators`
 * @throws {FormatError} when it is no such model, or a layer has options that are not known; names the layer
 */
export function readKerasGraph(topology: unknown, constants: Map<string, Tensor>): Graph {
  const made: Made = { nodes: [], constants, ranks: new Map() };
  const reader = new Reader(made);
  const outputs = reader.network(membersOf(topology).model_config ?? topology, "", undefined, 0);
  return { inputs: reader.inputs, outputs, nodes: made.nodes, constants };
}

class Reader {
  readonly inputs: GraphInput[] = [];
  readonly #made: Made;

  constructor(made: Made) {
    this.#made = made;
  }

  /** The values that a model makes of `given`, or of inputs of the graph. */
  network(
    model: unknown,
    prefix: string,
    given: readonly string[] | undefined,
    depth: number,
  ): readonly string[] {
    const { class_name: kind, config } = membersOf(model);
    if (depth > MOST_DEPTH)
      throw new FormatError(`model.json expected at most ${MOST_DEPTH} models inside each other, found more`);
    const list = Array.isArray(config) ? config : membersOf(config).layers;
    if (!["Sequential", "Functional", "Model"].includes(kind as string) || !Array.isArray(list))
      throw new FormatError(
        `model.json expected a Sequential or Functional model of layers, found ${describe(kind)}`,
      );
    const layers = list.map(layerOf);
    if (kind === "Sequential") return this.#sequential(layers, prefix, given, depth);
    return new Functional(this, layers, membersOf(config), prefix, given, depth).outputs();
  }

  #sequential(
    layers: readonly LayerInit[],
    prefix: string,
    given: readonly string[] | undefined,
    depth: number,
  ): readonly string[] {
    if (layers.length === 0) throw new FormatError("model.json expected layers, found none");
    let values: readonly string[] = given ?? [this.#input(layers[0])];
    for (const layer of layers)
      if (layer.kind !== "InputLayer") values = this.call(layer, values, `${prefix}${layer.name}`, depth);
    return values;
  }

  /** An input of the graph, of the shape that a layer states; undefined sizes are open. */
  #input({ kind, name, config }: LayerInit): string {
    const stated = statedShape(kind, config);
    if (!stated) throw new FormatError(`layer "${name}" (${kind}) expected a batch_input_shape, found none`);
    const input = kind === "InputLayer" ? name : `${name}_input`;
    const shape = stated.map((size) =>
      Number.isInteger(size) && (size as number) >= 0 ? (size as number) : "",
    );
    this.inputs.push({ name: input, dtype: config.dtype === "int32" ? "i32" : "f32", shape });
    this.#made.ranks.set(input, shape.length);
    return input;
  }

  input(layer: LayerInit): string {
    return this.#input(layer);
  }

  /** The values of one call of a layer. */
  call(layer: LayerInit, values: readonly string[], call: string, depth: number): readonly string[] {
    const { kind, name, config } = layer;
    if (["Sequential", "Functional", "Model"].includes(kind))
      return this.network({ class_name: kind, config }, `${call}/`, values, depth + 1);
    const one = new Layer(kind, name, config, this.#made, call);
    if (values.length === 0) one.refuse("an input", "none");
    const rule = Object.hasOwn(LAYERS, kind) ? LAYERS[kind] : undefined;
    return [rule ? rule(one, values) : one.add(`keras.${kind}`, values)];
  }
}

/** A model whose layers say what they read. Values are made when they are asked for. */
class Functional {
  readonly #reader: Reader;
  readonly #layers: ReadonlyMap<string, LayerInit>;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #prefix: string;
  readonly #depth: number;
  readonly #values = new Map<string, readonly string[] | "open">();

  constructor(
    reader: Reader,
    layers: readonly LayerInit[],
    config: Readonly<Record<string, unknown>>,
    prefix: string,
    given: readonly string[] | undefined,
    depth: number,
  ) {
    this.#reader = reader;
    this.#layers = new Map(layers.map((layer) => [layer.name, layer]));
    this.#config = config;
    this.#prefix = prefix;
    this.#depth = depth;
    referencesOf(config.input_layers).forEach(([name], index) => {
      this.#values.set(`${name}:0`, [given ? (given[index] ?? "") : reader.input(this.#layer(name))]);
    });
    // In their order: a model may be deeper than calls can be.
    for (const layer of layers)
      for (let index = 0; index < layer.inbound.length; index++) this.#value(layer.name, index);
  }

  outputs(): string[] {
    return referencesOf(this.#config.output_layers).map((reference) => this.#read(reference));
  }

  #layer(name: string): LayerInit {
    const layer = this.#layers.get(name);
    if (layer) return layer;
    throw new FormatError(`model.json expected a layer "${name}", found none`);
  }

  #read([name, node, output]: Reference): string {
    const value = this.#value(name, node)[output];
    if (value) return value;
    throw new FormatError(`layer "${name}" expected an output ${output}, found none`);
  }

  #value(name: string, node: number): readonly string[] {
    const key = `${name}:${node}`;
    const known = this.#values.get(key);
    if (known === "open") throw new FormatError(`layer "${name}" expected no cycle, found one`);
    if (known) return known;
    this.#values.set(key, "open");
    const layer = this.#layer(name);
    const inputs = referencesOf(layer.inbound[node]).map((reference) => this.#read(reference));
    const call = `${this.#prefix}${name}${node ? `:${node}` : ""}`;
    const values = this.#reader.call(layer, inputs, call, this.#depth);
    this.#values.set(key, values);
    return values;
  }
}

/** A layer's name, which of its calls, which output of it. */
type Reference = [string, number, number];

/** References in a list, or one alone. */
function referencesOf(value: unknown): Reference[] {
  const fail = () =>
    new FormatError(`model.json expected references to layers as [name, 0, 0], found ${describe(value)}`);
  if (!Array.isArray(value)) throw fail();
  const list = typeof value[0] === "string" ? [value] : value;
  return list.map((each) => {
    const [name, node = 0, output = 0] = Array.isArray(each) ? each : [];
    if (typeof name !== "string" || !Number.isInteger(node) || !Number.isInteger(output)) throw fail();
    return [name, node, output];
  });
}

function layerOf(value: unknown): LayerInit {
  const { class_name: kind, config, name, inbound_nodes = [] } = membersOf(value);
  const own = membersOf(config).name ?? name;
  if (typeof kind !== "string" || typeof own !== "string" || !Array.isArray(inbound_nodes))
    throw new FormatError(
      `model.json expected layers of a class_name and a name, found ${describe(own ?? value)}`,
    );
  // A layer inside a model may be a list of layers.
  return { kind, name: own, config: membersOf(config), inbound: inbound_nodes };
}

/** The shape that a layer states for what it reads; of a model, its first layer's. */
function statedShape(
  kind: string,
  config: Readonly<Record<string, unknown>>,
): readonly unknown[] | undefined {
  for (let [at, own, depth] = [kind, config, 0]; depth <= MOST_DEPTH; depth++) {
    const shape = own.batch_input_shape ?? own.batch_shape;
    if (Array.isArray(shape)) return shape;
    if (!["Sequential", "Functional", "Model"].includes(at) || !Array.isArray(own.layers)) return undefined;
    const first = membersOf(own.layers[0]);
    [at, own] = [String(first.class_name), membersOf(first.config)];
  }
  return undefined;
}
