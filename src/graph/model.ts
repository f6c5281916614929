/** A network ready to run on a core, for the shapes it is given. */
import { checkGiven, checkOptions } from "../check.js";
import { describe } from "../describe.js";
import { ArgumentTypeError, FormatError, ShapeError } from "../errors.js";
import { ValuesNeeded } from "../ops/contract.js";
import { OPERATORS } from "../ops/index.js";
import {
  type ElementArray,
  type ElementType,
  type Graph,
  type GraphInput,
  sizeOf,
  type Tensor,
  type TensorType,
  tensor,
} from "../ops/ir.js";
import type { Lifetime } from "../runtime/workspace.js";
import type { Core } from "../tensor/core.js";
import { bind } from "./bind.js";
import { Chunks } from "./chunks.js";
import { type Held, type Plan, plan, type StepInfo } from "./plan.js";
import { simplify } from "./simplify.js";

/** What an input of a run may be. */
export type InputValue =
  | ArrayLike<number>
  | { readonly shape: readonly number[]; readonly data: ArrayLike<number> | BigInt64Array };

/** An output of a run. */
export interface OutputValue {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** In row-major order. `i64` as whole numbers in f64. A copy, the caller's own. */
  readonly data: ElementArray;
}

/** How a model is planned. */
export interface ModelOptions {
  /** Shapes of inputs whose sizes the file leaves open, by name; what is missing is 1. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Whether rules rewrite the graph first; without them it runs as it stands in the file. Default true. */
  readonly simplify?: boolean;
  /** Kernels by node name, instead of the fastest: "dense", "csr", … */
  readonly kernels?: Readonly<Record<string, string>>;
}

/** An input of a run, checked. */
interface Given extends TensorType {
  readonly data: ArrayLike<number>;
}

/** Inputs of more elements are no sizes. */
const SIZES_LIMIT = 64;

/** Plans that are kept for shapes met before. */
const KEPT_PLANS = 4;

/** A network that runs: made by {@link model}. */
export class Model {
  readonly #core: Core;
  readonly #graph: Graph;
  readonly #options: ModelOptions;
  readonly #lifetime: Lifetime;
  readonly #chunks: Chunks;
  readonly #plans = new Map<string, Plan>();
  #current: Plan | undefined;
  #buffer: ArrayBufferLike | undefined;
  /** Whether values of inputs decide sizes, as the shape that a Reshape is given does. */
  #isByValue = false;

  /** Made by {@link model}. */
  constructor(core: Core, graph: Graph, options: ModelOptions) {
    checkOperators(graph);
    this.#core = core;
    this.#lifetime = core.lifetime;
    this.#chunks = new Chunks(core);
    this.#graph = graph;
    this.#options = options;
    try {
      this.#current = this.#planFor(statedTypes(graph, options.shapes ?? {}), new Map());
    } catch (error) {
      // Sizes that are left open, or that values decide: the first run plans.
      if (
        !(error instanceof ShapeError) ||
        !(error instanceof ValuesNeeded || isOpen(graph, options.shapes ?? {}))
      )
        throw error;
    }
  }

  /** What a run is given, as the file states it. */
  get inputs(): readonly GraphInput[] {
    return this.#graph.inputs;
  }

  /** Names of what a run gives. */
  get outputs(): readonly string[] {
    return this.#graph.outputs;
  }

  /** The steps of the plan in use, in their order. */
  get layers(): readonly StepInfo[] {
    return this.#current?.steps.map(({ info }) => info) ?? [];
  }

  /** Bytes of the plan in use: activations, scratch, and weights as the kernels have them. */
  get peakBytes(): number {
    return this.#current?.memory.bytes ?? 0;
  }

  /**
   * Runs the network. Shapes that are not those of the plan in use plan anew; plans are kept for the last few shapes.
   *
   * @param inputs  by name: elements in row-major order, or those with a shape
   * @returns the outputs by name, copies
   * @throws {ArgumentTypeError | ShapeError} when an input is missing, unknown, or of another size
   * @throws {DisposedError}
   */
  run(inputs: Readonly<Record<string, InputValue>>): Record<string, OutputValue> {
    const plan = this.#give(inputs);
    for (const step of plan.steps) step.run();
    return this.#take(plan);
  }

