/** What masks say by themselves: how alike two are, and which weights lie on a path through the network. */
import { checkArray, checkLength, checkTypedArray, plainArray } from "../check.js";
import { bitsOf, countKept, type LayerShape, layersOf } from "./masks.js";

/** How alike two masks are: of one layer, or of all. */
export interface MaskAgreement {
  /** Weights. */
  readonly size: number;
  /** Kept by the first, and by the second. */
  readonly kept: readonly [number, number];
  /** Kept by both. */
  readonly both: number;
  /** both / size, a share to hold against `chance`. */
  readonly overlap: number;
  /** The overlap of independent masks that keep as many weights of each layer: p_a · p_b. */
  readonly chance: number;
  /** both / kept by either; 1 when neither keeps anything. */
  readonly iou: number;
  /** The IoU at the overlap of chance. */
  readonly chanceIou: number;
  /** Weights that one keeps and the other prunes. */
  readonly hamming: number;
}

/** A layer's agreement under its name. */
export interface LayerAgreement extends MaskAgreement {
  /** "conv1", …, "fc1", …, "output". */
  readonly name: string;
}

/**
 * How alike two masks of a network are, beside what chance would give.
 *
 * @param a  words per layer (tensor/mask.ts)
 * @param b  likewise
 * @param sizes  neurons per layer, inputs first
 * @returns each layer, and all together; the chance of all is that of independent layers, not of one big mask
 * @throws {ShapeError} when the masks do not fit the sizes
 */
export function compareMasks(
  a: readonly Uint32Array[],
  b: readonly Uint32Array[],
  sizes: readonly number[],
): { layers: readonly LayerAgreement[]; total: MaskAgreement } {
  const shapes = layersOf(sizes);
  checkMasks("a", a, shapes);
  checkMasks("b", b, shapes);
  const layers = shapes.map(({ name, rows, columns }, l): LayerAgreement => {
    const size = rows * columns;
    const kept = [countKept(a[l]), countKept(b[l])] as const;
    const both = countKept(plainArray(a[l]).map((word, i) => word & b[l][i]));
    return { name, ...agreement(size, kept, both, (kept[0] * kept[1]) / (size || 1)) };
  });
  const sum = (of: (layer: LayerAgreement) => number) =>
    layers.reduce((total, layer) => total + of(layer), 0);
  const kept = [sum((layer) => layer.kept[0]), sum((layer) => layer.kept[1])] as const;
  const expected = sum(({ chance, size }) => chance * size);
  const total = agreement(
    sum(({ size }) => size),
    kept,
    sum(({ both }) => both),
    expected,
  );
  return { layers, total };
}

/** @param expected  weights that chance would have both keep */
function agreement(
  size: number,
  kept: readonly [number, number],
  both: number,
  expected: number,
): MaskAgreement {
  const all = kept[0] + kept[1];
  const iou = (shared: number) => (all === 0 ? 1 : shared / (all - shared));
  return {
    size,
    kept,
    both,
    overlap: both / (size || 1),
    chance: expected / (size || 1),
    iou: iou(both),
    chanceIou: iou(expected),
    hamming: all - 2 * both,
  };
}

/** A layer on the paths from inputs to outputs. */
export interface LayerPaths {
  /** "conv1", …, "fc1", …, "output". */
  readonly name: string;
  /** Weights. */
  readonly size: number;
  /** Kept weights. */
  readonly kept: number;
  /** Kept weights that lie on some path from an input to an output; the others change no output's dependence. */
  readonly effective: number;
  /** Neurons through which no path goes: not those of the outputs, whose bias speaks even then. */
  readonly deadNeurons: number;
}

/** What of a sparse network connects its inputs with its outputs. */
export interface Paths {
  /** Inputs first. */
  readonly layers: readonly LayerPaths[];
  /** Paths from an input to an output over kept weights; exact below 2⁵³. */
  readonly paths: number;
  /** Share of all weights that is kept. */
  readonly density: number;
  /** Share of all weights that is kept on some path. */
  readonly effectiveDensity: number;
  /** Inputs from which no path leads to an output. */
  readonly deadInputs: number;
  /** Whether some layer keeps nothing, so that nothing of the input arrives (layer collapse). */
  readonly isCollapsed: boolean;
}

