/** What the first layer looks at: kept weights per pixel, and single neurons as pictures. */
import { html, type Markup } from "./markup.js";
import type { Colour } from "./png.js";
import { pngDataUri } from "./png.js";
import type { Picture, Result } from "./result.js";
import { density, whole } from "./words.js";

const side = 28;
const levels = 24;

/** Colours that stand out from white and from black; the page shines through where nothing is. */
const gold = [0xcf, 0x7d, 0x00] as const;
const orange = [0xe6, 0x66, 0x00] as const;
const blue = [0x2b, 0x7d, 0xe0] as const;

/** `levels` steps of a colour, from `faintest` to opaque. */
const ramp = ([red, green, blue]: readonly [number, number, number], faintest: number): Colour[] =>
  Array.from({ length: levels }, (_, step) => {
    const alpha = faintest + ((1 - faintest) * step) / (levels - 1);
    return [red, green, blue, Math.round(255 * alpha)];
  });

const nothing: Colour = [0, 0, 0, 0];
const heat = [nothing, ...ramp(gold, 0.06)];
const diverging = [nothing, ...ramp(orange, 0.14), ...ramp(blue, 0.14)];
const stepOf = (share: number): number => Math.round(Math.min(Math.max(share, 0), 1) * (levels - 1));

/** Neurons of which the weights are shown. */
const NEURONS = 12;

/**
 * The first layer as it is drawn here.
 *
 * @param weights  neurons × inputs
 * @param mask  one byte a weight, 1 = kept
 * @param inputs  784
 * @param density  of the whole network
 */
export function pictureOf(weights: Float32Array, mask: Uint8Array, inputs: number, density: number): Picture {
  const keptPerInput = Array.from({ length: inputs }, () => 0);
  for (const [at, bit] of mask.entries()) keptPerInput[at % inputs] += bit;
  const features = Array.from({ length: Math.min(NEURONS, weights.length / inputs) }, (_, neuron) => {
    const [from, to] = [neuron * inputs, (neuron + 1) * inputs];
    return { weights: weights.slice(from, to), mask: mask.slice(from, to) };
  });
  return { density, keptPerInput, features };
}

/** One heat map per density. */
export function survivors(result: Pick<Result, "sizes">, pictures: readonly Picture[]): Markup {
  const neurons = result.sizes[1];
  const maps = pictures.map((picture) => {
    const [middle, border] = [isMiddle, isBorder].map((part) => mean(picture.keptPerInput, part).toFixed(1));
    return html`<figure>${survivorMap(picture, neurons)}<figcaption>
<strong>${density(picture.density)}</strong><br>middle ${middle}<br>border ${border}
</figcaption></figure>`;
  });
  return html`<div class="maps">${maps}</div>
<p class="note">How many of the ${whole(neurons)} weights that look at a pixel are kept; each picture has its
own scale, from none (empty) to its most kept pixel (full colour). The numbers are means over the middle
14 × 14 pixels and over the rest.</p>`;
}

/**
 * The heat map alone.
 *
 * @param neurons  of the layer
 */
export function survivorMap({ density: share, keptPerInput }: Picture, neurons: number): Markup {
  const most = Math.max(...keptPerInput, 1);
  const pixels = Uint8Array.from(keptPerInput, (kept) => (kept > 0 ? 1 + stepOf(kept / most) : 0));
  const [middle, border] = [isMiddle, isBorder].map((part) => mean(keptPerInput, part).toFixed(1));
  const numbers = `middle ${middle}, border ${border}, most ${whole(most)}`;
  const alt = `Weights kept per pixel at a density of ${density(share)}, of ${neurons}: ${numbers}`;
  return image(pngDataUri(side, side, pixels, heat), alt);
}

const image = (uri: string, alt: string): Markup =>
  html`<img src="${uri}" width="${side}" height="${side}" alt="${alt}">`;

const isMiddle = (index: number): boolean => {
  const [x, y] = [index % side, Math.floor(index / side)];
  return x >= 7 && x < 21 && y >= 7 && y < 21;
};

const isBorder = (index: number): boolean => !isMiddle(index);

function mean(values: readonly number[], belongs: (index: number) => boolean): number {
  const chosen = values.filter((_, index) => belongs(index));
  return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
}

/** One row of neurons per density. */
export function features(pictures: readonly Picture[]): Markup {
  const rows = pictures.map((picture) => {
    const tiles = picture.features.map(({ weights, mask }, index) => {
      const kept = mask.reduce((sum, bit) => sum + (bit ? 1 : 0), 0);
      const neuron = `Neuron ${index + 1} at a density of ${density(picture.density)}`;
      return image(featureUri(weights, mask), `${neuron}: ${kept} of ${mask.length} weights kept`);
    });
    return html`<div class="features"><h3>${density(picture.density)}</h3><div>${tiles}</div></div>`;
  });
  return html`${rows}<p class="note">Weights of single first-layer neurons after training, laid out as the
pixels they look at; each density shows the same neurons in the same order. <span class="key positive"></span> positive,
<span class="key negative"></span> negative, the stronger the larger (each neuron on its own scale); pruned
weights are left empty.</p>`;
}

function featureUri(weights: Float32Array, mask: Uint8Array): string {
  const largest = weights.reduce(
    (most, weight, index) => (mask[index] ? Math.max(most, Math.abs(weight)) : most),
    0,
  );
  const pixels = Uint8Array.from(weights, (weight, index) => {
    if (!mask[index]) return 0;
    return (weight < 0 ? 1 + levels : 1) + stepOf(Math.abs(weight) / (largest || 1));
  });
  return pngDataUri(side, side, pixels, diverging);
}

/** Cells of a picture of a mask, at most, in each direction. */
const CELLS = 96;

/** The weights of a layer, many in a cell where it is large: the more are kept, the stronger. */
export function maskPicture({ name, rows, columns, mask }: MaskOfLayer): Markup {
  const [height, width] = [Math.min(rows, CELLS), Math.min(columns, CELLS)];
  const [kept, all] = [new Float64Array(height * width), new Float64Array(height * width)];
  mask.forEach((bit, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const cell = Math.floor((row * height) / rows) * width + Math.floor((column * width) / columns);
    kept[cell] += bit;
    all[cell]++;
  });
  const pixels = Uint8Array.from(kept, (count, cell) => (count > 0 ? 1 + stepOf(count / all[cell]) : 0));
  const alt = `Weights kept in ${name}, ${rows} × ${columns}`;
  return html`<img src="${pngDataUri(width, height, pixels, heat)}" width="${width}" height="${height}" alt="${alt}">`;
}

/** What is drawn of it. */
interface MaskOfLayer {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly mask: Uint8Array;
}
