/** TensorFlow.js on its Wasm backend (XNNPACK), one thread. */
import { fileURLToPath } from "node:url";
import type { Prepared } from "../measure.js";
import { type Dense, transposedWeights } from "./dense.js";
import { peer, peerFolder } from "./peer.js";

/** The part of a tensor used here. */
export interface Tensor {
  dataSync(): Float32Array;
  dispose(): void;
}

export interface Variable extends Tensor {
  readonly name: string;
}

/** The part of tfjs-core used here. */
export interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tensor1d(values: ArrayLike<number>, type?: string): Tensor;
  tensor2d(values: ArrayLike<number>, shape: [number, number], type?: string): Tensor;
  variable(initial: Tensor, trainable?: boolean): Variable;
  tidy<T>(compute: () => T): T;
  dispose(container: object): void;
  matMul(a: Tensor, b: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  oneHot(indices: Tensor, depth: number): Tensor;
  losses: { softmaxCrossEntropy(oneHotLabels: Tensor, logits: Tensor): Tensor };
  variableGrads(loss: () => Tensor, variables?: Variable[]): { value: Tensor; grads: Record<string, Tensor> };
  train: {
    adam(
      rate: number,
      beta1: number,
      beta2: number,
      epsilon: number,
    ): {
      applyGradients(gradients: Record<string, Tensor>): void;
    };
  };
}

interface WasmBackend {
  setWasmPaths(folder: string): void;
  setThreadsCount(count: number): void;
}

let loaded: Promise<Tfjs> | undefined;

/** tfjs-core with the Wasm backend set, once a process. */
export function loadTfjs(): Promise<Tfjs> {
  loaded ??= (async () => {
    const tf = await peer<Tfjs>("@tensorflow/tfjs-core");
    const backend = await peer<WasmBackend>("@tensorflow/tfjs-backend-wasm");
    backend.setWasmPaths(fileURLToPath(new URL("dist/", peerFolder("@tensorflow/tfjs-backend-wasm"))));
    backend.setThreadsCount(1);
    await tf.setBackend("wasm");
    await tf.ready();
    return tf;
  })();
  return loaded;
}

/**
 * Both operands stay on the backend's heap (weights are packed once, at the first call) and the result is not
 * read back: the best that a caller with everything resident can get.
 */
export async function denseTfjs(dense: Dense): Promise<Prepared> {
  const tf = await loadTfjs();
  const x = tf.tensor2d(dense.x, [dense.batch, dense.inputs]);
  const w = tf.tensor2d(transposedWeights(dense), [dense.inputs, dense.outputs]);
  return {
    run: () => tf.matMul(x, w).dispose(),
    output: () => {
      const y = tf.matMul(x, w);
      const values = y.dataSync().slice();
      y.dispose();
      return values;
    },
    close: () => {
      x.dispose();
      w.dispose();
    },
  };
}
