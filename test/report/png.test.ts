import { crc32, inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { type Colour, pngDataUri } from "../../src/report/png.js";
import { Random } from "../harness/random.js";

test("another decoder reads what was written", () => {
  const palette: Colour[] = [
    [0, 0, 0, 0],
    [255, 128, 1, 200],
    [2, 3, 4, 255],
  ];
  const random = new Random(3);
  const pixels = Uint8Array.from({ length: 28 * 30 }, () => random.below(3));
  const uri = pngDataUri(28, 30, pixels, palette);
  expect(uri).toMatch(/^data:image\/png;base64,[\w+/]+=*$/);
  expect(pngDataUri(28, 30, pixels, palette)).toBe(uri);

  const file = Buffer.from(uri.split(",")[1], "base64");
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(file.subarray(at + 4, at + 8 + length)));
    chunks.set(file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
  expect([...chunks.get("IHDR")!]).toEqual([0, 0, 0, 28, 0, 0, 0, 30, 8, 3, 0, 0, 0]);
  expect([...chunks.get("PLTE")!]).toEqual([0, 0, 0, 255, 128, 1, 2, 3, 4]);
  expect([...chunks.get("tRNS")!]).toEqual([0, 200, 255]);
  const rows = inflateSync(chunks.get("IDAT")!);
  for (let y = 0; y < 30; y++) {
    expect([...rows.subarray(29 * y, 29 * (y + 1))]).toEqual([0, ...pixels.subarray(28 * y, 28 * (y + 1))]);
  }
});