/**
 * Counts paths through masks, forwards and backwards: a weight is effective when paths reach it and leave it.
 *
 * Source: effective sparsity, Vysogorets & Kempe 2023, "Connectivity matters"; layer collapse, Tanaka et al. 2020.
 *
 * @param masks  words per layer (tensor/mask.ts)
 * @param sizes  neurons per layer, inputs first
 * @throws {ShapeError} when the masks do not fit the sizes
 */
export function maskPaths(masks: readonly Uint32Array[], sizes: readonly number[]): Paths {
  const shapes = layersOf(sizes);
  checkMasks("masks", masks, shapes);
  const bits = shapes.map((shape, l) => bitsOf(masks[l], shape));
  const ones = (length: number) => new Float64Array(length).fill(1);
  /** Paths from the inputs to each neuron, and from each neuron to the outputs; by layer of neurons. */
  const into = [ones(sizes[0])];
  for (const [l, { rows }] of shapes.entries()) {
    const to = new Float64Array(rows);
    forEachKept(bits[l], shapes[l], (i, j) => {
      to[i] += into[l][j];
    });
    into.push(to);
  }
  const outOf = shapes.map(({ columns }) => new Float64Array(columns));
  outOf.push(ones(sizes[sizes.length - 1]));
  for (let l = shapes.length - 1; l >= 0; l--) {
    forEachKept(bits[l], shapes[l], (i, j) => {
      outOf[l][j] += outOf[l + 1][i];
    });
  }
  const dead = (neurons: number) =>
    into[neurons].filter((paths, i) => paths === 0 || outOf[neurons][i] === 0).length;
  const layers = shapes.map((shape, l): LayerPaths => {
    let effective = 0;
    forEachKept(bits[l], shape, (i, j) => {
      if (into[l][j] > 0 && outOf[l + 1][i] > 0) effective++;
    });
    const isLast = l === shapes.length - 1;
    const { name, rows, columns } = shape;
    const kept = countKept(masks[l]);
    return { name, size: rows * columns, kept, effective, deadNeurons: isLast ? 0 : dead(l + 1) };
  });
  const sum = (key: "size" | "kept" | "effective") => layers.reduce((total, layer) => total + layer[key], 0);
  return {
    layers,
    paths: into[shapes.length].reduce((total, paths) => total + paths, 0),
    density: sum("kept") / sum("size"),
    effectiveDensity: sum("effective") / sum("size"),
    deadInputs: dead(0),
    isCollapsed: layers.some(({ kept }) => kept === 0),
  };
}

function forEachKept(
  bits: Uint8Array,
  { rows, columns }: LayerShape,
  visit: (i: number, j: number) => void,
): void {
  for (let i = 0, at = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++, at++) if (bits[at] === 1) visit(i, j);
  }
}

/**
 * How many weights have the same sign in two networks, of those that a mask keeps.
 *
 * @param a  weights of one layer, outputs × inputs
 * @param b  likewise
 * @param bits  one byte per weight, 1 = kept (`bitsOf`); default all
 * @returns a share; 0 has a sign of its own. 1 when nothing is kept
 * @throws {ShapeError} when lengths differ
 */
export function signAgreement(a: Float32Array, b: Float32Array, bits?: Uint8Array): number {
  checkTypedArray("a", a, "Float32Array");
  checkLength("b", checkTypedArray("b", b, "Float32Array"), 1, a.length);
  if (bits !== undefined) checkLength("bits", checkTypedArray("bits", bits, "Uint8Array"), 1, a.length);
  let [kept, same] = [0, 0];
  for (const [i, value] of a.entries()) {
    if (bits?.[i] === 0) continue;
    kept++;
    if (Math.sign(value) === Math.sign(b[i])) same++;
  }
  return kept === 0 ? 1 : same / kept;
}

/** @throws {ArgumentTypeError | ShapeError} when masks are not the packed words of the layers, one each */
export function checkMasks(name: string, masks: readonly Uint32Array[], shapes: readonly LayerShape[]): void {
  checkArray(name, masks, shapes.length);
  for (const [l, { rows, columns }] of shapes.entries()) {
    const words = checkTypedArray(`${name}[${l}]`, masks[l], "Uint32Array");
    checkLength(`${name}[${l}]`, words, rows, Math.ceil(columns / 32));
  }
}
