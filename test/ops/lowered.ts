/** Runs one node through its kernels and through its plain JavaScript, and compares. */
import { expect } from "vitest";
import { model } from "../../src/graph/model.js";
import { Site } from "../../src/ops/contract.js";
import { OPERATORS } from "../../src/ops/index.js";
import { type Attribute, type Graph, sizeOf, type Tensor, tensor } from "../../src/ops/ir.js";
import type { Core } from "../../src/tensor/core.js";
import { Random } from "../harness/random.js";

/** An input: a shape that varies between runs, or a tensor that does not; undefined for one that is left out. */
export type Given = { readonly shape: readonly number[] } | Tensor | undefined;

export interface NodeCase {
  readonly op: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly inputs: readonly Given[];
  /** Names of the outputs: "y" is the one that is compared. */
  readonly outputs?: readonly string[];
  /** A kernel that is asked for. */
  readonly forced?: string;
}

/** Random numbers of a shape; a share of `density` of them is not 0. */
export function weights(random: Random, shape: readonly number[], density = 1): Tensor {
  const data = random
    .uniform(sizeOf(shape))
    .map((value) => (random.below(1000) < 1000 * density ? value : 0));
  return tensor("f32", shape, data);
}

/**
 * Expects of a node's kernels, on random inputs, what `compute` says, to within 1e-5 of the largest magnitude.
 *
 * @returns the kernel that was chosen
 */
export function expectLowered(
  core: Core,
  { op, attributes = {}, inputs, outputs = ["y"], forced }: NodeCase,
): string {
  const random = new Random(5);
  const names = inputs.map((given, index) => (given ? `x${index}` : ""));
  const values = inputs.map(
    (given) =>
      given && ("data" in given ? given : tensor("f32", given.shape, random.uniform(sizeOf(given.shape)))),
  );
  const isFixed = inputs.map((given) => given !== undefined && "data" in given);
  const node = { name: "n", op, inputs: names, outputs, attributes };
  const graph: Graph = {
    inputs: values.flatMap((value, at) =>
      value && !isFixed[at] ? [{ name: names[at], dtype: value.dtype, shape: value.shape }] : [],
    ),
    outputs: ["y"],
    nodes: [node],
    constants: new Map(values.flatMap((value, at) => (value && isFixed[at] ? [[names[at], value]] : []))),
  };
  const site = new Site(
    node,
    values.map((value, at) => value && (isFixed[at] ? { ...value, constant: value } : value)),
  );
  const computed = OPERATORS[op].infer(site).map(({ dtype, shape }) => tensor(dtype, shape));
  OPERATORS[op].compute(site, values, computed);
  const want = computed[outputs.indexOf("y")];
  return core.scoped(() => {
    const kernels = forced === undefined ? undefined : { n: forced };
    const planned = model(core, graph, { simplify: false, kernels });
    const feeds = Object.fromEntries(
      values.flatMap((value, at) => (value && !isFixed[at] ? [[names[at], value.data as Float32Array]] : [])),
    );
    for (const _ of [1, 2]) {
      const { y } = planned.run(feeds);
      expect(y.shape).toEqual([...want.shape]);
      expectClose(
        y.data,
        want.data,
        `${op} ${JSON.stringify(attributes)} of ${values.map((v) => `[${v?.shape}]`)}`,
      );
    }
    return planned.layers[0]?.kernel ?? "none";
  });
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, label: string): void {
  const largest = Math.max(1e-30, ...Array.from(want, Math.abs).filter(Number.isFinite));
  for (let at = 0; at < want.length; at++) {
    const isEqual = Object.is(got[at], want[at]) || Math.abs(got[at] - want[at]) <= 1e-5 * largest;
    if (!isEqual) throw new Error(`${label}: element ${at} expected ${want[at]}, got ${got[at]}`);
  }
}
