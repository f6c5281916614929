/**
 * A bound graph as a list of steps over one arena: kernels where operators have them, plain JavaScript elsewhere.
 * Memory is settled here; running the steps allocates nothing.
 */
import type { Lowered, Lowering, Place, Places } from "../ops/contract.js";
import { type ElementArray, type Node, newArray, sizeOf, type Tensor, type TensorType } from "../ops/ir.js";
import type { Core } from "../tensor/core.js";
import { aliasOf } from "./aliases.js";
import { type Bound, operatorOf, siteOf, typeOf } from "./bind.js";
import type { PlanMemory } from "./chunks.js";
import { arrange, extentsOf, type Slot, type Stored } from "./storage.js";

/** What a step does, for reports. */
export interface StepInfo {
  /** The node's name. */
  readonly name: string;
  readonly op: string;
  /** "javascript", or what the operator says of its kernel. */
  readonly kernel: string;
  readonly density: number | undefined;
  readonly multiplyAdds: number;
  /** The shape of its first output. */
  readonly shape: readonly number[];
}

/** A step of a plan. */
export interface Step {
  readonly info: StepInfo;
  run(): void;
  /** Makes its views anew, after the memory has grown. */
  refresh?(): void;
}

/** A value as a run's caller meets it: f32 in the core's memory, others in arrays. */
export type Held = { readonly place: Place } | { readonly type: TensorType; readonly data: ElementArray };

/** A graph ready to run. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly inputs: ReadonlyMap<string, Held>;
  readonly outputs: ReadonlyMap<string, Held>;
  /** What it holds: activations, scratch, and weights as the kernels have them. */
  readonly memory: PlanMemory;
}

/** How kernels are chosen. */
export interface PlanOptions {
  /** Kernels by node name, instead of the fastest. */
  readonly kernels?: Readonly<Record<string, string>>;
}

interface Chosen {
  readonly node: Node;
  readonly types: readonly TensorType[];
  readonly lowered: Lowered | undefined;
  /** Its step, counted over the whole graph; those of a branch have the number of their `If`. */
  readonly at: number;
  readonly branches?: readonly Scope[];
}

/** A graph's values and steps; a branch sees those of its outer graph. */
interface Scope {
  readonly bound: Bound;
  readonly chosen: Chosen[];
  readonly stored: Map<string, Stored>;
  readonly held: Map<string, ElementArray>;
  readonly constants: Map<string, Place>;
}

/** Plans a bound graph on a core; see `plan`. */
class Planner {
  readonly #core: Core;
  readonly #memory: PlanMemory;
  readonly #options: PlanOptions;
  readonly #slots: Slot[] = [];
  #scratchBytes = 0;
  #base = 0;
  #scratch = 0;

  constructor(core: Core, memory: PlanMemory, options: PlanOptions) {
    this.#core = core;
    this.#memory = memory;
    this.#options = options;
  }

