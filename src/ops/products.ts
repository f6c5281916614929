/** Operators that multiply by matrices: convolutions, Gemm, MatMul. */
import { broadcastShape, broadcastStrides, walk } from "./broadcast.js";
import type { Operator, Site } from "./contract.js";
import { lowerConv } from "./conv-kernels.js";
import { lowerConvTranspose } from "./conv-transpose-kernels.js";
import { isSameShape, sizeOf, type Tensor } from "./ir.js";
import { gemmProduct, lowerMatrixProduct, matMulProduct } from "./matrix-kernels.js";
import { RECURRENT } from "./recurrent.js";
import { checkWindow, eachWindow, type Geometry, geometryOf } from "./window-geometry.js";

/** The geometry of a Conv by its weights. */
export function convGeometry(site: Site): Geometry {
  const { shape } = site.input(1);
  const [x, groups] = [site.input(0).shape, site.number("group", 1)];
  if (x.length !== shape.length) site.refuse(`weights of ${x.length} axes`, `[${shape}]`);
  if (!(groups >= 1) || x[1] !== shape[1] * groups || shape[0] % groups !== 0)
    site.refuse(`weights for ${x[1]} channels in ${groups} groups`, `[${shape}]`);
  site.expectShape(2, [shape[0]]);
  return geometryOf(site, shape.slice(2));
}

/**
 * Behind the bias, input 3 is a residual that is added, and the attributes `low` and `high` clamp the result: what
 * `simplify` moved into the product.
 */
const conv: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    return [{ dtype, shape: [shape[0], site.input(1).shape[0], ...convGeometry(site).output] }];
  },
  compute: (site, inputs, [out]) => {
    const [x, w, bias, residual] = inputs as Tensor[];
    const geometry = convGeometry(site);
    const [images, rows] = out.shape;
    const channels = w.shape[1];
    const window = sizeOf(geometry.kernel);
    const [plane, count] = [sizeOf(geometry.input), sizeOf(geometry.output)];
    const perGroup = rows / site.number("group", 1);
    const [low, high] = [site.number("low", -Infinity), site.number("high", Infinity)];
    eachWindow(geometry, (position, places) => {
      for (let image = 0; image < images; image++)
        for (let row = 0; row < rows; row++) {
          const from = (image * x.shape[1] + Math.floor(row / perGroup) * channels) * plane;
          const to = (image * rows + row) * count + position;
          let sum = (bias?.data[row] ?? 0) + (residual?.data[to] ?? 0);
          for (let c = 0; c < channels; c++)
            for (let k = 0; k < window; k++)
              if (places[k] >= 0)
                sum += x.data[from + c * plane + places[k]] * w.data[(row * channels + c) * window + k];
          out.data[to] = Math.min(Math.max(sum, low), high);
        }
    });
  },
  lower: (site, [out], lowering) => lowerConv(site, convGeometry(site), out, lowering),
};

/** What a transposed convolution scatters over: the geometry of the convolution that it is the transpose of. */
function transposedGeometry(site: Site): Geometry {
  const [{ shape: x }, { shape: w }] = [site.input(0), site.input(1)];
  const input = x.slice(2);
  const kernel = w.slice(2);
  const groups = site.number("group", 1);
  if (x.length !== w.length || x[1] !== w[0] || !(groups >= 1) || x[1] % groups !== 0)
    site.refuse(`weights for ${x[1]} channels in ${groups} groups`, `[${w}]`);
  site.expectShape(2, [w[1] * groups]);
  const strides = site.list("strides") ?? kernel.map(() => 1);
  const dilations = site.list("dilations") ?? kernel.map(() => 1);
  const extra = site.list("output_padding") ?? kernel.map(() => 0);
  const pads = site.list("pads") ?? [...kernel, ...kernel].map(() => 0);
  checkWindow(site, kernel, strides, dilations, pads);
  const mode = site.text("auto_pad", "NOTSET");
  const stated = site.list("output_shape");
  const [before, after, output] = [[] as number[], [] as number[], [] as number[]];
  kernel.forEach((size, axis) => {
    const full = strides[axis] * (input[axis] - 1) + extra[axis] + (size - 1) * dilations[axis] + 1;
    const wanted =
      stated?.slice(-kernel.length)[axis] ??
      (mode.startsWith("SAME") ? input[axis] * strides[axis] : undefined);
    if (wanted === undefined) {
      const isValid = mode === "VALID";
      before[axis] = isValid ? 0 : pads[axis];
      after[axis] = isValid ? 0 : pads[axis + kernel.length];
      output[axis] = full - before[axis] - after[axis];
    } else {
      const total = Math.max(0, full - wanted);
      before[axis] = mode === "SAME_UPPER" ? Math.floor(total / 2) : total - Math.floor(total / 2);
      if (mode !== "SAME_UPPER" && mode !== "SAME_LOWER") before[axis] = Math.floor(total / 2);
      after[axis] = total - before[axis];
      output[axis] = wanted;
    }
    if (output[axis] < 0) site.refuse("pads that leave something", `[${pads}]`);
  });
  // As the forward convolution sees it: its input is our output.
  return { kernel, strides, dilations, before, after, input: output, output: input };
}

