/**
 * Kernels for LSTM and GRU with constant weights: one product for the inputs of all steps, then a product with the
 * state and a cell for each step.
 */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowered, Lowering, Place, Places, Site } from "./contract.js";
import type { ElementArray } from "./ir.js";
import { wayFor } from "./matrix-kernels.js";
import { packDense, putFloats } from "./resident.js";

/** Sizes of a recurrent node. */
export interface RecurrentSizes {
  readonly steps: number;
  readonly batch: number;
  readonly inputs: number;
  readonly hidden: number;
  readonly directions: number;
  /** layout 1: the batch comes first. */
  readonly isBatchFirst: boolean;
}

/** One step of one sample: `sums` holds what its input adds to the gates. States are read and written in place. */
type Step = (
  sums: number,
  hidden: number,
  hiddenOut: number,
  cell: number,
  cellOut: number,
  y: number,
) => void;

/** A direction's kernels. */
interface Direction {
  /** All steps' sums from their inputs. */
  readonly project: (x: number, sums: number, scratch: number) => void;
  readonly scratchBytes: number;
  readonly step: Step;
}

/**
 * @param site  an LSTM or a GRU
 * @param sizes  of it
 * @param gates  4 for an LSTM, 3 for a GRU
 * @param lowering  where weights go
 * @returns kernels; undefined where there are none for it
 */
export function lowerRecurrent(
  site: Site,
  sizes: RecurrentSizes,
  gates: number,
  lowering: Lowering,
): Lowered | undefined {
  const { steps, batch, inputs, hidden, directions } = sizes;
  const [, w, r, b, lengths, , , peepholes] = site.operands;
  const isKnown = w?.constant && r?.constant && (!b || b.constant);
  const isPlain = !lengths && !peepholes && !site.node.attributes.activations;
  const isLate = gates === 4 || site.number("linear_before_reset", 0) !== 0;
  if (!isKnown || !isPlain || !isLate || steps * batch * hidden * inputs === 0) return undefined;
  const all = Array.from({ length: directions }, (_, d) => {
    const rows = gates * hidden;
    const part = (data: ElementArray | undefined, size: number) => data?.subarray(d * size, (d + 1) * size);
    const weights = part(w.constant?.data, rows * inputs) as ElementArray;
    const state = part(r.constant?.data, rows * hidden) as ElementArray;
    return directionOf(sizes, gates, weights, state, part(b?.constant?.data, 2 * rows), lowering);
  });
  const sumsBytes = align(4 * steps * batch * gates * hidden);
  const zeros = putFloats(lowering, new Float32Array(hidden));
  return {
    kernel: "dense",
    multiplyAdds: steps * batch * directions * gates * hidden * (inputs + hidden),
    scratchBytes:
      sumsBytes + align(4 * hidden) * 3 + Math.max(...all.map(({ scratchBytes }) => scratchBytes)),
    emit: (places) => unrolled(site, sizes, gates, all, zeros, sumsBytes, places),
  };
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Weights of a direction, packed. Biases of the state join those of the input where nothing comes between. */
function directionOf(
  { steps, batch, inputs, hidden }: RecurrentSizes,
  gates: number,
  weights: ElementArray,
  state: ElementArray,
  biases: ElementArray | undefined,
  lowering: Lowering,
): Direction {
  const { kernels } = lowering.core;
  const models = modelKernelsOf(lowering.core);
  const rows = gates * hidden;
  /** Gates whose sums may be added up at once; a GRU's last one is scaled before. */
  const joined = gates === 4 ? rows : 2 * hidden;
  const bias = Float32Array.from(
    { length: rows },
    (_, row) => (biases?.[row] ?? 0) + (row < joined ? (biases?.[rows + row] ?? 0) : 0),
  );
  const transposed = new Float32Array(rows * inputs);
  for (let row = 0; row < rows; row++)
    for (let at = 0; at < inputs; at++) transposed[at * rows + row] = weights[row * inputs + at];
  const shared = { m: steps * batch, k: inputs, n: rows, offsets: [[0, 0, 0]] as const };
  const way = wayFor({ ...shared, weights: transposed, bias }, lowering);
  const packed = packDense(lowering, joined, hidden, state.subarray(0, joined * hidden));
  const project = (x: number, sums: number, scratch: number) => way.run(x, 0, sums, 0, scratch);
  if (gates === 4)
    return {
      project,
      scratchBytes: way.scratchBytes,
      step: (sums, h, hOut, c, cOut, y) => {
        kernels.f32_gemv_packed(rows, hidden, packed, h, sums, 0, 1);
        models.f32_lstm_cell(hidden, sums, c, cOut, hOut, y);
      },
    };
  const last = packDense(lowering, hidden, hidden, state.subarray(joined * hidden));
  const lastBias = biases ? putFloats(lowering, biases.subarray(rows + joined)) : 0;
  const late = lowering.resident(4 * hidden);
  return {
    project,
    scratchBytes: way.scratchBytes,
    step: (sums, h, hOut, _, __, y) => {
      kernels.f32_gemv_packed(joined, hidden, packed, h, sums, 0, 1);
      kernels.f32_gemv_packed(hidden, hidden, last, h, late, lastBias, 0);
      models.f32_gru_cell(hidden, sums, late, h, hOut, y);
    },
  };
}

/** All directions, samples and steps, at addresses. */
function unrolled(
  site: Site,
  { steps, batch, hidden, directions, isBatchFirst }: RecurrentSizes,
  gates: number,
  all: readonly Direction[],
  zeros: number,
  sumsBytes: number,
  { inputs, outputs, scratch }: Places,
): () => void {
  const [x, , , , , firstH, firstC] = inputs;
  const [y, lastH, lastC] = outputs as readonly (Place | undefined)[];
  const bytes = 4 * hidden;
  const isReverse = site.text("direction", "forward") === "reverse";
  const [h, c] = [scratch + sumsBytes, scratch + sumsBytes + align(bytes)];
  const rest = scratch + sumsBytes + 3 * align(bytes);
  const sample = (d: number, n: number, { step }: Direction) => {
    const state = (isBatchFirst ? n * directions + d : d * batch + n) * bytes;
    let [fromH, fromC] = [firstH ? firstH.ptr + state : zeros, firstC ? firstC.ptr + state : zeros];
    for (let index = 0; index < steps; index++) {
      const t = isReverse || d === 1 ? steps - 1 - index : index;
      const isLast = index === steps - 1;
      const toH = isLast && lastH ? lastH.ptr + state : h;
      const toC = isLast && lastC ? lastC.ptr + state : c;
      const at = isBatchFirst ? (n * steps + t) * directions + d : (t * directions + d) * batch + n;
      const sums = scratch + 4 * gates * hidden * (isBatchFirst ? n * steps + t : t * batch + n);
      step(sums, fromH, toH, fromC, toC, y ? y.ptr + bytes * at : 0);
      [fromH, fromC] = [toH, toC];
    }
  };
  return () => {
    all.forEach((direction, d) => {
      direction.project((x as Place).ptr, scratch, rest);
      for (let n = 0; n < batch; n++) sample(d, n, direction);
    });
  };
}
