/** A stack of fully connected layers with ReLU between, as a graph. */
import type { Model } from "../io/model.js";
import { type Graph, type Node, type Tensor, tensor } from "../ops/ir.js";

/**
 * @param stack  its layers, inputs first
 * @returns a graph from "input", samples × features, to "output", samples × outputs
 */
export function stackGraph({ layers }: Model): Graph {
  const constants = new Map<string, Tensor>();
  const nodes = layers.flatMap(({ name, rows, columns, weights, bias, mask }, index): Node[] => {
    const kept = mask ? weights.map((weight, at) => (mask[at] ? weight : 0)) : weights;
    constants.set(`${name}.weight`, tensor("f32", [rows, columns], kept));
    constants.set(`${name}.bias`, tensor("f32", [rows], bias));
    const from = index === 0 ? "input" : `${layers[index - 1].name}.activation`;
    const isLast = index === layers.length - 1;
    const sum = isLast ? "output" : `${name}.sum`;
    const inputs = [from, `${name}.weight`, `${name}.bias`];
    const gemm = { name, op: "Gemm", inputs, outputs: [sum], attributes: { transB: 1 } };
    const relu = {
      name: `${name}.relu`,
      op: "Relu",
      inputs: [sum],
      outputs: [`${name}.activation`],
      attributes: {},
    };
    return isLast ? [gemm] : [gemm, relu];
  });
  const inputs = [{ name: "input", dtype: "f32" as const, shape: ["samples", layers[0].columns] }];
  return { inputs, outputs: ["output"], nodes, constants };
}
