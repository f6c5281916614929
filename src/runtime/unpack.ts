/** Reads the binaries as scripts/pack.mjs writes them into src/generated/. */

type Bytes = Uint8Array<ArrayBuffer>;

/** Letters of the text; the last `SHIFTS` of them say that one more follows. */
const LETTERS = 89;
const SHIFTS = 3;
const SINGLES = LETTERS - SHIFTS;

/**
 * Text to bytes.
 *
 * @param text  the letters, the commonest bytes in hexadecimal, then one letter for each of those, two for any other
 */
export function unpack(text: string): Bytes {
  const numbers = new Uint8Array(128);
  for (let i = 0; i < LETTERS; i++) numbers[text.charCodeAt(i)] = i;
  const common = Array.from({ length: SINGLES }, (_, i) => {
    const at = LETTERS + 2 * i;
    return Number.parseInt(text.slice(at, at + 2), 16);
  });
  const rare = [...Array(256).keys()].filter((byte) => !common.includes(byte));
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = LETTERS + 2 * SINGLES; at < text.length; at++) {
    const number = numbers[text.charCodeAt(at)];
    bytes[length++] =
      number < SINGLES ? common[number] : rare[(number - SINGLES) * LETTERS + numbers[text.charCodeAt(++at)]];
  }
  return bytes.slice(0, length);
}

/**
 * The bytes that a patch makes out of others.
 *
 * @param from  what the patch was made for
 * @param patch  steps of (new bytes, how far to move in `from`, how many bytes to copy), numbers in LEB128, moves
 *   with their sign in the lowest bit
 */
export function applyPatch(from: Bytes, patch: Bytes): Bytes {
  const out: number[] = [];
  let at = 0;
  let read = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < patch.length) {
    for (let fresh = number(); fresh > 0; fresh--, read++) out.push(patch[at++]);
    const move = number();
    read += move & 1 ? -(move + 1) >> 1 : move >> 1;
    for (let copied = number(); copied > 0; copied--) out.push(from[read++]);
  }
  return Uint8Array.from(out);
}