  plan(bound: Bound): Plan {
    const scope: Scope = { bound, chosen: [], stored: new Map(), held: new Map(), constants: new Map() };
    for (const name of bound.inputs) this.#hold(scope, name, -1);
    this.#choose(scope, undefined);
    const end = bound.nodes.length;
    for (const name of bound.outputs) this.#read(scope, name, end, true);
    const bytes = arrange(this.#slots);
    this.#base = this.#memory.allocate(bytes);
    this.#scratch = this.#memory.allocate(this.#scratchBytes);
    const steps = this.#emit(scope);
    return {
      steps,
      inputs: new Map(bound.inputs.map((name) => [name, this.#heldOf(scope, name)])),
      outputs: new Map(bound.outputs.map((name) => [name, this.#heldOf(scope, name)])),
      memory: this.#memory,
    };
  }

  #choose(scope: Scope, within: number | undefined): void {
    for (const [index, node] of scope.bound.nodes.entries()) {
      const at = within ?? index;
      if (node.op === "If") {
        this.#chooseIf(scope, node, at);
        continue;
      }
      const site = siteOf(scope.bound, node);
      const types = node.outputs.map((name) => (name === "" ? undefined : typeOf(scope.bound, name)));
      const known = operatorOf(node).infer(site);
      const alias = within === undefined && aliasOf(site, known, (name) => scope.stored.get(name));
      if (alias) {
        node.outputs.forEach((name, output) => {
          if (name !== "") scope.stored.set(name, alias[output]);
        });
        continue;
      }
      const lowered = operatorOf(node).lower?.(site, known, this.#lowering(node));
      this.#scratchBytes = Math.max(this.#scratchBytes, lowered?.scratchBytes ?? 0);
      const isStrided = lowered?.isStrided === true;
      for (const name of node.inputs) this.#read(scope, name, at, isStrided);
      node.outputs.forEach((name, output) => {
        if (types[output]) this.#hold(scope, name, at, isStrided);
      });
      scope.chosen.push({ node, types: known, lowered, at });
    }
  }

  #chooseIf(scope: Scope, node: Node, at: number): void {
    for (const name of node.inputs) this.#read(scope, name, at, false);
    const branches = ["then_branch", "else_branch"].map((attribute) => {
      const bound = scope.bound.branches.get(`${node.name}.${attribute}`) as Bound;
      const inner: Scope = {
        bound,
        chosen: [],
        stored: new Map(scope.stored),
        held: new Map(scope.held),
        constants: new Map(scope.constants),
      };
      this.#choose(inner, at);
      for (const name of bound.outputs) this.#read(inner, name, at, false);
      return inner;
    });
    const types = node.outputs.map((name) => typeOf(scope.bound, name));
    for (const name of node.outputs) this.#hold(scope, name, at, false);
    scope.chosen.push({ node, types, lowered: undefined, at, branches });
  }

  #lowering(node: Node): Lowering {
    return {
      core: this.#core,
      resident: (bytes) => this.#memory.allocate(bytes),
      forced: this.#options.kernels?.[node.name],
    };
  }

  /** A value that is made by step `at`: memory for it. */
  #hold(scope: Scope, name: string, at: number, isStrided = true): void {
    const type = typeOf(scope.bound, name);
    if (type.dtype !== "f32") {
      scope.held.set(name, newArray(type.dtype, sizeOf(type.shape)));
      return;
    }
    const slot: Slot = { isStrided, type, first: at, last: at, offset: 0 };
    this.#slots.push(slot);
    scope.stored.set(name, { type, slot, channel: 0, element: 0 });
  }

  #read(scope: Scope, name: string, at: number, isStrided: boolean): void {
    const slot = scope.stored.get(name)?.slot;
    if (!slot) return;
    slot.last = Math.max(slot.last, at);
    slot.isStrided &&= isStrided;
  }

  #placeOf(scope: Scope, name: string): Place | undefined {
    const stored = scope.stored.get(name);
    if (!stored) return this.#constantPlace(scope, name);
    const { type, slot, channel, element } = stored;
    const { channels, positions } = extentsOf(type.shape);
    const stride = slot.isStrided ? (slot.stride as number) : 4 * positions;
    const ptr = this.#base + slot.offset + channel * (slot.stride as number) + 4 * element;
    return { ...type, ptr, channelStride: stride, imageStride: channels * stride };
  }

  /** A constant in the core's memory, put there when a kernel first asks for it. */
  #constantPlace(scope: Scope, name: string): Place | undefined {
    const constant = scope.bound.constants.get(name);
    if (constant?.dtype !== "f32") return undefined;
    const known = scope.constants.get(name);
    if (known) return known;
    const { channels, positions } = extentsOf(constant.shape);
    const channelStride = 4 * positions;
    let ptr = 0;
    const put = (): number => {
      if (ptr === 0) {
        ptr = this.#memory.allocate(constant.data.byteLength);
        this.#core.f32(ptr, constant.data.length).set(constant.data);
      }
      return ptr;
    };
    const { dtype, shape } = constant;
    const imageStride = channels * channelStride;
    const place = {
      dtype,
      shape,
      channelStride,
      imageStride,
      get ptr() {
        return put();
      },
    };
    scope.constants.set(name, place);
    return place;
  }

  #heldOf(scope: Scope, name: string): Held {
    const data = scope.held.get(name);
    if (data) return { type: typeOf(scope.bound, name), data };
    const constant = scope.bound.constants.get(name);
    if (constant && constant.dtype !== "f32") return { type: constant, data: constant.data };
    return { place: this.#placeOf(scope, name) as Place };
  }

  #emit(scope: Scope): Step[] {
    return scope.chosen.map((chosen) => {
      const { node, lowered } = chosen;
      if (chosen.branches) return this.#emitIf(scope, chosen);
      const info: StepInfo = {
        name: node.name,
        op: node.op,
        kernel: lowered?.kernel ?? "javascript",
        density: lowered?.density,
        multiplyAdds: lowered?.multiplyAdds ?? 0,
        shape: chosen.types[0]?.shape ?? [],
      };
      if (!lowered) return { info, ...this.#computing(scope, chosen) };
      const places: Places = {
        inputs: node.inputs.map((name) => (name === "" ? undefined : this.#placeOf(scope, name))),
        outputs: node.outputs.map((name) => this.#placeOf(scope, name) as Place),
        scratch: this.#scratch,
      };
      return { info, run: lowered.emit(places) };
    });
  }

  /** A node in plain JavaScript, on views of the memory. */
  #computing(scope: Scope, { node, types }: Chosen): Pick<Step, "run" | "refresh"> {
    const site = siteOf(scope.bound, node);
    const { compute } = operatorOf(node);
    let inputs: (Tensor | undefined)[] = [];
    let outputs: Tensor[] = [];
    const refresh = () => {
      inputs = node.inputs.map((name) => (name === "" ? undefined : this.#tensorOf(scope, name)));
      outputs = node.outputs.map((name, index) =>
        name === ""
          ? { ...types[index], data: newArray(types[index].dtype, sizeOf(types[index].shape)) }
          : this.#tensorOf(scope, name),
      );
    };
    refresh();
    return { run: () => compute(site, inputs, outputs), refresh };
  }

  #tensorOf(scope: Scope, name: string): Tensor {
    const constant = scope.bound.constants.get(name);
    if (constant) return constant;
    const { dtype, shape } = typeOf(scope.bound, name);
    const data = scope.held.get(name);
    if (data) return { dtype, shape, data };
    const { ptr } = this.#placeOf(scope, name) as Place;
    return { dtype, shape, data: this.#core.f32(ptr, sizeOf(shape)) };
  }

  #emitIf(scope: Scope, { node, types, branches = [] }: Chosen): Step {
    const inner = branches.map((branch) => this.#emit(branch));
    let condition: Tensor;
    let results: Tensor[][] = [];
    let outputs: Tensor[] = [];
    const refresh = () => {
      condition = this.#tensorOf(scope, node.inputs[0]);
      results = branches.map((branch) => branch.bound.outputs.map((name) => this.#tensorOf(branch, name)));
      outputs = node.outputs.map((name) => this.#tensorOf(scope, name));
      for (const steps of inner) for (const step of steps) step.refresh?.();
    };
    refresh();
    const multiplyAdds = Math.max(
      ...inner.map((steps) => steps.reduce((sum, { info }) => sum + info.multiplyAdds, 0)),
    );
    const info = {
      name: node.name,
      op: node.op,
      kernel: "branch",
      density: undefined,
      multiplyAdds,
      shape: types[0].shape,
    };
    const run = () => {
      const taken = condition.data[0] ? 0 : 1;
      for (const step of inner[taken]) step.run();
      outputs.forEach(({ data }, index) => {
        data.set(results[taken][index].data as never);
      });
    };
    return { info, run, refresh };
  }
}

/**
 * @param core  whose memory the plan lives in
 * @param bound  simplified or not
 * @param memory  takes what the plan needs
 * @param options  kernels that are asked for by name
 * @throws {OutOfMemoryError} when the memory cannot hold it
 */
export const plan = (core: Core, bound: Bound, memory: PlanMemory, options: PlanOptions = {}): Plan =>
  new Planner(core, memory, options).plan(bound);