const convTranspose: Operator = {
  infer: (site) => {
    const { dtype, shape } = site.input(0);
    const rows = site.input(1).shape[1] * site.number("group", 1);
    return [{ dtype, shape: [shape[0], rows, ...transposedGeometry(site).input] }];
  },
  compute: (site, inputs, [out]) => {
    const [x, w, bias] = inputs as Tensor[];
    const geometry = transposedGeometry(site);
    const groups = site.number("group", 1);
    const [images, channels] = x.shape;
    const rows = w.shape[1];
    const window = sizeOf(geometry.kernel);
    const [plane, count] = [sizeOf(geometry.input), sizeOf(geometry.output)];
    const sums = new Float64Array(out.data.length);
    eachWindow(geometry, (position, places) => {
      for (let image = 0; image < images; image++)
        for (let c = 0; c < channels; c++) {
          const value = x.data[(image * channels + c) * count + position];
          const group = Math.floor(c / (channels / groups));
          for (let row = 0; row < rows; row++)
            for (let k = 0; k < window; k++)
              if (places[k] >= 0)
                sums[(image * rows * groups + group * rows + row) * plane + places[k]] +=
                  value * w.data[(c * rows + row) * window + k];
        }
    });
    for (let at = 0; at < sums.length; at++)
      out.data[at] = sums[at] + (bias?.data[Math.floor(at / plane) % (rows * groups)] ?? 0);
  },
  lower: (site, [out], lowering) => lowerConvTranspose(site, transposedGeometry(site), out, lowering),
};

const gemm: Operator = {
  infer: (site) => {
    const [a, b] = [site.input(0), site.input(1)];
    if (a.shape.length !== 2 || b.shape.length !== 2)
      site.refuse("two matrices", `[${a.shape}] and [${b.shape}]`);
    const [m, k] = site.number("transA", 0) ? [a.shape[1], a.shape[0]] : a.shape;
    const [k2, n] = site.number("transB", 0) ? [b.shape[1], b.shape[0]] : b.shape;
    if (k !== k2) site.refuse("matrices that fit each other", `[${a.shape}] and [${b.shape}]`);
    const c = site.operands[2]?.shape ?? [];
    if (!isSameShape(broadcastShape(site, [c, [m, n]]), [m, n]))
      site.refuse(`a third matrix that stretches to [${m}, ${n}]`, `[${c}]`);
    return [{ dtype: a.dtype, shape: [m, n] }];
  },
  compute: (site, [a, b, c], [out]) => {
    const [m, n] = out.shape;
    const [x, w] = [a as Tensor, b as Tensor];
    const isTransposed = [site.number("transA", 0), site.number("transB", 0)].map((flag) => flag !== 0);
    const k = x.shape[isTransposed[0] ? 0 : 1];
    const [rowStep, innerStep] = isTransposed[0] ? [1, m] : [k, 1];
    const [downStep, columnStep] = isTransposed[1] ? [1, k] : [n, 1];
    const [alpha, beta] = [site.number("alpha", 1), site.number("beta", 1)];
    const strides = c ? broadcastStrides(c.shape, out.shape) : [0, 0];
    walk(out.shape, [strides], (index, [at]) => {
      const [row, column] = [Math.floor(index / n), index % n];
      let sum = 0;
      for (let i = 0; i < k; i++)
        sum += x.data[row * rowStep + i * innerStep] * w.data[i * downStep + column * columnStep];
      out.data[index] = alpha * sum + (c ? beta * c.data[at] : 0);
    });
  },
  lower: (site, [{ shape }], lowering) => {
    const product = gemmProduct(site, shape[0], shape[1]);
    return product && lowerMatrixProduct(product, lowering);
  },
};

/** Shapes of a MatMul's operands as batches of matrices; vectors gain an axis, which the result loses. */
function matrices(site: Site): { a: number[]; b: number[]; batch: number[]; shape: number[] } {
  let [a, b] = [[...site.input(0).shape], [...site.input(1).shape]];
  if (a.length === 0 || b.length === 0) site.refuse("vectors or matrices", "one number");
  const [isRow, isColumn] = [a.length === 1, b.length === 1];
  if (isRow) a = [1, ...a];
  if (isColumn) b = [...b, 1];
  if (a[a.length - 1] !== b[b.length - 2])
    site.refuse("matrices that fit each other", `[${site.input(0).shape}] and [${site.input(1).shape}]`);
  const batch = broadcastShape(site, [a.slice(0, -2), b.slice(0, -2)]);
  const tail = [...(isRow ? [] : [a[a.length - 2]]), ...(isColumn ? [] : [b[b.length - 1]])];
  return { a, b, batch, shape: [...batch, ...tail] };
}

const matMul: Operator = {
  infer: (site) => [{ dtype: site.input(0).dtype, shape: matrices(site).shape }],
  compute: (site, inputs, [out]) => {
    const { a, b, batch } = matrices(site);
    const [x, w] = inputs as Tensor[];
    const [m, k, n] = [a[a.length - 2], a[a.length - 1], b[b.length - 1]];
    const strides = [a, b].map((shape) => broadcastStrides(shape.slice(0, -2), batch));
    walk(batch, strides, (index, [left, right]) => {
      const [from, with_, to] = [left * m * k, right * k * n, index * m * n];
      for (let row = 0; row < m; row++)
        for (let column = 0; column < n; column++) {
          let sum = 0;
          for (let i = 0; i < k; i++) sum += x.data[from + row * k + i] * w.data[with_ + i * n + column];
          out.data[to + row * n + column] = sum;
        }
    });
  },
  lower: (site, _, lowering) => {
    const { a, b, batch } = matrices(site);
    const product = matMulProduct(site, a, b, batch);
    return product && lowerMatrixProduct(product, lowering);
  },
};

/** Operators that multiply. */
export const PRODUCTS = {
  ...RECURRENT,
  Conv: conv,
  ConvTranspose: convTranspose,
  Gemm: gemm,
  MatMul: matMul,
};
