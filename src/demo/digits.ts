/** MNIST digits as the page gets them: one file, gzipped. */
import type { Samples } from "../index.js";

const FEATURES = 28 * 28;
const PARTS = ["train", "validation", "test"] as const;
const HEADER_BYTES = 4 * PARTS.length;

/**
 * Packs digits: how many of each part (u32, little endian), all labels, all pictures.
 *
 * @param samples  28 × 28 bytes a picture
 */
export function packDigits(samples: Samples<Uint8Array>): Uint8Array<ArrayBuffer> {
  const counts = PARTS.map((part) => samples[part].labels.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bytes = new Uint8Array(HEADER_BYTES + total * (1 + FEATURES));
  const view = new DataView(bytes.buffer);
  let [label, picture] = [HEADER_BYTES, HEADER_BYTES + total];
  for (const [i, part] of PARTS.entries()) {
    const { inputs, labels } = samples[part];
    view.setUint32(4 * i, counts[i], true);
    bytes.set(labels, label);
    bytes.set(inputs, picture);
    label += labels.length;
    picture += inputs.length;
  }
  return bytes;
}

/**
 * Reads what `packDigits` wrote; the samples are views of the bytes.
 *
 * @param bytes  unzipped
 */
export function unpackDigits(bytes: Uint8Array<ArrayBuffer>): Samples<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const counts = PARTS.map((_, i) => view.getUint32(4 * i, true));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let first = 0;
  const parts = counts.map((count) => {
    const [from, end] = [first, first + count];
    first = end;
    const pictures = HEADER_BYTES + total;
    return {
      labels: bytes.subarray(HEADER_BYTES + from, HEADER_BYTES + end),
      inputs: bytes.subarray(pictures + from * FEATURES, pictures + end * FEATURES),
    };
  });
  const [train, validation, test] = parts;
  return { features: FEATURES, classes: 10, train, validation, test };
}

/**
 * Fetches and unzips the digits.
 *
 * @param url  of the gzipped file
 */
export async function fetchDigits(url: URL): Promise<Samples<Uint8Array>> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`the digits did not come: HTTP ${response.status}`);
  const unzipped = response.body.pipeThrough(new DecompressionStream("gzip"));
  return unpackDigits(new Uint8Array(await new Response(unzipped).arrayBuffer()));
}
