/** Damage to what a model means, behind a file that is sound: graphs, and JSON, with parts replaced. */
import type { Attribute, Graph, Node, Tensor } from "../../src/ops/ir.js";
import type { Random } from "../harness/random.js";

const NUMBERS = [0, 1, -1, 2, 3, 7, 64, 2 ** 16, 2 ** 31, -(2 ** 31), 2 ** 40, 0.5, Number.NaN, Infinity];
const pick = <T>(random: Random, from: readonly T[]): T => from[random.below(from.length)];

/** Something in the place of a part of JSON. */
const HOSTILE: readonly unknown[] = [
  ...NUMBERS,
  "",
  "x",
  "zero",
  "AAAA",
  null,
  true,
  [],
  {},
  [[]],
  ["x"],
  [1e9],
];

/** A copy of JSON with one to three parts replaced, dropped or doubled; strings that are names may be swapped. */
export function damagedJson(json: unknown, random: Random): unknown {
  const copy = structuredClone(json);
  for (let change = random.below(3); change >= 0; change--) {
    let at = copy as Record<string, unknown>;
    for (let depth = 0; depth < 24; depth++) {
      const keys = Object.keys(at);
      if (keys.length === 0) break;
      const key = pick(random, keys);
      const inner = at[key];
      if (typeof inner === "object" && inner !== null && random.below(12) > 0) {
        at = inner as Record<string, unknown>;
        continue;
      }
      const kind = random.below(6);
      if (kind === 0) delete at[key];
      else if (kind === 1) at[key] = structuredClone(at[pick(random, keys)]);
      else if (kind === 2 && Array.isArray(at)) at.splice(0, 1 + random.below(2));
      else at[key] = structuredClone(pick(random, HOSTILE));
      break;
    }
  }
  return copy;
}

function damagedTensor(value: Tensor, random: Random): Tensor {
  const data = value.data.slice();
  if (data.length > 0) data[random.below(data.length)] = pick(random, NUMBERS);
  const shape = random.below(3) === 0 ? [...value.shape].reverse() : value.shape;
  return { dtype: random.below(8) === 0 ? "i32" : value.dtype, shape, data };
}

function damagedAttribute(value: Attribute, random: Random): Attribute {
  if (Array.isArray(value) && random.below(2)) {
    const copy = [...value] as (number | string)[];
    if (random.below(4) === 0) copy.length = random.below(copy.length + 1);
    else if (copy.length > 0) copy[random.below(copy.length)] = pick(random, NUMBERS);
    return copy as number[];
  }
  return pick<Attribute>(random, [
    ...NUMBERS,
    "SAME_LOWER",
    "wrap",
    "",
    [],
    [1, 2],
    [2 ** 31, 2 ** 31],
    [-1],
  ]);
}

function damagedNode(node: Node, names: readonly string[], random: Random): Node {
  const kind = random.below(7);
  const inputs = [...node.inputs];
  if (kind === 0) inputs.splice(random.below(inputs.length + 1), 1);
  if (kind === 1) inputs[random.below(inputs.length + 1)] = pick(random, [...names, "", "nowhere"]);
  if (kind === 2)
    return { ...node, op: pick(random, ["Add", "Conv", "If", "Gather", "Reshape", "Pad", "Tile"]) };
  if (kind === 3) return { ...node, outputs: [...node.outputs, `${node.name}:more`].slice(random.below(2)) };
  const keys = Object.keys(node.attributes);
  if (kind < 4 || keys.length === 0) return { ...node, inputs: inputs.map((name) => name ?? "") };
  const key = pick(random, keys);
  return {
    ...node,
    attributes: { ...node.attributes, [key]: damagedAttribute(node.attributes[key], random) },
  };
}

/** A graph with one or two nodes or constants damaged. */
export function damagedGraph(graph: Graph, random: Random): Graph {
  const constants = new Map(graph.constants);
  let nodes = [...graph.nodes];
  const names = [...constants.keys(), ...nodes.flatMap(({ outputs }) => outputs)];
  for (let change = random.below(2); change >= 0; change--) {
    if (random.below(3) === 0) {
      const name = pick(random, [...constants.keys()]);
      constants.set(name, damagedTensor(constants.get(name) as Tensor, random));
    } else {
      const at = random.below(nodes.length);
      nodes = nodes.map((node, index) => (index === at ? damagedNode(node, names, random) : node));
    }
  }
  return { ...graph, nodes, constants };
}
