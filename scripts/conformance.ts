/**
 * `npm run conformance -- DIR [--json]`: runs a folder of the ONNX project's backend tests, NAME/model.onnx with
 * NAME/test_data_set_K/{input,output}_K.pb, and tells what passes, what fails, and which operators are missing.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { missingOperators, model } from "../src/graph/index.js";
import { tensorOf } from "../src/graph/onnx-values.js";
import { readOnnxGraph } from "../src/graph/read-onnx.js";
import { DataFiles } from "../src/io/onnx/external.js";
import { readTensor } from "../src/io/onnx/tensor.js";
import { rootOf } from "../src/io/onnx/wire.js";
import { openSync } from "../src/open.js";
import type { Graph, Tensor } from "../src/ops/ir.js";

/** As the ONNX project's own runner: |found − expected| ≤ absolute + relative · |expected|. */
const TOLERANCE = { absolute: 1e-7, relative: 1e-3 };

const [folder, ...flags] = process.argv.slice(2);
if (!folder || !existsSync(folder)) {
  console.error(`conformance expected a folder of tests, got ${folder ?? "nothing"}`);
  process.exit(2);
}
const result = { passed: 0, failed: {} as Record<string, string>, unsupported: {} as Record<string, string> };
for (const name of readdirSync(folder).sort()) {
  const path = join(folder, name);
  if (!existsSync(join(path, "model.onnx"))) continue;
  try {
    const graph = readOnnxGraph(readFileSync(join(path, "model.onnx")));
    const [missing] = missingOperators(graph).keys();
    if (missing) result.unsupported[name] = missing;
    else {
      const sets = readdirSync(path).filter((entry) => entry.startsWith("test_data_set_"));
      for (const set of sets) check(graph, join(path, set));
      result.passed++;
    }
  } catch (error) {
    result.failed[name] = (error as Error).message;
  }
}
const { passed, failed, unsupported } = result;
if (flags.includes("--json")) console.log(JSON.stringify(result));
else {
  for (const [name, why] of Object.entries(failed)) console.log(`failed       ${name}: ${why}`);
  for (const [name, op] of Object.entries(unsupported)) console.log(`unsupported  ${name}: ${op}`);
  console.log(
    `${passed} passed, ${Object.keys(failed).length} failed, ${Object.keys(unsupported).length} skipped`,
  );
}
process.exit(Object.keys(failed).length > 0 ? 1 : 0);

function check(graph: Graph, folder: string): void {
  const core = openSync();
  try {
    const inputs = Object.fromEntries(
      graph.inputs.map(({ name }, index) => [name, load(folder, `input_${index}`)]),
    );
    const outputs = model(core, graph).run(inputs);
    graph.outputs.forEach((name, index) => {
      compare(name, outputs[name], load(folder, `output_${index}`));
    });
  } finally {
    core.dispose();
  }
}

function load(folder: string, name: string): Tensor {
  return tensorOf(readTensor(rootOf(readFileSync(join(folder, `${name}.pb`))), new DataFiles({})));
}

function compare(name: string, found: Tensor, expected: Tensor): void {
  if (String(found.shape) !== String(expected.shape) || found.dtype !== expected.dtype)
    throw new Error(
      `${name} expected ${expected.dtype} [${expected.shape}], found ${found.dtype} [${found.shape}]`,
    );
  for (let at = 0; at < expected.data.length; at++) {
    const [a, b] = [found.data[at], expected.data[at]];
    const isNear = Math.abs(a - b) <= TOLERANCE.absolute + TOLERANCE.relative * Math.abs(b);
    if (!isNear && !Object.is(a, b) && a !== b) throw new Error(`${name}[${at}] expected ${b}, found ${a}`);
  }
}
