/**
 * What an operator is: the types of its outputs, its meaning in plain JavaScript, and kernels for the cases that a
 * model spends time in. One file a family; `index.ts` is the table.
 */
import { describe } from "../describe.js";
import { FormatError, ShapeError } from "../errors.js";
import type { Core } from "../tensor/core.js";
import { type Attribute, isSameShape, type Node, type Tensor, type TensorType } from "./ir.js";

/** An input as far as it is known when a graph is planned. */
export interface Operand extends TensorType {
  /** Its elements, when they do not depend on what a run is given. */
  readonly constant?: Tensor;
}

/** Sizes, axes and parts are fewer; what walks over them is quadratic here and there. */
const MOST_NUMBERS = 4096;

/** Sizes that depend on values which a run is given: the graph can be planned for such values alone. */
export class ValuesNeeded extends ShapeError {}

/** A node with what is known of its inputs. */
export class Site {
  readonly node: Node;
  readonly operands: readonly (Operand | undefined)[];

  /**
   * @param node  of a graph
   * @param operands  by input; undefined for one that is left out
   */
  constructor(node: Node, operands: readonly (Operand | undefined)[]) {
    this.node = node;
    this.operands = operands;
  }

  /** The type of input `index`. @throws {ShapeError} when it is left out */
  input(index: number): Operand {
    return this.operands[index] ?? this.refuse(`input ${index}`, "none");
  }

  /** The elements of input `index` as numbers; undefined when it is left out. @throws {ShapeError} when they vary */
  numbers(index: number): number[] | undefined {
    const operand = this.operands[index];
    if (!operand) return undefined;
    if (!operand.constant) {
      const found = `${labelOf(this.node)} expected constant values of input ${index} ("${this.node.inputs[index]}")`;
      throw new ValuesNeeded(`${found}, found ones that vary`);
    }
    const { data } = operand.constant;
    if (data.length > MOST_NUMBERS)
      this.refuse(`at most ${MOST_NUMBERS} numbers as input ${index}`, `${data.length}`);
    return Array.from(data);
  }

  /** The one element of input `index`. @throws {ShapeError} when it is another value */
  one(index: number): number {
    const numbers = this.numbers(index);
    if (numbers?.length === 1) return numbers[0];
    return this.refuse(`one number as input ${index}`, numbers ? `${numbers.length}` : "none");
  }

  /** Refuses input `index` when it is there and is not of a shape. @throws {ShapeError} */
  expectShape(index: number, shape: readonly number[]): void {
    const operand = this.operands[index];
    if (operand && !isSameShape(operand.shape, shape))
      this.refuse(`[${shape.join(", ")}] as input ${index}`, `[${operand.shape.join(", ")}]`);
  }

  /** A number among the attributes. @throws {FormatError} when it is something else */
  number(name: string, otherwise: number): number {
    const value = this.node.attributes[name] ?? otherwise;
    return typeof value === "number" ? value : this.#wrong(name, "a number", value);
  }

  /** A text among the attributes. @throws {FormatError} when it is something else */
  text(name: string, otherwise: string): string {
    const value = this.node.attributes[name] ?? otherwise;
    return typeof value === "string" ? value : this.#wrong(name, "a text", value);
  }

  /** Numbers among the attributes; undefined when there are none. @throws {FormatError} when it is something else */
  list(name: string): readonly number[] | undefined {
    const value: Attribute | undefined = this.node.attributes[name];
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.every((each) => typeof each === "number");
    return isList ? (value as readonly number[]) : this.#wrong(name, "a list of numbers", value);
  }

  #wrong(name: string, expected: string, value: Attribute): never {
    throw unsupported(this.node, `the attribute "${name}" to be ${expected}`, describe(value));
  }

  /** An axis counted from the end when it is negative. @throws {ShapeError} when `rank` axes have none such */
  axis(axis: number, rank: number): number {
    if (Number.isInteger(axis) && axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return this.refuse(`an axis from ${-rank} to ${rank - 1}`, `${axis}`);
  }

  /** @throws {ShapeError} always: what was expected of this node and what was found */
  refuse(expected: string, found: string): never {
    throw new ShapeError(`${labelOf(this.node)} expected ${expected}, found ${found}`);
  }
}

/** A node in messages. */
export const labelOf = (node: Node): string => `node "${node.name}" (${node.op})`;

/** An error of an operator's attribute or variant that is not there. */
export const unsupported = (node: Node, expected: string, found: string): FormatError =>
  new FormatError(`${labelOf(node)} expected ${expected}, found ${found}`);

/**
 * Where a value of f32 lies in the core's memory. Axis 0 are images, axis 1 channels, the rest positions, which are
 * contiguous; a value of fewer axes is contiguous as a whole.
 */
export interface Place extends TensorType {
  /** Address in bytes. */
  readonly ptr: number;
  /** Bytes from one channel to the next. */
  readonly channelStride: number;
  /** Bytes from one image to the next. */
  readonly imageStride: number;
}

/** Addresses of a node's operands, known when memory is planned. */
export interface Places {
  /** By input; undefined for what is left out or not f32. */
  readonly inputs: readonly (Place | undefined)[];
  readonly outputs: readonly Place[];
  /** `scratchBytes` of memory while the step runs. */
  readonly scratch: number;
}

/** Kernels chosen for a node. */
export interface Lowered {
  /** As in reports: "csr", "dense", "depthwise 3 × 3". */
  readonly kernel: string;
  /** Bytes that it needs while it runs. */
  readonly scratchBytes?: number;
  /** Whether channels of its operands may be further apart than their positions need. */
  readonly isStrided?: boolean;
  /** Multiplications and additions of a run, zeros left out where the kernel leaves them out. */
  readonly multiplyAdds?: number;
  /** Share of weights that are kept. */
  readonly density?: number;
  /** @returns the step, which calls kernels at these addresses and allocates nothing */
  emit(places: Places): () => void;
}

/** What kernels are chosen by. */
export interface Lowering {
  readonly core: Core;
  /** Memory for as long as the model: packed weights. */
  readonly resident: (bytes: number) => number;
  /** A kernel that is asked for instead of the fastest, as `Lowered.kernel` says it. */
  readonly forced?: string;
}

/** An operator. */
export interface Operator {
  /** Types of the outputs. @throws {ShapeError | FormatError} when the inputs do not fit */
  readonly infer: (site: Site) => readonly TensorType[];
  /** Its meaning: fills the outputs, which have the types of `infer`. Row-major; what kernels are compared with. */
  readonly compute: (site: Site, inputs: readonly (Tensor | undefined)[], outputs: readonly Tensor[]) => void;
  /** Kernels for it; undefined where plain JavaScript has to do. */
  readonly lower?: (site: Site, types: readonly TensorType[], lowering: Lowering) => Lowered | undefined;
}

/** Operators by name. */
export type OperatorTable = Readonly<Record<string, Operator>>;
