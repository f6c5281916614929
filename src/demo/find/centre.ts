/** A drawing as MNIST has its digits: 20 pixels tall or wide, the centre of its ink in the middle of 28 × 28. */

/** Pixels of a side. */
export const SIDE = 28;
const DIGIT = 20;

/**
 * Scales and centres a drawing.
 *
 * @param rgba  white on black, 4 bytes a pixel; red is read
 * @param width  pixels of a side of it
 * @returns 784 numbers from 0 to 1; all 0 when there is no ink
 */
export function centred(rgba: Uint8ClampedArray | Uint8Array, width: number): Float32Array {
  const picture = new Float32Array(SIDE * SIDE);
  const ink = (x: number, y: number) => rgba[4 * (y * width + x)] / 255;
  let [left, right, top, bottom] = [width, -1, width, -1];
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      if (ink(x, y) < 0.1) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
  }
  if (right < 0) return picture;
  // What is smaller than a digit stays so.
  const scale = Math.max(right - left + 1, bottom - top + 1, DIGIT) / DIGIT;
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      sum += ink(x, y);
      sumX += ink(x, y) * (x + 0.5);
      sumY += ink(x, y) * (y + 0.5);
    }
  }
  const [middleX, middleY] = [sumX / sum, sumY / sum];
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const fromX = middleX + (x - SIDE / 2) * scale;
      const fromY = middleY + (y - SIDE / 2) * scale;
      picture[y * SIDE + x] = meanInk(ink, width, fromX, fromY, scale);
    }
  }
  return picture;
}

/** The mean over a square of the drawing, pixels outside it empty. */
function meanInk(
  ink: (x: number, y: number) => number,
  width: number,
  fromX: number,
  fromY: number,
  scale: number,
): number {
  let [sum, count] = [0, 0];
  for (let y = Math.round(fromY); y < Math.round(fromY + scale); y++) {
    for (let x = Math.round(fromX); x < Math.round(fromX + scale); x++) {
      if (x >= 0 && x < width && y >= 0 && y < width) sum += ink(x, y);
      count++;
    }
  }
  return sum / count;
}
