/** Plain twins of assembly/conv/patches.ts. */
import { imageIndex } from "./images.js";

/** Calls back with the element of the images for each element of the patches; −1 in the padding. */
function forEachElement(
  [channels, height, width, kernelHeight, kernelWidth, stride, padding, first, count]: readonly number[],
  visit: (patch: number, image: number) => void,
): void {
  const rows = Math.floor((height + 2 * padding - kernelHeight) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - kernelWidth) / stride) + 1;
  let at = 0;
  for (let place = first; place < first + count; place++) {
    const image = Math.floor(place / (rows * columns));
    const oy = Math.floor((place % (rows * columns)) / columns);
    const ox = place % columns;
    for (let c = 0; c < channels; c++)
      for (let u = 0; u < kernelHeight; u++)
        for (let v = 0; v < kernelWidth; v++)
          for (let s = 0; s < 32; s++) {
            const [y, x] = [oy * stride + u - padding, ox * stride + v - padding];
            const isInside = y >= 0 && y < height && x >= 0 && x < width;
            const from = imageIndex(channels, height * width, c, y * width + x, 32 * image + s);
            visit(at++, isInside ? from : -1);
          }
  }
}

export function f32_patches(
  channels: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
  padding: number,
  first: number,
  count: number,
  x: Float32Array,
  y: Float32Array,
): void {
  const shape = [channels, height, width, kernelHeight, kernelWidth, stride, padding, first, count];
  forEachElement(shape, (patch, image) => {
    y[patch] = image < 0 ? 0 : x[image];
  });
}

export function f32_patches_adjoint(
  channels: number,
  height: number,
  width: number,
  kernelHeight: number,
  kernelWidth: number,
  stride: number,
  padding: number,
  first: number,
  count: number,
  dy: Float32Array,
  dx: Float32Array,
): void {
  const shape = [channels, height, width, kernelHeight, kernelWidth, stride, padding, first, count];
  forEachElement(shape, (patch, image) => {
    if (image >= 0) dx[image] += dy[patch];
  });
}
