/** What TensorFlow and Keras compute on images with channels last, in plain loops. */

/** [images, rows, columns, channels]. */
export interface Image {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const image = (shape: readonly number[]): { shape: readonly number[]; data: Float64Array } => ({
  shape,
  data: new Float64Array(shape.reduce((all, size) => all * size, 1)),
});

/** Outputs and what lies in front, along an axis. */
function windows(size: number, kernel: number, stride: number, isSame: boolean): [number, number] {
  if (!isSame) return [Math.floor((size - kernel) / stride) + 1, 0];
  const count = Math.ceil(size / stride);
  return [count, Math.floor(Math.max(0, (count - 1) * stride + kernel - size) / 2)];
}

/** Calls f(out, in or −1, tap) for each output position and element of its window. */
export function slide(
  { shape: [images, height, width] }: Image,
  [rows, columns]: readonly number[],
  stride: number,
  isSame: boolean,
  f: (out: number, from: number, tap: number) => void,
): number[] {
  const [down, top] = windows(height, rows, stride, isSame);
  const [across, left] = windows(width, columns, stride, isSame);
  for (let n = 0; n < images; n++)
    for (let y = 0; y < down; y++)
      for (let x = 0; x < across; x++)
        for (let ky = 0; ky < rows; ky++)
          for (let kx = 0; kx < columns; kx++) {
            const [iy, ix] = [y * stride + ky - top, x * stride + kx - left];
            const isIn = iy >= 0 && iy < height && ix >= 0 && ix < width;
            f((n * down + y) * across + x, isIn ? (n * height + iy) * width + ix : -1, ky * columns + kx);
          }
  return [images, down, across];
}

/** Weights [rows, columns, channels, outputs]. */
export function conv(
  x: Image,
  w: Image,
  bias: ArrayLike<number> | undefined,
  stride: number,
  isSame: boolean,
) {
  const [channels, outputs] = w.shape.slice(2);
  const shape = [...slide(x, w.shape, stride, isSame, () => {}), outputs];
  const out = image(shape);
  out.data.forEach((_, at) => {
    out.data[at] = bias?.[at % outputs] ?? 0;
  });
  slide(x, w.shape, stride, isSame, (to, from, tap) => {
    if (from < 0) return;
    for (let c = 0; c < channels; c++)
      for (let o = 0; o < outputs; o++)
        out.data[to * outputs + o] +=
          x.data[from * channels + c] * w.data[(tap * channels + c) * outputs + o];
  });
  return out;
}

/** Weights [rows, columns, channels, multiplier]. */
export function depthwise(
  x: Image,
  w: Image,
  bias: ArrayLike<number> | undefined,
  stride: number,
  isSame: boolean,
) {
  const [channels, multiplier] = w.shape.slice(2);
  const outputs = channels * multiplier;
  const out = image([...slide(x, w.shape, stride, isSame, () => {}), outputs]);
  out.data.forEach((_, at) => {
    out.data[at] = bias?.[at % outputs] ?? 0;
  });
  slide(x, w.shape, stride, isSame, (to, from, tap) => {
    if (from < 0) return;
    for (let o = 0; o < outputs; o++)
      out.data[to * outputs + o] +=
        x.data[from * channels + Math.floor(o / multiplier)] * w.data[tap * outputs + o];
  });
  return out;
}

export function pool(x: Image, size: number, stride: number, isSame: boolean, isMax: boolean) {
  const channels = x.shape[3];
  const out = image([...slide(x, [size, size], stride, isSame, () => {}), channels]);
  const seen = new Float64Array(out.data.length);
  if (isMax) out.data.fill(-Infinity);
  slide(x, [size, size], stride, isSame, (to, from) => {
    if (from < 0) return;
    for (let c = 0; c < channels; c++) {
      const [at, value] = [to * channels + c, x.data[from * channels + c]];
      out.data[at] = isMax ? Math.max(out.data[at], value) : out.data[at] + value;
      seen[at]++;
    }
  });
  if (!isMax)
    out.data.forEach((sum, at) => {
      out.data[at] = sum / seen[at];
    });
  return out;
}

/** Rows times [inputs, outputs]. */
export function dense(x: Image, w: Image, bias?: ArrayLike<number>) {
  const [inputs, outputs] = w.shape;
  const out = image([...x.shape.slice(0, -1), outputs]);
  out.data.forEach((_, at) => {
    let sum = bias?.[at % outputs] ?? 0;
    for (let i = 0; i < inputs; i++)
      sum += x.data[Math.floor(at / outputs) * inputs + i] * w.data[i * outputs + (at % outputs)];
    out.data[at] = sum;
  });
  return out;
}

export const mapped = (x: Image, f: (value: number, channel: number, index: number) => number): Image => {
  const channels = x.shape[x.shape.length - 1];
  return { shape: x.shape, data: Float64Array.from(x.data, (value, at) => f(value, at % channels, at)) };
};

export function softmax(x: Image): Image {
  const channels = x.shape[x.shape.length - 1];
  return mapped(x, (value, _, at) => {
    const row = Array.from(x.data).slice(at - (at % channels), at - (at % channels) + channels);
    return Math.exp(value) / row.reduce((sum, each) => sum + Math.exp(each), 0);
  });
}

/** Zeros around rows and columns: [top, bottom], [left, right]. */
export function padded(x: Image, [top, bottom]: number[], [left, right]: number[]): Image {
  const [images, height, width, channels] = x.shape;
  const out = image([images, height + top + bottom, width + left + right, channels]);
  for (let n = 0; n < images; n++)
    for (let y = 0; y < height; y++)
      for (let at = 0; at < width * channels; at++)
        out.data[((n * out.shape[1] + y + top) * out.shape[2] + left) * channels + at] =
          x.data[(n * height + y) * width * channels + at];
  return out;
}
