/** The training step on TensorFlow.js: its own gradients and Adam, weights multiplied by a mask tensor. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Prepared } from "../measure.js";
import { ADAM, BATCH, type Lenet, SIZES, training } from "./lenet.js";
import { peerFolder } from "./peer.js";
import { loadTfjs, type Tensor } from "./tfjs.js";

let registered: Promise<unknown> | undefined;

/**
 * The Node entry of tfjs-core leaves the gradients out, and their own files are in no form that Node loads:
 * they are bundled here. They find the engine, the backend and the registry of gradients in the global scope.
 */
function registerGradients(): Promise<unknown> {
  registered ??= (async () => {
    const source = new URL("dist/register_all_gradients.js", peerFolder("@tensorflow/tfjs-core"));
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(source)],
      bundle: true,
      format: "esm",
      platform: "node",
      write: false,
      logLevel: "silent",
    });
    return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
  })();
  return registered;
}

/** Batches are on the backend's heap before the clock starts; the loss is read back only to compare it. */
export async function trainTfjs(problem: Lenet): Promise<Prepared> {
  const tf = await loadTfjs();
  await registerGradients();
  const shapes = SIZES.slice(1).map((outputs, layer): [number, number] => [SIZES[layer], outputs]);
  const matrix = (values: Float32Array, l: number) => tf.tensor2d(transposed(values, shapes[l]), shapes[l]);
  const weights = problem.weights.map((values, l) => tf.variable(matrix(values, l)));
  const biases = shapes.map(([, outputs]) => tf.variable(tf.tensor1d(new Float32Array(outputs))));
  const masks = problem.masks?.map(matrix);
  const inputs = problem.images.map((bytes) =>
    tf.tensor2d(
      Float32Array.from(bytes, (value) => value / 255),
      [BATCH, SIZES[0]],
    ),
  );
  const labels = problem.labels.map((digits) =>
    tf.tidy(() => tf.oneHot(tf.tensor1d(digits, "int32"), SIZES[3])),
  );
  const optimizer = tf.train.adam(ADAM.rate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
  const variables = [...weights, ...biases];

  const prepared = training((batch, wantsLoss) => {
    const { value, grads } = tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(labels[batch], logits(inputs[batch])),
      variables,
    );
    optimizer.applyGradients(grads);
    const loss = wantsLoss ? value.dataSync()[0] : undefined;
    tf.dispose([value, grads]);
    return loss;
  });
  const resident = [inputs, labels, variables, masks ?? []];
  return { ...prepared, close: () => tf.dispose(resident) };

  function logits(x: Tensor): Tensor {
    let y = x;
    for (const [l, weight] of weights.entries()) {
      const kept = masks ? tf.mul(weight, masks[l]) : weight;
      y = tf.add(tf.matMul(y, kept), biases[l]);
      if (l < weights.length - 1) y = tf.relu(y);
    }
    return y;
  }
}

/** From outputs × inputs, as the problem has it, to inputs × outputs. */
function transposed(values: Float32Array, [inputs, outputs]: [number, number]): Float32Array {
  return Float32Array.from(values, (_, at) => values[(at % outputs) * inputs + Math.floor(at / outputs)]);
}
