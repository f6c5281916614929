/** What Hessians take of a core's memory: told before the work, by layer. */
import { OutOfMemoryError } from "../errors.js";

/** A layer whose inputs are to have a Hessian. */
export interface HessianLayer {
  readonly rows: number;
  readonly columns: number;
  /** Each with a Hessian of its own. Default 1 */
  readonly groups?: number;
}

/** A layer that does without, and what all up to its width would take. */
export interface WideLayer {
  readonly layer: number;
  readonly neededBytes: number;
}

/** What solving a layer takes beside its Hessian, in bytes times columns²: damped copies, inverses and factors. */
const SOLVING: Readonly<Record<string, number>> = { "exact-obs": 16, sparsegpt: 4 };

/** What a layer's Hessians take while they are summed: f64 and f32. Those of a network are summed one by one. */
const SUMMED = 12;
const KEPT = 8;

const hessianBytes = ({ columns, groups = 1 }: HessianLayer, each: number): number =>
  each * groups * columns ** 2;

/**
 * The widest layers do without a Hessian, as many as have to.
 *
 * @param layers  that want one
 * @param method  its name
 * @param memory  bytes that there are
 * @param each  bytes times columns² that a Hessian takes
 * @returns those that do without, the widest first
 */
export function tooWide(
  layers: readonly HessianLayer[],
  method: string,
  memory: number,
  each = SUMMED,
): WideLayer[] {
  const beside = Math.max(SOLVING[method] ?? 0, SUMMED - each);
  const byWidth = layers
    .map((layer, index) => ({ layer, index, bytes: hessianBytes(layer, each) }))
    .sort((a, b) => a.bytes - b.bytes);
  const wide: WideLayer[] = [];
  const needed = () =>
    byWidth.reduce((sum, { bytes }) => sum + bytes, 0) +
    beside * Math.max(0, ...byWidth.map(({ layer }) => layer.columns)) ** 2;
  for (let neededBytes = needed(); neededBytes > memory; neededBytes = needed())
    wide.push({ layer: byWidth.pop()?.index as number, neededBytes });
  return wide;
}

/**
 * @param what  the layer in words
 * @param layer  the same
 * @param neededBytes  of `tooWide`
 * @param memory  bytes that there are
 * @param advice  what to do
 */
export function hessianShortage(
  what: string,
  layer: HessianLayer,
  neededBytes: number,
  memory: number,
  advice: string,
): OutOfMemoryError {
  const [all, own, limit] = [neededBytes, hessianBytes(layer, SUMMED), memory].map(
    (bytes) => `${Math.ceil(bytes / 2 ** 20)} MiB`,
  );
  const message =
    `layer ${what} expected memory for the Hessian of its inputs, ${own}, and all else, ${all} together, ` +
    `got ${limit}; ${advice}`;
  return new OutOfMemoryError(message, {
    requestedBytes: neededBytes,
    freeBytes: memory,
    limitBytes: memory,
  });
}

/**
 * Which layers of a network have a Hessian.
 *
 * @param layers  of the network
 * @param use  the method's name, and whether the work cannot do without
 * @param memory  bytes that there are
 * @throws {OutOfMemoryError} that names the widest layer, when the work needs what there is no memory for
 */
export function layersWithHessian(
  layers: readonly HessianLayer[],
  use: { readonly method: string; readonly isNeeded: boolean },
  memory: number,
): boolean[] {
  const wide = tooWide(layers, use.method, memory, KEPT);
  if (wide.length > 0 && use.isNeeded) {
    const [{ layer: l, neededBytes }] = wide;
    const what = `${l} (${layers[l].rows} × ${layers[l].columns})`;
    const advice =
      'methods by scores, such as "wanda" and "magnitude" (--method), need none without swaps and repair';
    throw hessianShortage(what, layers[l], neededBytes, memory, advice);
  }
  return layers.map((_, l) => wide.every(({ layer }) => layer !== l));
}
