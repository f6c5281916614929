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
  const letters = new TextEncoder().encode(text);
  const bytes = new Uint8Array(256);
  for (let i = 0; i < SINGLES; i++) {
    const at = LETTERS + 2 * i;
    bytes[i] = Number.parseInt(text.slice(at, at + 2), 16);
  }
  const common = new Set(bytes.subarray(0, SINGLES));
  let count = SINGLES;
  for (let byte = 0; byte < 256; byte++) if (!common.has(byte)) bytes[count++] = byte;
  const numbers = new Uint8Array(128);
  // The byte of a letter, or 256 and where in `bytes` those of a pair begin: one look-up for most, cold as the loop is.
  const meanings = new Uint16Array(128);
  for (let i = 0; i < LETTERS; i++) {
    numbers[letters[i]] = i;
    meanings[letters[i]] = i < SINGLES ? bytes[i] : 256 + SINGLES + (i - SINGLES) * LETTERS;
  }
  let length = 0;
  // Never ahead of what is read, so it is written in place.
  for (let at = LETTERS + 2 * SINGLES; at < letters.length; at++) {
    const meaning = meanings[letters[at]];
    letters[length++] = meaning < 256 ? meaning : bytes[meaning - 256 + numbers[letters[++at]]];
  }
  return letters.slice(0, length);
}

/**
 * The bytes that a patch makes out of others.
 *
 * @param from  what the patch was made for
 * @param patch  how many bytes it makes, then steps of (new bytes, how far to move in `from`, how many bytes to copy);
 *   numbers in LEB128, moves with their sign in the lowest bit
 */
export function applyPatch(from: Bytes, patch: Bytes): Bytes {
  let at = 0;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = patch[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const out = new Uint8Array(number());
  let length = 0;
  let read = 0;
  const copy = (source: Bytes, first: number, count: number) => {
    out.set(source.subarray(first, first + count), length);
    length += count;
    return count;
  };
  while (at < patch.length) {
    const fresh = number();
    at += copy(patch, at, fresh);
    const move = number();
    read += fresh + (move & 1 ? -(move + 1) >> 1 : move >> 1);
    read += copy(from, read, number());
  }
  return out;
}
