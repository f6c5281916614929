/** Kernels for 3 × 3 convolutions by stride 1 with 4/9 of the multiplications: see assembly/planes/winograd.ts. */
import { modelKernelsOf } from "../runtime/model-kernels.js";
import type { Lowering, Place } from "./contract.js";
import type { Finish } from "./conv-kernels.js";
import { type Border, borderOf, type ConvShape } from "./conv-shape.js";
import { packDense, TILE_SCRATCH } from "./resident.js";

const PARTS = 16;
/** Tiles of a strip, about: what the products read and write has to stay in the second cache. */
const STRIP_TILES = 64;

/** Rows of tiles; tiles of a row, in fours; rows of tiles of a strip. */
function tilesOf({ output }: ConvShape): { down: number; across: number; strip: number } {
  const [down, across] = [Math.ceil(output[0] / 2), Math.ceil(output[1] / 8) * 4];
  return { down, across, strip: Math.min(down, Math.max(1, Math.round(STRIP_TILES / across))) };
}

/** The shape with a border in two phases, as whole tiles need it. */
export function withTiles(shape: ConvShape): ConvShape {
  const { down, across } = tilesOf(shape);
  const border: Border = borderOf([4, 3], [2, 2], [1, 1], [down, across]);
  return { ...shape, border: { ...border, width: across + 1, ...strideOf(border.height, across + 1) } };
}

function strideOf(height: number, width: number): Pick<Border, "stride" | "row"> {
  return { stride: (Math.ceil((8 * height * width) / 64) | 1) * 64, row: 16 * width };
}

/** Bytes of scratch, behind the bordered planes. */
export function winogradBytes(shape: ConvShape): number {
  const { across, strip } = tilesOf(shape);
  return TILE_SCRATCH + 32 + 4 * PARTS * (shape.channels + shape.rows) * across * strip;
}

/** G g Gᵀ: what the 16 products multiply by, each of rows × channels. */
function transformed({ rows, channels }: ConvShape, weights: ArrayLike<number>): Float32Array[] {
  const widen = ([a, b, c]: readonly number[]) => [a, (a + b + c) / 2, (a - b + c) / 2, c];
  const parts = Array.from({ length: PARTS }, () => new Float32Array(rows * channels));
  for (let at = 0; at < rows * channels; at++) {
    const columns = [0, 1, 2].map((column) =>
      widen([0, 1, 2].map((row) => weights[9 * at + 3 * row + column])),
    );
    for (let part = 0; part < PARTS; part++)
      parts[part][at] = widen(columns.map((column) => column[part >> 2]))[part & 3];
  }
  return parts;
}

/** The 16 products of a strip's n tiles, whose planes are `plane` bytes apart. */
function products(shape: ConvShape, weights: ArrayLike<number>, plane: number, lowering: Lowering) {
  const { f32_planes_gemm } = modelKernelsOf(lowering.core);
  const { rows, channels } = shape;
  const packed = transformed(shape, weights).map((part) => packDense(lowering, rows, channels, part));
  const all = Infinity;
  return (n: number, v: number, m: number, scratch: number) => {
    for (let part = 0; part < PARTS; part++) {
      const [from, at] = [v + part * plane * channels, m + part * plane * rows];
      const a = packed[part];
      f32_planes_gemm(rows, n, channels, a, from, plane, at, plane, 0, 0, 0, -all, all, scratch);
    }
  };
}

/** @returns as the other products of conv-kernels.ts: what makes a group's product when strides are known */
export function winogradGroup(shape: ConvShape, weights: ArrayLike<number>, lowering: Lowering) {
  const kernels = modelKernelsOf(lowering.core);
  const { rows, channels, output, border } = shape;
  const { down, across, strip } = tilesOf(shape);
  const plane = 4 * across * strip;
  const multiply = products(shape, weights, plane, lowering);
  const [vPart, mPart] = [plane * channels, plane * rows];
  return (_: Place, to: Place, residual: Place | undefined, { bias, low, high }: Finish, scratch: number) => {
    const [ys, rs] = [to.channelStride, residual?.channelStride ?? 0];
    const v = scratch + TILE_SCRATCH + 32;
    const m = v + PARTS * vPart;
    const edge = scratch + TILE_SCRATCH;
    return (x: number, y: number, r: number) => {
      for (let first = 0; first < down; first += strip) {
        const count = Math.min(strip, down - first);
        for (let row = 0; row < count; row++) {
          const from = x + (first + row) * border.row;
          const at = v + 4 * across * row;
          const pitch = border.row / 2;
          kernels.f32_planes_winograd_in(
            channels,
            across,
            from,
            pitch,
            pitch / 2,
            border.stride,
            at,
            vPart,
            plane,
          );
        }
        multiply(across * count, v, m, scratch);
        for (let row = 0; row < count; row++) {
          const top = 2 * (first + row);
          const at = 4 * top * output[1];
          const lines = Math.min(2, output[0] - top);
          kernels.f32_planes_winograd_out(
            rows,
            across,
            m + 4 * across * row,
            mPart,
            plane,
            y + at,
            lines,
            output[1],
            ys,
            bias,
            r && r + at,
            rs,
            low,
            high,
            edge,
          );
        }
      }
    };
  };
}
