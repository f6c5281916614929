/** Compiled, not run: what users write, against the types of the packed package. */
import {
  type Core,
  linear,
  type Mask,
  network,
  open,
  type Pruned,
  type PruneOptions,
  prune,
  type Samples,
  type SearchOptions,
  type SubsetSums,
  searchTickets,
  subsetSum,
} from "golden-ticket";
import { main } from "golden-ticket/cli";
import { readSafetensors, type Tensor } from "golden-ticket/io";
import { mnistSamples } from "golden-ticket/mnist";
import { pruneOnnx } from "golden-ticket/onnx";
import { f32_gemv_masked } from "golden-ticket/reference";
import "golden-ticket/search-worker";
import { open as openSlim, type SlimOptions } from "golden-ticket/slim";

type IsAny<T> = 0 extends 1 & T ? true : false;

export async function use(samples: Samples, calibration: Float32Array, file: Uint8Array): Promise<number> {
  const core: Core = await open({ variant: "simd", memoryLimitMiB: 64 });
  const mask: Mask = core.mask(2, 2, [1, 0, 0, 1]);
  const layer = linear(core, [1, 2, 3, 4], { inputs: 2, outputs: 2, mask, relu: true });
  const output: Float32Array = layer.forward(Float32Array.of(1, 2));
  const options: PruneOptions = { method: "exact-obs", sparsity: 0.5, calibration };
  const pruned: Pruned = await prune(network(core, [16, 12, 4], { seed: 1 }), options);
  const search: SearchOptions = { rounds: 2, workers: 0, signal: AbortSignal.timeout(1000) };
  const { tickets } = await searchTickets(samples, search);
  const found: SubsetSums = subsetSum(core, calibration, Float64Array.of(0.5), {
    objective: "fewest",
    tolerance: 0.1,
  });
  const tensors: ReadonlyMap<string, Tensor> = readSafetensors(file).tensors;
  // @ts-expect-error: no such variant
  await open({ variant: "fast" });
  // @ts-expect-error: a mask is no layer
  network(core, mask);
  const slim: SlimOptions = { binary: new URL("https://example.org/simd.wasm") };
  const [view, bits] = [core.matrix(1, 1).view(), mask.toArray()];
  const typed: [IsAny<typeof view>, IsAny<typeof bits>] = [false, false];
  const copy: Float32Array = view;
  const blob = new Blob([view, bits]);
  {
    using scope = core.scope();
    const disposable: Disposable = scope;
    disposable[Symbol.dispose]();
  }
  core.dispose();
  (await openSlim(slim)).dispose();
  return (
    output.length +
    pruned.sparsity +
    tickets.length +
    found.kept +
    tensors.size +
    typed.length +
    copy.length +
    blob.size
  );
}

export const functions = [pruneOnnx, f32_gemv_masked, main, mnistSamples];
