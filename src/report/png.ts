/** A small picture with a palette as a PNG, for `<img src>`: deterministic bytes, no canvas, no zlib. */
import { crc32 } from "../io/crc32.js";

/** Red, green, blue and opacity, each 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number, alpha: number];

/**
 * Encodes a picture of at most 64 KiB, stored without compression: a 28 × 28 picture takes about 1 kB.
 *
 * @param pixels   width × height indices into the palette, row by row
 * @param palette  at most 256 colours
 * @returns a `data:` address. Source: PNG specification (ISO/IEC 15948), RFC 1950 and 1951
 */
export function pngDataUri(
  width: number,
  height: number,
  pixels: Uint8Array,
  palette: readonly Colour[],
): string {
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const stored = [
    0x78,
    0x01,
    0x01,
    rows.length & 0xff,
    rows.length >> 8,
    ~rows.length & 0xff,
    (~rows.length >> 8) & 0xff,
  ];
  const file = [
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", [...word(width), ...word(height), 8, 3, 0, 0, 0]),
    ...chunk(
      "PLTE",
      palette.flatMap((colour) => colour.slice(0, 3)),
    ),
    ...chunk(
      "tRNS",
      palette.map(([, , , alpha]) => alpha),
    ),
    ...chunk("IDAT", [...stored, ...rows, ...word(adler32(rows))]),
    ...chunk("IEND", []),
  ];
  return `data:image/png;base64,${btoa(file.map((byte) => String.fromCharCode(byte)).join(""))}`;
}

const word = (value: number): number[] => [24, 16, 8, 0].map((by) => (value >>> by) & 0xff);

function chunk(name: string, data: readonly number[]): number[] {
  const body = [...name].map((letter) => letter.charCodeAt(0)).concat(data);
  return [...word(data.length), ...body, ...word(crc32(body))];
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}
