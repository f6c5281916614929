/** What pruned weights take on disk and over the wire. */
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { brotliCompress, constants, createGzip, gzip } from "node:zlib";
import { bitmaskOf, bitmaskTensors, f16FromF32 } from "../io/index.js";

/** A layer's weights. */
export interface Weights {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** rows × columns. */
  readonly weights: Float32Array;
}

/** Bytes of dense weights: as they are, and packed. */
export interface PackedSizes {
  readonly raw: number;
  readonly gzip: number;
  readonly brotli: number;
}

/** Bytes before and after pruning; the kept weights also as bit mask and values, as they are and gzipped. */
export interface LayerSizes {
  readonly before: PackedSizes;
  readonly after: PackedSizes & { readonly bitmask: number; readonly bitmaskGzip: number };
}

/** Of each layer, and their sum. */
export interface Sizes {
  readonly layers: readonly (LayerSizes & { readonly name: string })[];
  readonly total: LayerSizes;
}

const gzipped = async (bytes: Uint8Array) => (await promisify(gzip)(bytes, { level: 9 })).length;
/** On floats brotli's level 9 takes four times as long as 5 and saves one byte of a hundred. */
const params = { [constants.BROTLI_PARAM_QUALITY]: 5 };
const brotlied = async (bytes: Uint8Array) => (await promisify(brotliCompress)(bytes, { params })).length;

/**
 * Measures weights, by gzip at level 9 and brotli at level 5.
 *
 * @param before  the layers
 * @param after  the same ones pruned: what is 0 counts as pruned
 * @param dtype  that both are measured in. Default F32
 */
export async function sizesOf(
  before: readonly Weights[],
  after: readonly Weights[],
  dtype: "F32" | "F16" = "F32",
): Promise<Sizes> {
  const bytesOf = (values: Float32Array) => {
    const { buffer, byteOffset, byteLength } = dtype === "F16" ? f16FromF32(values) : values;
    return new Uint8Array(buffer, byteOffset, byteLength);
  };
  const packed = async (bytes: Uint8Array): Promise<PackedSizes> => {
    const [gzip, brotli] = await Promise.all([gzipped(bytes), brotlied(bytes)]);
    return { raw: bytes.length, gzip, brotli };
  };
  const layers = await Promise.all(
    after.map(async ({ name, rows, columns, weights }, l) => {
      const stored = bitmaskTensors("", bitmaskOf(rows, columns, weights)).values();
      const parts = [...stored].map(({ dtype, data }) =>
        dtype === "F32" ? bytesOf(data) : new Uint8Array(data.buffer),
      );
      const bitmask = Buffer.concat(parts);
      const [was, now, bitmaskGzip] = await Promise.all([
        packed(bytesOf(before[l].weights)),
        packed(bytesOf(weights)),
        gzipped(bitmask),
      ]);
      return { name, before: was, after: { ...now, bitmask: bitmask.length, bitmaskGzip } };
    }),
  );
  const total = {
    before: sumOf(layers.map(({ before }) => before)),
    after: sumOf(layers.map(({ after }) => after)),
  };
  return { layers, total };
}

/** Bytes as they are and gzipped. */
export interface FileSizes {
  readonly raw: number;
  readonly gzip: number;
}

/** Bytes of files together, as they are and each by gzip at level 9; files may come in pieces. */
export async function fileSizes(...files: readonly Iterable<Uint8Array>[]): Promise<FileSizes> {
  const sizes = { raw: 0, gzip: 0 };
  for (const file of files) {
    const pieces = Readable.from(file, { objectMode: true }).map((piece: Uint8Array) => {
      sizes.raw += piece.length;
      return piece;
    });
    for await (const packed of pieces.pipe(createGzip({ level: 9 })))
      sizes.gzip += (packed as Uint8Array).length;
  }
  return sizes;
}

/** A line a layer, and one for all, for people. */
export function sizesTable({ layers, total }: Sizes): string {
  const header = ["bytes before", "gzip", "brotli", "after", "gzip", "brotli", "bit mask", "gzip"];
  const rows = [...layers, { name: "all", ...total }];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(width)}  ${cells.map((cell, i) => String(cell).padStart(i ? 9 : 12)).join("  ")}\n`;
  const lines = rows.map(({ name, before, after }) =>
    line(name, [...Object.values(before), ...Object.values(after)]),
  );
  return line("", header) + lines.join("");
}

/** Members added up, each for itself. */
function sumOf<T extends object>(all: readonly T[]): T {
  const keys = Object.keys(all[0]) as (keyof T)[];
  const sums = keys.map((key) => [key, all.reduce((sum, one) => sum + Number(one[key]), 0)]);
  return Object.fromEntries(sums);
}