  /**
   * Runs the network and times each step.
   *
   * @param inputs  as in {@link run}
   * @param now  a clock in milliseconds
   * @returns milliseconds by step, in the order of {@link layers}
   */
  profile(inputs: Readonly<Record<string, InputValue>>, now: () => number): number[] {
    return this.#give(inputs).steps.map((step) => {
      const start = now();
      step.run();
      return now() - start;
    });
  }

  #give(inputs: Readonly<Record<string, InputValue>>): Plan {
    this.#lifetime.check("model");
    const names = this.#graph.inputs.map(({ name }) => name);
    checkGiven("inputs", inputs, names);
    const given = new Map(
      this.#graph.inputs.map((input) => [input.name, this.#given(input, inputs[input.name])] as const),
    );
    const plan = this.#planForValues(given);
    this.#current = plan;
    this.#refresh();
    for (const [name, held] of plan.inputs) fill(this.#core, held, (given.get(name) as Given).data);
    return plan;
  }

  #given({ name, dtype }: GraphInput, value: InputValue | undefined): Given {
    if (value === undefined) throw new ArgumentTypeError(`"inputs" expected a value of "${name}", got none`);
    const planned = this.#current?.inputs.get(name);
    const stated = this.#graph.inputs.find((input) => input.name === name)?.shape ?? [];
    if (typeof value !== "object" || value === null)
      throw new ArgumentTypeError(`"${name}" expected numbers, or { shape, data }, got ${describe(value)}`);
    if ("shape" in value) checkSizesOf(name, value.shape);
    const shape = "shape" in value ? value.shape : planned ? typeOfHeld(planned).shape : stated.map(Number);
    const raw = "shape" in value ? value.data : value;
    const data = raw instanceof BigInt64Array ? Float64Array.from(raw, Number) : raw;
    if (typeof data !== "object" || typeof data?.length !== "number")
      throw new ArgumentTypeError(`"${name}" expected an array of numbers, got ${describe(data)}`);
    const count = sizeOf(shape);
    if (data.length !== count)
      throw new ShapeError(
        `"${name}" expected ${count} elements for [${shape.join(", ")}], got ${data.length}`,
      );
    return { dtype, shape, data };
  }

  /** A plan for shapes, or for shapes and the values of the inputs that decide sizes. */
  #planForValues(given: ReadonlyMap<string, Given>): Plan {
    if (!this.#isByValue) {
      try {
        return this.#planFor(given, new Map());
      } catch (error) {
        if (!(error instanceof ValuesNeeded)) throw error;
        this.#isByValue = true;
      }
    }
    const values = [...given].filter(([name, { data, dtype }]) => {
      const isSize = dtype !== "f32" || this.#graph.inputs[0].name !== name;
      return isSize && data.length <= SIZES_LIMIT;
    });
    return this.#planFor(
      given,
      new Map(values.map(([name, { dtype, shape, data }]) => [name, tensor(dtype, shape, data)])),
    );
  }

  #planFor(types: ReadonlyMap<string, TensorType>, values: ReadonlyMap<string, Tensor>): Plan {
    const key = JSON.stringify([
      [...types].map(([name, { shape }]) => [name, shape]),
      [...values].map(([name, { data }]) => [name, [...data].map(String)]),
    ]);
    const known = this.#plans.get(key);
    if (known && !known.memory.ended) return known;
    for (const { name, shape } of this.#graph.inputs) checkStated(name, shape, types.get(name)?.shape ?? []);
    if (known) this.#plans.delete(key);
    if (this.#plans.size >= KEPT_PLANS) this.#drop(this.#plans.keys().next().value as string);
    const inputs = this.#graph.inputs.filter(({ name }) => !values.has(name));
    const constants = new Map([...this.#graph.constants, ...values]);
    const bound = bind({ ...this.#graph, inputs, constants }, types);
    if (this.#options.simplify !== false) simplify(bound);
    const made = plan(this.#core, bound, this.#chunks.plan(), { kernels: this.#options.kernels });
    this.#plans.set(key, made);
    this.#buffer = undefined;
    return made;
  }

  /** The next plan takes the memory of one that is dropped. */
  #drop(key: string): void {
    this.#chunks.release((this.#plans.get(key) as Plan).memory);
    this.#plans.delete(key);
  }

  /** After the memory has grown, views on it have to be made anew. */
  #refresh(): void {
    const { buffer } = this.#core.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    for (const { steps } of this.#plans.values()) for (const step of steps) step.refresh?.();
  }

  #take(plan: Plan): Record<string, OutputValue> {
    const outputs: Record<string, OutputValue> = {};
    for (const [name, held] of plan.outputs) {
      const { dtype, shape } = typeOfHeld(held);
      outputs[name] = { dtype, shape: [...shape], data: copyOf(this.#core, held) };
    }
    return outputs;
  }
}

/**
 * Plans a network on a core, for the shapes that it states.
 *
 * @param core  holds weights and activations until its innermost open scope ends
 * @param graph  from a reader
 * @param options  shapes that are left open, whether it is simplified, kernels by name
 * @throws {FormatError} when an operator is missing (all are named), or the graph is broken
 * @throws {ShapeError} when sizes contradict each other
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export function model(core: Core, graph: Graph, options: ModelOptions = {}): Model {
  checkOptions("options", options, ["shapes", "simplify", "kernels"]);
  return new Model(core, graph, options);
}

/** Operators of a graph, its branches included, that the table does not have: by operator, names of the nodes. */
export function missingOperators(graph: Graph): Map<string, string[]> {
  const missing = new Map<string, string[]>();
  for (const node of graph.nodes) {
    if (node.op !== "If" && !Object.hasOwn(OPERATORS, node.op))
      missing.set(node.op, [...(missing.get(node.op) ?? []), node.name]);
    for (const value of Object.values(node.attributes))
      if (typeof value === "object" && "nodes" in value)
        for (const [op, names] of missingOperators(value))
          missing.set(op, [...(missing.get(op) ?? []), ...names]);
  }
  return missing;
}

/** Whether sizes of inputs are known neither from the file nor from the caller. */
export const isOpen = (graph: Graph, shapes: Readonly<Record<string, readonly number[]>>): boolean =>
  graph.inputs.some(
    ({ name, shape }) => !shapes[name] && !shape?.every((size) => typeof size === "number" && size >= 0),
  );

function checkOperators(graph: Graph): void {
  const missing = [...missingOperators(graph)];
  if (missing.length === 0) return;
  const found = missing.map(
    ([op, names]) => `${op} (${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""})`,
  );
  throw new FormatError(`model expected operators of the table, found ${found.join("; ")}`);
}

/** Types of the inputs: shapes that are given, else as stated; sizes left open are 1. */
export function statedTypes(
  graph: Graph,
  shapes: Readonly<Record<string, readonly number[]>>,
): Map<string, TensorType> {
  checkOptions(
    "shapes",
    shapes,
    graph.inputs.map(({ name }) => name),
  );
  return new Map(
    graph.inputs.map(({ name, dtype, shape = [] }) => {
      if (shapes[name] !== undefined) checkSizesOf(name, shapes[name]);
      const stated = shape.map((size) => (typeof size === "number" && size >= 0 ? size : 1));
      return [name, { dtype, shape: shapes[name] ?? stated }];
    }),
  );
}

/** @throws {ArgumentTypeError} when a shape is no list of numbers */
function checkSizesOf(name: string, shape: unknown): void {
  if (Array.isArray(shape) && shape.every((size) => typeof size === "number")) return;
  throw new ArgumentTypeError(`"${name}" expected a shape as a list of numbers, got ${describe(shape)}`);
}

function checkStated(name: string, stated: GraphInput["shape"], found: readonly number[]): void {
  if (!stated) return;
  const fits =
    stated.length === found.length &&
    stated.every((size, axis) => typeof size !== "number" || size < 0 || size === found[axis]);
  if (fits && found.every((size) => Number.isInteger(size) && size >= 0)) return;
  const wanted = stated.map((size) => (size === "" ? "?" : size)).join(", ");
  throw new ShapeError(`"${name}" expected the shape [${wanted}], got [${found.join(", ")}]`);
}

const typeOfHeld = (held: Held): TensorType => ("place" in held ? held.place : held.type);

/** Puts elements where a value lies. */
function fill(core: Core, held: Held, data: ArrayLike<number>): void {
  if (!("place" in held)) {
    held.data.set(data);
    return;
  }
  const { ptr, shape, channelStride } = held.place;
  const count = sizeOf(shape);
  const positions = shape.length < 3 ? count : sizeOf(shape.slice(2));
  if (channelStride === 4 * positions) {
    core.f32(ptr, count).set(data);
    return;
  }
  for (let at = 0, to = ptr; at < count; at += positions, to += channelStride) {
    const view = core.f32(to, positions);
    for (let index = 0; index < positions; index++) view[index] = data[at + index];
  }
}

function copyOf(core: Core, held: Held): ElementArray {
  if (!("place" in held)) return held.data.slice();
  const { ptr, shape, channelStride } = held.place;
  const count = sizeOf(shape);
  const positions = shape.length < 3 ? count : sizeOf(shape.slice(2));
  if (channelStride === 4 * positions) return core.f32(ptr, count).slice();
  const data = new Float32Array(count);
  for (let at = 0, from = ptr; at < count; at += positions, from += channelStride)
    data.set(core.f32(from, positions), at);
  return data;
}
